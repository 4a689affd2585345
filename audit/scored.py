"""Scores against outcomes, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.stats.arrays import Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scored:
    """Scores against outcomes, row by row.

    Attributes
    ----------
    score : ndarray of float, shape (n,)
        Probability of the target, in [0, 1].
    outcome : ndarray of bool, shape (n,)
        Whether the label is the target.
    weight : ndarray of float, shape (n,), or None
        Sampling weights.
    codes : mapping of str to ndarray of int16, shape (n,)
        By group, the place of the row's level among those asked for, or -1.

    """

    score: Floats
    outcome: NDArray[np.bool_]
    weight: Floats | None
    codes: Mapping[str, NDArray[np.int16]]

    def part(self, group: str, place: int) -> "Scored":
        """Return the rows of one level."""
        rows = self.codes[group] == place
        weight = None if self.weight is None else self.weight[rows]
        return Scored(score=self.score[rows], outcome=self.outcome[rows], weight=weight, codes={})
