"""What the score loses when features are removed in an order, and what it keeps on the first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.attributions.chance import random_values
from audit.inputs import Inputs, Matrix
from audit.predictors import Model
from audit.probes.masking import masked


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Loss:
    """Loss of score of each row at each rung of the ladder, shape (rungs, n).

    Attributes
    ----------
    without : ndarray of float
        When the first k features are removed: comprehensiveness.
    alone : ndarray of float
        When all but the first k are removed: sufficiency.

    """

    without: Matrix
    alone: Matrix


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Removal:
    """A way to remove features from rows.

    Attributes
    ----------
    fillings : tuple of ndarray of float, each of shape (n, f)
        What may stand in place of a removed feature; the scores are averaged over them.

    """

    model: Model
    inputs: Inputs
    targets: NDArray[np.int64]
    scores: Matrix
    fillings: tuple[Matrix, ...]

    def loss(self, order: NDArray[np.int64]) -> Loss:
        """Return what is lost along the ladder.

        Parameters
        ----------
        order : ndarray of int64, shape (n, f)
            The place of each feature in the order of removal, from 0.

        """
        rungs = ladder(order.shape[1])
        return Loss(
            without=np.array([self.scores - self._score(order < k) for k in rungs]),
            alone=np.array([self.scores - self._score(order >= k) for k in rungs]),
        )

    def _score(self, hidden: NDArray[np.bool_]) -> Matrix:
        rows = np.arange(len(self.inputs))
        found = [
            self.model.predict(masked(self.inputs, hidden, filling))[rows, self.targets]
            for filling in self.fillings
        ]
        mean: Matrix = np.mean(found, axis=0)
        return mean


def ladder(features: int) -> list[int]:
    """Return how many features are removed: 1, 2, 4 and so on, never all.

    Examples
    --------
    >>> ladder(10)
    [1, 2, 4, 8]

    """
    return [2**power for power in range(features.bit_length()) if 2**power < features]


def order_of(values: Matrix, inputs: Inputs, *salt: str | int) -> NDArray[np.int64]:
    """Return the place of each feature when the largest value comes first; ties fall by chance.

    Examples
    --------
    >>> from audit.draws import keys_of
    >>> from audit.inputs import Feature
    >>> row = np.array([[0.1, -2.0, 0.7]])
    >>> features = tuple(Feature(name=name) for name in "abc")
    >>> inputs = Inputs(features=features, values=row, keys=keys_of(["a"]))
    >>> order_of(row, inputs).tolist()
    [[1, 2, 0]]

    """
    ties = random_values(inputs, "ties", *salt)
    order = np.lexsort((ties, -values), axis=1)
    places: NDArray[np.int64] = order.argsort(axis=1)
    return places
