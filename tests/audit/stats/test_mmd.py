import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.mmd import kernel_of, mmd

RNG = np.random.default_rng


def points(
    seed: int, n: int = 40, by: float = 0.0
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    rng = RNG(seed)
    return np.concatenate([rng.normal(size=(n, 3)), rng.normal(by, 1, size=(n, 3))])


def test_the_statistic_is_that_of_a_double_loop() -> None:
    kernel, n = kernel_of(points(1, 12, 0.5)), 12
    pairs = [(i, j) for i in range(2 * n) for j in range(2 * n) if i != j]
    one = np.mean([kernel[i, j] for i, j in pairs if i < n and j < n])
    other = np.mean([kernel[i, j] for i, j in pairs if i >= n and j >= n])
    across = np.mean([kernel[i, j] for i in range(n) for j in range(n, 2 * n)])
    found = mmd(kernel, np.arange(2 * n) < n, level=0.95, rng=RNG(0))
    assert found.unbiased == pytest.approx(one + other - 2 * across, abs=1e-14)


def test_all_points_in_one_place_have_no_distance_and_a_p_value_of_one() -> None:
    found = mmd(kernel_of(np.zeros((30, 2))), np.arange(30) < 15, level=0.95, rng=RNG(0))
    assert found.unbiased == pytest.approx(0, abs=1e-12)
    assert found.p_value == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_the_interval_holds_the_value_and_the_p_value_is_never_zero(seed: int, by: float) -> None:
    found = mmd(kernel_of(points(seed, 15, by)), np.arange(30) < 15, level=0.95, rng=RNG(seed))
    held = found.estimate
    assert 0 <= held.low <= held.value <= held.high
    assert held.low < held.high
    assert 1 / (found.permutations + 1) <= found.p_value <= 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_the_unit_of_the_points_changes_nothing(seed: int, unit: float) -> None:
    held = points(seed, 15)
    np.testing.assert_allclose(kernel_of(held), kernel_of(held * unit), atol=1e-9)


@pytest.mark.parametrize(
    ("kernel", "first", "sentence"),
    [
        (np.ones((30, 29)), np.arange(30) < 15, "must be 30 x 30"),
        (np.full((30, 30), np.nan), np.arange(30) < 15, "must be finite"),
        (np.ones((30, 30)), np.arange(30) < 9, "at least 10 points of either sample"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    kernel: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    first: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    sentence: str,
) -> None:
    with pytest.raises(ValueError, match=sentence):
        mmd(kernel, first, level=0.95, rng=RNG(0))


def test_points_must_be_finite() -> None:
    with pytest.raises(ValueError, match="finite table"):
        kernel_of(np.array([[np.inf]]))


@pytest.mark.slow
def test_without_a_difference_the_low_end_is_zero_and_the_limit_is_attained() -> None:
    draws = [
        mmd(kernel_of(points(seed)), np.arange(80) < 40, level=0.95, rng=RNG(seed))
        for seed in range(300)
    ]
    assert np.mean([each.estimate.low > 0 for each in draws]) <= 0.05
    assert np.mean([each.p_value <= 0.05 for each in draws]) <= 0.08
    passed = [each.estimate.high <= (each.estimate.attainable or 0) for each in draws]
    assert np.mean(passed) >= 0.72


@pytest.mark.slow
def test_a_move_is_covered_and_found() -> None:
    truth = np.mean(
        [
            mmd(
                kernel_of(points(seed, 400, 1.0)),
                np.arange(800) < 400,
                level=0.95,
                rng=RNG(seed),
                permutations=10,
            ).unbiased
            for seed in range(20)
        ]
    )
    draws = [
        mmd(kernel_of(points(seed, 40, 1.0)), np.arange(80) < 40, level=0.95, rng=RNG(seed))
        for seed in range(300)
    ]
    covered = [each.estimate.low <= truth <= each.estimate.high for each in draws]
    assert np.mean(covered) >= 0.93
    assert np.mean([each.estimate.low > 0 for each in draws]) >= 0.95
