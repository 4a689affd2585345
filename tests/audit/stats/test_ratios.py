import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.arrays import Bounds
from audit.stats.counts import Count
from audit.stats.proportions import wilson
from audit.stats.ratios import (
    METHOD_RATIO,
    attainable_ratio,
    ratio,
    smallest_ratio,
    smallest_ratio_bounds,
)

COUNTS = st.integers(1, 1000).flatmap(lambda n: st.builds(Count, k=st.integers(0, n), n=st.just(n)))
WEIGHTED = COUNTS.map(lambda c: Count(k=c.k / 1.5, n=c.n / 1.5, rows=int(c.n)))
GROUPS = st.lists(COUNTS | WEIGHTED, min_size=2, max_size=4).filter(
    lambda counts: max(count.k for count in counts) > 0
)
THREE = [Count(k=30, n=50), Count(k=12, n=40), Count(k=9, n=30)]


def of(k1: float, n1: float, k2: float, n2: float, level: float = 0.95) -> tuple[float, float]:
    low, high = ratio(np.array([k1]), np.array([n1]), np.array([k2]), np.array([n2]), level)
    return float(low[0]), float(high[0])


# the test suite of the R package contingencytables: MOVER_R_Wilson_CI_ratio_2x2(perondi_2004) with
# the rows (7, 27) and (1, 33) is 1.1537 to 41.9763
def test_the_ratio_of_two_rates_agrees_with_contingencytables() -> None:
    assert of(7, 34, 1, 34) == pytest.approx((1.1537, 41.9763), abs=5e-5)


# value is demographic_parity_ratio of fairlearn 0.15.0 on these 120 rows; low and high are the
# smallest over all ordered pairs of the roots r (scipy 1.17.1, brentq) of
# p - r*q -+ hypot(p - l1, r*(u2 - q)), with the Wilson ends l, u of statsmodels 0.15.0
# (proportion_confint), at alpha 0.05 for low and 0.05 / 6 for high
def test_the_smallest_ratio_agrees_with_fairlearn_and_scipy() -> None:
    e = smallest_ratio(THREE, level=0.95)
    assert (e.value, e.low, e.high) == pytest.approx((0.5, 0.270816, 0.954266), abs=1e-6)
    assert (e.n, e.flawless, e.method) == (120, 1, METHOD_RATIO)


@given(COUNTS, COUNTS)
def test_the_ends_are_where_a_difference_begins_to_hold_0(one: Count, two: Count) -> None:
    low, high = of(one.k, one.n, two.k, two.n)
    p, q = one.k / one.n, two.k / two.n
    (l1, u1), (l2, u2) = (wilson(np.array(c.k), np.array(c.n), 0.95) for c in (one, two))
    assert p - low * q == pytest.approx(float(np.hypot(p - l1, low * (u2 - q))), abs=1e-7)
    if np.isfinite(high):
        reach = float(np.hypot(u1 - p, high * (q - l2)))
        assert high * q - p == pytest.approx(reach, rel=1e-6, abs=1e-7)
    else:
        assert two.k == 0


@given(COUNTS, COUNTS)
def test_swapping_the_groups_inverts_the_ratio(one: Count, two: Count) -> None:
    low, high = of(one.k, one.n, two.k, two.n)
    other_low, other_high = of(two.k, two.n, one.k, one.n)
    assert low * other_high == pytest.approx(1) or (low, other_high) == (0, np.inf)
    assert high * other_low == pytest.approx(1) or (high, other_low) == (np.inf, 0)


@given(GROUPS)
def test_the_order_of_the_groups_does_not_matter(counts: list[Count]) -> None:
    assert smallest_ratio(counts, level=0.95) == smallest_ratio(counts[::-1], level=0.95)


@settings(max_examples=2000)
@given(GROUPS, st.sampled_from([0.5, 0.95, 0.999]))
def test_the_interval_holds_the_value_and_has_a_width(counts: list[Count], level: float) -> None:
    e = smallest_ratio(counts, level=level)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high
    assert e.n == sum(count.rows for count in counts)


