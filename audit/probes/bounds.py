"""How far an attack may move each number of each row."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Inputs, Matrix
from audit.probes.measured import measured
from audit.space import Space


@dataclass(frozen=True, kw_only=True, eq=False)
class Box:
    """The values that each feature of each row may take; both ends shape (n, f)."""

    low: Matrix
    high: Matrix

    def take(self, rows: NDArray[np.int64]) -> "Box":
        """Return the boxes of some of the rows."""
        return Box(low=self.low[rows], high=self.high[rows])


def box_around(
    inputs: Inputs,
    space: Space,
    eps: float,
    *,
    immutable: Collection[str] = (),
    bounded: bool = True,
) -> Box:
    """Let every measured number move by at most `eps` standard deviations.

    Parameters
    ----------
    inputs : Inputs
        n rows; categories, a yes or no written as 0 or 1, and missing values stay as they are.
    space : Space
        Whose standard deviations, and whose smallest and largest values, are meant.
    eps : float
    immutable : collection of str
        Features that stay as they are.
    bounded : bool
        Whether a number stays within the range that the space has seen; one that is outside
        already may not leave it further.

    """
    moved = np.isin(np.arange(len(space.features)), measured(space))
    moved[[inputs.place(name) for name in immutable]] = False
    reach = eps * np.where(moved, space.sd, 0.0)
    low, high = inputs.values - reach, inputs.values + reach
    if bounded:
        low = np.maximum(low, np.fmin(space.low, inputs.values))
        high = np.minimum(high, np.fmax(space.high, inputs.values))
    return Box(low=np.where(moved, low, inputs.values), high=np.where(moved, high, inputs.values))
