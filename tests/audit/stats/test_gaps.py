import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.arrays import Bounds
from audit.stats.counts import Count
from audit.stats.gaps import (
    METHOD_GAP,
    METHOD_WIDEST,
    attainable_gap,
    attainable_widest_gap,
    gap_bounds,
    largest_gap,
    widest_gap,
)

COUNTS = st.integers(1, 1000).flatmap(lambda n: st.builds(Count, k=st.integers(0, n), n=st.just(n)))
WEIGHTED = COUNTS.map(lambda c: Count(k=c.k / 1.5, n=c.n / 1.5, rows=int(c.n)))
GROUPS = st.lists(COUNTS | WEIGHTED, min_size=2, max_size=4)
THREE = [Count(k=30, n=50), Count(k=12, n=40), Count(k=9, n=30)]
OTHERS = [Count(k=5, n=60), Count(k=15, n=50), Count(k=20, n=80)]


# value is demographic_parity_difference of fairlearn 0.15.0 on these 120 rows; low and high are
# the largest ends over all ordered pairs of confint_proportions_2indep of statsmodels 0.15.0 with
# method "newcomb" and compare "diff", at alpha 0.05 / 6 for low and 0.05 for high
def test_the_gap_agrees_with_fairlearn_and_statsmodels() -> None:
    e = largest_gap(THREE, level=0.95)
    assert (e.value, e.low, e.high) == pytest.approx((0.3, 0.021950, 0.482039), abs=1e-6)
    assert (e.n, e.flawless, e.method) == (120, 0, METHOD_GAP)


# equalized_odds_difference of fairlearn 0.15.0; ends as above, over the pairs of both rates, with
# alpha 0.05 / 12 for low
def test_the_widest_gap_agrees_with_fairlearn_and_statsmodels() -> None:
    e = widest_gap([THREE, OTHERS], level=0.95)
    assert (e.value, e.low, e.high) == pytest.approx((0.3, 0.001148, 0.482039), abs=1e-6)
    assert (e.n, e.flawless, e.method) == (310, 0, METHOD_WIDEST)


@given(GROUPS, GROUPS)
def test_the_order_of_groups_and_rates_does_not_matter(one: list[Count], two: list[Count]) -> None:
    assert largest_gap(one, level=0.95) == largest_gap(one[::-1], level=0.95)
    assert widest_gap([one, two], level=0.95) == widest_gap([two[::-1], one], level=0.95)


@given(GROUPS, GROUPS)
def test_the_order_does_not_change_a_draw(one: list[Count], two: list[Count]) -> None:
    forward, back = (
        attainable_widest_gap(tables, level=0.95, rng=np.random.default_rng(1), draws=20)
        for tables in ([one, two], [two[::-1], one[::-1]])
    )
    assert forward == back


@given(GROUPS)
def test_one_rate_alone_is_the_widest(counts: list[Count]) -> None:
    alone, widest = largest_gap(counts, level=0.95), widest_gap([counts], level=0.95)
    assert (alone.value, alone.low, alone.high) == (widest.value, widest.low, widest.high)


@given(GROUPS)
def test_hits_and_misses_have_the_same_gap(counts: list[Count]) -> None:
    misses = [Count(k=max(c.n - c.k, 0), n=c.n, rows=c.rows) for c in counts]
    e, mirrored = largest_gap(counts, level=0.95), largest_gap(misses, level=0.95)
    expected = (mirrored.value, mirrored.low, mirrored.high)
    assert (e.value, e.low, e.high) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=2000)
@given(st.lists(GROUPS, min_size=1, max_size=2), st.sampled_from([0.5, 0.95, 0.999]))
def test_the_interval_holds_the_value_within_0_and_1(
    tables: list[list[Count]], level: float
) -> None:
    e = widest_gap(tables, level=level)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high


@pytest.mark.parametrize("counts", [[], [Count(k=1, n=2)], [Count(k=1, n=2), Count(k=0, n=0)]])
def test_no_gap_without_two_groups_with_rows(counts: list[Count]) -> None:
    with pytest.raises(ValueError, match="at least two groups with rows"):
        largest_gap(counts, level=0.95)
    with pytest.raises(ValueError, match="at least two groups with rows"):
        widest_gap([THREE, counts], level=0.95)


