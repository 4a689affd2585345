import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.means import attainable_mean_difference, mean, mean_paired_difference
from audit.stats.proportions import wilson

COLUMNS = st.lists(st.floats(0, 1).map(lambda x: round(x, 6)), min_size=2, max_size=30)


# scipy 1.17: stats.t.interval(0.9, 4, x.mean(), stats.sem(x))
def test_the_interval_of_equal_weights_is_students() -> None:
    e = mean(np.array([0.1, 0.4, 0.2, 0.9, 0.3]), level=0.9)
    assert (e.value, e.low, e.high) == pytest.approx((0.38, 0.083068, 0.676932), abs=1e-6)


def test_the_bounded_interval_of_many_0_and_1_is_wilsons() -> None:
    values = np.repeat([1.0, 0.0], [100, 900])
    e = mean(values, level=0.95, bounds=(0, 1))
    low, high = wilson(np.array(100), np.array(1000), 0.95)
    assert (e.low, e.high) == pytest.approx((float(low), float(high)), abs=2e-4)


@given(COLUMNS, st.floats(0.01, 100))
def test_scaling_all_weights_changes_nothing(values: list[float], factor: float) -> None:
    column, weights = np.array(values), np.arange(1.0, len(values) + 1)
    one, two = (
        mean(column, level=0.95, weights=w, bounds=(0, 1)) for w in (weights, weights * factor)
    )
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


@given(COLUMNS)
def test_the_interval_of_equal_weights_is_that_of_none(values: list[float]) -> None:
    column = np.array(values)
    one, two = (mean(column, level=0.95, weights=w) for w in (None, np.full(len(column), 7.0)))
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


@given(COLUMNS, st.booleans())
def test_no_interval_has_zero_width(values: list[float], bounded: bool) -> None:  # noqa: FBT001
    e = mean(np.array(values), level=0.95, bounds=(0, 1) if bounded else None)
    assert e.low <= e.value <= e.high
    assert e.low < e.high


@given(COLUMNS)
def test_swapping_the_versions_flips_the_sign(values: list[float]) -> None:
    d = np.array(values)
    one, two = (mean_paired_difference(x, level=0.95, bounds=(-1, 1)) for x in (d, -d))
    assert (one.value, one.low, one.high) == pytest.approx((-two.value, -two.high, -two.low))


def test_rows_without_weight_are_no_rows() -> None:
    values = np.array([0.1, 0.5, 0.3, 9.0])
    one = mean(values, level=0.95, weights=np.array([1.0, 1, 1, 0]))
    two = mean(values[:3], level=0.95)
    assert (one.n, one.low, one.high) == pytest.approx((two.n, two.low, two.high))


@pytest.mark.parametrize(
    ("values", "weights", "words"),
    [
        ([], None, "at least two rows, but got 0"),
        ([1.0], None, "at least two rows, but got 1"),
        ([1.0, np.nan], None, "must be finite"),
        ([1.0, np.inf], None, "must be finite"),
        ([1.0, 2.0], [1.0], "two columns of one length"),
        ([0.5, 0.6], [1.0, -1.0], "must not be negative"),
        ([0.5, 0.6], [0.0, 0.0], "at least two rows"),
        ([0.5, 1.5], None, "within the bounds"),
    ],
)
def test_what_is_no_sample_is_refused(
    values: list[float], weights: list[float] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        mean(
            np.array(values),
            level=0.95,
            weights=None if weights is None else np.array(weights),
            bounds=(0, 1),
        )


def test_the_paired_estimate_carries_its_margin() -> None:
    d = np.random.default_rng(0).normal(0, 1, 400)
    e = mean_paired_difference(d, level=0.95)
    assert e.flawless == 0
    assert e.attainable == attainable_mean_difference(d, level=0.95)
    assert e.attainable == pytest.approx((1.966 + 0.842) * d.std(ddof=1) / 20, abs=1e-3)


# the normal interval has zero width in 36 % of draws at a 2 % event and n = 50, and covers .64
@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 50, 200, 2000])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 0.9])
def test_a_rare_event_is_covered(n: int, rate: float) -> None:
    rng = np.random.default_rng(1)
    draws = (rng.random((2000, n)) < rate).astype(float)
    es = [mean(x, level=0.95, bounds=(0, 1)) for x in draws]
    assert np.mean([e.low <= rate <= e.high for e in es]) >= 0.925


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 200, 2000])
def test_a_brier_score_is_covered_with_and_without_weights(n: int) -> None:
    rng = np.random.default_rng(2)
    p = rng.beta(1, 4, (2000, n))
    losses, weights = (p - (rng.random(p.shape) < p)) ** 2, rng.gamma(2, 1, p.shape)
    truth = 1 / 5 * 4 / 5 - 4 / (25 * 6)  # E p (1 - p) of Beta(1, 4)
    for ws in (None, weights):
        es = [
            mean(x, level=0.95, bounds=(0, 1), weights=None if ws is None else ws[i])
            for i, x in enumerate(losses)
        ]
        assert 0.93 <= np.mean([e.low <= truth <= e.high for e in es]) <= 0.98


@pytest.mark.slow
def test_a_version_equal_to_the_baseline_passes_its_margin_in_80_percent() -> None:
    rng = np.random.default_rng(3)
    ds = rng.normal(0, 1, (2000, 300))
    margin = attainable_mean_difference(ds[0] / ds[0].std(ddof=1), level=0.95)
    passed = [mean_paired_difference(d, level=0.95).high <= margin for d in ds]
    assert 0.77 <= np.mean(passed) <= 0.83
