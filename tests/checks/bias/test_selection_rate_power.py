from collections.abc import Sequence

import numpy as np
import pytest

from audit.protocol import Check
from audit.results import Estimate, Question
from audit.subjects import Subject
from audit_checks.bias.selection_rate import SelectionRate
from tests.checks.asking import ask, estimates, question, subject

# 5. coverage and power, as promised in the issue; figures of statistics.md 0.1
DRAWS = 600
SKETCH: Check = SelectionRate(draws=1)
GAP = question(SKETCH, "demographic_parity_difference", {"across": "sex"})
QUOTIENT = question(SKETCH, "demographic_parity_ratio", {"across": "sex"})


def counted(hits: Sequence[int], n: int) -> Subject:
    names = [f"level {i}" for i in range(len(hits))]
    rows = [
        (name, hit, count)
        for name, k in zip(names, hits, strict=True)
        for hit, count in ((1, k), (0, n - k))
        if count
    ]
    sex, prediction, count = zip(*rows, strict=True)
    columns = {"prediction": prediction, "sex": sex, "count": count}
    return subject(columns, favorable=("1",), groups={"sex": tuple(names)})


def simulated(rates: Sequence[float], n: int, asked: Question) -> list[Estimate]:
    rng = np.random.default_rng(n)
    hits = rng.binomial(n, rates, size=(DRAWS, len(rates))).tolist()
    return [estimates(ask(SKETCH, counted(each, n)))[asked] for each in hits]


@pytest.mark.slow
def test_no_gap_passes_at_2000_a_level_in_99_percent() -> None:
    found = simulated([0.3] * 5, 2000, GAP)
    assert np.mean([each.high <= 0.1 for each in found]) >= 0.99
    assert np.mean([each.high - each.low for each in found]) <= 0.055


@pytest.mark.slow
def test_one_level_off_by_twice_the_limit_fails_at_500_in_80_percent() -> None:
    found = simulated([0.3] * 4 + [0.5], 500, GAP)
    assert np.mean([each.low > 0.1 for each in found]) >= 0.80


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 2000])
@pytest.mark.parametrize("rates", [[0.3] * 4 + [0.4], [0.3] * 2 + [0.4] * 3])
def test_a_gap_at_the_limit_errs_on_either_side_in_at_most_5_percent(
    rates: list[float], n: int
) -> None:
    found = simulated(rates, n, GAP)
    assert np.mean([each.low > 0.1 for each in found]) <= 0.05
    assert np.mean([each.high <= 0.1 for each in found]) <= 0.05
    assert np.mean([each.low <= 0.1 <= each.high for each in found]) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("levels", [3, 5, 10])
def test_a_ratio_of_four_fifths_is_covered_and_seldom_accused(levels: int) -> None:
    found = simulated([0.5] * (levels // 2) + [0.4] * (levels - levels // 2), 500, QUOTIENT)
    assert np.mean([each.low <= 0.8 <= each.high for each in found]) >= 0.95
    assert np.mean([each.high < 0.8 for each in found]) <= 0.05
    assert np.mean([each.low >= 0.8 for each in found]) <= 0.05
