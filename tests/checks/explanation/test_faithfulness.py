import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.attributions.chance import random_values
from audit.demands import Demand
from audit.errors import ConfigError
from audit.inputs import Inputs, Matrix
from audit.protocol import Check
from audit.results import Cause, Finding, Question
from audit.subjects import Subject
from audit_checks.explanation.faithfulness import Faithfulness
from audit_checks.explanation.removal import order_of
from fixtures.planted.explanations import Spoiled, at_random, explained_by
from tests.checks.asking import ask, estimates, findings, question, refusals
from tests.checks.explanation.given import Given, asked_about

CHECK: Check = Faithfulness()
FEW: Check = Faithfulness(rows=20, orders=2, draws=2)
COMPREHENSIVE, SUFFICIENT = "comprehensiveness", "sufficiency"
EFFECTS = np.array([0.2, 0.1, -0.05, 0.02, 0.0])


def asked(metric: str, baseline: str = "typical") -> Question:
    return question(CHECK, metric, {"baseline": baseline})


def sum_of_effects(values: Matrix) -> Matrix:
    return np.asarray(0.5 + values @ EFFECTS)


def by_effect(inputs: Inputs) -> Matrix:
    return np.asarray(inputs.values * EFFECTS)


def zeros_and_ones(n: int = 40) -> Matrix:
    """Rows of ones where the typical value of every feature is 0."""
    return np.vstack([np.ones((n // 4, 5)), np.zeros((n - n // 4, 5))])


def additive(**more: Any) -> Subject:
    return asked_about(zeros_and_ones(), sum_of_effects, Given(values=by_effect), **more)


def found(record: Any, metric: str, baseline: str = "typical") -> Finding:
    return findings(record)[asked(metric, baseline)]


# 1. by hand: a row of ones loses the sum of the first 1, 2 and 4 effects; a row of zeros nothing
def test_the_curve_is_what_an_additive_model_loses() -> None:
    record = ask(Faithfulness(rows=40), additive())
    without, alone = found(record, COMPREHENSIVE).details, found(record, SUFFICIENT).details
    assert without["curve"]["removed"] == [1, 2, 4]
    assert without["curve"]["attributed"] == pytest.approx([0.05, 0.075, 0.08])
    assert without["attributed"] == pytest.approx((0.2 + 0.3 + 0.32) / 3 / 4)
    # all but the first 4, 2 and 1 are removed
    assert alone["curve"]["removed"] == [1, 3, 4]
    assert alone["curve"]["attributed"] == pytest.approx([-0.0125, -0.0075, 0.0175])
    assert alone["attributed"] == pytest.approx((-0.05 - 0.03 + 0.07) / 3 / 4)


def test_random_orders_lose_the_mean_share_of_all_effects() -> None:
    """In a random order the first k of 5 features hold k/5 of the sum of effects, 0.27."""
    record = ask(Faithfulness(rows=40, orders=100), additive())
    curve = found(record, COMPREHENSIVE).details["curve"]["random"]
    assert curve == pytest.approx([0.27 * k / 5 / 4 for k in (1, 2, 4)], abs=0.006)


def test_the_interval_is_that_of_the_paired_differences() -> None:
    record = ask(Faithfulness(rows=40), additive())
    finding = found(record, COMPREHENSIVE)
    estimate, sufficient = finding.estimate, found(record, SUFFICIENT).estimate
    gain = finding.details["attributed"] - finding.details["random"]
    assert estimate.value == pytest.approx(gain)
    assert estimate.attainable is not None
    assert estimate.attainable < estimate.low < estimate.value < estimate.high
    assert sufficient.attainable is not None
    assert sufficient.attainable > sufficient.high


def test_resampled_values_come_from_other_rows() -> None:
    """Half the rows are ones, and lose half of the effects of the first 1, 2 and 4 features.

    The others are zeros, decided the other way at 0.5, with all attributions equal: they lose half
    of k/5 of the sum of effects.
    """
    rows = np.vstack([np.ones((100, 5)), np.zeros((100, 5))])
    subject = asked_about(rows, sum_of_effects, Given(values=by_effect))
    finding = found(ask(Faithfulness(draws=40), subject), COMPREHENSIVE, "resampled")
    expected = [(0.1 + 0.027) / 2, (0.15 + 0.054) / 2, (0.16 + 0.108) / 2]
    assert finding.details["curve"]["attributed"] == pytest.approx(expected, abs=0.01)


# 2. properties
@given(st.integers(0, 50), st.sampled_from([1e-3, 0.5, 1e4]))
@settings(max_examples=10)
def test_the_size_of_attributions_has_no_part(seed: int, by: float) -> None:
    rows = np.random.default_rng(seed).normal(size=(12, 5))

    def explained(scale: float) -> Any:
        scaled = Given(values=lambda inputs: scale * by_effect(inputs))
        return estimates(ask(FEW, asked_about(rows, squashed, scaled)))

    assert explained(by) == explained(1.0)


def squashed(values: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-5 * (values @ EFFECTS))))


@given(st.integers(0, 50), st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_shuffling_the_rows_changes_nothing(seed: int, random: Any) -> None:
    rows = np.random.default_rng(seed).normal(size=(30, 5))
    order = random.sample(range(30), 30)
    ids = np.array([f"row {place}" for place in range(30)])
    given_ = Given(values=by_effect)
    one = estimates(ask(FEW, asked_about(rows, squashed, given_, ids=ids)))
    other = estimates(ask(FEW, asked_about(rows[order], squashed, given_, ids=ids[order])))
    for asked_, estimate in one.items():
        ends = (estimate.value, estimate.low, estimate.high)
        assert ends == pytest.approx((other[asked_].value, other[asked_].low, other[asked_].high))


@given(st.integers(0, 50))
@settings(max_examples=10)
def test_the_worst_order_is_no_better_than_the_best(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(12, 5))
    best, worst = (
        estimates(ask(FEW, asked_about(rows, sum_of_small, Given(values=by))))[asked(COMPREHENSIVE)]
        for by in (toward, lambda x: -toward(x))
    )
    assert best.value >= worst.value - 1e-12


def sum_of_small(values: Matrix) -> Matrix:
    return np.asarray(0.5 + np.clip(values, -3, 3) @ EFFECTS / 10)


def toward(inputs: Inputs) -> Matrix:
    """The exact effects on the decision, against the typical values of these rows."""
    effects = (inputs.values - np.median(inputs.values, axis=0)) * EFFECTS
    decided = sum_of_small(inputs.values) > 0.5
    return np.asarray(np.where(decided[:, None], effects, -effects))


def test_the_same_seed_gives_the_same_numbers_and_another_does_not() -> None:
    subject = explained_by(None, 0, 200)
    first, again = (estimates(ask(Faithfulness(rows=50), subject, seed=s)) for s in (1, 2))
    assert first == again
    other = estimates(ask(Faithfulness(rows=50, seed=1), subject))
    assert other[asked(COMPREHENSIVE)] != first[asked(COMPREHENSIVE)]


def test_ties_fall_by_chance_and_not_by_position() -> None:
    subject = additive()
    inputs = subject.inputs.take(np.arange(40))
    order = order_of(np.zeros((40, 5)), inputs, 0)
    assert np.sort(order, axis=1).tolist() == [[0, 1, 2, 3, 4]] * 40
    assert len(np.unique(order, axis=0)) > 20


# 3. edges
@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        pytest.param(
            asked_about(np.ones((9, 1)), lambda v: v[:, 0] / 2),
            "the model reads fewer than two features",
            id="one feature",
        ),
        pytest.param(
            asked_about(np.ones((1, 5)), sum_of_effects),
            "there are fewer than two rows to explain",
            id="one row",
        ),
    ],
)
def test_what_has_no_number_says_why(subject: Subject, reason: str) -> None:
    record = ask(CHECK, subject)
    assert {each.text for each in refusals(record).values()} == {reason}
    assert len(refusals(record)) == 4
    assert {each.cause for each in refusals(record).values()} == {Cause.DATA}


def test_equal_rows_and_a_constant_model_still_have_a_width() -> None:
    flat = asked_about(np.ones((9, 5)), lambda v: 0 * v[:, 0] + 0.5, Given(values=by_effect))
    record = ask(CHECK, flat)
    for estimate in estimates(record).values():
        assert estimate.low < estimate.value == 0 < estimate.high


def test_missing_values_are_removed_like_others() -> None:
    rows = zeros_and_ones()
    rows[:20, 1] = np.nan
    subject = asked_about(
        rows,
        lambda v: sum_of_effects(np.nan_to_num(v)),
        Given(values=lambda x: np.nan_to_num(by_effect(x))),
    )
    assert len(estimates(ask(FEW, subject))) == 4


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"rows": 1}, "rows must be at least 2, but got 1"),
        ({"method": "shapp"}, "method must be known, but got 'shapp'; did you mean 'shap'"),
        ({"orders": 0}, "orders and draws must be at least 1"),
        ({"draws": 0}, "orders and draws must be at least 1"),
    ],
)
def test_a_setting_that_measures_nothing_is_refused(setting: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Faithfulness(**setting)


def test_gradients_that_are_not_there_are_a_need() -> None:
    record = ask(
        Faithfulness(method="integrated_gradients"), asked_about(np.ones((9, 5)), sum_of_effects)
    )
    answers = refusals(record).values()
    assert {each.text for each in answers} == {"integrated gradients need a model with gradients"}
    assert {each.cause for each in answers} == {Cause.NEED}


def test_without_shap_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    record = ask(CHECK, asked_about(np.ones((9, 5)), sum_of_effects))
    refusal = refusals(record)[asked(COMPREHENSIVE)]
    assert refusal.text == (
        "needs shap, which is not installed; run: pip install 'release-audit[explain]'"
    )
    assert refusal.cause is Cause.NEED


def test_an_explainer_that_gives_no_numbers_is_an_error() -> None:
    broken = Given(values=lambda inputs: np.full(inputs.values.shape, np.nan))
    record = ask(CHECK, asked_about(np.ones((9, 5)), sum_of_effects, broken))
    assert {each.cause for each in refusals(record).values()} == {Cause.ERROR}
    assert "must give finite" in refusals(record)[asked(COMPREHENSIVE)].text


def test_the_record_says_how_rows_were_explained() -> None:
    details = found(ask(FEW, additive()), COMPREHENSIVE).details
    assert (details["rows"], details["seed"], details["method"]) == (
        20,
        0,
        "the client's own: given",
    )


# 4. the planted pair
BEYOND_CHANCE = [
    Demand(check=CHECK.id, metric=COMPREHENSIVE, at_least=0.1),
    Demand(check=CHECK.id, metric=SUFFICIENT, at_most=-0.1),
]


def verdicts(subject: Subject) -> set[str]:
    record = ask(CHECK, subject, *BEYOND_CHANCE)
    return {str(each.verdict) for each in record.gates}


@pytest.mark.parametrize("seed", range(3))
def test_random_attributions_are_found(seed: int) -> None:
    assert verdicts(explained_by(Spoiled(share=1, spoil=at_random), seed, 400)) == {"fail"}


@pytest.mark.parametrize("seed", range(3))
def test_right_attributions_are_not_accused(seed: int) -> None:
    assert verdicts(explained_by(None, seed, 400)) == {"pass"}


# 5. coverage and power
@pytest.mark.slow
def test_random_attributions_are_no_better_than_random_as_often_as_promised() -> None:
    """Their true gain is 0, whatever the model: 95 % intervals hold it."""
    runs, held = 120, 0
    for seed in range(runs):
        values = lambda inputs, seed=seed: random_values(inputs, "coverage", seed)  # noqa: E731
        rows = np.random.default_rng(seed).normal(size=(100, 5))
        subject = asked_about(
            rows, squashed, Given(values=values), ids=[f"{seed} {i}" for i in range(100)]
        )
        for estimate in estimates(ask(Faithfulness(rows=100, draws=2, orders=3), subject)).values():
            held += estimate.low <= 0 <= estimate.high
    assert held / (4 * runs) > 0.93


@pytest.mark.slow
def test_the_gate_tells_random_from_right_in_20_draws() -> None:
    broken = Spoiled(share=1, spoil=at_random)
    bad = [verdicts(explained_by(broken, seed)) for seed in range(20)]
    good = [verdicts(explained_by(None, seed)) for seed in range(20)]
    assert bad.count({"fail"}) >= 19
    assert sum("fail" in each for each in good) <= 1
    assert good.count({"pass"}) >= 16
