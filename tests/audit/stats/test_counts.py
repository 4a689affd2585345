import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.counts import Count, columns, equal_groups, weighted

NAN, INF = float("nan"), float("inf")
WEIGHTS = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=30)


def kish(weights: list[float], hits: int) -> Count:
    total, squared = sum(weights), sum(w * w for w in weights)
    return weighted(sum(weights[:hits]), total, squared, rows=len(weights))


def test_plain_rows_count_as_they_are() -> None:
    count = Count(k=3, n=20)
    assert (count.k, count.n, count.rows) == (3, 20, 20)


# Kish (1965): n = (sum w)^2 / sum w^2; by hand, 5^2 / 7 = 3.5714, and 3 of 5 of it are hits
def test_weights_count_by_the_effective_sample_size_of_kish() -> None:
    count = weighted(3.0, 5.0, 7.0, rows=4)
    assert (count.k, count.n) == pytest.approx((15 / 7, 25 / 7))
    assert count.rows == 4


@given(WEIGHTS, st.integers(0, 30), st.sampled_from([1e-6, 0.1, 3.0, 1e6]))
def test_scaling_all_weights_changes_nothing(weights: list[float], hits: int, by: float) -> None:
    one, other = kish(weights, hits), kish([by * w for w in weights], hits)
    assert (one.k, one.n) == pytest.approx((other.k, other.n), abs=1e-9)


@given(WEIGHTS, st.integers(0, 30))
def test_weights_never_count_more_than_the_rows(weights: list[float], hits: int) -> None:
    count = kish(weights, hits)
    assert 0 <= count.k <= count.n <= count.rows


@given(st.floats(1e-3, 1e3), st.integers(1, 50), st.integers(0, 50))
def test_equal_weights_are_plain_rows(weight: float, rows: int, hits: int) -> None:
    count = kish([weight] * rows, hits)
    assert (count.k, count.n) == pytest.approx((min(hits, rows), rows))


def test_no_weight_is_0_of_0() -> None:
    assert weighted(0.0, 0.0, 0.0, rows=7) == Count(k=0, n=0, rows=7)


@settings(max_examples=2000)
@given(st.floats(), st.floats())
def test_a_count_holds_a_share_or_is_refused(k: float, n: float) -> None:
    try:
        count = Count(k=k, n=n)
    except ValueError:
        return
    assert 0 <= count.k <= count.n < INF
    assert count.rows >= 0


@pytest.mark.parametrize(
    ("k", "n"), [(-1, 5), (6, 5), (0, -1), (NAN, 5), (1, NAN), (1, INF), (INF, INF)]
)
def test_impossible_counts_are_refused(k: float, n: float) -> None:
    with pytest.raises(ValueError, match="0 <= k <= n must hold"):
        Count(k=k, n=n)


@pytest.mark.parametrize(
    ("hits", "total", "squared"),
    [
        (2.0, 1.0, 1.0),
        (-1.0, 1.0, 1.0),
        (1.0, -1.0, 1.0),
        (1.0, NAN, 1.0),
        (NAN, 2.0, 2.0),
        (1.0, 2.0, NAN),
        (1.0, 2.0, 0.0),
        (1.0, 2.0, INF),
    ],
)
def test_impossible_weights_are_refused(hits: float, total: float, squared: float) -> None:
    with pytest.raises(ValueError, match="0 <= hits <= total must hold"):
        weighted(hits, total, squared, rows=3)


@pytest.mark.parametrize("counts", [[], [Count(k=1, n=2)], [Count(k=1, n=2), Count(k=0, n=0)]])
def test_nothing_is_compared_without_two_groups_with_rows(counts: list[Count]) -> None:
    with pytest.raises(ValueError, match="at least two groups with rows"):
        columns(counts)


def test_equal_groups_share_the_pooled_rate() -> None:
    k, n = columns([Count(k=10, n=100), Count(k=90, n=300)])
    drawn, rows = equal_groups(k, n, np.random.default_rng(0), 4000)
    assert rows.tolist() == [100, 300]
    assert (drawn / rows).mean(axis=0) == pytest.approx([0.25, 0.25], abs=0.005)
