import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.arrays import Floats
from audit.stats.gap_reduction import Change, FairRate, attainable_reduction, gap_reduction
from audit.stats.means import mean

SHARES = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=30)


def change(rows: list[tuple[bool, float]]) -> Change:
    before, after = zip(*rows, strict=True)
    return Change(before=np.array(before, dtype=np.float64), after=np.array(after))


def nested(rng: np.random.Generator, n: int, before: float, after: float) -> Change:
    """Draw decisions by thresholds on one score: nobody gains who would lose elsewhere."""
    score = rng.random(n)
    return Change(before=(score < before).astype(float), after=(score < after).astype(float))


def test_the_value_is_the_gap_before_less_the_size_of_the_gap_after() -> None:
    # .75 - .25 before; .5 - .75 after, a gap of .25 of the other sign
    favored = Change(before=np.array([1.0, 1, 1, 0]), after=np.array([1.0, 1, 0, 0]))
    other = Change(before=np.array([1.0, 0, 0, 0]), after=np.array([1.0, 1, 0.5, 0.5]))
    assert gap_reduction(favored, other, level=0.95).value == pytest.approx(0.5 - 0.25)
    assert favored.rates == (0.75, 0.5)


def test_mover_is_that_of_the_two_means() -> None:
    rng = np.random.default_rng(0)
    favored, other = nested(rng, 300, 0.6, 0.55), nested(rng, 200, 0.4, 0.45)
    # what is left is .1 of the same sign, so that D - D' is the smaller
    one, two = (mean(c.before - c.after, level=0.95, bounds=(-1, 1)) for c in (favored, other))
    e = gap_reduction(favored, other, level=0.95)
    value = one.value - two.value
    assert e.low == pytest.approx(value - np.hypot(one.value - one.low, two.high - two.value))
    assert e.value == pytest.approx(value)
    assert e.n == 500


@settings(max_examples=50)
@given(SHARES, SHARES)
def test_the_interval_holds_the_value_and_has_a_width(
    one: list[tuple[bool, float]], two: list[tuple[bool, float]]
) -> None:
    e = gap_reduction(change(one), change(two), level=0.95)
    assert e.low <= e.value <= e.high
    assert e.low < e.high
    assert -2 <= e.value <= 1


@settings(max_examples=50)
@given(SHARES, SHARES)
def test_the_order_of_the_rows_of_a_group_changes_nothing(
    one: list[tuple[bool, float]], two: list[tuple[bool, float]]
) -> None:
    e = gap_reduction(change(one), change(two), level=0.95)
    other = gap_reduction(change(one[::-1]), change(two[::-1]), level=0.95)
    assert (e.value, e.low, e.high) == pytest.approx((other.value, other.low, other.high))


def test_one_row_is_no_group() -> None:
    with pytest.raises(ValueError, match="at least two rows"):
        gap_reduction(change([(True, 1.0)]), change([(True, 1.0)] * 9), level=0.95)


def test_what_changes_nothing_reduces_no_gap_and_keeps_a_width() -> None:
    ones = Change(before=np.ones(50), after=np.ones(50))
    e = gap_reduction(ones, ones, level=0.95)
    assert (e.value, e.low < 0 < e.high) == (0, True)


def fair(n: float, groups: int = 2, rate: float = 0.3) -> FairRate:
    rows: Floats = np.full(groups, n)
    return FairRate(rate=rate, moved=0.0, fitted=rows, held=rows)


def test_more_rows_attain_a_tighter_limit() -> None:
    limits = [
        attainable_reduction([fair(n)], level=0.95, rng=np.random.default_rng(0))
        for n in (100, 1000, 10_000)
    ]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] < 0.03


def test_a_search_over_rates_or_groups_attains_less() -> None:
    plain, rates, groups = (
        attainable_reduction(each, level=0.95, rng=np.random.default_rng(0))
        for each in ([fair(500)], [fair(500), fair(500)], [fair(500, groups=8)])
    )
    assert plain < rates
    assert plain < groups


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 200, 2000])
@pytest.mark.parametrize("gap", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("left", [-0.05, 0.0, 0.02])
def test_the_interval_holds_the_truth(n: int, gap: float, left: float) -> None:
    rng, rate = np.random.default_rng(4), 0.3
    truth, below, above = gap - abs(left), 0, 0
    for _ in range(600):
        e = gap_reduction(
            nested(rng, n, rate + gap / 2, rate + left / 2),
            nested(rng, n, rate - gap / 2, rate - left / 2),
            level=0.95,
        )
        below += e.high < truth - 1e-12
        above += e.low > truth + 1e-12
    assert 1 - (below + above) / 600 >= 0.94
    assert below / 600 <= 0.055
    assert above / 600 <= 0.05
