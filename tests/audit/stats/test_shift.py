from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.arrays import Floats
from audit.stats.shift import (
    attainable_ks,
    attainable_total_variation,
    ks_distance,
    population_stability_index,
    total_variation,
    wasserstein_over_iqr,
)

COLUMN = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=30).map(np.array)
TABLES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8).map(
    lambda pairs: np.array([*pairs, (1, 1), (1, 1)]).T
)


# scipy 1.17: stats.ks_2samp(reference, test).statistic, stats.wasserstein_distance
@given(COLUMN, COLUMN)
def test_the_distances_are_those_of_scipy(reference: Floats, test: Floats) -> None:
    from scipy import stats

    e = ks_distance(reference, test, level=0.95)
    assert e.value == pytest.approx(stats.ks_2samp(reference, test, method="asymp").statistic)
    iqr = stats.iqr(reference)
    if iqr:
        moved = stats.wasserstein_distance(reference, test) / iqr
        assert wasserstein_over_iqr(reference, test) == pytest.approx(moved, abs=1e-12)


@given(COLUMN, COLUMN)
def test_swapping_the_columns_changes_nothing(reference: Floats, test: Floats) -> None:
    one, two = (ks_distance(*p, level=0.95) for p in ((reference, test), (test, reference)))
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))
    assert one.attainable == pytest.approx(two.attainable)


@given(COLUMN, COLUMN)
def test_the_distance_lies_in_an_interval_that_has_a_width(reference: Floats, test: Floats) -> None:
    e = ks_distance(reference, test, level=0.95)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high


@given(TABLES)
def test_the_variation_lies_in_an_interval_that_has_a_width(tables: Floats) -> None:
    e = total_variation(*tables, level=0.95, rng=np.random.default_rng(0), draws=100)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.low < e.high


@given(TABLES)
def test_an_empty_category_changes_nothing(tables: Floats) -> None:
    one, two = (
        total_variation(*t, level=0.95, rng=np.random.default_rng(0), draws=100)
        for t in (tables, np.append(tables, [[0], [0]], axis=1))
    )
    assert one == two


@given(TABLES)
def test_swapping_the_tables_changes_no_upper_bound(tables: Floats) -> None:
    one, two = (
        total_variation(*t, level=0.95, rng=np.random.default_rng(0), draws=100).high
        for t in (tables, tables[::-1])
    )
    assert one == pytest.approx(two)


def test_constants_have_a_distance() -> None:
    one, two = np.full(50, 1.0), np.full(40, 2.0)
    assert ks_distance(one, one, level=0.95).value == 0
    assert ks_distance(one, two, level=0.95).low > 0.5
    assert wasserstein_over_iqr(one, one) == 0
    assert wasserstein_over_iqr(one, two) == pytest.approx(1)


