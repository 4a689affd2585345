"""The answers of a model when a protected attribute alone is another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Inputs, Kind, Matrix
from audit.predictors import Model, Rows
from audit.stats.arrays import Floats
from audit.stats.proportions import rate
from audit.subjects import Subject
from audit.units import Group, Units
from audit_checks.amounts import Amounts, amounts_of

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What the model decides for each row, and how sure it is.

    Attributes
    ----------
    decided : ndarray of int64, shape (n,)
        1 if it is the favourable outcome and 0 if not; the class where none is favourable.
    scores : ndarray of float, shape (n, k)
        The chance of the favourable outcome, k = 1; of each class where none is.

    """

    decided: NDArray[np.int64]
    scores: Matrix

    def shifts(self, other: "Outcome") -> Floats:
        """Return how far the scores of each row lie apart: total variation, in [0, 1]."""
        apart = np.abs(self.scores - other.scores).sum(axis=1)
        return np.asarray(np.clip(apart if self.scores.shape[1] == 1 else apart / 2, 0, 1))

    def take(self, rows: Flags) -> "Outcome":
        """Return some of the rows."""
        return Outcome(decided=self.decided[rows], scores=self.scores[rows])


@dataclass(frozen=True, kw_only=True, eq=False)
class Swap:
    """Rows of one level, answered as if they were of another."""

    source: str
    target: str
    before: Outcome
    after: Outcome
    amounts: Amounts

    def details(self, level: float, *, favorable: bool) -> dict[str, Any]:
        """Count who changes, and in which direction."""
        change = self.after.decided - self.before.decided
        told = {"from": self.source, "to": self.target, "rows": self.amounts.rows}
        told |= self._share("flip", change != 0, level)
        if favorable:
            told |= self._share("gain", change > 0, level) | self._share("lose", change < 0, level)
        return told

    def _share(self, name: str, hits: Flags, level: float) -> dict[str, Any]:
        found = rate(self.amounts.count(hits), level=level)
        return {name: found.value, f"{name} low": found.low, f"{name} high": found.high}


@dataclass(frozen=True, kw_only=True, eq=False)
class Swapped:
    """All rows with a judged level, each at every other judged level.

    Attributes
    ----------
    flips : ndarray of bool, shape (n,)
        Whether any swap changes the decision.
    shifts : ndarray of float, shape (n,)
        The largest change of the scores.

    """

    flips: Flags
    shifts: Floats
    amounts: Amounts
    swaps: Sequence[Swap]
    left_out: int
    """Rows whose own level is missing or not judged."""


def swapped(subject: Subject, model: Model, group: Group, values: Mapping[str, Any]) -> Swapped:
    """Set a feature to each judged level in turn and ask the model.

    Parameters
    ----------
    subject, model
    group : Group
        Its column is a feature of the model.
    values : mapping of str to str or float
        What the feature is at each judged level, see `values_of`.

    """
    codes, everyone = subject.group_codes(group.name), amounts_of(subject.units)
    judged = codes >= 0
    codes, inputs, amounts = codes[judged], subject.inputs.take(judged), everyone.take(judged)
    before = outcome(subject.units, model, inputs)
    flips, shifts = np.zeros(len(codes), dtype=np.bool_), np.zeros(len(codes))
    swaps = []
    for place, target in enumerate(group.judged):
        others = codes != place
        asked = inputs.take(others).changed(group.name, values[target])
        was, now = before.take(others), outcome(subject.units, model, asked)
        flips[others] |= was.decided != now.decided
        shifts[others] = np.maximum(shifts[others], was.shifts(now))
        for source in np.unique(codes[others]):
            rows = codes[others] == source
            swap = Swap(
                source=group.judged[source],
                target=target,
                before=was.take(rows),
                after=now.take(rows),
                amounts=amounts.take(others).take(rows),
            )
            swaps.append(swap)
    return Swapped(
        flips=flips,
        shifts=shifts,
        amounts=amounts,
        swaps=swaps,
        left_out=everyone.rows - amounts.rows,
    )


def outcome(units: Units, model: Model[Rows], inputs: Rows) -> Outcome:
    """Ask the model for its decisions."""
    return decisions(units, model.classes, model.predict(inputs))


def decisions(units: Units, classes: Sequence[str], scores: Matrix) -> Outcome:
    """Read the probabilities of classes as decisions."""
    decided = scores.argmax(axis=1)
    if not units.favorable:
        return Outcome(decided=decided, scores=scores)
    wanted = np.isin(classes, units.favorable)
    favored = scores[:, wanted].sum(axis=1, keepdims=True)
    return Outcome(decided=wanted[decided].astype(np.int64), scores=favored)


def values_of(subject: Subject, group: Group) -> dict[str, str | float]:
    """Return what a feature is at each judged level, as far as that is known.

    A category is the level itself. A number is the median of the background's rows at the level,
    which is a typical one where the level is a band.
    """
    feature = subject.inputs.features[subject.inputs.place(group.name)]
    if feature.kind is Kind.CATEGORY:
        return {level: level for level in group.judged if level in feature.levels}
    sides = [(subject.reference, subject.background), (subject.units, subject.inputs)]
    found: dict[str, str | float] = {}
    for units, inputs in sides:
        if units is not None:
            found = _medians(units, inputs, group) | found
    return found


def _medians(units: Units, inputs: Inputs, group: Group) -> dict[str, str | float]:
    key = units.keys[group.name]
    codes = units.arrays({"level": key.codes(group.judged)})["level"]
    column = inputs.values[:, inputs.place(group.name)]
    held = {level: column[codes == place] for place, level in enumerate(group.judged)}
    return {level: float(np.median(values)) for level, values in held.items() if len(values)}
