"""Answers of the checks that probe or explain a model of texts, made by hand."""

from typing import Any, Final

from audit import excerpts
from audit.limits import Limit
from audit.record import CheckResult, Gate, Record
from audit.results import About, Better, Metric
from tests.reports.model_checks import model_record
from tests.reports.records import asked, estimate, found

REVIEW: Final = "I love this dress, it fits\ttrue to size and the colour is great"
PROBES: Final = {
    "keyboard": "I lvoe this dress, it fits\ttrue to size and the colour is greay",
    "whitespace": "I love  this dress, it fits\ttrue to size and the col our is great",
    "look-alikes": "I l\u043eve this dress, it fits\ttrue to size and the col\u043eur is great",
    "additions": "I love this dress, it fits\ttrue to size and the colour is great. Thanks!",
}
WEIGHTS: Final = (0.002, 0.41, -0.003, -0.08, 0, 0.12, 0.2, -0.01, 0.004, 0, 0, 0.06, 0, 0.3)


def example(after: str, then: float = 0.98, now: float = 0.61) -> dict[str, Any]:
    """Return a changed text as a check writes it."""
    return {
        "parts": excerpts.changed(REVIEW, after),
        "label": "positive",
        "before": {"class": "positive", "score": then},
        "after": {"class": "positive" if now > 0.5 else "negative", "score": now},
    }


def attribution(text: str = REVIEW, values: tuple[float, ...] = WEIGHTS) -> dict[str, Any]:
    """Return an attributed text as a check writes it."""
    return {"parts": excerpts.marked(text, values), "class": "positive", "score": 0.982}


def typos(*, shown: bool = True) -> CheckResult:
    """Return four probes at three severities, each with an example."""
    name, answers = "robustness.typos", []
    for place, (probe, after) in enumerate(PROBES.items(), 1):
        for severity in (1, 2, 3):
            drop = 0.006 * place * severity**1.4
            told: dict[str, Any] = {
                "size": 0.05 * severity,
                "size in": "share of the words",
                "rows": 1000,
                "seeds": 3,
                "accuracy clean": 0.9123,
                "accuracy perturbed": 0.9123 - drop,
            }
            if shown:
                told["examples"] = [example(after, now=0.9 - 0.15 * severity)]
            about = {"probe": probe, "severity": severity}
            made = estimate(drop, drop - 0.008, drop + 0.009, n=1000, attainable=0.011)
            answers.append(found(asked(name, "accuracy_drop", **about), made, **told))
            turned = estimate(drop * 1.2, drop, drop * 1.4, n=1000)
            answers.append(found(asked(name, "flip_rate", **about), turned, **told))
    return CheckResult(
        id=name,
        question="Do the answers hold when the text is typed badly?",
        metrics=(
            Metric(
                name="accuracy_drop",
                better=Better.LOW,
                function="audit.stats.paired.x",
                unit="difference",
                low=-1.0,
            ),
            Metric(name="flip_rate", better=Better.LOW, function="audit.stats.proportions.x"),
        ),
        answers=tuple(answers),
        settings={"rows": 1000, "seed": 0},
    )


def faithful(*each: dict[str, Any]) -> CheckResult:
    """Return an explanation with attributed texts."""
    name = "explanation.faithfulness"
    told = {"rows": 200, "examples": list(each)} if each else {"rows": 200}
    return CheckResult(
        id=name,
        question="Do the words that an explanation names move the answer?",
        metrics=(Metric(name="comprehensiveness", better=Better.HIGH, function="x", low=-1.0),),
        answers=(
            found(asked(name, "comprehensiveness"), estimate(0.2, 0.15, 0.25, n=200), **told),
        ),
    )


TYPING: Final = Gate(
    name="typing",
    check="robustness.typos",
    metric="accuracy_drop",
    limit=Limit.at_most(0.05),
    about=About({"probe": "keyboard", "severity": 2}),
)


def text_record(**more: Any) -> Record:
    """Return the record of a version that reads texts."""
    parts = {
        "checks": (typos(), faithful(attribution())),
        "gates": (TYPING,),
        "baseline": None,
        **more,
    }
    return model_record(**parts)