def test_a_level_of_its_own_moves_the_lower_bound_alone() -> None:
    x = np.arange(100.0)
    plain = ks_distance(x, x + 50, level=0.95)
    corrected = ks_distance(x, x + 50, level=0.95, low_level=0.999)
    assert 0 < corrected.low < plain.low
    assert replace(corrected, low=plain.low) == plain
    tables = np.array([[300, 700], [500, 500]])
    lows = [
        total_variation(*tables, level=0.95, rng=np.random.default_rng(0), low_level=low_level).low
        for low_level in (None, 0.999)
    ]
    assert 0 < lows[1] < lows[0]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([], "at least two rows"),
        ([1.0], "at least two rows"),
        ([1.0, np.nan], "must be finite"),
        ([1.0, -np.inf], "must be finite"),
    ],
)
def test_what_is_no_column_is_refused(column: list[float], words: str) -> None:
    fine, bad = np.arange(5.0), np.array(column)
    for measure in (lambda *p: ks_distance(*p, level=0.95), wasserstein_over_iqr):
        with pytest.raises(ValueError, match=f"reference must be .*{words}|{words}"):
            measure(bad, fine)
        with pytest.raises(ValueError, match=words):
            measure(fine, bad)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([1.0, 2.0, 3.0], "match category by category"),
        ([1.0, 0.0], "test must have at least two rows, but has 1"),
        ([5.0, -1.0], "finite and not negative"),
        ([5.0, np.nan], "finite and not negative"),
    ],
)
def test_what_is_no_table_is_refused(counts: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        population_stability_index(np.array([5.0, 5.0]), np.array(counts))


# by hand, with 1/2 added: shares 10.5/51 and 40.5/51 against 25.5/51 twice
def test_the_stability_index_is_that_of_its_formula() -> None:
    e = population_stability_index(np.array([10.0, 40.0]), np.array([25.0, 25.0]))
    plain = 15 / 51 * np.log(25.5 / 10.5) - 15 / 51 * np.log(25.5 / 40.5)
    assert (e.plain, e.value) == pytest.approx((plain, plain - 2 / 50))
    assert e.null_quantile == pytest.approx(3.841459 * 2 / 50)  # chi-square, one degree


def test_five_thousand_rows_attain_a_tenth() -> None:
    assert attainable_ks(5000, 5000, level=0.95) < 0.05
    assert attainable_ks(2, 2, level=0.95) <= 1


# Potgieter et al. 2023, arXiv 2307.11878; the survey: 34 % above .1 at ten bins of 200 and 200
@pytest.mark.slow
def test_the_stability_index_without_drift_has_the_published_null() -> None:
    rng = np.random.default_rng(1)
    draws = rng.multinomial(200, np.full(10, 0.1), size=(4000, 2))
    es = [population_stability_index(a.astype(float), b.astype(float)) for a, b in draws]
    assert np.mean([e.plain > 0.1 for e in es]) == pytest.approx(0.34, abs=0.05)
    assert np.mean([e.plain > e.null_quantile for e in es]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([e.value for e in es]) == pytest.approx(0, abs=0.004)


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("cut", [0, 1.28], ids=["continuous", "nine tenths zeros"])
@pytest.mark.parametrize(("n", "m"), [(50, 50), (1000, 200)])
def test_the_distance_is_covered(n: int, m: int, shift: float, cut: float) -> None:
    from scipy.special import ndtr

    rng = np.random.default_rng(2)
    truth = 2 * ndtr(shift / 2) - 1 if cut == 0 else ndtr(cut) - ndtr(cut - shift)
    low = high = kept = 0
    for _ in range(1000):
        x, y = rng.normal(0, 1, n), rng.normal(shift, 1, m)
        if cut:
            x, y = (x > cut).astype(float), (y > cut).astype(float)
        e = ks_distance(x, y, level=0.95)
        low, high = low + (e.low > truth), high + (e.high < truth)
        kept += e.high <= attainable_ks(n, m, level=0.95)
    assert low <= 37
    assert high <= 40
    assert shift or kept >= 780


@pytest.mark.slow
@pytest.mark.parametrize("drift", ["none", "even", "one"])
@pytest.mark.parametrize("k", [2, 5, 50, 500])
@pytest.mark.parametrize(("n", "m"), [(100, 100), (2000, 400)])
def test_the_variation_is_covered(k: int, n: int, m: int, drift: str) -> None:
    rng = np.random.default_rng(3)
    p = np.full(k, 1 / k) if k < 500 else 1 / np.arange(1, 501)
    p = p / p.sum()
    q = p * (1 + 0.3 * (np.arange(k) % 2)) if drift == "even" else p.copy()
    q[0] *= 0.5 if drift == "one" else 1
    q /= q.sum()
    truth, repeats = np.abs(p - q).sum() / 2, 300 if k < 500 else 100
    low = high = kept = 0
    for _ in range(repeats):
        a, b = (rng.multinomial(size, r).astype(np.float64) for size, r in ((n, p), (m, q)))
        e = total_variation(a, b, level=0.95, rng=rng, draws=200)
        low, high = low + (e.low > truth + 1e-12), high + (e.high < truth - 1e-12)
        kept += e.attainable is not None and e.high <= e.attainable
    assert low <= 0.06 * repeats
    assert high <= 0.06 * repeats
    assert drift != "none" or kept >= 0.7 * repeats


def test_the_margin_of_a_table_is_that_of_its_estimate() -> None:
    tables = np.array([[300, 700], [500, 500]])
    rng = np.random.default_rng(4)
    e = total_variation(*tables, level=0.95, rng=rng)
    limit = attainable_total_variation(*tables, level=0.95, rng=rng)
    assert e.attainable == pytest.approx(limit, abs=0.01)