@pytest.mark.parametrize(
    ("k1", "k2", "value"),
    [
        pytest.param(0, 10, 0.0, id="one group without a hit"),
        pytest.param(20, 20, 1.0, id="each row a hit"),
        pytest.param(10, 10, 1.0, id="equal rates"),
    ],
)
def test_the_edges_keep_a_width(k1: int, k2: int, value: float) -> None:
    e = smallest_ratio([Count(k=k1, n=20), Count(k=k2, n=20)], level=0.95)
    assert e.value == value
    assert e.high - e.low > 0.1


def test_no_ratio_where_all_rates_are_0() -> None:
    counts = [Count(k=0, n=20), Count(k=0, n=30)]
    with pytest.raises(ValueError, match="not defined where all rates are 0"):
        smallest_ratio(counts, level=0.95)
    with pytest.raises(ValueError, match="not defined where all rates are 0"):
        attainable_ratio(counts, level=0.95, rng=np.random.default_rng(0))


@pytest.mark.parametrize("counts", [[], [Count(k=1, n=2)], [Count(k=1, n=2), Count(k=0, n=0)]])
def test_no_ratio_without_two_groups_with_rows(counts: list[Count]) -> None:
    with pytest.raises(ValueError, match="at least two groups with rows"):
        smallest_ratio(counts, level=0.95)


def test_more_rows_attain_a_tighter_limit() -> None:
    rng = np.random.default_rng(0)
    few, many = (
        attainable_ratio([Count(k=n // 2, n=n)] * 3, level=0.95, rng=rng) for n in (100, 10_000)
    )
    assert few < 0.75
    assert 0.93 < many < 1


def simulated(rates: list[float], n: int, draws: int = 4000) -> Bounds:
    rng = np.random.default_rng(0)
    k = rng.binomial(n, rates, size=(draws, len(rates))).astype(float)
    k = k[k.max(axis=1) > 0]  # the others are not measured
    low, high = smallest_ratio_bounds(k, np.full(len(rates), float(n)), 0.95)
    value = k.min(axis=1) / k.max(axis=1)
    return Bounds(np.minimum(low, value), np.maximum(high, value))


# "at least" the level; worst cell .951: two groups, n=20, rates .45 and .9
@pytest.mark.slow
@pytest.mark.parametrize("groups", [2, 3, 5, 10])
@pytest.mark.parametrize("n", [20, 50, 200, 2000])
def test_the_interval_covers_the_ratio(groups: int, n: int) -> None:
    for p in (0.02, 0.1, 0.5, 0.9, 1.0):
        for true in (0.5, 0.8, 1.0):
            for lower in {1, groups // 2}:
                rates = [p * true] * lower + [p] * (groups - lower)
                low, high = simulated(rates, n)
                inside = (low <= true + 1e-12) & (true - 1e-12 <= high)
                assert inside.mean() >= 0.945, (p, true, lower)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [2, 3, 5, 10])
@pytest.mark.parametrize("n", [50, 200, 2000])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_exactly_four_fifths_is_failed_in_at_most_a_twentieth(
    groups: int, n: int, p: float
) -> None:
    for lower in {1, groups // 2}:
        low, high = simulated([0.8 * p] * lower + [p] * (groups - lower), n, 10_000)
        assert (high < 0.8).mean() <= 0.03
        assert (low > 0.8).mean() <= 0.03


@pytest.mark.slow
def test_the_gate_passes_equal_rates_and_fails_a_half() -> None:
    assert (simulated([0.5] * 5, 2000).low >= 0.8).mean() >= 0.99
    assert (simulated([0.25, 0.5, 0.5, 0.5, 0.5], 500).high < 0.8).mean() >= 0.99


@pytest.mark.slow
def test_the_attainable_limit_is_passed_with_probability_80_percent() -> None:
    counts = [Count(k=60, n=200), Count(k=100, n=400), Count(k=300, n=900)]
    rng = np.random.default_rng(0)
    limit = attainable_ratio(counts, level=0.95, rng=rng, draws=10_000)
    n = np.array([200.0, 400.0, 900.0])
    k = rng.binomial(n.astype(int), 460 / 1500, size=(20_000, 3)).astype(float)
    assert (smallest_ratio_bounds(k, n, 0.95).low >= limit).mean() == pytest.approx(0.8, abs=0.015)
