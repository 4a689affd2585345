from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from audit.demands import Demand
from audit.errors import ConfigError
from audit.inputs import Inputs, Matrix
from audit.protocol import Check
from audit.results import Estimate
from audit_checks.explanation.completeness import Completeness
from fixtures.planted.explanations import Spoiled, explained_by, too_large
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict
from tests.checks.explanation.given import Given, asked_about

CHECK: Check = Completeness()
SHARE = question(CHECK, "incomplete_share")
FEW_MISS = Demand(check=CHECK.id, metric="incomplete_share", at_most=0.1)


def half_sure(values: Matrix) -> Matrix:
    return np.asarray(0.5 + 0.1 * np.sign(values[:, 0]))


def measured(explainer: Any, rows: Any = None) -> Estimate:
    rows = np.random.default_rng(0).normal(size=(40, 3)) if rows is None else rows
    return estimates(ask(CHECK, asked_about(rows, half_sure, explainer)))[SHARE]


def halves(inputs: Inputs) -> Matrix:
    return np.full(inputs.values.shape, 0.1)


# 1. counted by hand: values sum to 0.3, the change is 0.3 - off
@pytest.mark.parametrize(
    ("off", "incomplete"),
    [
        pytest.param(0.0, 0.0, id="complete"),
        pytest.param(-0.013, 0.0, id="misses 0.013 of 0.313, 4 %"),
        pytest.param(-0.02, 1.0, id="misses 0.02 of 0.32, 6 %"),
        pytest.param(0.02, 1.0, id="exceeds by 0.02 of 0.28, 7 %"),
    ],
)
def test_a_row_is_incomplete_beyond_the_tolerance(off: float, incomplete: float) -> None:
    assert measured(Given(values=halves, off=off)).value == incomplete


def test_a_gap_of_a_tiny_change_counts_against_a_hundredth() -> None:
    """Nothing changed and 0.0004 was attributed: 4 % of 0.01."""
    tiny = Given(values=lambda inputs: np.full(inputs.values.shape, 0.0004 / 3), off=0.0004)
    assert measured(tiny).value == 0
    more = Given(values=lambda inputs: np.full(inputs.values.shape, 0.0006 / 3), off=0.0006)
    assert measured(more).value == 1


def test_the_interval_is_wilsons_and_flawless_rows_attain_its_upper_end() -> None:
    found = measured(Given(values=halves))
    # Wilson's upper end of 0/40 is z^2 / (n + z^2)
    assert found.high == pytest.approx(1.959964**2 / (40 + 1.959964**2))
    assert (found.low, found.attainable, found.flawless) == (0, found.high, 0)


@pytest.mark.parametrize(
    ("output", "incomplete"),
    [
        pytest.param(logit, 0.0, id="log odds"),
        pytest.param(lambda scores: scores, 0.0, id="probability"),
        pytest.param(lambda scores: scores * 0 + 0.9, 1.0, id="what the model did not say"),
        pytest.param(lambda scores: 100 * scores, 1.0, id="per cent"),
    ],
)
def test_what_is_explained_must_be_what_the_model_said(output: Any, incomplete: float) -> None:
    assert measured(Given(values=halves, output=output)).value == incomplete


def test_a_base_of_each_rows_own_is_made_up() -> None:
    """Any values add up from some base, so that random ones would be complete."""
    drawn = Given(values=lambda inputs: np.random.default_rng(0).normal(size=inputs.values.shape))
    assert measured(drawn).value > 0.9


def test_the_record_holds_gaps_and_steps() -> None:
    details = findings(ask(CHECK, explained_by(None, 0, 200)))[SHARE].details
    assert details["rows by steps"] == {"50": 200}
    assert details["gap"]["largest"] < 1e-6
    assert details["rows with another output"] == 0
    spoiled = ask(CHECK, explained_by(Spoiled(share=1, spoil=too_large), 0, 200))
    assert findings(spoiled)[SHARE].details["gap"]["median"] == pytest.approx(0.2, abs=1e-5)


