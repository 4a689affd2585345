from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.temperature import Scaling, attainable_gain, fit_temperature, temperature_gain

Draw = Callable[..., Scaling]


def drawn(
    rng: np.random.Generator, n: int, *, temperature: float = 1.0, shift: float = 0.0
) -> Scaling:
    logit = rng.normal(0, 1.5, n)
    true = (rng.random(n) < 1 / (1 + np.exp(-logit - shift))).astype(np.int64)
    score = 1 / (1 + np.exp(-temperature * logit))
    return Scaling(scores=np.column_stack([1 - score, score]), true=true)


def several(rng: np.random.Generator, n: int, *, temperature: float = 1.0) -> Scaling:
    logits = rng.normal(0, 1.5, (n, 4))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = (rng.random(n)[:, None] > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
    sharp = np.exp(temperature * logits)
    return Scaling(scores=sharp / sharp.sum(axis=1, keepdims=True), true=true)


SMALL = Scaling(
    scores=np.array(
        [
            [0.7, 0.2, 0.1],
            [0.1, 0.8, 0.1],
            [0.05, 0.15, 0.8],
            [0.6, 0.3, 0.1],
            [0.2, 0.2, 0.6],
            [0.9, 0.05, 0.05],
            [0.3, 0.4, 0.3],
            [0.25, 0.7, 0.05],
        ]
    ),
    true=np.array([0, 1, 2, 1, 2, 0, 0, 1]),
)


# 1. torch 2.13.0: LBFGS([t], line_search_fn="strong_wolfe") on cross_entropy(log(scores) / t, true)
def test_the_temperature_is_that_of_torch() -> None:
    assert fit_temperature(SMALL, level=0.95).value == pytest.approx(0.5131986202, abs=1e-7)
    assert SMALL.losses(0.5131986202).mean() == pytest.approx(0.43211260761963655)


@pytest.mark.parametrize("make", [drawn, several])
def test_the_temperature_is_the_minimum_that_scipy_finds(make: Draw) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    special = pytest.importorskip("scipy.special")
    rows = make(np.random.default_rng(3), 300, temperature=2.0)

    def loss(log_temperature: float) -> float:
        logs = special.log_softmax(np.log(rows.scores) / np.exp(log_temperature), axis=1)
        return -float(logs[np.arange(300), rows.true].mean())

    least = optimize.minimize_scalar(loss, bounds=(-3, 3), options={"xatol": 1e-9})
    e = fit_temperature(rows, level=0.95)
    assert e.value == pytest.approx(np.exp(least.x), rel=1e-5)
    assert rows.losses(e.value).mean() == pytest.approx(least.fun)


def test_the_losses_are_those_of_the_scores() -> None:
    rows = Scaling(scores=np.array([[0.2, 0.8], [0.5, 0.5]]), true=np.array([1, 0]))
    assert rows.losses(1.0) == pytest.approx([-np.log(0.8), -np.log(0.5)])
    # at T = 2 the odds 4 become 2
    assert rows.losses(2.0)[0] == pytest.approx(-np.log(2 / 3))


def test_the_gain_is_the_loss_that_is_saved() -> None:
    rng = np.random.default_rng(0)
    held = drawn(rng, 2000, temperature=2.0)
    gain = temperature_gain(held, 2.0, level=0.95)
    assert gain.value == pytest.approx(float((held.losses(1.0) - held.losses(2.0)).mean()))
    assert 0 < gain.low < gain.value < gain.high


# 2. properties
@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.3, 4))
def test_scores_that_are_twice_as_sure_have_twice_the_temperature(seed: int, by: float) -> None:
    rows = drawn(np.random.default_rng(seed), 80)
    if rows.is_all_right or rows.is_no_better_than_chance:
        return
    sharper = Scaling(scores=rows.scores**by, true=rows.true)  # they need not sum to 1
    one, other = (fit_temperature(each, level=0.95) for each in (rows, sharper))
    assert other.value == pytest.approx(by * one.value, rel=1e-6)
    assert other.low == pytest.approx(by * one.low, rel=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_swapping_the_classes_changes_nothing(seed: int) -> None:
    rows = drawn(np.random.default_rng(seed), 60)
    if rows.is_all_right or rows.is_no_better_than_chance:
        return
    other = Scaling(scores=rows.scores[:, ::-1], true=1 - rows.true)
    one, two = (fit_temperature(each, level=0.95) for each in (rows, other))
    assert (one.value, one.high) == pytest.approx((two.value, two.high), rel=1e-8)


# 3. edges
def test_a_class_held_to_be_impossible_stays_so_at_any_temperature() -> None:
    rng = np.random.default_rng(2)
    rows = drawn(rng, 200, temperature=2.0)
    sure = Scaling(
        scores=np.vstack([rows.scores, [[0.0, 1.0]] * 50]), true=np.append(rows.true, [1] * 50)
    )
    assert sure.losses(3.0)[200:] == pytest.approx(0)
    # rows that are right with certainty at any temperature move no minimum
    one, other = (fit_temperature(each, level=0.95).value for each in (rows, sure))
    assert one == pytest.approx(other)


def test_an_impossible_truth_is_refused() -> None:
    rows = Scaling(scores=np.array([[0.0, 1.0]] * 3), true=np.array([1, 1, 0]))
    with pytest.raises(ValueError, match="must be above 0"):
        fit_temperature(rows, level=0.95)


@pytest.mark.parametrize(
    ("score", "true"),
    [
        pytest.param([0.7, 0.8, 0.9], [1, 1, 1], id="all right"),
        pytest.param([0.7, 0.8, 0.9], [0, 0, 0], id="all wrong"),
        pytest.param([0.5, 0.5, 0.5], [0, 1, 0], id="all equal"),
    ],
)
def test_where_no_temperature_is_best_none_is_given(score: list[float], true: list[int]) -> None:
    scores = np.column_stack([1 - np.array(score), score])
    rows = Scaling(scores=scores, true=np.array(true))
    assert rows.is_all_right or rows.is_no_better_than_chance
    with pytest.raises(ValueError, match="needs rows that are wrong"):
        fit_temperature(rows, level=0.95)


def test_a_nearly_separable_half_has_a_small_temperature_and_no_crash() -> None:
    score = np.append(np.full(99, 0.51), 0.49)
    rows = Scaling(scores=np.column_stack([1 - score, score]), true=np.ones(100, dtype=np.int64))
    e = fit_temperature(rows, level=0.95)
    # 99 of 100 right: the log odds of .51 become those of .99
    assert e.value == pytest.approx(np.log(0.51 / 0.49) / np.log(99), rel=1e-6)
    assert e.low < e.value < e.high


# 5. coverage
@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize(("temperature", "shift"), [(1.0, 0.0), (2.0, 0.0), (0.5, 0.7), (3.0, 0.7)])
def test_the_interval_holds_the_temperature(n: int, temperature: float, shift: float) -> None:
    rng = np.random.default_rng(5)
    many = drawn(rng, 300_000, temperature=temperature, shift=shift)
    truth = fit_temperature(many, level=0.95).value
    found = [
        fit_temperature(drawn(rng, n, temperature=temperature, shift=shift), level=0.95)
        for _ in range(400)
    ]
    assert np.mean([e.low <= truth <= e.high for e in found]) >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("make", [drawn, several])
def test_calibrated_scores_attain_their_limit_in_80_percent(make: Draw) -> None:
    rng, kept = np.random.default_rng(6), []
    for _ in range(80):
        fit, held = make(rng, 300), make(rng, 300)
        temperature = fit_temperature(fit, level=0.95).value
        limit = attainable_gain(fit, held, level=0.95, rng=rng, draws=100)
        kept.append(temperature_gain(held, temperature, level=0.95).high <= limit)
    assert 0.68 <= np.mean(kept) <= 0.93
