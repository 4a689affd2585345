import sys
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import shap
from numpy.typing import NDArray
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression

from audit.attributions.shapley import Shapley
from audit.draws import Keys, chosen
from audit.inputs import Inputs, Matrix
from audit.packages import PackageMissingError
from audit.predictors import Attribution
from fixtures.planted.estimators import EstimatorModel
from fixtures.planted.models import FunctionModel
from tests.audit.attributions.rows import drawn, ones, rows


def wavy(values: Matrix) -> Matrix:
    """A function of all features with interactions of every order, in (0, 1)."""
    return np.asarray(1 / (1 + np.exp(-(values[:, 0] * values[:, 1] + np.sin(values.sum(axis=1))))))


def explain(model: Any, inputs: Inputs, background: Inputs, **settings: Any) -> Attribution:
    seed = settings.pop("seed", 0)
    method = Shapley(**settings)
    return method.explain(model, inputs, ones(inputs), background=background, seed=seed)


# shared/statistics: linear 2a - b + .5c + 0d, product and maximum, by hand
@pytest.mark.parametrize(
    ("function", "row", "values"),
    [
        pytest.param(
            lambda v: v @ np.array([2, -1, 0.5, 0]), [1, 2, -4, 3], [2, -2, -2, 0], id="linear"
        ),
        pytest.param(lambda v: v[:, 0] * v[:, 1], [3, 4], [6, 6], id="product"),
        pytest.param(lambda v: v.max(axis=1), [2, 1], [1.5, 0.5], id="maximum"),
    ],
)
def test_the_values_by_hand_are_found(function: Any, row: list[float], values: list[float]) -> None:
    model = FunctionModel(function=function)
    found = explain(model, rows([row]), rows([[0.0] * len(row)], "background "))
    assert found.values[0] == pytest.approx(values)
    assert found.output - found.base == pytest.approx([sum(values)])


# shap's own explainers, row by row, on the same background
def test_all_rows_at_once_are_shaps_own_exact_values_row_by_row() -> None:
    inputs, background = drawn(7, 4), drawn(5, 4, seed=1, prefix="background ")
    found = explain(FunctionModel(function=wavy), inputs, background)
    theirs = shap.explainers.Exact(wavy, shap.maskers.Independent(background.values))
    assert found.method == "shap exact, 5 background rows"
    assert np.abs(found.values - theirs(inputs.values, silent=True).values).max() < 1e-9
    assert found.base == pytest.approx(wavy(background.values).mean())


def shapley_by_definition(function: Any, row: Matrix, background: Matrix) -> Matrix:
    """The mean over all orders of what each feature adds."""
    found = np.zeros(len(row))
    orders = [*permutations(range(len(row)))]
    for order in orders:
        values = background.copy()
        for feature in order:
            before = function(values).mean()
            values[:, feature] = row[feature]
            found[feature] += function(values).mean() - before
    return found / len(orders)


def test_values_that_recur_or_are_missing_are_explained_by_the_definition() -> None:
    """A row that a coalition leaves as it was keeps its answer, and is not asked again."""
    asked: list[int] = []

    def odd(values: Matrix) -> Matrix:
        asked.append(len(values))
        return wavy(np.nan_to_num(values, nan=7.0))

    inputs, background = drawn(6, 4), drawn(8, 4, seed=1, prefix="background ")
    for each in (inputs, background):
        each.values[:, 1:] = np.sign(each.values[:, 1:])
        each.values[::3, 1], each.values[:, 3] = np.nan, np.nan
    found = explain(FunctionModel(function=odd), inputs, background)
    by_hand = [shapley_by_definition(odd, row, background.values) for row in inputs.values]
    assert np.abs(found.values - by_hand).max() < 1e-9
    assert asked[0] < 0.6 * 16 * 6 * 8


def test_each_row_has_the_values_of_shaps_permutations_with_the_same_seed() -> None:
    inputs, background = drawn(3, 9), drawn(5, 9, seed=1, prefix="background ")
    found = explain(FunctionModel(function=wavy), inputs, background, permutations=2, seed=4)
    masker = shap.maskers.Independent(background.values)
    for row in range(3):
        theirs = shap.explainers.Permutation(wavy, masker, seed=4)
        alone = theirs(inputs.values[[row]], max_evals=2 * 19, silent=True)
        assert np.abs(found.values[row] - alone.values[0]).max() < 1e-9


def test_permutations_come_near_the_exact_values() -> None:
    inputs, background = drawn(20, 9), drawn(5, 9, seed=1, prefix="background ")
    masker = shap.maskers.Independent(background.values)
    exact = shap.explainers.Exact(wavy, masker)(inputs.values, silent=True).values

    def error(orders: int) -> float:
        model = FunctionModel(function=wavy)
        found = explain(model, inputs, background, permutations=orders)
        assert "permutation" in found.method
        return float(np.abs(found.values - exact).mean())

    assert error(24) < 0.7 * error(2) < 0.05


def test_a_large_batch_is_divided_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, background = drawn(7, 5), drawn(5, 5, seed=1, prefix="background ")
    model = FunctionModel(function=wavy)
    whole = explain(model, inputs, background)
    monkeypatch.setattr("audit.attributions.game._BATCH", 80)
    assert np.array_equal(explain(model, inputs, background).values, whole.values)


def test_another_row_beside_it_changes_nothing_of_a_row() -> None:
    inputs, background = drawn(6, 5), drawn(5, 5, seed=1, prefix="background ")
    model = FunctionModel(function=wavy)
    both, alone = (explain(model, each, background) for each in (inputs, inputs.take(slice(2, 3))))
    assert both.values[2] == pytest.approx(alone.values[0], abs=1e-12)


