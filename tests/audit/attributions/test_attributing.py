from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from audit.attributions.attributing import attributing, steps_of
from audit.attributions.chance import Chance, random_values
from audit.attributions.choosing import method_of
from audit.attributions.gaps import relative_gap
from audit.attributions.gradients import IntegratedGradients
from audit.attributions.shapley import Shapley
from audit.errors import SubjectError
from audit.inputs import Inputs, Matrix
from audit.models.cached import Cached
from audit.predictors import Attribution, Model
from fixtures.planted.models import FunctionModel, LinearModel
from tests.audit.attributions.rows import drawn


@dataclass(kw_only=True)
class Counting:
    """A client's explainer that counts its rows and gives what it is told."""

    give: Any = None
    asked: list[int] = field(default_factory=list)

    def explain(
        self,
        model: Model,
        inputs: Inputs,
        targets: NDArray[np.int64],  # noqa: ARG002
        *,
        background: Inputs,  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> Attribution:
        self.asked.append(len(inputs))
        output = model.predict(inputs)[:, 1]
        given = self.give or {"values": np.zeros(inputs.values.shape)}
        return Attribution(**({"output": output, "base": output, "method": "zeros"} | given))


class CountingGradients(LinearModel):
    """Counts the rows that are represented."""

    represented: list[int] = []  # noqa: RUF012 - emptied by the test that reads it

    def represent(self, inputs: Inputs) -> Any:
        self.represented.append(len(inputs))
        return super().represent(inputs)


INPUTS, BACKGROUND = drawn(12, 3), drawn(30, 3, seed=1, prefix="background ")
TARGETS = np.array([0, 1, 1] * 4)
WEIGHTS = np.array([1.0, -2.0, 0.5])


def way(model: Any, **more: Any) -> Any:
    settings = {"method": "auto", "explainer": None, "seed": 0} | more
    return attributing(model, BACKGROUND, **settings)


def test_a_row_is_explained_once_a_run() -> None:
    CountingGradients.represented.clear()
    model = Cached(CountingGradients(weights=WEIGHTS))
    first = way(model).explain(INPUTS, TARGETS)
    calls = len(CountingGradients.represented)
    again = way(model).explain(INPUTS.take(slice(3, 9)), TARGETS[3:9])
    assert len(CountingGradients.represented) == calls
    assert np.array_equal(again.values, first.values[3:9])
    assert again.method == first.method
    assert steps_of(again).tolist() == [50] * 6


def test_what_is_remembered_is_what_was_explained() -> None:
    plain = LinearModel(weights=WEIGHTS)
    kept = way(Cached(plain)).explain(INPUTS, TARGETS)
    fresh = way(plain).explain(INPUTS, TARGETS)
    for name in ("values", "output", "base"):
        assert getattr(kept, name) == pytest.approx(getattr(fresh, name), abs=2e-9)
    assert relative_gap(kept).max() < 1e-6


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"seed": 1}, id="another seed"),
        pytest.param({"method": "shap"}, id="another method"),
        pytest.param({"explainer": IntegratedGradients(background_rows=5)}, id="another setting"),
    ],
)
def test_other_settings_are_not_taken_for_the_same(change: dict[str, Any]) -> None:
    model = Cached(LinearModel(weights=WEIGHTS))
    way(model, explainer=IntegratedGradients(background_rows=20)).explain(INPUTS, TARGETS)
    kept = way(model, **({"explainer": IntegratedGradients(background_rows=20)} | change))
    fresh = way(
        LinearModel(weights=WEIGHTS),
        **({"explainer": IntegratedGradients(background_rows=20)} | change),
    )
    assert kept.explain(INPUTS, TARGETS).values == pytest.approx(
        fresh.explain(INPUTS, TARGETS).values, abs=2e-9
    )


def test_another_background_or_target_is_not_taken_for_the_same() -> None:
    model = Cached(LinearModel(weights=WEIGHTS))
    first = way(model).explain(INPUTS, TARGETS)
    elsewhere = BACKGROUND.having(BACKGROUND.values + 1)
    other = attributing(model, elsewhere, method="auto", explainer=None, seed=0)
    assert not np.allclose(other.explain(INPUTS, TARGETS).base, first.base)
    assert way(model).explain(INPUTS, 1 - TARGETS).values == pytest.approx(-first.values)


def test_the_clients_explainer_wins_and_is_asked_each_time() -> None:
    explainer = Counting()
    model = Cached(LinearModel(weights=WEIGHTS))
    for _ in range(2):
        assert way(model, explainer=explainer).explain(INPUTS, TARGETS).method == "zeros"
    assert explainer.asked == [12, 12]


@pytest.mark.parametrize(
    ("give", "message"),
    [
        pytest.param({"values": np.zeros((12, 2))}, r"values of shape \(12, 3\)", id="too narrow"),
        pytest.param({"values": np.full((12, 3), np.nan)}, "finite values", id="no numbers"),
        pytest.param(
            {"values": np.zeros((12, 3)), "base": np.full(12, np.inf)}, "finite base", id="infinite"
        ),
        pytest.param(
            {"values": np.zeros((12, 3)), "output": np.zeros(1)}, "output of shape", id="too short"
        ),
    ],
)
def test_what_is_no_attribution_is_refused(give: dict[str, Matrix], message: str) -> None:
    with pytest.raises(SubjectError, match=message):
        way(LinearModel(weights=WEIGHTS), explainer=Counting(give=give)).explain(INPUTS, TARGETS)


def test_auto_takes_gradients_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    smooth, rough = LinearModel(weights=WEIGHTS), FunctionModel(function=lambda v: v[:, 0])
    assert isinstance(method_of("auto", smooth), IntegratedGradients)
    assert isinstance(method_of("auto", rough), Shapley)
    assert isinstance(method_of("shap", smooth), Shapley)
    monkeypatch.setattr("audit.attributions.choosing.installed", lambda _: False)
    assert isinstance(method_of("auto", smooth), Shapley)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(SubjectError, match="did you mean 'shap'"):
        method_of("shapp", LinearModel(weights=WEIGHTS))
    with pytest.raises(SubjectError, match="need a model with gradients"):
        method_of("integrated_gradients", FunctionModel(function=lambda v: v[:, 0]))


def test_random_attributions_belong_to_the_row_and_the_feature() -> None:
    model = LinearModel(weights=WEIGHTS)
    found = Chance().explain(model, INPUTS, TARGETS, background=BACKGROUND, seed=3)
    order = np.random.default_rng(0).permutation(12)
    again = Chance().explain(
        model, INPUTS.take(order), TARGETS[order], background=BACKGROUND, seed=3
    )
    assert np.array_equal(again.values, found.values[order])
    assert len(np.unique(found.values)) == found.values.size
    assert not np.allclose(random_values(INPUTS, 3), random_values(INPUTS, 4))
    assert relative_gap(found).max() < 1e-9
