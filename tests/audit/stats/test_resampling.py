import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.resampling import resample

TABLE = np.array([[5.0, 0.0], [3.0, 12.0]])


# scipy 1.17.1: beta(0.5, 20.5).ppf([0.5, 0.975]) = 0.011250, 0.117226
def test_a_prior_of_a_half_is_the_posterior_of_jeffreys() -> None:
    rng = np.random.default_rng(0)
    shares = resample(np.array([0.0, 20.0]), rng=rng, draws=200_000, prior=0.5)[:, 0] / 20
    assert np.quantile(shares, [0.5, 0.975]) == pytest.approx([0.01125, 0.11723], rel=0.02)


# binomial(20, .25): mean 5, variance 3.75
def test_the_bootstrap_has_the_moments_of_the_multinomial() -> None:
    drawn = resample(TABLE, rng=np.random.default_rng(0), draws=100_000)
    assert drawn.shape == (100_000, 2, 2)
    assert drawn[:, 0, 0].mean() == pytest.approx(5, abs=0.03)
    assert drawn[:, 0, 0].var() == pytest.approx(3.75, rel=0.02)
    assert drawn[:, 0, 1].max() == 0


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=9).filter(lambda cells: sum(cells) > 1e-3),
    st.sampled_from([0.0, 0.5, 2.0]),
)
def test_each_draw_has_the_sum_of_the_table(cells: list[float], prior: float) -> None:
    drawn = resample(np.array(cells), rng=np.random.default_rng(0), draws=5, prior=prior)
    assert drawn.shape == (5, len(cells))
    assert (drawn >= 0).all()
    assert drawn.sum(axis=1) == pytest.approx(np.full(5, sum(cells)))


def test_a_prior_may_differ_from_cell_to_cell() -> None:
    prior = np.array([[0.0, 0.5], [0.0, 0.0]])
    drawn = resample(np.diag([5.0, 5.0]), rng=np.random.default_rng(0), draws=100, prior=prior)
    assert (drawn[:, 0, 1] > 0).all()
    assert (drawn[:, 1, 0] == 0).all()


def test_the_same_seed_draws_the_same() -> None:
    one, two = (resample(TABLE, rng=np.random.default_rng(3), draws=9, prior=0.5) for _ in "ab")
    assert (one == two).all()


@pytest.mark.parametrize(
    "table", [[0.0, 0.0], [-1.0, 3.0], [float("nan"), 1.0], [float("inf"), 1.0], []]
)
def test_what_is_no_table_of_counts_is_refused(table: list[float]) -> None:
    with pytest.raises(ValueError, match="a table of counts must be finite"):
        resample(np.array(table), rng=np.random.default_rng(0), draws=5)
