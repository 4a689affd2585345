from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.results import Estimate
from audit.stats.counts import Count
from audit.stats.proportions import rate, rate_difference
from audit.stats.slices import Slices, gap_to_all, worst_gap, worst_rate


def drawn(seed: int, n: int = 400, parts: int = 3, accuracy: float = 0.9) -> Slices:
    rng = np.random.default_rng(seed)
    inside = rng.random((parts, n)) < np.linspace(0.2, 0.5, parts)[:, None]
    return Slices(inside=inside, hits=rng.random(n) < accuracy)


def both(slices: Slices, seed: int = 0, draws: int = 50) -> tuple[Estimate, Estimate]:
    rng = np.random.default_rng(seed)
    return (
        worst_rate(slices, level=0.95, rng=rng, draws=draws),
        worst_gap(slices, level=0.95, rng=rng, draws=draws),
    )


# 1. one part is a plain rate, and a plain difference times the share of the rest
@pytest.mark.parametrize("seed", range(3))
def test_one_part_is_known_from_the_plain_intervals(seed: int) -> None:
    slices = drawn(seed, parts=1)
    [inside], hits = slices.inside, slices.hits
    part = Count(k=int(hits[inside].sum()), n=int(inside.sum()))
    rest = Count(k=int(hits[~inside].sum()), n=int((~inside).sum()))
    share = rest.n / len(hits)
    one, gap = both(slices)
    plain = rate(part, level=0.95)
    assert (one.value, one.low, one.high) == pytest.approx((plain.value, plain.low, plain.high))
    plain = rate_difference(rest, part, level=0.95)
    assert gap.value == pytest.approx(hits.mean() - hits[inside].mean())
    assert (gap.value, gap.low, gap.high) == pytest.approx(
        (share * plain.value, share * plain.low, share * plain.high)
    )


def test_several_parts_widen_the_side_that_is_searched() -> None:
    slices = drawn(1, parts=4)
    level = 1 - 0.05 / 4
    each = [Count(k=k, n=n) for k, n in zip(slices.counts, slices.rows, strict=True)]
    one, gap = both(slices)
    assert one.low == pytest.approx(min(rate(c, level=0.95).low for c in each))
    assert one.high == pytest.approx(min(rate(c, level=level).high for c in each))
    hits, n = np.array(float(slices.hits.sum())), 400.0
    pointwise = gap_to_all(slices.counts, slices.rows, hits, n, 0.95)
    corrected = gap_to_all(slices.counts, slices.rows, hits, n, level)
    assert gap.high == pytest.approx(pointwise.high.max())
    assert gap.low == pytest.approx(corrected.low.max())


# 2. properties
@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from([0.0, 0.5, 1.0]))
def test_the_order_of_rows_and_parts_changes_nothing(seed: int, parts: int, rate_: float) -> None:
    slices, rng = drawn(seed, 60, parts, rate_), np.random.default_rng(seed)
    rows, order = rng.permutation(60), rng.permutation(parts)
    other = Slices(inside=slices.inside[order][:, rows], hits=slices.hits[rows])
    for one, two in zip(both(slices, draws=2), both(other, draws=2), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))
        assert one.low < one.high
        assert one.low <= one.value <= one.high


@given(st.integers(0, 10_000))
def test_one_more_part_makes_the_worst_no_better(seed: int) -> None:
    slices = drawn(seed, 80, 3)
    fewer = Slices(inside=slices.inside[:2], hits=slices.hits)
    (rate3, gap3), (rate2, gap2) = both(slices, draws=2), both(fewer, draws=2)
    assert rate3.value <= rate2.value
    assert rate3.low <= rate2.low
    assert gap3.value >= gap2.value
    assert gap3.high >= gap2.high


def test_the_attainable_limits_are_those_that_four_of_five_even_models_pass() -> None:
    slices = drawn(5, 800, 5)
    rate_, gap = both(slices, draws=2000)
    assert rate_.attainable is not None
    assert gap.attainable is not None
    rng, passed = np.random.default_rng(9), np.zeros(2)
    for _ in range(400):
        even = Slices(inside=slices.inside, hits=rng.random(800) < slices.hits.mean())
        found_rate, found_gap = both(even, draws=1)
        passed += [found_rate.low >= rate_.attainable, found_gap.high <= gap.attainable]
    np.testing.assert_allclose(passed / 400, 0.8, atol=0.06)


# 3. edges
@pytest.mark.parametrize(
    "inside",
    [
        np.zeros((0, 5), dtype=bool),
        np.zeros((1, 5), dtype=bool),
        np.ones((1, 5), dtype=bool),
    ],
    ids=["none", "empty", "all rows"],
)
def test_parts_without_rows_or_without_a_rest_are_refused(inside: Any) -> None:
    with pytest.raises(ValueError, match="needs parts that hold some rows and not all of 5"):
        Slices(inside=inside, hits=np.ones(5, dtype=bool))


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_all_right_or_all_wrong_has_a_width(accuracy: float) -> None:
    one, gap = both(drawn(1, accuracy=accuracy))
    assert one.value == accuracy
    assert one.low < one.high
    assert gap.value == 0
    assert gap.low < 0 < gap.high


# 5. coverage: the worst of overlapping parts chosen without a look at these hits
@pytest.mark.slow
@pytest.mark.parametrize("extra", [0.0, 0.3])
@pytest.mark.parametrize("n", [200, 2000])
def test_the_worst_part_is_covered(n: int, extra: float) -> None:
    rng = np.random.default_rng(n)
    inside = rng.random((5, n)) < np.array([0.3, 0.3, 0.5, 0.5, 0.7])[:, None]
    p = 0.9 - extra * inside[0]
    rates = np.array([p[each].mean() for each in inside])
    held = np.zeros(2)
    for _ in range(1000):
        slices = Slices(inside=inside, hits=rng.random(n) < p)
        one, gap = both(slices, draws=1)
        held += [
            one.low <= rates.min() <= one.high,
            gap.low <= (p.mean() - rates).max() <= gap.high,
        ]
    assert (held / 1000 >= 0.935).all()
