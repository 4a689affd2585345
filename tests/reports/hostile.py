"""Texts that try to act, and a record that holds one of them in every field."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from audit.gates import judge
from audit.limits import Limit
from audit.record import CheckResult, Decision, Gate, NotAsked, Predecessor, Record, Waiver
from audit.results import (
    About,
    Better,
    Cause,
    Estimate,
    Finding,
    Metric,
    Question,
    Unmeasured,
)
from audit.sources import DataPart, DataUsed, GroupUsed, Level, ModelCard, Provenance, Training

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "'><svg onload=alert(1)>",
    "</td></table><iframe src=//evil>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "<!-- comment",
    "--><b>out</b>",
    "]]><b>out</b>",
    "<![CDATA[<b>]]>",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{# gone #}",
    "{{ ''.__class__.__mro__ }}",
    "{levels}",
    "{name} {numbers} {limit}",
    "${7*7}",
    "#{7*7}",
    "&lt;b&gt;",
    "&#60;b&#62;",
    "&amp;&nbsp;&copy",
    "&#x202e;",
    "javascript:alert(1)",
    "data:text/html,<b>",
    "//evil.example/x.js",
    "onmouseover=alert(1)",
    '" onfocus="alert(1)" autofocus="',
    "' style='position:fixed' x='",
    "`onload=alert(1)`",
    "<a href=javascript:alert(1)>x</a>",
    "<base href=//evil>",
    "<meta http-equiv=refresh content=0>",
    "<form action=//evil><input>",
    "<object data=x></object>",
    "<embed src=x>",
    "<link rel=stylesheet href=//evil>",
    "<math><mtext></mtext></math>",
    "<details open ontoggle=alert(1)>",
    "<template><b></template>",
    "<noscript><b></noscript>",
    "<plaintext>",
    "<textarea>",
    "<br><hr>",
    "<use href=#m-pass>",
    "</svg><b>",
    "<b",
    "<",
    ">",
    "\"'",
    "\\",
    "\\3c b\\3e ",
    "*/ } body { display: none } /*",
    "@import url(//evil)",
    "expression(alert(1))",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "::error::x",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\x00b",
    "\x1b[2Jcleared",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\u202eb",
    "a\u2066b\u2069",
    "a\u200bb",
    "\ufeffa",
    "\u0645\u0631\u062d\u0628\u0627 1",
    "\u05e9\u05dc\u05d5\u05dd <b>",
    "e\u0301\u0302\u0303",
    "\U0001f469\u200d\U0001f680",
    "\u540d\u524d",
    "\U000e0041tag",
    "None",
    "nan",
    "-",
    " ",
)


def record_with(word: str) -> Record:
    """Put a word wherever a word can stand."""
    check, now = _check(word), dt.date(2026, 11, 24)
    answers = {answer.question: answer for answer in check.answers}
    metrics = [metric.name for metric in check.metrics]
    gates = [
        Gate(
            name=f"{word} {index}",
            check=word,
            metric=metric,
            limit=Limit.at_most(0.1),
            tolerate=Limit.at_most(0.3),
            why=word,
        )
        for index, metric in enumerate(metrics)
    ]
    waiver = Waiver(
        gate=gates[0].name, reason=word, owner=word, approver=word, expires=now, ceiling=0.3
    )
    model = ModelCard(
        name=word, version=word, digest=word, purpose=word, owner=word, out_of_scope=(word,)
    )
    findings = tuple(a for a in check.answers if isinstance(a, Finding))
    baseline = Predecessor(
        model=model,
        run_id=word,
        digest=word,
        decision=Decision.PASSED,
        findings=findings,
        gates=(replace(gates[0], why=f"{word} before"),),
    )
    part = DataPart(role=word, source=word, digest=word, rows=9, columns=(word,))
    group = GroupUsed(name=word, levels=(Level(level=word, rows=9, judged=False),), missing=2)
    return Record(
        decision=Decision.BLOCKED,
        model=model,
        data=DataUsed(
            parts=(replace(part, role="test"), part),
            groups=(group,),
            protocol=word,
            classes=(word,),
            favorable=(word,),
        ),
        questions=tuple(answers),
        gates=tuple(judge(gate, answers, answers, waiver=waiver) for gate in gates),
        waivers=(waiver,),
        checks=(check,),
        provenance=Provenance(
            seed=1,
            confidence=0.95,
            tool=word,
            versions={word: word},
            hardware={word: word},
            git_commit=word,
            config_digest=word,
            command=word,
            run_id=word,
        ),
        baseline=baseline,
        not_asked=(NotAsked(id=word, question=word),),
        only=(word,),
        training=_training(word),
    )


def _check(word: str) -> CheckResult:
    metrics = tuple(
        Metric(name=f"{word}{end}", better=Better.LOW, function=word, unit=word)
        for end in ("", "_two", "_three")
    )
    first = metrics[0].name
    estimate = Estimate(value=0.2, low=0.15, high=0.25, level=0.95, n=9, method=word)
    curve = [{"n": 5, "predicted": 0.5, "observed": 0.1, "low": 0.4, "high": 0.6}]
    shares = [{"label": word, "reference": 0.5, "test": 0.5}]
    abouts: tuple[dict[str, str], ...] = (
        {},
        {f"{word}g": f"{word}l"},
        {"across": word},
        {"versus": "baseline"},
        {"column": word},
        {"class": word},
    )
    found = [_finding(word, first, estimate, about) for about in abouts]
    found.append(
        replace(_finding(word, metrics[1].name, estimate, {}), details={"bins": curve, word: word})
    )
    found.append(
        replace(
            _finding(word, metrics[1].name, estimate, {"column": word}), details={"bins": shares}
        )
    )
    found += _of_a_model(word, first, estimate)
    lost = [
        Unmeasured(
            question=Question(check=word, metric=metrics[2].name, about=About(about)),
            reason=word,
            cause=cause,
            params={"levels": word},
        )
        for about, cause in (({}, Cause.ERROR), ({f"{word}g": f"{word}l"}, Cause.DATA))
    ]
    return CheckResult(
        id=word,
        question=word,
        metrics=metrics,
        answers=(*found, *lost),
        settings={word: word},
    )


def _of_a_model(word: str, metric: str, estimate: Estimate) -> Iterator[Finding]:
    """Put the word into what checks that ask a model write beside their numbers."""
    probed = _finding(word, metric, estimate, {"probe": word, "severity": 1})
    yield replace(probed, details={"size": 0.1, "size in": word, "accuracy clean": 0.8})
    shown = {
        "slice": word,
        "shares": [[word, 0.5], [f"{word}2", 0.1]],
        "rows": [{word: word, "first": 1, "second": 0.5, "second low": 0.4, "second high": 0.6}],
        "levels": [{"level": word, "rate before": 0.4, "rate after": 0.5}],
        "curve": {"removed": [1, 2], "attributed": [0.2, 0.4], "random": [0.1, 0.1]},
    }
    yield replace(_finding(word, metric, estimate, {"attribute": word}), details=shown)
    yield _finding(word, metric, estimate, {"baseline": word})


def _training(word: str) -> Training:
    return Training(
        kind=word,
        data_digest=word,
        rows=9,
        seed=1,
        settings={word: word},
        metrics={word: 0.5},
        protocol=word,
    )


def _finding(word: str, metric: str, estimate: Estimate, about: Mapping[str, Any]) -> Finding:
    question = Question(check=word, metric=metric, about=About(about))
    return Finding(question=question, estimate=estimate)
