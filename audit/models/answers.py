"""Is what a model answered a probability for each class of each row?"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from audit.errors import SubjectError
from audit.inputs import Matrix

TOLERANCE: Final = 1e-4
"""How far a row may sum from 1, and a probability lie outside [0, 1]: what sums of 32-bit numbers
lose; beyond it they are no probabilities."""


def probabilities(answers: Matrix, rows: int, classes: Sequence[str], who: str) -> Matrix:
    """Return the answers if they are probabilities.

    Parameters
    ----------
    answers : ndarray of float, shape (n, k)
    rows : int
        That were asked for.
    classes : sequence of str
    who : str
        What the message names as the one who answered.

    Returns
    -------
    ndarray of float, shape (n, k); in [0, 1]

    Raises
    ------
    SubjectError
        With one sentence that counts the rows, and shows none of their values.

    """
    if answers.ndim == 0 or len(answers) != rows:
        given = len(answers) if answers.ndim else "one number"
        msg = f"{who} must return one row for each of the {rows} rows asked, but returned {given}"
        raise SubjectError(msg)
    if answers.shape != (rows, len(classes)):
        msg = (
            f"{who} must return shape ({rows}, {len(classes)}), a column for each of the "
            f"{len(classes)} classes, but returned {answers.shape}"
        )
        raise SubjectError(msg)
    sums = answers.sum(axis=1)
    for wrong, rule in (
        (~np.isfinite(answers).all(axis=1), "return finite numbers, but returned NaN or infinity"),
        (
            ((answers < -TOLERANCE) | (answers > 1 + TOLERANCE)).any(axis=1),
            "return probabilities in [0, 1], but returned another number",
        ),
        (np.abs(sums - 1) > TOLERANCE, "return rows that sum to 1, but returned another sum"),
    ):
        if wrong.any():
            msg = f"{who} must {rule} for {int(wrong.sum())} of {rows} rows"
            raise SubjectError(msg)
    clipped: Matrix = np.clip(answers, 0.0, 1.0)
    return clipped


def by_class(answers: Matrix, classes: Sequence[str], favorable: Sequence[str] = ()) -> Matrix:
    """Give each class a column, where one number a row is the probability of one of two classes.

    That is the favourable class if one of the two is named so, else the second.
    """
    if answers.ndim == 2 and answers.shape[1] == 1:  # noqa: PLR2004 - one column
        answers = answers[:, 0]
    if answers.ndim != 1 or len(classes) != 2:  # noqa: PLR2004 - two classes
        return answers
    named = [place for place, each in enumerate(classes) if each in favorable]
    columns = [1 - answers, answers]
    return np.column_stack(columns[::-1] if named == [0] else columns)
