import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audit.attributions.gaps import relative_gap
from audit.attributions.gradients import Integrated, IntegratedGradients
from audit.draws import Keys, chosen
from audit.errors import SubjectError
from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.packages import PackageMissingError
from audit.predictors import Representation
from fixtures.planted.models import FunctionModel, LinearModel
from fixtures.planted.trained import LogisticTable
from tests.audit.attributions.rows import drawn, ones, rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Smooth:
    """The probability of "1" is a hundredth of a function of torch; each part has its own."""

    functions: tuple[Callable[[torch.Tensor], torch.Tensor], ...]
    classes: tuple[str, ...] = ("0", "1")
    features: tuple[Feature, ...] | None = None
    digest: str = "smooth"
    protocol: str = "one model"

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        return (keys % np.uint64(len(self.functions))).astype(np.int64)

    def predict(self, inputs: Inputs) -> Matrix:
        parts = self.parts(inputs.keys)
        values = torch.as_tensor(inputs.values)
        answers = np.stack([each(values).numpy() / 100 for each in self.functions])
        found = answers[parts, np.arange(len(parts))]
        return np.column_stack([1 - found, found])

    def represent(self, inputs: Inputs) -> Representation:
        width = inputs.values.shape[1]
        smooth = np.ones(width, dtype=np.bool_)
        return Representation(values=inputs.values, owners=np.arange(width), smooth=smooth)

    def logits(self, part: int) -> Callable[[torch.Tensor], torch.Tensor]:
        def forward(values: torch.Tensor) -> torch.Tensor:
            found = self.functions[part](values) / 100
            return torch.stack([torch.log1p(-found), torch.log(found)], dim=1)

        return forward


def explain(model: Any, inputs: Inputs, background: Inputs, **settings: Any) -> Integrated:
    method = IntegratedGradients(**settings)
    return method.explain(model, inputs, ones(inputs), background=background, seed=0)


# shared/statistics: the values by hand, where Shapley's of the maximum differ
@pytest.mark.parametrize(
    ("function", "row", "values"),
    [
        pytest.param(
            lambda v: 50 + v @ torch.tensor([2, -1, 0.5, 0]).double(),
            [1, 2, -4, 3],
            [2, -2, -2, 0],
            id="linear",
        ),
        pytest.param(lambda v: v[:, 0] * v[:, 1], [3, 4], [6, 6], id="product"),
        pytest.param(lambda v: v.max(dim=1).values, [2, 1], [2, 0], id="maximum"),
    ],
)
def test_the_values_by_hand_are_found(function: Any, row: list[float], values: list[float]) -> None:
    model = Smooth(functions=(function,))
    found = explain(model, rows([row]), rows([[0.0] * len(row)], "background "))
    assert 100 * found.values[0] == pytest.approx(values, abs=1e-5)
    assert relative_gap(found)[0] < 1e-5


def test_rows_get_more_steps_until_they_converge() -> None:
    """A step of width 0.02 that 50 points do not resolve, and a flat row that they do."""
    model = Smooth(functions=(lambda v: 1 + 98 * torch.sigmoid((v[:, 0] - 0.513) * 400),))
    inputs = rows([[1.0], [0.2]])
    found = explain(model, inputs, rows([[0.0]], "background "), most_steps=1600)
    assert found.steps[0] > 50 == found.steps[1]
    assert (relative_gap(found) < 0.01).all()


def test_a_row_that_never_converges_keeps_its_gap() -> None:
    model = Smooth(functions=(lambda v: 1 + 98 * torch.sigmoid((v[:, 0] - 0.513) * 1e5),))
    found = explain(model, rows([[1.0]]), rows([[0.0]], "background "))
    assert found.steps.tolist() == [400]
    assert relative_gap(found)[0] > 0.01


def test_each_row_goes_through_the_part_that_answers_it() -> None:
    model = Smooth(functions=(lambda v: 10 + v[:, 0], lambda v: 10 + v[:, 1]))
    inputs = rows([[1.0, 1.0]] * 20)
    found, parts = (
        explain(model, inputs, rows([[0.0, 0.0]], "background ")),
        model.parts(inputs.keys),
    )
    assert {0, 1} == set(parts.tolist())
    expected = np.where(parts[:, None] == 0, [0.01, 0.0], [0.0, 0.01])
    assert np.allclose(found.values, expected, atol=1e-7)


def test_what_the_numbers_of_a_feature_add_is_summed() -> None:
    colour = Feature(name="colour", kind=Kind.CATEGORY, levels=("blue", "red"))
    inputs = replace(rows([[1.0, 1.0], [1.0, 0.0]]), features=(colour, Feature(name="x")))
    weights = np.array([[0.0, 0.5], [0.0, -0.5], [0.0, 1.0]])
    model = LogisticTable(
        weights=weights, bias=np.zeros(2), features=inputs.features, classes=("0", "1")
    )
    found = explain(model, inputs.take(slice(0, 1)), inputs.take(slice(1, 2)))
    assert found.values.shape == (1, 2)
    assert found.values[0, 0] == pytest.approx(0.0, abs=1e-9)
    assert relative_gap(found)[0] < 1e-6


def test_the_base_is_at_the_mean_of_background_rows_drawn_by_their_keys() -> None:
    inputs, background = drawn(3, 2), drawn(40, 2, seed=1, prefix="background ")
    model = LinearModel(weights=np.array([1.0, -2.0]))
    found = explain(model, inputs, background, background_rows=10)
    start = background.values[chosen(background.keys, 10, "background", 0)].mean(axis=0)
    assert found.base == pytest.approx(1 / (1 + np.exp(-(start @ [1.0, -2.0]))))


def test_a_representation_that_does_not_answer_as_the_model_shows_as_a_gap() -> None:
    model = LinearModel(weights=np.array([1.0, -2.0]))
    wrong = Smooth(functions=(lambda v: 50 + v[:, 0],))
    wrong = replace(wrong, features=None)
    inputs, background = drawn(20, 2), drawn(40, 2, seed=1, prefix="background ")

    class Liar(LinearModel):
        def logits(self, part: int) -> Any:
            return wrong.logits(part)

    found = explain(Liar(weights=model.weights), inputs, background)
    assert np.median(relative_gap(found)) > 0.5


def test_a_model_without_gradients_is_refused() -> None:
    model = FunctionModel(function=lambda v: v[:, 0])
    with pytest.raises(SubjectError, match="need a model with gradients"):
        explain(model, drawn(2, 2), drawn(2, 2, prefix="background "))


def test_without_captum_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(PackageMissingError, match="captum is not installed; run: pip install"):
        explain(LinearModel(weights=np.ones(2)), drawn(2, 2), drawn(2, 2, prefix="background "))
