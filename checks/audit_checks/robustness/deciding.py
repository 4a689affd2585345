"""The decisions of a model on inputs that it may not be able to answer."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.inputs import Inputs
from audit.predictors import Model

_LONGEST: Final = 300


def decisions(model: Model, inputs: Inputs) -> NDArray[np.int64]:
    """Return the place of the class that the model decides for, shape (n,).

    Raises
    ------
    SubjectError
        If the model raises, whatever it raises, or gives what is no probability.

    """
    try:
        scores = model.predict(inputs)
    except SubjectError:
        raise
    except Exception as problem:
        msg = f"{type(problem).__name__}: {problem}"[:_LONGEST]
        raise SubjectError(msg) from problem
    if not np.isfinite(scores).all():
        msg = f"{int((~np.isfinite(scores)).any(axis=1).sum()):,} answers are no probabilities"
        raise SubjectError(msg)
    found: NDArray[np.int64] = scores.argmax(axis=1)
    return found
