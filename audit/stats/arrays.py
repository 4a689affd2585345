"""The arrays that the statistics take and return."""

from statistics import NormalDist
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


class Bounds(NamedTuple):
    """Lower and upper ends of intervals, element by element."""

    low: Floats
    high: Floats

    def at(self, chosen: NDArray[np.bool_]) -> "Bounds":
        """Return those of the last axis that are chosen."""
        return Bounds(self.low[..., chosen], self.high[..., chosen])


def z_of(level: float) -> float:
    """Return the normal quantile that leaves (1 - level) / 2 on either side.

    Examples
    --------
    >>> round(z_of(0.95), 6)
    1.959964

    """
    if not 0 < level < 1:
        msg = f"a level must lie in (0, 1), but got {level}; 95 % is 0.95"
        raise ValueError(msg)
    return NormalDist().inv_cdf((1 + level) / 2)
