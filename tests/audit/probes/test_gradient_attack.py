from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.draws import keys_of
from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.predictors import Representation
from audit.probes.bounds import box_around
from audit.probes.gradient_attack import Budget, worst_near
from audit.space import Space
from fixtures.planted.models import FunctionModel, LinearModel

WEIGHTS = np.array([2.0, -1.0, 0.5, 0.0])


def drawn(seed: int, n: int = 300) -> Inputs:
    values = np.random.default_rng(seed).standard_normal((n, len(WEIGHTS))) * [1, 5, 0.1, 1]
    features = tuple(Feature(name=f"x{i}") for i in range(len(WEIGHTS)))
    return Inputs(features=features, values=values, keys=keys_of(map(str, range(n))))


def signs(labels: Any) -> Any:
    return 2 * labels - 1


# 1. on a linear model the smallest margin is y (w.x + b) - eps ||w||_1 exactly
@pytest.mark.parametrize("scale", [1.0, 1000.0])
@pytest.mark.parametrize("eps", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("start", [0, 1])
def test_the_worst_margin_of_a_linear_model_is_the_exact_one(
    eps: float, scale: float, start: int
) -> None:
    some = drawn(1)
    labels = np.random.default_rng(2).integers(0, 2, len(some))
    model, space = LinearModel(weights=WEIGHTS, bias=0.3, scale=scale), Space(inputs=some)
    box = box_around(some, space, eps, bounded=False)
    worst = worst_near(model, some, labels, box, Budget(), start=start)
    clean = signs(labels) * (some.values @ WEIGHTS + 0.3)
    exact = scale * (clean - eps * np.abs(WEIGHTS * space.sd).sum())
    np.testing.assert_allclose(worst.margins, exact, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(
        scale * signs(labels) * (worst.inputs.values @ WEIGHTS + 0.3), exact, atol=1e-9 * scale
    )


# 2. properties
@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0.01, 3), st.integers(0, 2), st.booleans())
def test_a_worst_point_is_within_its_box_and_never_better_than_the_row(
    seed: int,
    eps: float,
    start: int,
    bounded: bool,  # noqa: FBT001
) -> None:
    some, labels = drawn(seed, 20), np.arange(20) % 2
    model, space = LinearModel(weights=WEIGHTS), Space(inputs=drawn(5))
    box = box_around(some, space, eps, immutable=["x1"], bounded=bounded)
    worst = worst_near(model, some, labels, box, Budget(steps=3), start=start).inputs.values
    assert ((box.low <= worst) & (worst <= box.high)).all()
    clean = signs(labels) * (some.values @ WEIGHTS)
    assert (signs(labels) * (worst @ WEIGHTS) <= clean + 1e-12).all() or start
    np.testing.assert_array_equal(worst[:, 1], some.values[:, 1])


def test_a_row_meets_the_same_attack_whatever_else_is_attacked() -> None:
    some, labels, space = drawn(1), np.ones(300, dtype=np.int64), Space(inputs=drawn(1))
    model, rows = Bent(), np.arange(0, 300, 7)
    box = box_around(some, space, 1)
    all_rows = worst_near(model, some, labels, box, Budget(), start=1).inputs.take(rows)
    few = worst_near(model, some.take(rows), labels[rows], box.take(rows), Budget(), start=1)
    np.testing.assert_allclose(all_rows.values, few.inputs.values, atol=1e-12)


# 3. edges: more than one bend, parts, missing values, what cannot be moved, no gradients
class Bent(LinearModel):
    """The margin of class 1 is smallest at x0 = 0.7, inside the box and at no corner."""

    def __init__(self) -> None:
        super().__init__(weights=WEIGHTS)

    def logits(self, part: int) -> Callable[[torch.Tensor], torch.Tensor]:  # noqa: ARG002
        def forward(values: torch.Tensor) -> torch.Tensor:
            logit = (values[:, 0] - 0.7) ** 2
            return torch.stack([torch.zeros_like(logit), logit], dim=1)

        return forward


