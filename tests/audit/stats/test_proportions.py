from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats
from audit.stats.counts import Count
from audit.stats.proportions import (
    METHOD_EXACT,
    METHOD_NEWCOMBE,
    METHOD_WILSON,
    clopper_pearson,
    exact_rate,
    newcombe,
    rate,
    rate_difference,
    wilson,
)

COUNTS = st.integers(1, 10_000).flatmap(
    lambda n: st.builds(Count, k=st.integers(0, n), n=st.just(n))
)
# a third of the rows carry no information, as with unequal weights
WEIGHTED = COUNTS.map(lambda c: Count(k=c.k / 1.5, n=c.n / 1.5, rows=int(c.n)))
LEVELS = st.sampled_from([0.5, 0.8, 0.95, 0.99, 0.9999])
GRID = [(n, p) for n in (20, 50, 200, 2000) for p in (0.02, 0.1, 0.5, 0.9)]


def mass(n: int, p: float) -> tuple[Floats, Floats]:
    k = np.arange(n + 1.0)
    return k, np.asarray(binom.pmf(k, n, p))


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, methods 3 (score) and 5 (exact);
# the digits are of statsmodels 0.15: proportion_confint(k, n, method="wilson"), method="beta"
@pytest.mark.parametrize(
    ("function", "k", "n", "low", "high"),
    [
        (rate, 81, 263, 0.255289, 0.366210),
        (rate, 15, 148, 0.062386, 0.160487),
        (rate, 0, 20, 0.0, 0.161125),
        (rate, 1, 29, 0.006113, 0.171755),
        (exact_rate, 81, 263, 0.252737, 0.367622),
        (exact_rate, 15, 148, 0.057844, 0.161650),
        (exact_rate, 0, 20, 0.0, 0.168433),
        (exact_rate, 1, 29, 0.000873, 0.177643),
    ],
)
def test_rates_agree_with_the_paper(
    function: Callable[..., Estimate], k: int, n: int, low: float, high: float
) -> None:
    e = function(Count(k=k, n=n), level=0.95)
    assert (e.low, e.high) == pytest.approx((low, high), abs=2e-6)


# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10
@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
    ],
)
def test_rate_difference_agrees_with_the_paper(
    k1: int, n1: int, k2: int, n2: int, low: float, high: float
) -> None:
    e = rate_difference(Count(k=k1, n=n1), Count(k=k2, n=n2), level=0.95)
    assert (e.low, e.high) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS, COUNTS, LEVELS)
def test_swapping_the_samples_flips_the_sign(one: Count, two: Count, level: float) -> None:
    ab, ba = rate_difference(one, two, level=level), rate_difference(two, one, level=level)
    assert (ab.value, ab.low, ab.high) == pytest.approx((-ba.value, -ba.high, -ba.low))


@given(COUNTS | WEIGHTED, LEVELS)
@pytest.mark.parametrize("function", [rate, exact_rate])
def test_swapping_hits_and_misses_mirrors_the_rate(
    function: Callable[..., Estimate], count: Count, level: float
) -> None:
    misses = Count(k=max(count.n - count.k, 0), n=count.n, rows=count.rows)
    e, mirrored = function(count, level=level), function(misses, level=level)
    expected = (1 - mirrored.value, 1 - mirrored.high, 1 - mirrored.low)
    assert (e.value, e.low, e.high) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=2000)
@given(COUNTS | WEIGHTED, LEVELS)
@pytest.mark.parametrize("function", [rate, exact_rate])
def test_the_interval_holds_the_rate_and_has_a_width(
    function: Callable[..., Estimate], count: Count, level: float
) -> None:
    e = function(count, level=level)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high
    assert e.n == count.rows


@settings(max_examples=2000)
@given(COUNTS | WEIGHTED, COUNTS | WEIGHTED, LEVELS)
def test_the_interval_holds_the_difference_and_has_a_width(
    one: Count, two: Count, level: float
) -> None:
    e = rate_difference(one, two, level=level)
    assert -1 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high
    assert e.n == one.rows + two.rows


@pytest.mark.parametrize("function", [rate, exact_rate])
def test_no_rate_without_rows(function: Callable[..., Estimate]) -> None:
    with pytest.raises(ValueError, match="a rate needs rows"):
        function(Count(k=0, n=0), level=0.95)


def test_no_difference_without_rows_on_both_sides() -> None:
    with pytest.raises(ValueError, match="a rate needs rows"):
        rate_difference(Count(k=1, n=2), Count(k=0, n=0), level=0.95)


def test_the_methods_are_named() -> None:
    one = Count(k=1, n=2)
    estimates = rate(one, level=0.9), exact_rate(one, level=0.9)
    difference = rate_difference(one, one, level=0.9)
    assert [e.method for e in estimates] == [METHOD_WILSON, METHOD_EXACT]
    assert difference.method == METHOD_NEWCOMBE
    assert difference.level == 0.9


# exact sums over all k, no draws; the worst cell is n=50, p=.02
def test_wilson_covers_about_the_level() -> None:
    cells = {}
    for n, p in GRID:
        k, weight = mass(n, p)
        bounds = wilson(k, np.array(float(n)), 0.95)
        cells[n, p] = weight[(bounds.low <= p) & (p <= bounds.high)].sum()
    assert min(cells, key=lambda cell: cells[cell]) == (50, 0.02)
    assert min(cells.values()) == pytest.approx(0.9216, abs=1e-4)
    assert 0.945 <= np.mean(list(cells.values())) <= 0.96


def test_the_exact_interval_never_errs_more_than_it_says() -> None:
    for n, p in GRID:
        k, weight = mass(n, p)
        bounds = clopper_pearson(k, np.array(float(n)), 0.95)
        assert weight[bounds.low > p].sum() <= 0.025
        assert weight[bounds.high < p].sum() <= 0.025


def two_samples(n: int, p: float, q: float) -> tuple[Bounds, Floats]:
    (k1, one), (k2, two) = mass(n, p), mass(n, q)
    k1, one, k2, two = k1[one > 1e-9], one[one > 1e-9], k2[two > 1e-9], two[two > 1e-9]
    rows = np.array(float(n))
    return newcombe(k1[:, None], rows, k2[None, :], rows, 0.95), one[:, None] * two[None, :]


# exact sums too; the worst cell is n=50, p=q=.5 with .943
@pytest.mark.parametrize(("n", "p"), GRID)
def test_newcombe_covers_the_level(n: int, p: float) -> None:
    for q in (p, max(p - 0.1, 0.01)):
        bounds, weight = two_samples(n, p, q)
        assert weight[(bounds.low <= p - q) & (p - q <= bounds.high)].sum() >= 0.943
