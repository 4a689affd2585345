"""Which rows train, which say when to stop, which are a network's own fold: by id alone."""

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, uniforms
from audit.errors import SubjectError


def fold_of(keys: Keys, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each row, shape (n,); rows of one unit share it.

    Raises
    ------
    SubjectError
        If a fold holds no row.

    """
    found = (uniforms(keys, "fold", seed) * folds).astype(np.int64)
    held = np.bincount(found, minlength=folds)
    if not held.all():
        msg = f"{folds} folds need more rows than {len(keys)}: one of them would hold none"
        raise SubjectError(msg)
    return found


def held_back(keys: Keys, share: float, *salt: str | int) -> NDArray[np.bool_]:
    """Say which rows are held back to measure when to stop.

    Raises
    ------
    SubjectError
        If that leaves no row on one of the two sides.

    """
    found = uniforms(keys, "validation", *salt) < share
    if share > 0 and (found.all() or not found.any()):
        msg = (
            f"{len(keys)} rows are too few to hold back a share of {share:g} for validation; "
            "train on more rows, or set validation to 0"
        )
        raise SubjectError(msg)
    return found
