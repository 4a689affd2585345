import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.arrays import Floats
from audit.stats.ranking import attainable_auc_difference, auc, auc_difference

POSITIVE = np.arange(40) % 3 == 0
SCORES = st.lists(st.integers(0, 12).map(float), min_size=40, max_size=40).map(np.array)


# scikit-learn 1.9: roc_auc_score(POSITIVE, scores)
@given(SCORES)
def test_the_auc_is_that_of_scikit_learn(scores: Floats) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    assert auc(scores, POSITIVE, level=0.95).value == pytest.approx(
        metrics.roc_auc_score(POSITIVE, scores)
    )


# the placements row by row, as the paper of DeLong et al. (1988) defines them
@given(SCORES, SCORES)
def test_the_variance_is_that_of_the_paper(new: Floats, old: Floats) -> None:
    over, under = [], []
    for s in (new, old):
        wins = np.sign(s[POSITIVE][:, None] - s[~POSITIVE]) / 2 + 0.5
        over.append(wins.mean(axis=1))
        under.append(wins.mean(axis=0))
    change = np.array([1, -1])
    error = np.sqrt(
        change @ (np.cov(over) / POSITIVE.sum() + np.cov(under) / (~POSITIVE).sum()) @ change
    )
    e = auc_difference(new, old, POSITIVE, level=0.95)
    assert e.value == pytest.approx(over[0].mean() - over[1].mean())
    reach = max(1.959964 * error, 1 - 0.025 ** (1 / POSITIVE.sum()))
    assert e.high == pytest.approx(min(e.value + reach, 1), abs=1e-6)


@given(SCORES)
def test_a_rising_function_of_the_scores_changes_nothing(scores: Floats) -> None:
    one, two = (auc(s, POSITIVE, level=0.95) for s in (scores, np.exp(scores / 5)))
    assert one == two


@given(SCORES)
def test_the_other_class_turns_the_interval_round(scores: Floats) -> None:
    one, two = auc(scores, POSITIVE, level=0.95), auc(scores, ~POSITIVE, level=0.95)
    assert (one.low, one.high) == pytest.approx((1 - two.high, 1 - two.low))


@given(SCORES, SCORES)
def test_no_interval_has_zero_width(new: Floats, old: Floats) -> None:
    for e in (auc(new, POSITIVE, level=0.95), auc_difference(new, old, POSITIVE, level=0.95)):
        assert e.low <= e.value <= e.high
        assert e.high - e.low > 0.01


def test_swapping_the_versions_flips_the_sign() -> None:
    rng = np.random.default_rng(0)
    new, old = rng.normal(size=(2, 40)) + POSITIVE
    one = auc_difference(new, old, POSITIVE, level=0.95)
    two = auc_difference(old, new, POSITIVE, level=0.95)
    assert (one.value, one.low, one.high) == pytest.approx((-two.value, -two.high, -two.low))


@pytest.mark.parametrize("events", [0, 9, 31, 40])
def test_few_rows_of_a_class_are_refused(events: int) -> None:
    with pytest.raises(ValueError, match="at least 10 rows of either class, but got"):
        auc(np.arange(40.0), np.arange(40) < events, level=0.95)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="scores must be finite"):
        auc(np.where(np.arange(40) == 3, bad, 0.0), POSITIVE, level=0.95)


def test_columns_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="match row by row"):
        auc(np.zeros(39), POSITIVE, level=0.95)


def _draw(rng: np.random.Generator, m: int, n: int, true: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri

    return rng.normal(np.sqrt(2) * ndtri(true), 1, m), rng.normal(0, 1, n)


@pytest.mark.slow
@pytest.mark.parametrize("true", [0.5, 0.7, 0.9, 0.97])
@pytest.mark.parametrize(("m", "n"), [(10, 10), (20, 500), (50, 50), (200, 200)])
def test_the_interval_holds_the_truth(m: int, n: int, true: float) -> None:
    rng, positive = np.random.default_rng(1), np.arange(m + n) < m
    es = [auc(np.concatenate(_draw(rng, m, n, true)), positive, level=0.95) for _ in range(2000)]
    assert np.mean([e.low <= true <= e.high for e in es]) >= 0.935


# plain DeLong passes "at_least 0.95" for a true AUC of 0.90 in 9.2 % of draws
@pytest.mark.slow
def test_ten_and_ten_rows_of_a_weak_model_do_not_pass() -> None:
    rng, positive = np.random.default_rng(2), np.arange(20) < 10
    es = [auc(np.concatenate(_draw(rng, 10, 10, 0.9)), positive, level=0.95) for _ in range(2000)]
    assert not any(e.low >= 0.95 for e in es)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 50, 300])
def test_the_difference_is_covered_and_its_margin_kept(n: int) -> None:
    rng, positive = np.random.default_rng(3), np.arange(2 * n) < n
    held, kept = [], []
    for _ in range(2000):
        shared, one, two = rng.normal(size=(3, 2 * n))
        new, old = (shared + x + 2 * positive for x in (one, two))
        e = auc_difference(new, old, positive, level=0.95)
        held.append(e.low <= 0 <= e.high)
        kept.append(e.high <= attainable_auc_difference(new, old, positive, level=0.95))
    assert np.mean(held) >= 0.94
    assert 0.76 <= np.mean(kept) <= 0.88