def test_a_minimum_inside_the_box_is_found() -> None:
    some = drawn(3, 50)
    values = some.values.copy()
    values[:, 0] = np.linspace(0, 1.5, 50)
    some, labels = some.having(values), np.ones(50, dtype=np.int64)
    box = box_around(some, Space(inputs=some), 2, bounded=False)
    worst = worst_near(Bent(), some, labels, box, Budget(steps=40)).inputs.values[:, 0]
    np.testing.assert_allclose(worst, 0.7, atol=0.03)


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoParts(LinearModel):
    """Part 1 has the opposite weights."""

    def parts(self, keys: Any) -> Any:
        return (keys % np.uint64(2)).astype(np.int64)

    def logits(self, part: int) -> Callable[[torch.Tensor], torch.Tensor]:
        return LinearModel(weights=self.weights * (1 - 2 * part)).logits(0)


def test_each_row_is_attacked_through_its_own_part() -> None:
    some, labels = drawn(4), np.ones(300, dtype=np.int64)
    model = TwoParts(weights=WEIGHTS)
    parts = model.parts(some.keys)
    box = box_around(some, Space(inputs=some), 0.5, bounded=False)
    moved = worst_near(model, some, labels, box, Budget()).inputs.values - some.values
    assert set(parts) == {0, 1}
    assert (moved[parts == 0, 0] < 0).all()
    assert (moved[parts == 1, 0] > 0).all()


def test_a_missing_number_is_not_moved_and_the_others_are() -> None:
    class Patient(LinearModel):
        def logits(self, part: int) -> Callable[[torch.Tensor], torch.Tensor]:
            inner = super().logits(part)
            return lambda values: inner(torch.nan_to_num(values))

    some = drawn(6, 10)
    values = some.values.copy()
    values[:, 0] = np.nan
    some, labels = some.having(values), np.ones(10, dtype=np.int64)
    box = box_around(some, Space(inputs=drawn(6)), 0.5, bounded=False)
    worst = worst_near(Patient(weights=WEIGHTS), some, labels, box, Budget(), start=1)
    assert np.isnan(worst.inputs.values[:, 0]).all()
    assert (worst.inputs.values[:, 1] > some.values[:, 1]).all()


def test_a_row_without_a_margin_says_so() -> None:
    some = drawn(6, 3)
    values = some.values.copy()
    values[1, 0] = np.nan
    box = box_around(some.having(values), Space(inputs=some), 0.5)
    model, labels = LinearModel(weights=WEIGHTS), np.ones(3, dtype=np.int64)
    worst = worst_near(model, some.having(values), labels, box, Budget())
    assert np.isnan(worst.margins).tolist() == [False, True, False]


def test_only_smooth_numbers_are_moved() -> None:
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Coded(LinearModel):
        def represent(self, inputs: Inputs) -> Representation:
            values: Matrix = np.column_stack([inputs.values, inputs.values[:, 3] == 1])
            smooth = np.array([True, True, True, False, False])
            return Representation(values=values, owners=np.array([0, 1, 2, 3, 3]), smooth=smooth)

    some = drawn(7, 20)
    features = (*some.features[:3], Feature(name="x3", kind=Kind.CATEGORY, levels=("a", "b")))
    values = some.values.copy()
    values[:, 3] = np.arange(20) % 2
    some = Inputs(features=features, values=values, keys=some.keys)
    model, labels = Coded(weights=np.array([1.0, 1, 1, 5, 5])), np.ones(20, dtype=np.int64)
    box = box_around(some, Space(inputs=some), 1)
    worst = worst_near(model, some, labels, box, Budget()).inputs.values
    np.testing.assert_array_equal(worst[:, 3], values[:, 3])
    assert (worst[:, :3] <= values[:, :3]).all()


def test_a_model_that_reads_nothing_smooth_is_not_moved() -> None:
    class Constant(LinearModel):
        def logits(self, part: int) -> Callable[[torch.Tensor], torch.Tensor]:  # noqa: ARG002
            return lambda values: torch.tensor([[0.0, 1.0]]).repeat(len(values), 1)

    some, labels = drawn(8, 5), np.ones(5, dtype=np.int64)
    box = box_around(some, Space(inputs=some), 1)
    worst = worst_near(Constant(weights=WEIGHTS), some, labels, box, Budget())
    np.testing.assert_array_equal(worst.inputs.values, some.values)
    assert worst.margins.tolist() == [1.0] * 5


def test_a_model_without_gradients_is_refused() -> None:
    some = drawn(8, 5)
    model = FunctionModel(function=lambda values: values[:, 0])
    with pytest.raises(TypeError, match="gradients"):
        worst_near(
            model,
            some,
            np.ones(5, dtype=np.int64),
            box_around(some, Space(inputs=some), 1),
            Budget(),
        )
