import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.results import Estimate
from audit.stats.arrays import Floats
from audit.stats.confusion import (
    METHOD_BALANCED,
    METHOD_F1,
    METHOD_PAIRED_BALANCED,
    accuracy,
    attainable_paired_balanced_accuracy,
    balanced_accuracy,
    f1_mean,
    macro_f1,
    paired_balanced_accuracy,
)
from audit.stats.paired import Pairs, paired_rate_difference
from audit.stats.proportions import METHOD_WILSON

THREE = np.array([[40.0, 5.0, 5.0], [3.0, 20.0, 7.0], [1.0, 2.0, 17.0]])


def tables(fewest_rows: int) -> st.SearchStrategy[Floats]:
    cells = st.integers(0, 300) | st.integers(0, 3)
    square = st.integers(2, 5).flatmap(
        lambda size: st.lists(
            st.lists(cells, min_size=size, max_size=size).filter(
                lambda row: sum(row) >= fewest_rows
            ),
            min_size=size,
            max_size=size,
        )
    )
    return square.map(lambda rows: np.array(rows, dtype=float))


def f1(table: Floats, draws: int = 200) -> Estimate:
    return macro_f1(table, level=0.95, rng=np.random.default_rng(0), draws=draws)


# scikit-learn 1.9.1 on the 100 rows of the table: accuracy_score, balanced_accuracy_score, and
# f1_score with average="macro" and zero_division=0
def test_the_values_agree_with_sklearn() -> None:
    assert accuracy(THREE, level=0.95).value == pytest.approx(0.77)
    assert balanced_accuracy(THREE, level=0.95).value == pytest.approx(0.7722222222)
    assert f1(THREE).value == pytest.approx(0.7488985889)


# statsmodels 0.15.0: proportion_confint(77, 100, method="wilson")
def test_the_interval_of_accuracy_agrees_with_statsmodels() -> None:
    e = accuracy(THREE, level=0.95)
    assert (e.low, e.high) == pytest.approx((0.678456, 0.841567), abs=1e-6)
    assert (e.n, e.method) == (100, METHOD_WILSON)


# proportion_confint(m * n, n, method="beta") of statsmodels 0.15.0 with m = .7722222 and the lesser
# n of p * (1 - p) / v and 9 / (1/50 + 1/30 + 1/20), where p and v are the mean and the variance of
# the mean of (k + .5) / (n + 1) for 40/50, 20/30, 17/20; likewise with 4 / (1/1000 + 1/20)
@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        pytest.param(THREE, 0.669904, 0.855280, id="equal recalls would have fewer rows"),
        pytest.param(
            np.array([[990.0, 10.0], [10.0, 10.0]]),
            0.616916,
            0.848160,
            id="the rare class is worse",
        ),
    ],
)
def test_the_interval_of_balanced_accuracy_agrees_with_statsmodels(
    table: Floats, low: float, high: float
) -> None:
    e = balanced_accuracy(table, level=0.95)
    assert (e.low, e.high) == pytest.approx((low, high), abs=1e-6)
    assert (e.n, e.method) == (table.sum(), METHOD_BALANCED)


# quantiles .025 and .975 of 400,000 draws of scipy 1.17.1, dirichlet(table + prior), where the
# prior is a quarter row off the diagonal for the one, a row on it for the other
def test_the_interval_of_macro_f1_agrees_with_scipy() -> None:
    e = f1(THREE, draws=40_000)
    assert (e.low, e.high) == pytest.approx((0.64138, 0.83554), abs=2e-3)
    assert (e.n, e.method) == (100, METHOD_F1)


# scikit-learn 1.9.1: f1_score([0]*3 + [1]*5 + [2]*2, [1]*3 + [1]*5 + [0]*2, average="macro",
# zero_division=0); class 2 is never predicted
def test_a_class_that_is_never_predicted_scores_0() -> None:
    table = np.array([[0.0, 3.0, 0.0], [0.0, 5.0, 0.0], [2.0, 0.0, 0.0]])
    assert f1(table).value == pytest.approx(0.2564102564)


def test_a_class_that_does_not_occur_does_not_enter_macro_f1() -> None:
    table = np.zeros((4, 4))
    table[:3, :3] = THREE
    assert f1(table) == f1(THREE)


@given(tables(1), st.permutations(range(5)))
def test_renaming_the_classes_changes_no_more_than_the_draws(
    table: Floats, order: list[int]
) -> None:
    names = [i for i in order if i < len(table)]
    renamed = table[np.ix_(names, names)]
    assert accuracy(table, level=0.95) == accuracy(renamed, level=0.95)
    one, two = balanced_accuracy(table, level=0.95), balanced_accuracy(renamed, level=0.95)
    expected = (two.value, two.low, two.high)
    assert (one.value, one.low, one.high) == pytest.approx(expected)
    assert f1(table, 1).value == pytest.approx(f1(renamed, 1).value)


