"""The decisions of a model on inputs that it may not be able to answer."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.predictors import Model, Rows
from audit.texts import Texts

_LONGEST: Final = 300


def decisions(model: Model[Rows], inputs: Rows) -> NDArray[np.int64]:
    """Return the place of the class that the model decides for, shape (n,).

    Raises
    ------
    SubjectError
        If the model raises, whatever it raises, or gives what is no probability.

    """
    found: NDArray[np.int64] = scores_of(model, inputs).argmax(axis=1)
    return found


def scores_of(model: Model[Rows], inputs: Rows) -> Matrix:
    """Return the probability of each class, shape (n, k), or raise as `decisions` does."""
    try:
        scores = model.predict(inputs)
    except SubjectError:
        raise
    except Exception as problem:
        msg = type(problem).__name__
        if not isinstance(inputs, Texts):  # what is said of a text may hold the text
            msg = f"{msg}: {problem}"[:_LONGEST]
        raise SubjectError(msg) from problem
    if not np.isfinite(scores).all():
        msg = f"{int((~np.isfinite(scores)).any(axis=1).sum()):,} answers are no probabilities"
        raise SubjectError(msg)
    return scores
