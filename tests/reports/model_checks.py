"""Answers of the checks that probe or explain a model, made by hand."""

from dataclasses import replace
from typing import Any

from audit.limits import Limit
from audit.record import CheckResult, Gate, Predecessor, Record, Severity
from audit.results import About, Answer, Better, Finding, Metric
from audit.sources import Training
from tests.reports.records import (
    DATA,
    GATES,
    asked,
    before,
    estimate,
    found,
    missing,
    record,
    selection,
)

TRAINING = Training(
    kind="table network",
    data_digest="aa55c6b011c502a43da7133e9b514895f0a1c2d3e4f5061728394a5b6c7d8e9f",
    rows=1904,
    seed=7,
    settings={
        "epochs": 60,
        "learning_rate": 0.002,
        "mitigation": "grid_search",
        "folds": 5,
        "grid_search": {"protected": "race", "grid_size": 7},
        "hidden": [64, 32],
        "class_weights": None,
        "embeddings": True,
    },
    metrics={"validation_log_loss": 0.2871, "epochs_run": 31},
    seconds=41.2,
    protocol="5-fold out of fold",
)
_SIZES = {
    "noise": ((0.1, 0.25, 0.5), "sd"),
    "missing": ((0.05, 0.1, 0.2), "share of the features"),
    "units": ((1, 2, 3), "numbers of a row"),
    "categories": ((1, 2, 3), "categories of a row"),
}
_PAIRED = "Newcombe paired"


def _metric(name: str, better: Better = Better.LOW, **more: Any) -> Metric:
    return Metric(name=name, better=better, function=f"audit.stats.{name}", **more)


def noise() -> CheckResult:
    name = "robustness.feature_noise"
    answers: list[Answer] = []
    for i, (probe, (sizes, unit)) in enumerate(_SIZES.items()):
        for severity, size in enumerate(sizes, 1):
            drop = 0.004 * (i + 1) * severity**1.5
            about = {"probe": probe, "severity": severity}
            told = {
                "size": float(size),
                "size in": unit,
                "rows": 1904,
                "seed": 0,
                "features changed": 0.5 * severity,
                "flips": int(1904 * drop),
                "accuracy clean": 0.8713,
                "accuracy perturbed": 0.8713 - drop,
            }
            cost = estimate(
                drop, drop - 0.011, drop + 0.012, n=1904, method=_PAIRED, attainable=0.013
            )
            turned = estimate(
                drop + 0.01, drop, drop + 0.02, n=1904, attainable=0.002, flawless=0.0
            )
            if probe == "categories" and severity == 3:
                question = asked(name, "accuracy_drop", **about)
                answers.append(missing(question, "no rows in {levels}", levels="3 categories"))
            else:
                answers.append(found(asked(name, "accuracy_drop", **about), cost, **told))
            answers.append(found(asked(name, "flip_rate", **about), turned, **told))
    return CheckResult(
        id=name,
        question="Do the answers hold when the inputs are noisy, missing or wrong?",
        metrics=(
            _metric("accuracy_drop", unit="difference", low=-1.0),
            _metric("flip_rate"),
        ),
        answers=tuple(answers),
        settings={"rows": 2000, "seed": 0},
        model_calls=24752,
        seconds=3.21,
    )


def adversarial() -> CheckResult:
    name = "robustness.adversarial"
    held = estimate(0.643, 0.0, 0.668, n=1500, method="Wilson score, from the worst end")
    return CheckResult(
        id=name,
        question="How little must an input change before the answer turns?",
        metrics=(_metric("robust_accuracy", Better.HIGH, search=True),),
        answers=(
            found(
                asked(name, "robust_accuracy"),
                held,
                **{"wrong before": 193, "survived": 964, "broken": 343, "errors": 0},
                **{"attack success rate": 0.262, "eps in sd": 0.1, "immutable": []},
                seed=0,
                curve=[
                    {"eps": eps, "robust accuracy": held, "high": held + 0.025}
                    for eps, held in ((0.025, 0.84), (0.05, 0.77), (0.1, 0.643))
                ],
            ),
        ),
        model_calls=120000,
    )


