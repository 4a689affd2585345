import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.arrays import Bounds
from audit.stats.paired import (
    METHOD_PAIRED,
    Pairs,
    attainable_paired,
    paired_bounds,
    paired_rate_difference,
)

CELL = st.integers(0, 2000) | st.integers(0, 6)
PAIRS = st.builds(Pairs, both=CELL, new_only=CELL, old_only=CELL, neither=CELL).filter(
    lambda pairs: pairs.n > 0
)
LEVELS = st.sampled_from([0.5, 0.95, 0.999])


def of(both: float, new_only: float, old_only: float, neither: float) -> Pairs:
    return Pairs(both=both, new_only=new_only, old_only=old_only, neither=neither)


# Newcombe's method 10: the second is Newcombe_square_and_add_CI_paired_2x2(cavo_2012) in the test
# suite of the R package contingencytables; the first was computed apart from this code
@pytest.mark.parametrize(
    ("pairs", "value", "low", "high"),
    [
        (of(150, 30, 5, 15), 0.125, 0.0692, 0.1833),
        (of(59, 6, 16, 80), -0.0621, -0.1186, -0.0046),
    ],
)
def test_the_difference_agrees_with_the_published_one(
    pairs: Pairs, value: float, low: float, high: float
) -> None:
    e = paired_rate_difference(pairs, level=0.95)
    assert (e.value, e.low, e.high) == pytest.approx((value, low, high), abs=5e-5)
    assert (e.n, e.flawless, e.method) == (pairs.n, 0, METHOD_PAIRED)


@pytest.mark.parametrize("both", [0, 50, 100])
def test_versions_that_never_differ_keep_the_width_of_a_share_of_0(both: int) -> None:
    e = paired_rate_difference(of(both, 0, 0, 100 - both), level=0.95)
    end = 1.959964**2 / (100 + 1.959964**2)  # Wilson's upper end of 0 of 100
    assert (e.value, e.low, e.high) == pytest.approx((0, -end, end), abs=1e-6)


@given(PAIRS, LEVELS)
def test_swapping_the_versions_flips_the_sign(pairs: Pairs, level: float) -> None:
    swapped = of(pairs.both, pairs.old_only, pairs.new_only, pairs.neither)
    ab = paired_rate_difference(pairs, level=level)
    ba = paired_rate_difference(swapped, level=level)
    assert (ab.value, ab.low, ab.high) == pytest.approx((-ba.value, -ba.high, -ba.low), abs=1e-9)


@given(PAIRS, LEVELS)
def test_swapping_right_and_wrong_flips_the_sign(pairs: Pairs, level: float) -> None:
    swapped = of(pairs.neither, pairs.old_only, pairs.new_only, pairs.both)
    ab = paired_rate_difference(pairs, level=level)
    ba = paired_rate_difference(swapped, level=level)
    assert (ab.value, ab.low, ab.high) == pytest.approx((-ba.value, -ba.high, -ba.low), abs=1e-9)


@settings(max_examples=2000)
@given(PAIRS, st.sampled_from([1.0, 0.37]), LEVELS)
def test_the_interval_holds_the_value_and_has_a_width(
    pairs: Pairs, weight: float, level: float
) -> None:
    cells = (pairs.both, pairs.new_only, pairs.old_only, pairs.neither)
    e = paired_rate_difference(of(*(weight * cell for cell in cells)), level=level)
    assert -1 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high
    assert e.high - e.low > 1e-5


@pytest.mark.parametrize("cells", [(-1, 0, 0, 5), (1, float("nan"), 0, 0), (float("inf"), 0, 0, 0)])
def test_impossible_counts_are_refused(cells: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="finite and at least 0"):
        of(*cells)


def test_no_difference_without_rows() -> None:
    with pytest.raises(ValueError, match="a paired difference needs rows"):
        paired_rate_difference(of(0, 0, 0, 0), level=0.95)
    with pytest.raises(ValueError, match="a paired difference needs rows"):
        attainable_paired(of(0, 0, 0, 0), level=0.95, rng=np.random.default_rng(0))


@given(PAIRS)
def test_the_attainable_margin_is_above_0_on_either_side(pairs: Pairs) -> None:
    rng = np.random.default_rng(0)
    assert attainable_paired(pairs, level=0.95, rng=rng, draws=20) > 0
    assert attainable_paired(pairs, level=0.95, rng=rng, draws=20, better="low") > 0


def test_both_sides_attain_about_the_same_margin() -> None:
    rng, pairs = np.random.default_rng(0), of(800, 40, 60, 100)
    high = attainable_paired(pairs, level=0.95, rng=rng, draws=10_000)
    low = attainable_paired(pairs, level=0.95, rng=rng, draws=10_000, better="low")
    assert high == pytest.approx(low, rel=0.05)


def simulated(n: int, shares: list[float], draws: int) -> Bounds:
    cells = np.random.default_rng(0).multinomial(n, shares, size=draws).astype(float)
    return paired_bounds(cells, 0.95)


# worst cell .945: n=2000, discordant .3 split evenly, old rate .65; a false pass or fail at one
# side in at most .031
@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 50, 200, 2000])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 0.8, 0.9, 0.98])
def test_the_interval_covers_the_difference(n: int, rate: float) -> None:
    for discordant in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3):
        for new_share in (0.0, 0.25, 0.5, 0.75, 1.0):
            new_only, old_only = discordant * new_share, discordant * (1 - new_share)
            both, neither = rate - old_only, 1 - rate - new_only
            if min(both, neither) < 0:
                continue
            low, high = simulated(n, [both, new_only, old_only, neither], 8000)
            true = new_only - old_only
            assert (low > true + 1e-12).mean() <= 0.035, (discordant, new_share)
            assert (high < true - 1e-12).mean() <= 0.035, (discordant, new_share)


@pytest.mark.slow
def test_the_attainable_margin_is_kept_with_probability_80_percent() -> None:
    pairs = of(800, 40, 60, 100)
    margin = attainable_paired(pairs, level=0.95, rng=np.random.default_rng(1), draws=10_000)
    low, _ = simulated(1000, [0.8, 0.05, 0.05, 0.1], 20_000)
    assert (low >= -margin).mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.slow
def test_a_version_worse_by_the_margin_passes_in_at_most_a_twentieth() -> None:
    for n in (200, 2000):
        low, high = simulated(n, [0.8, 0.03, 0.05, 0.12], 20_000)
        assert (low >= -0.02).mean() <= 0.03
        assert (high < -0.02).mean() <= 0.03


@pytest.mark.slow
def test_the_gate_fails_a_version_that_lost_much() -> None:
    assert (simulated(2000, [0.75, 0.03, 0.1, 0.12], 4000).high < -0.03).mean() >= 0.99
