from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from audit.demands import Demand
from audit.draws import uniforms
from audit.errors import ConfigError, SubjectError
from audit.gathering import subject as model_subject
from audit.predictors import Representation
from audit.probes.bounds import box_around
from audit.probes.gradient_attack import Budget
from audit.protocol import Check
from audit.record import Severity
from audit.results import Cause, Finding
from audit.subjects import Subject
from audit_checks.robustness.adversarial import Adversarial
from audit_checks.robustness.attacked import Attacker
from audit_checks.robustness.deciding import decisions
from fixtures.planted import adversarial as planted
from fixtures.planted.models import FunctionModel, LinearModel
from tests.checks.asking import ask, findings, question, refusals, verdict

CHECK: Check = Adversarial()
ROBUST = "robust_accuracy"
ASKED = question(CHECK, ROBUST)


def found(of: Subject, **settings: Any) -> Finding:
    return findings(ask(Adversarial(**settings), of))[ASKED]


# 1. on a linear model the robust accuracy is mean(y (w.x + b) > eps ||w||_1), to the last row, also
# where the logits are 1000 times as large, which hides every gradient from cross-entropy
@pytest.mark.parametrize("scale", [1.0, 1000.0])
@pytest.mark.parametrize("eps", [0.02, 0.1, 0.3])
def test_the_robust_accuracy_of_a_linear_model_is_the_exact_one(eps: float, scale: float) -> None:
    subject = planted.narrow(round(100 * eps), scale=scale)
    exact = planted.exact(subject, eps)
    assert 0.3 < exact < 0.98
    assert found(subject, eps=eps, bounded=False).estimate.value == exact


def test_the_curve_is_exact_too() -> None:
    subject = planted.narrow(0)
    curve = found(subject, eps=0.4, bounded=False).details["curve"]
    assert [each["eps"] for each in curve] == [0.1, 0.2, 0.4]
    exact = [planted.exact(subject, each["eps"]) for each in curve]
    assert [each["robust accuracy"] for each in curve] == exact


# 2. properties
def test_a_random_attack_finds_less() -> None:
    subject = planted.narrow(1)
    inputs, labels, model = subject.inputs, subject.labels, subject.model
    assert model is not None
    box = box_around(inputs, subject.space, 0.3, bounded=False)
    right = decisions(model, inputs) == labels
    for draw in range(60):  # as many questions as 20 steps of 3 starts
        corner = np.column_stack([uniforms(inputs.keys, draw, n) for n in inputs.names]) < 0.5
        right &= decisions(model, inputs.having(np.where(corner, box.low, box.high))) == labels
    gradient = found(subject, eps=0.3, bounded=False).estimate.value
    assert gradient < right.mean() - 0.1


