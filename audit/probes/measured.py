"""Which numbers are measured, so that they can be measured a little wrong."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.space import Space

_FLAG: Final = 2
"""Distinct values of a yes or no that is written as a number."""


def measured(space: Space) -> NDArray[np.int64]:
    """Return the places of the numbers with more than two values among the rows of a space.

    A mark of 0 or 1 has no decimals, no unit, and nothing between its values.
    """
    values = space.inputs.values
    several = [
        at for at in space.numbers if len(np.unique(values[~np.isnan(values[:, at]), at])) > _FLAG
    ]
    return np.array(several, dtype=np.int64)
