"""Which features of a row something is done to, drawn from the row's key."""

import numpy as np
from numpy.typing import NDArray

from audit.draws import uniforms
from audit.inputs import Inputs


def picked(
    inputs: Inputs, allowed: NDArray[np.bool_], count: int, *salt: str | int
) -> NDArray[np.bool_]:
    """Pick `count` of the allowed features of each row, or all where there are fewer.

    Parameters
    ----------
    inputs : Inputs
        n rows of f features.
    allowed : ndarray of bool, shape (n, f)
    count : int
        Those with the smallest draws are picked, so that a larger count holds every smaller one.
    *salt
        What the draw is for, the run's seed among it.

    Returns
    -------
    ndarray of bool, shape (n, f)

    """
    draws = np.column_stack(
        [uniforms(inputs.keys, "picked", name, *salt) for name in inputs.names]
        or [np.empty(len(inputs))]
    )[:, : len(inputs.features)]
    draws = np.where(allowed, draws, np.inf)
    ranks = draws.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return allowed & (ranks < count)