def test_no_widest_gap_without_a_rate() -> None:
    with pytest.raises(ValueError, match="at least one rate"):
        widest_gap([], level=0.95)


def test_more_rows_attain_a_tighter_limit() -> None:
    rng = np.random.default_rng(0)
    few, many = (
        attainable_gap([Count(k=n // 2, n=n)] * 3, level=0.95, rng=rng) for n in (100, 10_000)
    )
    assert many < few / 5


def test_a_second_rate_attains_no_tighter_limit() -> None:
    one = attainable_gap(THREE, level=0.95, rng=np.random.default_rng(0))
    two = attainable_widest_gap([THREE, OTHERS], level=0.95, rng=np.random.default_rng(0))
    assert two > one - 0.01


def simulated(rates: list[float], n: int, draws: int = 20_000) -> Bounds:
    rng = np.random.default_rng(0)
    k = rng.binomial(n, rates, size=(draws, len(rates))).astype(float)
    return gap_bounds(k, np.full(len(rates), float(n)), 0.95)


# limit .1, five levels, rate .3
@pytest.mark.slow
def test_the_gate_passes_no_gap_at_2000_rows_a_level() -> None:
    bounds = simulated([0.3] * 5, 2000)
    assert (bounds.high <= 0.1).mean() >= 0.99
    assert (bounds.high - bounds.low).mean() <= 0.055


@pytest.mark.slow
def test_the_gate_fails_one_level_that_is_off_by_a_fifth() -> None:
    assert (simulated([0.3, 0.3, 0.3, 0.3, 0.5], 500).low > 0.1).mean() >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 200, 500, 2000])
def test_at_the_very_limit_the_gate_errs_in_at_most_a_twentieth(n: int) -> None:
    bounds = simulated([0.3, 0.3, 0.4, 0.4, 0.4], n)
    assert (bounds.low > 0.1).mean() <= 0.05
    # at the limit exactly, a pass is no error; just above it, it is
    assert (bounds.high < 0.1).mean() <= 0.05


# "at least" the level: the worst cell is .962, two groups at n=200 with rates .1 and .2
@pytest.mark.slow
@pytest.mark.parametrize("groups", [2, 3, 5, 10])
@pytest.mark.parametrize("n", [20, 50, 200, 2000])
def test_the_interval_covers_the_gap(groups: int, n: int) -> None:
    for p in (0.02, 0.1, 0.5, 0.9):
        for gap in (0.0, 0.1):
            rates = [p] * (groups // 2) + [p + gap] * (groups - groups // 2)
            bounds = simulated(rates, n, 4000)
            inside = (bounds.low <= gap + 1e-12) & (gap - 1e-12 <= bounds.high)
            assert inside.mean() >= 0.95, (p, gap)


@pytest.mark.slow
def test_the_attainable_limit_is_passed_with_probability_80_percent() -> None:
    counts = [Count(k=60, n=200), Count(k=100, n=400), Count(k=300, n=900)]
    rng = np.random.default_rng(0)
    limit = attainable_gap(counts, level=0.95, rng=rng, draws=10_000)
    n = np.array([200.0, 400.0, 900.0])
    k = rng.binomial(n.astype(int), 460 / 1500, size=(20_000, 3)).astype(float)
    assert (gap_bounds(k, n, 0.95).high <= limit).mean() == pytest.approx(0.8, abs=0.015)


@pytest.mark.slow
def test_the_widest_of_two_gaps_is_failed_falsely_in_at_most_a_fortieth() -> None:
    rng = np.random.default_rng(0)
    n = np.full(5, 500.0)
    lows, highs = [], []
    for p in (0.3, 0.6):  # both gaps exactly .1
        rates = [p, p, p + 0.1, p + 0.1, p + 0.1]
        k = rng.binomial(500, rates, size=(20_000, 5)).astype(float)
        bounds = gap_bounds(k, n, 0.95, rates=2)
        lows.append(bounds.low)
        highs.append(bounds.high)
    assert (np.max(lows, axis=0) > 0.1).mean() <= 0.025
    assert (np.max(highs, axis=0) < 0.1).mean() <= 0.025