@settings(max_examples=2000)
@given(tables(1), st.sampled_from([1.0, 0.37]))
def test_the_intervals_hold_the_values_and_have_a_width(table: Floats, weight: float) -> None:
    weighted = weight * table
    for e in (accuracy(weighted, level=0.95), balanced_accuracy(weighted, level=0.95)):
        assert 0 <= e.low <= e.value <= e.high <= 1
        assert e.low < e.high
    e = f1(weighted, 50)
    assert 0 <= e.low <= e.value <= e.high <= 1 + 1e-12
    assert e.low < e.high


@pytest.mark.parametrize("rows", [1, 20, 2000])
def test_a_perfect_table_is_not_perfectly_sure(rows: int) -> None:
    table = np.eye(3) * rows
    for e in (accuracy(table, level=0.95), balanced_accuracy(table, level=0.95), f1(table, 4000)):
        assert (e.value, e.high) == (1, 1)
        assert e.low < 1 - 0.4 / (3 * rows)


def test_balanced_accuracy_needs_rows_of_each_class() -> None:
    with pytest.raises(ValueError, match=r"there are none of class \[1\]"):
        balanced_accuracy(np.array([[5.0, 1.0], [0.0, 0.0]]), level=0.95)


def test_macro_f1_needs_two_classes_that_occur() -> None:
    with pytest.raises(ValueError, match="at least two classes that occur"):
        f1(np.array([[5.0, 0.0], [0.0, 0.0]]))


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(np.zeros((2, 2)), id="empty"),
        pytest.param(np.ones((1, 1)), id="one class"),
        pytest.param(np.ones((2, 3)), id="not square"),
        pytest.param(np.ones(4), id="not a table"),
        pytest.param(np.array([[1.0, -1.0], [0.0, 1.0]]), id="negative"),
        pytest.param(np.array([[1.0, np.nan], [0.0, 1.0]]), id="nan"),
    ],
)
def test_what_is_no_table_is_refused(table: Floats) -> None:
    with pytest.raises(ValueError, match="a table must count rows"):
        accuracy(table, level=0.95)
    with pytest.raises(ValueError, match="a table must count rows"):
        balanced_accuracy(table, level=0.95)
    with pytest.raises(ValueError, match="a table must count rows"):
        f1(table)


def pair(both: float, new_only: float, old_only: float, neither: float) -> Pairs:
    return Pairs(both=both, new_only=new_only, old_only=old_only, neither=neither)


CELL = st.integers(0, 300)
PAIRS = st.lists(
    st.builds(pair, CELL, CELL, CELL, CELL).filter(lambda pairs: pairs.n > 0),
    min_size=2,
    max_size=5,
)


# two classes: half the root of the sum of squares of the distances of the two paired intervals,
# .0621 from -.1186 to -.0046 and .125 from .0692 to .1833 (see test_paired.py)
def test_the_paired_difference_recovers_its_variance_from_the_classes() -> None:
    one, two = pair(59, 6, 16, 80), pair(150, 30, 5, 15)
    e = paired_balanced_accuracy([one, two], level=0.95)
    middle = (-10 / 161 + 0.125) / 2
    low = middle - np.hypot(0.1186 - 0.0621, 0.125 - 0.0692) / 2
    high = middle + np.hypot(0.0621 - 0.0046, 0.1833 - 0.125) / 2
    assert (e.value, e.low, e.high) == pytest.approx((middle, low, high), abs=1e-4)
    assert (e.n, e.flawless, e.method) == (361, 0, METHOD_PAIRED_BALANCED)


@given(PAIRS)
def test_swapping_the_versions_flips_the_sign(per_class: list[Pairs]) -> None:
    swapped = [pair(p.both, p.old_only, p.new_only, p.neither) for p in per_class]
    ab = paired_balanced_accuracy(per_class, level=0.95)
    ba = paired_balanced_accuracy(swapped, level=0.95)
    assert (ab.value, ab.low, ab.high) == pytest.approx((-ba.value, -ba.high, -ba.low), abs=1e-9)


@given(PAIRS)
def test_the_paired_interval_holds_the_value_and_has_a_width(per_class: list[Pairs]) -> None:
    e = paired_balanced_accuracy(per_class, level=0.95)
    widest = max(b.high - b.low for b in (paired_rate_difference(p, level=0.95) for p in per_class))
    assert -1 <= e.low <= e.value <= e.high <= 1
    assert 0 < e.high - e.low <= widest + 1e-9
    rng = np.random.default_rng(0)
    assert attainable_paired_balanced_accuracy(per_class, level=0.95, rng=rng, draws=20) > 0


@pytest.mark.parametrize("per_class", [[], [pair(1, 1, 1, 1)]])
def test_the_paired_difference_needs_two_classes(per_class: list[Pairs]) -> None:
    with pytest.raises(ValueError, match="at least two classes"):
        paired_balanced_accuracy(per_class, level=0.95)