def worst_slice() -> CheckResult:
    name = "robustness.worst_slice"
    slices = [
        {
            "slice": each,
            "rows searched": 181,
            "accuracy searched": 0.7,
            "rows confirmed": 181,
            "accuracy confirmed": accuracy,
        }
        for each, accuracy in (
            ("debt ratio above 0.42", 0.741),
            ("income below 31 and married = no", 0.762),
            ("years below 2", 0.78),
        )
    ]
    told: dict[str, Any] = {
        **slices[0],
        "slices searched": 780,
        "candidates": 3,
        "seed": 0,
        "other candidates": slices[1:],
    }
    return CheckResult(
        id=name,
        question="Is there a part of the rows on which the model is much worse?",
        metrics=(_metric("slice_accuracy", Better.HIGH), _metric("slice_gap", low=-1.0)),
        answers=(
            found(asked(name, "slice_accuracy"), estimate(0.74, 0.66, 0.81, n=181), **told),
            found(asked(name, "slice_gap"), estimate(0.13, 0.06, 0.21, n=181), **told),
        ),
        model_calls=1904,
    )


def swap() -> CheckResult:
    name = "bias.counterfactual_swap"
    swaps = [
        {
            "from": "white",
            "to": "black",
            "rows": 3310,
            "flip": 0.03,
            "flip low": 0.02,
            "flip high": 0.04,
        },
        {
            "from": "black",
            "to": "white",
            "rows": 702,
            "flip": 0.04,
            "flip low": 0.02,
            "flip high": 0.06,
        },
    ]
    return CheckResult(
        id=name,
        question="Does the answer change when only the protected attribute does?",
        metrics=(_metric("flip_rate"), _metric("score_shift", Better.ZERO, low=-1.0)),
        answers=(
            found(
                asked(name, "flip_rate", attribute="race"),
                estimate(0.031, 0.024, 0.04),
                swaps=swaps,
                **{"input of the model": True},
            ),
            found(asked(name, "flip_rate", attribute="sex"), estimate(0.002, 0.001, 0.005)),
            found(asked(name, "score_shift", attribute="race"), estimate(-0.02, -0.03, -0.01)),
            found(asked(name, "score_shift", attribute="sex"), estimate(0.001, -0.004, 0.006)),
        ),
    )


def proxies() -> CheckResult:
    name = "bias.proxies"
    about = {"attribute": "race", "level": "black"}
    return CheckResult(
        id=name,
        question="Do the features give the protected attribute away?",
        metrics=(_metric("proxy_auc", low=0.5),),
        answers=(
            found(
                asked(name, "proxy_auc", **about),
                estimate(0.78, 0.74, 0.82),
                features=[
                    {"name": "tract minority share", "auc": 0.77},
                    {"name": "loan_amount", "auc": 0.58},
                    {"name": "years", "auc": 0.5},
                ],
            ),
        ),
    )


def mitigation() -> CheckResult:
    name = "bias.mitigation"
    return CheckResult(
        id=name,
        question="What would thresholds of their own for each group change?",
        metrics=(_metric("gap_reduction", low=-1.0), _metric("accuracy_cost", low=-1.0)),
        answers=(
            found(
                asked(name, "gap_reduction", across="race"),
                estimate(0.141, 0.101, 0.18),
                rate="selection_rate",
                levels=[
                    {
                        "level": level,
                        "selection_rate before": then,
                        "selection_rate after": now,
                    }
                    for level, then, now in (("white", 0.612, 0.58), ("black", 0.434, 0.543))
                ],
            ),
            found(asked(name, "accuracy_cost", across="race"), estimate(0.012, 0.004, 0.02)),
        ),
    )