def test_the_same_seed_gives_the_same_numbers_and_leaves_numpys_generator_alone() -> None:
    inputs, background = drawn(3, 9), drawn(50, 9, seed=1, prefix="background ")
    model = FunctionModel(function=wavy)
    before = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    first, again, other = (
        explain(model, inputs, background, permutations=2, seed=s) for s in (1, 1, 2)
    )
    assert np.array_equal(first.values, again.values)
    assert not np.allclose(first.values, other.values)
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]  # noqa: NPY002


class OutOfFold(FunctionModel):
    """Odd keys are answered by one network, even keys by another."""

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        return (keys % np.uint64(2)).astype(np.int64)

    def predict(self, inputs: Inputs) -> Matrix:
        found = np.where(self.parts(inputs.keys) == 1, inputs.values[:, 0], inputs.values[:, 1])
        return np.column_stack([1 - found, found])


def test_each_row_is_explained_by_the_network_that_answers_it() -> None:
    inputs, background = rows([[0.5, 0.7]] * 20), rows([[0.0, 0.0]] * 3, "background ")
    model = OutOfFold(function=wavy)
    found, parts = explain(model, inputs, background), model.parts(inputs.keys)
    assert {0, 1} == set(parts.tolist())
    assert np.allclose(found.values, np.where(parts[:, None] == 1, [0.5, 0.0], [0.0, 0.7]))


# what shap knows exactly
def fitted(estimator: Any, f: int = 3) -> EstimatorModel:
    inputs = drawn(200, f, seed=2)
    estimator.fit(inputs.values, (wavy(inputs.values) > 0.5).astype(int))
    return EstimatorModel(estimator=estimator, features=inputs.features)


def test_a_linear_estimator_is_explained_by_its_coefficients() -> None:
    inputs, background = drawn(8, 3), drawn(150, 3, seed=1, prefix="background ")
    model = fitted(LogisticRegression())
    method = Shapley()
    targets = np.array([0, 1] * 4)
    found = method.explain(model, inputs, targets, background=background, seed=0)
    by_hand = model.estimator.coef_[0] * (inputs.values - background.values.mean(axis=0))
    assert found.method == "shap linear, exact, 150 background rows"
    assert np.allclose(found.values, np.where(targets[:, None] == 1, by_hand, -by_hand))
    assert np.allclose(found.values.sum(axis=1), found.output - found.base)
    odds = model.predict(inputs)
    assert np.allclose(
        found.output, np.log(odds[np.arange(8), targets] / odds[np.arange(8), 1 - targets])
    )


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (RandomForestClassifier(n_estimators=5, random_state=0), "tree"),
        (GradientBoostingClassifier(n_estimators=5, random_state=0), "boosted trees"),
        (HistGradientBoostingClassifier(max_iter=5, random_state=0), "boosted trees"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_trees_are_explained_as_if_all_coalitions_were_asked(estimator: Any, kind: str) -> None:
    inputs, background = drawn(6, 3), drawn(30, 3, seed=1, prefix="background ")
    model = fitted(estimator)
    targets = np.array([0, 1] * 3)
    found = Shapley().explain(model, inputs, targets, background=background, seed=0)
    assert found.method == f"shap {kind}, exact, 30 background rows"
    plain = FunctionModel(function=lambda values: explained_function(estimator, values))
    sign = 2 * targets - 1 if kind == "boosted trees" else 1
    wanted = ones(inputs) if kind == "boosted trees" else targets
    asked = Shapley().explain(plain, inputs, wanted, background=background, seed=0)
    assert asked.method == "shap exact, 30 background rows"
    for name in ("values", "output", "base"):
        theirs = np.transpose(sign * np.transpose(getattr(asked, name)))
        assert np.allclose(getattr(found, name), theirs, atol=1e-6)


def explained_function(estimator: Any, values: Matrix) -> Matrix:
    """What shap explains: the log odds of boosted trees, the probability of others."""
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(values))
    return np.asarray(estimator.predict_proba(values)[:, 1])


def test_an_estimator_that_does_not_answer_as_the_model_is_not_explained_in_its_place() -> None:
    inputs, background = drawn(4, 3), drawn(30, 3, seed=1, prefix="background ")
    model = fitted(LogisticRegression())
    changed = EstimatorModel(estimator=model.estimator, features=model.features, power=2.0)
    assert explain(changed, inputs, background).method == "shap exact, 30 background rows"


def test_missing_values_of_a_linear_estimators_background_are_not_averaged_away() -> None:
    inputs, background = drawn(4, 3), drawn(30, 3, seed=1, prefix="background ")
    background.values[25, 0] = np.nan
    model = EstimatorModel(
        estimator=fitted(LogisticRegression()).estimator, features=inputs.features
    )
    assert "linear" not in Shapley().described(model, background)


def test_the_background_is_drawn_by_its_keys() -> None:
    inputs, background = drawn(4, 3), drawn(30, 3, seed=1, prefix="background ")
    found = explain(FunctionModel(function=wavy), inputs, background, background_rows=20)
    kept = background.values[chosen(background.keys, 20, "background", 0)]
    assert found.base == pytest.approx(wavy(kept).mean())
    assert found.base != pytest.approx(wavy(background.values).mean(), abs=1e-6)
    shuffled = background.take(np.random.default_rng(0).permutation(30))
    again = explain(FunctionModel(function=wavy), inputs, shuffled, background_rows=20)
    assert again.values == pytest.approx(found.values, abs=1e-12)


def test_without_shap_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(PackageMissingError, match="shap is not installed; run: pip install"):
        explain(FunctionModel(function=wavy), drawn(2, 3), drawn(2, 3, prefix="background "))
