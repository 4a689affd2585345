"""A Python function from rows to probabilities as a model of tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.draws import Keys
from audit.errors import SubjectError
from audit.inputs import Inputs, Matrix
from audit.models.answers import by_class, probabilities
from audit.models.own_process import Limits, OwnProcess
from audit.models.worker import as_numbers, columns_of

Ask: TypeAlias = Callable[[pd.DataFrame], tuple[Matrix, list[str] | None]]
"""From rows to numbers, and the names of their columns, if they have any."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionOfRows:
    """It reads a frame: numbers as float, all else as text, missing as NaN or None.

    It returns one number a row, the probability of the favourable of two classes (of the second,
    if none is named), or a column for each class: in their order, or as a frame, by their names.

    Attributes
    ----------
    name : str
        As messages call it.
    ask : callable
    classes : tuple of str
    favorable : tuple of str
    columns : tuple of str or None
        What it reads; None: whatever columns it is given.
    digest : str
        "" for a function that is asked in this process: what it calls cannot be known.

    """

    name: str
    ask: Ask
    classes: tuple[str, ...]
    favorable: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    digest: str = ""
    features: None = None
    protocol: str = "one model"

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        """Answer every row alike."""
        return np.zeros(len(keys), dtype=np.int64)

    def predict(self, inputs: Inputs) -> Matrix:
        """Return the probability of each class."""
        if not len(inputs):
            return np.empty((0, len(self.classes)))
        frame = inputs.frame()
        if self.columns is not None:
            frame = frame[[inputs.names[inputs.place(name)] for name in self.columns]]
        answers, named = self.ask(frame)
        if named is not None and set(named) == set(self.classes):
            answers = answers[:, [named.index(each) for each in self.classes]]
        answers = by_class(answers, self.classes, self.favorable)
        return probabilities(answers, len(inputs), self.classes, self.name)


def in_own_process(  # noqa: PLR0913 - a function says nothing of itself
    name: str,
    *,
    folder: Path,
    classes: Sequence[str],
    favorable: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    limits: Limits | None = None,
) -> FunctionOfRows:
    """Start `module:function` in a process of its own.

    Raises
    ------
    SubjectError
        If it cannot be imported.

    """
    process = OwnProcess(name=name, folder=folder, limits=limits or Limits())
    return FunctionOfRows(
        name=name,
        ask=process.ask,
        classes=tuple(classes),
        favorable=tuple(favorable),
        columns=None if columns is None else tuple(columns),
        digest=process.digest(),
    )


def in_this_process(
    function: Callable[[pd.DataFrame], Any],
    *,
    classes: Sequence[str],
    favorable: Sequence[str] = (),
    columns: Sequence[str] | None = None,
) -> FunctionOfRows:
    """Take a function as it is: without a limit, and with no digest, so nothing is kept of it."""
    name = getattr(function, "__name__", type(function).__name__)

    def ask(frame: pd.DataFrame) -> tuple[Matrix, list[str] | None]:
        try:
            answer = function(frame)
        except Exception as problem:
            msg = f"{name} must answer {len(frame)} rows, but raised {type(problem).__name__}"
            raise SubjectError(msg) from problem
        numbers = as_numbers(answer)
        if numbers is None:
            msg = (
                f"{name} must return numbers, but returned a {type(answer).__name__} that holds "
                "something else"
            )
            raise SubjectError(msg)
        return numbers, columns_of(answer)

    return FunctionOfRows(
        name=name,
        ask=ask,
        classes=tuple(classes),
        favorable=tuple(favorable),
        columns=None if columns is None else tuple(columns),
    )
