"""Rows of which some features are hidden behind values that carry nothing of theirs."""

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, uniforms
from audit.inputs import Inputs, Kind, Matrix
from audit.space import Space


def masked(inputs: Inputs, hidden: NDArray[np.bool_], values: Matrix) -> Inputs:
    """Return the rows with the hidden features replaced.

    Parameters
    ----------
    inputs : Inputs
        n rows of f features.
    hidden : ndarray of bool, shape (n, f)
    values : ndarray of float, shape (n, f)
        What stands in place of a hidden feature: of `typical_rows` or `drawn_rows`. A level that
        these rows do not know, of a background that has more levels, is missing.

    """
    if hidden.shape != inputs.values.shape or values.shape != inputs.values.shape:
        msg = (
            f"hidden and values must have shape {inputs.values.shape}, "
            f"but have {hidden.shape} and {values.shape}"
        )
        raise ValueError(msg)
    levels = [len(f.levels) if f.kind is Kind.CATEGORY else np.inf for f in inputs.features]
    known = np.where(values < np.array(levels), values, np.nan)
    return inputs.having(np.where(hidden, known, inputs.values))


def typical_rows(space: Space, rows: int) -> Matrix:
    """Return the median of each number and the commonest level of each category, for each row."""
    return np.tile(space.typical, (rows, 1))


def drawn_rows(background: Inputs, keys: Keys, *salt: str | int) -> Matrix:
    """Return for each key one whole row of the background, shape (n, f).

    The same key and salt give the same row of the same background, whatever other keys there are.
    """
    return background.values[_places(background, keys, salt)]


def _places(background: Inputs, keys: Keys, salt: tuple[str | int, ...]) -> NDArray[np.int64]:
    if not len(background):
        msg = "a background must hold rows, but has none"
        raise ValueError(msg)
    order = np.argsort(background.keys, kind="stable")  # a background in another order is the same
    drawn = (uniforms(keys, "background row", *salt) * len(background)).astype(np.int64)
    return order[drawn]
