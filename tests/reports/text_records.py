"""Records for the tests of the text formats, and texts that try to act."""

import datetime as dt
from collections.abc import Sequence
from itertools import product
from typing import Final

from audit.limits import Limit
from audit.record import (
    Advice,
    CheckResult,
    Decision,
    Disposition,
    Gate,
    Judgement,
    NotAsked,
    Record,
    Severity,
    Verdict,
    Waiver,
    WaiverState,
)
from audit.results import About, Answer, Cause, Estimate, Finding, Question, Unmeasured
from audit.sources import DataUsed, ModelCard, Provenance

_ENDS: Final = {
    Verdict.PASS: (0.02, 0.05, 0.08),
    Verdict.FAIL: (0.15, 0.2, 0.25),
    Verdict.INCONCLUSIVE: (0.05, 0.1, 0.15),
}
_ADVICE: Final = {
    Verdict.PASS: Advice.NOTHING,
    Verdict.FAIL: Advice.CHANGE_MODEL,
    Verdict.INCONCLUSIVE: Advice.LOOSER_OR_MORE,
    Verdict.ERROR: Advice.MEND_CHECK,
}
EVERY_STAND: Final = list(product(Verdict, Disposition, (True, False)))
"""Each verdict with each disposition, measured or not, possible or not."""


def judgement(
    name: str = "gate",
    verdict: Verdict = Verdict.PASS,
    disposition: Disposition = Disposition.ENFORCED,
    *,
    measured: bool = True,
    word: str = "word",
    limit: float = 0.1,
) -> Judgement:
    """Make a gate on a question of its own; an error and only it is never measured."""
    question = Question(check="a.check", metric="gap", about=About({"across": name}))
    lost = verdict is Verdict.INCONCLUSIVE and not measured
    answer: Answer
    if verdict is Verdict.ERROR or lost:
        cause = Cause.ERROR if verdict is Verdict.ERROR else Cause.DATA
        answer = Unmeasured(
            question=question, reason="no rows in {level}", cause=cause, params={"level": word}
        )
    else:
        low, value, high = _ENDS[verdict]
        estimate = Estimate(
            value=value, low=low, high=high, level=0.95, n=1200, method=word, attainable=0.07
        )
        answer = Finding(question=question, estimate=estimate)
    warns = disposition is Disposition.WARNED
    gate = Gate(
        name=name,
        check="a.check",
        metric="gap",
        about=question.about,
        limit=Limit.at_most(limit),
        tolerate=Limit.at_most(0.3) if disposition is Disposition.TOLERATED else None,
        severity=Severity.WARN if warns else Severity.BLOCK,
        why=word,
    )
    return Judgement(
        gate=gate,
        answers=(answer,),
        worst=answer,
        verdict=verdict,
        disposition=disposition,
        advice=Advice.COMPLETE_DATA if lost else _ADVICE[verdict],
    )


def decided(gates: Sequence[Judgement]) -> Decision:
    """Decide by the precedence of the design, apart from the engine."""
    enforced = {each.verdict for each in gates if each.disposition is Disposition.ENFORCED}
    if Verdict.FAIL in enforced:
        return Decision.BLOCKED
    if any(each.verdict is Verdict.ERROR for each in gates):
        return Decision.ERROR
    blocking = [each for each in gates if each.gate.severity is Severity.BLOCK]
    if Verdict.INCONCLUSIVE in enforced or not blocking:
        return Decision.INCONCLUSIVE
    return Decision.PASSED


def record_of(
    *gates: Judgement,
    answers: tuple[Answer, ...] = (),
    waivers: tuple[Waiver, ...] = (),
    not_asked: tuple[NotAsked, ...] = (),
    word: str = "word",
) -> Record:
    """Make a record with these gates, decided by the rules."""
    read = tuple(answer for each in gates for answer in each.answers)
    check = CheckResult(id="a.check", question=word, metrics=(), answers=(*read, *answers))
    return Record(
        decision=decided(gates),
        model=ModelCard(name=word, version=word),
        data=DataUsed(),
        questions=tuple(answer.question for answer in check.answers),
        gates=gates,
        waivers=waivers,
        checks=(check,),
        provenance=Provenance(seed=7, confidence=0.95, tool="0.1.0", seconds=1.25),
        not_asked=not_asked,
    )