def faithfulness() -> CheckResult:
    name = "explanation.faithfulness"
    answers = []
    for baseline, gain in (("typical", 0.206), ("resampled", 0.161)):
        for metric, better in (("comprehensiveness", 1), ("sufficiency", -1)):
            random = [0.021, 0.043, 0.082, 0.196]
            curve = {
                "removed": [1, 2, 4, 8],
                "attributed": [each + better * gain * each for each in random],
                "random": random,
            }
            value = better * gain
            measured = estimate(value, value - 0.02, value + 0.02, n=600)
            question = asked(name, metric, baseline=baseline)
            told = {"rows": 600, "seed": 0, "attributed": 0.086 + value, "random": 0.086}
            answers.append(found(question, measured, curve=curve, **told))
    return CheckResult(
        id=name,
        question="Do the features that an explanation names move the answer?",
        metrics=(
            _metric("comprehensiveness", Better.HIGH, low=-1.0),
            _metric("sufficiency", low=-1.0),
        ),
        answers=tuple(answers),
        model_calls=60000,
    )


def reliance() -> CheckResult:
    name = "explanation.sensitive_reliance"
    shares = [["income", 0.41], ["tract minority share", 0.22], ["sex", 0.03]]
    return CheckResult(
        id=name,
        question="How much of the answers rests on protected features and their proxies?",
        metrics=(_metric("sensitive_share"),),
        answers=(found(asked(name, "sensitive_share"), estimate(0.25, 0.22, 0.29), shares=shares),),
    )


CHECKS = (
    selection(),
    noise(),
    adversarial(),
    worst_slice(),
    swap(),
    proxies(),
    mitigation(),
    faithfulness(),
    reliance(),
)


def _gate(name: str, check: str, metric: str, limit: Limit, **more: Any) -> Gate:
    return Gate(name=name, check=check, metric=metric, limit=limit, **more)


TYPING = _gate(
    "typing noise",
    "robustness.feature_noise",
    "accuracy_drop",
    Limit.at_most(0.03),
    about=About({"probe": "noise", "severity": 2}),
    why="A quarter of a standard deviation is what two clerks disagree by.",
)
ATTACK = _gate(
    "attack",
    "robustness.adversarial",
    "robust_accuracy",
    Limit.at_least(0.5),
    severity=Severity.WARN,
)
MODEL_GATES = (
    GATES[0],
    TYPING,
    _gate("units", "robustness.feature_noise", "flip_rate", Limit.at_most(0.05)),
    ATTACK,
    _gate("the attribute", "bias.counterfactual_swap", "flip_rate", Limit.at_most(0.01)),
    _gate("faithful", "explanation.faithfulness", "comprehensiveness", Limit.at_least(0.0)),
    _gate(
        "left to gain",
        "bias.mitigation",
        "gap_reduction",
        Limit.at_most(0.1),
        severity=Severity.WARN,
    ),
)


def predecessor() -> Predecessor:
    """Return one that answered the same probes a little worse."""
    kept = tuple(
        replace(each, estimate=replace(each.estimate, value=each.estimate.value + 0.006))
        for each in noise().findings
        if each.estimate.value + 0.006 <= each.estimate.high
    )
    return replace(before(), findings=kept)


def model_record(**more: Any) -> Record:
    """Return the record of a version with a model in hand."""
    parts = {
        "checks": CHECKS,
        "gates": MODEL_GATES,
        "waivers": (),
        "baseline": predecessor(),
        "data": replace(DATA, protocol="5-fold out of fold"),
        "training": TRAINING,
        **more,
    }
    return record(**parts)


def with_details(check: CheckResult, **details: Any) -> CheckResult:
    """Return the check with other details, as another version may have written them."""
    answers = [
        replace(each, details={**each.details, **details}) if isinstance(each, Finding) else each
        for each in check.answers
    ]
    return replace(check, answers=tuple(answers))
