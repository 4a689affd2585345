"""Categories mistaken for one another."""

import numpy as np
from numpy.typing import NDArray

from audit.draws import uniforms
from audit.inputs import Inputs, Matrix
from audit.probes.picking import picked
from audit.space import Space


def swapped(inputs: Inputs, space: Space, size: float, seed: int) -> Inputs:
    """Replace `size` categories of every row by another level, as frequent as in the background.

    Only a category that is known, and that has another level in the background, is picked.
    """
    allowed = np.zeros(inputs.values.shape, dtype=np.bool_)
    others = inputs.values.copy()
    for at in space.categories:
        drawn = uniforms(inputs.keys, "level", inputs.features[at].name, seed)
        shares = space.shares(int(at))[: len(inputs.features[at].levels)]
        others[:, at] = _another(inputs.values[:, at], shares, drawn)
        allowed[:, at] = ~np.isnan(others[:, at])
    wrong = picked(inputs, allowed, round(size), "categories", seed)
    return inputs.having(np.where(wrong, others, inputs.values))


def _another(own: Matrix, shares: Matrix, drawn: NDArray[np.float64]) -> Matrix:
    """Draw a level that is not the own one; NaN where there is none."""
    found = np.full(len(own), np.nan)
    for level in np.unique(own[~np.isnan(own)]).astype(np.int64):
        rest = shares.copy()
        if level < len(rest):
            rest[level] = 0.0
        held = np.flatnonzero(rest)
        if not len(held):
            continue
        rows = own == level
        ends = np.cumsum(rest[held]) / rest.sum()
        places = np.searchsorted(ends, drawn[rows], side="right")
        found[rows] = held[np.minimum(places, len(held) - 1)]  # the last end may be rounded below 1
    return found