def waiver(gate: str = "gate", state: WaiverState = WaiverState.USED, word: str = "word") -> Waiver:
    """Make a waiver."""
    return Waiver(
        gate=gate,
        reason=word,
        owner=word,
        approver=word,
        expires=dt.date(2027, 1, 31),
        ceiling=0.3,
        state=state,
    )


def record_saying(word: str) -> Record:
    """Put a word from the data wherever a word can stand, with every stand of a gate."""
    gates = [
        judgement(word, verdict, disposition, measured=measured, word=word)
        for verdict, disposition, measured in EVERY_STAND
    ]
    about = About({"sex": word})
    lost = Unmeasured(
        question=Question(check=word, metric=word, about=about), reason=word, cause=Cause.NEED
    )
    waivers = tuple(waiver(word, state, word) for state in WaiverState)
    unasked = (NotAsked(id=word, question=word),)
    return record_of(*gates, answers=(lost,), waivers=waivers, not_asked=unasked, word=word)


HOSTILE: Final = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</td></table><iframe src=//evil>",
    "</system-out></testcase><testcase name='green'/>",
    "]]><failure/>",
    "<!-- hidden",
    "-->",
    "<![CDATA[x]]>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "&lt;b&gt;&amp;&#64;&nbsp;",
    "<?xml version='1.0'?>",
    "{{ 7 * 7 }}{% raw %}",
    "${{ secrets.TOKEN }}",
    "$(id)`id`",
    "%s%n%x{0}{level}",
    "::error::owned",
    "  ::error title=x::owned",
    "::add-mask::a",
    "::stop-commands::token",
    "::set-output name=x::y",
    "::endgroup::",
    "a::error::b",
    "a,title=owned",
    "100%0A::error::owned",
    "%25%0D%0A%3A%2C",
    "##vso[task.complete result=Succeeded;]done",
    "text ##vso[task.setvariable variable=a]b",
    "##[error]owned",
    "##[add-path]/evil",
    "###[set-env name=A]B",
    "##teamcity[buildStatus status='SUCCESS']",
    "section_start:0:x\r\x1b[0Kx",
    "line\n::error::owned",
    "line\r\n##[error]owned",
    "line\rPASSED",
    "line\x0b::error::owned",
    "line\x0c::error::owned",
    "line\x85::error::owned",
    "line\u2028::error::owned",
    "line\u2029# heading",
    "\n\n# PASSED\n\n",
    "\n| pass | x | 1 | 1 | 1 |",
    "\n- [x] done",
    "\n```\ncode\n```",
    "\x1b[2J\x1b[H",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x9b31m",
    "\x00\x01\x08\x7f",
    "\u202egnp.exe",
    "\u2066a\u2069\u061c\u200f",
    "zero\u200bwidth\ufeff",
    "\ufffe\uffff\U000e0041",
    "@everyone @org/team",
    "user@example.org",
    "#1 GH-1 org/repo#1 org/repo@0123456789abcdef0123456789abcdef01234567",
    "https://evil.example/?a=b&c=d",
    "www.evil.example",
    "<https://evil.example>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "[x]: https://evil.example",
    "[x][y] [^1]",
    "**bold** _it_ ~~gone~~ ~sub~",
    ":smile: :+1:",
    "a|b|c",
    "a\\|b\\",
    "\\\\|x\\\\",
    "`code`",
    "``two`` ` `` ```three",
    "`",
    "`|`",
    "```\n::error::owned",
    " ` leading",
    "\\`escaped\\`",
    "$`x`$ $$y$$ \\(z\\)",
    "> quote",
    "# heading",
    "- item",
    "1. item",
    "---",
    "| --- | --- |",
    "=1+1",
    "+1",
    "-1",
    "\t=cmd|'/C calc'!A0",
    " ",
    "\u3000\u00a0",
    "\u3164",
    "非常长的名字\u4e00",
    "مرحبا שלום",
    "e\u0301\u0302\u0303",
    "👩\u200d👧",
    "pass",
    "x" * 100_000,
    "`" * 3_000,
    "|" * 3_000,
    "👩" * 3_000,
    "\n" * 3_000,
]
UNPAIRED: Final = "\ud800"
"""Half of a character: no record with it can be written as UTF-8, but a page may be asked."""