@pytest.mark.parametrize("bounded", [False, True])
def test_robust_accuracy_falls_with_eps(bounded: bool) -> None:  # noqa: FBT001
    subject = planted.narrow(2)
    values = [
        found(subject, eps=eps, bounded=bounded).estimate.value for eps in (0.05, 0.2, 0.8, 9)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[2]
    assert values[3] == 0


def test_the_four_counts_are_all_rows() -> None:
    told = found(planted.narrow(1), eps=0.3).details
    counts = [told[name] for name in ("wrong before", "survived", "broken", "errors")]
    assert sum(counts) == 1000
    assert told["attack success rate"] == pytest.approx(counts[2] / (counts[1] + counts[2]))


def test_shuffling_the_rows_changes_nothing() -> None:
    subject = planted.narrow(1, n=60)
    frame = subject.inputs.frame().assign(label=subject.labels, id=[f"id {i}" for i in range(60)])
    order = np.random.default_rng(0).permutation(60)
    model = LinearModel(weights=np.r_[np.ones(planted.HINTS), 0.0])
    one, other = (
        found(model_subject(model, each, label="label", favorable=1, id="id"), rows=40).details
        for each in (frame, frame.iloc[order])
    )
    assert one == other


# 3. edges
def test_immutable_features_keep_a_model_safe() -> None:
    told = found(
        planted.narrow(1), eps=9, immutable=tuple(f"hint {i}" for i in range(planted.HINTS))
    )
    assert told.details["broken"] == 0
    assert told.details["numbers attacked"] == 1
    assert told.details["immutable"][0] == "hint 0"


def test_an_immutable_feature_that_the_model_does_not_read_is_refused() -> None:
    with pytest.raises(SubjectError, match="no feature 'hint'"):
        ask(Adversarial(immutable=("hint",)), planted.narrow(1))


def test_the_range_of_the_background_bounds_the_attack() -> None:
    subject = planted.narrow(1)
    inside, beyond = (found(subject, eps=2, bounded=each).estimate.value for each in (True, False))
    assert inside >= beyond


def test_only_a_failure_is_conclusive() -> None:
    estimate = found(planted.wide(1)).estimate
    assert (estimate.low, estimate.attainable) == (0, 0)
    assert estimate.value <= estimate.high < 1


def test_a_blocking_gate_that_no_outcome_can_pass_is_refused() -> None:
    demand = Demand(check=CHECK.id, metric=ROBUST, at_least=0.5)
    with pytest.raises(ConfigError, match="only FAIL is conclusive"):
        ask(CHECK, planted.wide(1), demand)


def test_a_model_that_is_always_wrong_is_not_attacked() -> None:
    subject = planted.wide(1)
    model = LinearModel(weights=np.r_[np.zeros(planted.HINTS), -1.0])
    frame = subject.inputs.frame().assign(label=(subject.inputs.values[:, -1] > 0).astype(int))
    told = found(model_subject(model, frame, label="label", favorable=1))
    assert told.estimate.value == 0 < told.estimate.high
    assert told.details["wrong before"] == 1000
    assert "attack success rate" not in told.details


def test_one_row_has_an_interval() -> None:
    estimate = found(planted.wide(1), rows=1).estimate
    assert (estimate.low, estimate.n) == (0, 1)
    assert estimate.high > 0


def test_a_row_without_a_margin_is_an_error_and_no_failure() -> None:
    class Shy(LinearModel):
        """It decides about every row, but shows no gradient where the fact is +1."""

        def represent(self, inputs: Any) -> Representation:
            values = inputs.values.copy()
            values[values[:, -1] > 0, 0] = np.nan
            return replace(super().represent(inputs), values=values)

    subject = planted.wide(1, n=200)
    frame = subject.inputs.frame().assign(label=subject.labels)
    model = Shy(weights=np.r_[np.zeros(planted.HINTS), 1.0])
    told = found(model_subject(model, frame, label="label", favorable=1), eps=3, bounded=False)
    right = told.details["survived"] + told.details["broken"] + told.details["errors"]
    assert told.details["errors"] == int(
        ((subject.labels == 1) & (subject.inputs.values[:, -1] > 0)).sum()
    )
    assert told.details["broken"] == right - told.details["errors"]
    assert told.estimate.value == told.details["errors"] / 200


def test_a_model_without_gradients_has_no_number() -> None:
    subject = planted.wide(1, n=20)
    frame = subject.inputs.frame().assign(label=subject.labels)
    model = FunctionModel(function=lambda values: (values[:, -1] > 0).astype(float))
    refusal = refusals(ask(CHECK, model_subject(model, frame, label="label", favorable=1)))[ASKED]
    assert (refusal.text, refusal.cause) == ("needs gradients", Cause.NEED)


def test_without_torch_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    refusal = refusals(ask(CHECK, planted.wide(1, n=20)))[ASKED]
    assert refusal.text == (
        "needs torch, which is not installed; run: pip install 'release-audit[models]'"
    )
    assert refusal.cause == Cause.NEED


@pytest.mark.parametrize(
    "settings", [{"eps": 0.0}, {"rows": 0}, {"steps": 0}, {"starts": 0}], ids=str
)
def test_a_budget_that_is_none_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="eps must be above 0, and rows, steps and starts"):
        Adversarial(**settings)


# 4. and 5. the planted pair, and its power
AT_LEAST = Demand(check=CHECK.id, metric=ROBUST, at_least=0.5, severity=Severity.WARN)


@pytest.mark.parametrize("seed", range(3))
def test_the_narrow_margin_is_found(seed: int) -> None:
    assert verdict(Adversarial(eps=planted.EPS), planted.narrow(seed), AT_LEAST) == "fail"


@pytest.mark.parametrize("seed", range(3))
def test_the_wide_twin_is_not_accused(seed: int) -> None:
    subject = planted.wide(seed)
    assert verdict(Adversarial(eps=planted.EPS), subject, AT_LEAST) == "inconclusive"
    assert found(subject, eps=planted.EPS).details["broken"] == 0


@pytest.mark.slow
def test_at_1000_rows_the_narrow_fail_and_the_wide_do_not() -> None:
    check = Adversarial(eps=planted.EPS, starts=1)  # of a linear model one finds all
    bad = [verdict(check, planted.narrow(seed), AT_LEAST) for seed in range(20)]
    good = [verdict(check, planted.wide(seed), AT_LEAST) for seed in range(20)]
    assert bad.count("fail") >= 0.95 * len(bad)
    assert good.count("fail") <= 0.05 * len(good)


def test_what_is_broken_is_not_attacked_again() -> None:
    of = planted.narrow(3, n=200)
    model = LinearModel(weights=np.r_[np.ones(planted.HINTS), 0.0])
    attacker = Attacker(
        model=model,
        inputs=of.inputs,
        labels=of.labels,
        space=of.space,
        budget=Budget(starts=2),
        immutable=(),
        bounded=False,
        seed=0,
    )
    small, large = attacker.rising((0.2, 0.4))
    left = int(small.robust.k)
    assert model.calls == [200, int((~small.wrong).sum()), left, left, int(large.robust.k)]
    assert not (small.broken & ~large.broken).any()
