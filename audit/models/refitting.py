"""A copy of a scikit-learn estimator, fitted with the same settings on other rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.draws import Keys
from audit.errors import SubjectError
from audit.inputs import Feature, Inputs, Matrix
from audit.models.estimators import EstimatorModel, estimator_model, ordered


@dataclass(frozen=True, kw_only=True, eq=False)
class RefittedModel:
    """A copy that may have seen fewer classes: those it never saw have probability 0."""

    inner: EstimatorModel
    classes: tuple[str, ...]
    places: NDArray[np.int64]
    """Of the classes that the copy knows."""
    features: tuple[Feature, ...]

    @property
    def estimator(self) -> Any:  # noqa: ANN401 - scikit-learn has no types
        """The copy."""
        return self.inner.estimator

    @property
    def digest(self) -> str:
        """That of the copy."""
        return self.inner.digest

    @property
    def protocol(self) -> str:
        """How it answers rows."""
        return self.inner.protocol

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        """Answer every row alike."""
        return self.inner.parts(keys)

    def predict(self, inputs: Inputs) -> Matrix:
        """Return the probability of each class."""
        found = np.zeros((len(inputs), len(self.classes)))
        found[:, self.places] = self.inner.predict(inputs)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class EstimatorTrainer:
    """It fits clones of an estimator: the same settings, each `random_state` set by the seed."""

    model: EstimatorModel

    def train(self, inputs: Inputs, labels: NDArray[np.int64], *, seed: int) -> RefittedModel:
        """Fit a clone.

        Parameters
        ----------
        inputs : Inputs
            May hold other features than the model; a pipeline that names its columns leaves them
            unread.
        labels : ndarray of int64, shape (n,)
            Places among the classes of the model.
        seed : int

        Raises
        ------
        SubjectError
            If the rows hold one class only, or the clone cannot be fitted on them.

        """
        from sklearn.base import clone

        original, name = self.model.estimator, type(self.model.estimator).__name__
        places = np.unique(labels)
        if len(places) < 2 or places[0] < 0:  # noqa: PLR2004 - two classes
            msg = f"a copy of the {name} must be fitted on rows of two classes or more, all known"
            raise SubjectError(msg)
        rows = self.model.spelling.frame(self._in_order(inputs))
        try:
            copy = clone(original)
            copy.set_params(**_seeded(copy, seed))
            copy.fit(self._like_before(rows), np.asarray(original.classes_)[labels])
        except Exception as problem:
            msg = (
                f"a copy of the {name} must be fitted on {len(inputs)} rows, but raised "
                f"{type(problem).__name__}; can it be cloned, and read columns it has not seen?"
            )
            raise SubjectError(msg) from problem
        return RefittedModel(
            inner=estimator_model(copy),
            classes=self.model.classes,
            places=places,
            features=inputs.features,
        )

    def _in_order(self, inputs: Inputs) -> Inputs:
        """Put the columns in the fitted order, and those that it does not know behind them."""
        first = [name for name in self.model.columns or () if name in inputs.names]
        return ordered(inputs, [*first, *(name for name in inputs.names if name not in first)])

    def _like_before(self, rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a frame or an array
        named = hasattr(self.model.estimator, "feature_names_in_")
        return rows if named else rows.to_numpy()


def _seeded(estimator: Any, seed: int) -> dict[str, int]:  # noqa: ANN401
    """Return the parameters that hold a seed, also those of the parts."""
    names = estimator.get_params(deep=True)
    return {name: seed for name in names if name.rpartition("__")[2] == "random_state"}
