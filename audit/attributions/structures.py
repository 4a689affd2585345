"""Models whose structure gives exact Shapley values: one linear sum, or trees."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.packages import needed
from audit.predictors import Attribution, HasEstimator, Model

LINEAR: Final = frozenset({"LogisticRegression", "LogisticRegressionCV"})
BOOSTED: Final = frozenset({"GradientBoostingClassifier", "HistGradientBoostingClassifier"})
TREES: Final = frozenset(
    {
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
        "ExtraTreesClassifier",
        "RandomForestClassifier",
    }
)
_TWO: Final = 2
_COMPARED: Final = 50
"""Rows of the background in which the bare estimator must answer as the model does."""


class Structure(StrEnum):
    """What shap knows exactly: of a linear sum and of boosted trees, the log odds."""

    LINEAR = "linear"
    BOOSTED = "boosted trees"
    TREE = "tree"
    OTHER = "other"


def structure_of(model: Model, background: Inputs) -> Structure:
    """Say whether a model is one bare scikit-learn estimator that shap knows.

    It must have two classes, read numbers alone, in the order in which the model gives them, and
    answer as the model does; otherwise the estimator's explanation would be of something else.
    """
    if not isinstance(model, HasEstimator) or len(model.classes) != _TWO:
        return Structure.OTHER
    estimator = model.estimator
    found = _kind_of(type(estimator))
    if found is Structure.OTHER or not _reads(estimator, background.features):
        return Structure.OTHER
    rows = background.take(slice(0, _COMPARED))
    if found is Structure.LINEAR and np.isnan(background.values).any():
        return Structure.OTHER
    theirs = _answers(estimator, rows)
    if theirs is None or not np.allclose(theirs, model.predict(rows), atol=1e-6):
        return Structure.OTHER
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Exact:
    """Shapley values from the structure of an estimator.

    Of boosted trees shap can give probabilities too, but they are no Shapley values: it scales
    those of the log odds.
    """

    structure: Structure
    estimator: Any

    def explain(
        self, model: Model, inputs: Inputs, targets: NDArray[np.int64], background: Inputs
    ) -> Attribution:
        """Explain each row against all rows of the background."""
        linear = self.structure is Structure.LINEAR
        values, base = (self._linear if linear else self._trees)(inputs, background)
        sign = np.where(targets == 1, 1.0, -1.0)
        if self.structure is Structure.TREE:
            output = model.predict(inputs)[np.arange(len(inputs)), targets]
            start = np.where(targets == 1, base, 1 - base)
        else:
            output = sign * self.estimator.decision_function(_read_by(self.estimator, inputs))
            start = sign * base
        return Attribution(
            values=values * sign[:, None], output=output, base=start, method=str(self.structure)
        )

    def _linear(self, inputs: Inputs, background: Inputs) -> tuple[Matrix, float]:
        shap = needed("shap")
        rows = background.values
        masker = shap.maskers.Independent(rows, max_samples=len(rows))
        explainer = shap.LinearExplainer(self.estimator, masker)
        values = np.asarray(explainer.shap_values(inputs.values), dtype=np.float64)
        return values.reshape(inputs.values.shape), _of_one(explainer.expected_value)

    def _trees(self, inputs: Inputs, background: Inputs) -> tuple[Matrix, float]:
        shap = needed("shap")
        explainer = shap.TreeExplainer(
            self.estimator, background.values, feature_perturbation="interventional"
        )
        # its sums are held against the model's answers by explanation.completeness
        found = explainer.shap_values(inputs.values, check_additivity=False)
        values = np.asarray(found, dtype=np.float64)
        values = values[..., 1] if values.ndim > inputs.values.ndim else values
        return values, _of_one(explainer.expected_value)


def _kind_of(estimator: type) -> Structure:
    if not estimator.__module__.startswith("sklearn."):
        return Structure.OTHER
    if estimator.__name__ in LINEAR:
        return Structure.LINEAR
    if estimator.__name__ in BOOSTED:
        return Structure.BOOSTED
    return Structure.TREE if estimator.__name__ in TREES else Structure.OTHER


def _reads(estimator: Any, features: Sequence[Feature]) -> bool:  # noqa: ANN401
    if any(each.kind is not Kind.NUMBER for each in features):
        return False
    if getattr(estimator, "is_categorical_", None) is not None:
        return False
    if getattr(estimator, "n_features_in_", -1) != len(features):
        return False
    names = getattr(estimator, "feature_names_in_", None)
    return names is None or [*map(str, names)] == [each.name for each in features]


def _read_by(estimator: Any, inputs: Inputs) -> Any:  # noqa: ANN401
    return inputs.frame() if hasattr(estimator, "feature_names_in_") else inputs.values


def _answers(estimator: Any, inputs: Inputs) -> Matrix | None:  # noqa: ANN401
    """Return the estimator's own probabilities; None if it cannot read these rows."""
    try:
        return np.asarray(estimator.predict_proba(_read_by(estimator, inputs)), dtype=np.float64)
    except ValueError:
        return None


def _of_one(expected: Any) -> float:  # noqa: ANN401
    """Return the base of class 1, which shap gives alone or last."""
    return float(np.atleast_1d(np.asarray(expected, dtype=np.float64))[-1])