# 2. properties
@given(st.integers(0, 99), st.randoms(use_true_random=False))
@settings(max_examples=8)
def test_shuffling_the_rows_changes_nothing(seed: int, random: Any) -> None:
    rows = np.random.default_rng(seed).normal(size=(30, 3))
    order = random.sample(range(30), 30)
    explainer = Given(values=lambda inputs: inputs.values, off=0.02)
    assert measured(explainer, rows) == measured(explainer, rows[order])


@given(st.floats(0.001, 0.9), st.floats(0.001, 0.9))
@settings(max_examples=8)
def test_a_larger_tolerance_never_finds_more(one: float, other: float) -> None:
    rows = np.random.default_rng(3).normal(size=(30, 3))
    explainer = Given(values=lambda inputs: inputs.values / 10, off=0.02)
    subject = asked_about(rows, half_sure, explainer)
    strict, lax = (
        estimates(ask(Completeness(tolerance=each), subject))[SHARE].value
        for each in sorted((one, other))
    )
    assert strict >= lax


# 3. edges
@pytest.mark.parametrize("tolerance", [0, 1, -0.1])
def test_a_tolerance_that_holds_for_nothing_or_everything_is_refused(tolerance: float) -> None:
    with pytest.raises(ConfigError, match=r"tolerance must lie in \(0, 1\)"):
        Completeness(tolerance=tolerance)


def test_one_feature_is_not_explained() -> None:
    record = ask(CHECK, asked_about(np.ones((9, 1)), half_sure))
    assert refusals(record)[SHARE].text == "the model reads fewer than two features"


def test_fewer_rows_than_asked_for_are_all_explained() -> None:
    assert measured(Given(values=halves), np.ones((7, 3))).n == 7


def test_a_predecessor_sees_the_same_rows() -> None:
    rows = np.random.default_rng(0).normal(size=(400, 3))
    seen: list[Any] = []

    def values(inputs: Inputs) -> Matrix:
        seen.append(inputs.keys.tolist())
        return halves(inputs)

    for function in (half_sure, lambda v: 1 - half_sure(v)):
        ask(Completeness(rows=50), asked_about(rows, function, Given(values=values)))
    assert len(seen[0]) == 50
    assert seen[0] == seen[1]


# 4. the planted pair: three rows in ten miss by a fifth
@pytest.mark.parametrize("seed", range(3))
def test_sums_that_miss_are_found(seed: int) -> None:
    broken = Spoiled(share=0.3, spoil=too_large)
    assert verdict(CHECK, explained_by(broken, seed, 400), FEW_MISS) == "fail"


@pytest.mark.parametrize("seed", range(3))
def test_sums_that_hold_are_not_accused(seed: int) -> None:
    assert verdict(CHECK, explained_by(None, seed, 400), FEW_MISS) == "pass"


# 5. coverage and power
@pytest.mark.slow
@pytest.mark.parametrize("truth", [0.05, 0.3])
def test_the_interval_holds_the_share_of_rows_that_miss(truth: float) -> None:
    broken = Spoiled(share=truth, spoil=too_large, right=Given(values=halves))
    rows = np.random.default_rng(1).normal(size=(200 * 200, 3))
    found = [measured(broken, rows[200 * run : 200 * (run + 1)]) for run in range(200)]
    held = np.mean([each.low <= truth <= each.high for each in found])
    assert held > 0.92  # Wilson's own coverage at n = 200 is .94 to .96


@pytest.mark.slow
def test_the_gate_tells_sums_that_miss_in_20_draws() -> None:
    broken = Spoiled(share=0.3, spoil=too_large)
    bad = [verdict(CHECK, explained_by(broken, seed), FEW_MISS) for seed in range(20)]
    good = [verdict(CHECK, explained_by(None, seed), FEW_MISS) for seed in range(20)]
    assert bad.count("fail") >= 19
    assert good.count("pass") == 20