def test_the_paired_difference_needs_rows_of_each_class() -> None:
    with pytest.raises(ValueError, match="a paired difference needs rows"):
        paired_balanced_accuracy([pair(1, 1, 1, 1), pair(0, 0, 0, 0)], level=0.95)


def truth(shares: list[float], recall: float) -> Floats:
    """Lay out the shares of all cells, errors spread over the other classes."""
    size = len(shares)
    rows = np.full((size, size), (1 - recall) / (size - 1))
    np.fill_diagonal(rows, recall)
    return np.asarray(np.array(shares)[:, None] * rows, dtype=np.float64)


RARE = [0.1, 0.45, 0.45]
EVEN = [1 / 3] * 3
HALVING = [4 / 7, 2 / 7, 1 / 7]


# "about" the level for many rows, at least for few; .942 is the worst of 108 cells of 2,000
# (10 classes: 600) tables, of which these are some
@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 50, 200, 2000])
@pytest.mark.parametrize("shares", [RARE, EVEN, HALVING])
@pytest.mark.parametrize("recall", [0.3, 0.9, 1.0])
def test_the_interval_covers_macro_f1(n: int, shares: list[float], recall: float) -> None:
    rng = np.random.default_rng(0)
    cells = truth(shares, recall)
    drawn = rng.multinomial(n, cells.ravel(), size=1000).reshape(1000, 3, 3).astype(float)
    true, inside = float(f1_mean(cells)), []
    for table in drawn:
        e = macro_f1(table, level=0.95, rng=rng, draws=400)
        inside.append(e.low <= true + 1e-9 and true - 1e-9 <= e.high)
    assert np.mean(inside) >= 0.925


# the price of leaving out classes that do not occur, at its worst; .877 of 2,500 tables
@pytest.mark.slow
def test_macro_f1_does_not_speak_of_a_class_that_is_missing() -> None:
    rng = np.random.default_rng(0)
    cells = truth([0.02, 0.49, 0.49], 0.98)
    true, inside = float(f1_mean(cells)), []
    for drawn in rng.multinomial(50, cells.ravel(), size=1000):
        e = macro_f1(drawn.reshape(3, 3).astype(float), level=0.95, rng=rng, draws=400)
        inside.append(e.low <= true <= e.high)
    assert 0.85 <= np.mean(inside) <= 0.9


# worst cell of 130: .939, 8 classes of 8 to 1000 rows with recalls of .6 to .99; MOVER over the
# Wilson intervals has .86 at 10 rows of each of 10 classes and recalls of .98
@pytest.mark.slow
@pytest.mark.parametrize("rows", [[20, 20], [2000, 20], [200, 2000, 20], [10] * 10, [50] * 10])
@pytest.mark.parametrize("recall", [0.1, 0.5, 0.9, 0.98, 0.995])
def test_the_interval_covers_balanced_accuracy(rows: list[int], recall: float) -> None:
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(2000):
        hits = rng.binomial(rows, recall).astype(float)
        table = np.diag(hits)
        table[:, 0] += np.where(np.arange(len(rows)) > 0, np.array(rows) - hits, 0)
        table[0, 1] += rows[0] - hits[0]
        e = balanced_accuracy(table, level=0.95)
        inside.append(e.low <= recall + 1e-12 and recall - 1e-12 <= e.high)
    assert np.mean(inside) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("discordant", [0.01, 0.1])
@pytest.mark.parametrize("rows", [[50, 50], [2000, 50], [200, 200, 200]])
def test_the_interval_covers_the_paired_difference(rows: list[int], discordant: float) -> None:
    rng = np.random.default_rng(0)
    inside = []
    shares = [0.8, discordant * 0.2, discordant * 0.8, 0.2 - discordant]
    true = -0.6 * discordant
    for _ in range(2000):
        e = paired_balanced_accuracy(
            [pair(*map(float, rng.multinomial(n, shares))) for n in rows], level=0.95
        )
        inside.append(e.low <= true + 1e-12 and true - 1e-12 <= e.high)
    assert np.mean(inside) >= 0.94


@pytest.mark.slow
def test_the_attainable_margin_is_kept_with_probability_80_percent() -> None:
    per_class = [pair(400, 20, 20, 60), pair(200, 15, 15, 20)]
    rng = np.random.default_rng(0)
    margin = attainable_paired_balanced_accuracy(per_class, level=0.95, rng=rng, draws=5000)
    kept = []
    for _ in range(4000):
        drawn = [
            pair(*map(float, rng.multinomial(500, [0.8, 0.04, 0.04, 0.12]))),
            pair(*map(float, rng.multinomial(250, [0.8, 0.06, 0.06, 0.08]))),
        ]
        kept.append(paired_balanced_accuracy(drawn, level=0.95).low >= -margin)
    assert np.mean(kept) == pytest.approx(0.8, abs=0.025)
