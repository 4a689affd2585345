"""The rows of two versions side by side, by id; what the new version lost is a wrong answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.stats.arrays import Floats
from audit.subjects import Baseline
from audit.units import Target, Units


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Paired:
    """What two versions answered for the same ids.

    Attributes
    ----------
    label : ndarray of int16, shape (n,)
        Place of the true class among `classes`.
    now, before : ndarray of int16, shape (n,)
        Places of the predicted classes; -1 where it is none of them.
    lost_label, lost_before : ndarray of int16, shape (lost,)
        The same of the ids that the predecessor answered and this version does not.
    new : int
        Ids that only this version has; they do not enter.

    """

    classes: tuple[str, ...]
    label: NDArray[np.int16]
    now: NDArray[np.int16]
    before: NDArray[np.int16]
    lost_label: NDArray[np.int16]
    lost_before: NDArray[np.int16]
    new: int
    rows_now: NDArray[np.int64]
    """Where the pairs stand in this version's table."""
    rows_before: NDArray[np.int64]

    @property
    def lost(self) -> int:
        """Ids without an answer now."""
        return len(self.lost_label)


def pair(units: Units, baseline: Baseline) -> Paired | str:
    """Pair two versions by id, or say why that cannot be done."""
    if baseline.units is None:
        return baseline.why_not
    before = baseline.units
    if reason := _why_not(units, before):
        return reason
    ids_now, ids_before = _ids(units), _ids(before)
    at_now, at_before = _match(ids_now, ids_before)
    if not len(at_now):
        return "no id in common with the predecessor"
    now, then = _codes(units, units.classes), _codes(before, units.classes)
    lost = np.setdiff1d(np.arange(len(ids_before)), at_before)
    return Paired(
        classes=units.classes,
        label=now["label"][at_now],
        now=now["prediction"][at_now],
        before=then["prediction"][at_before],
        lost_label=then["label"][lost],
        lost_before=then["prediction"][lost],
        new=len(ids_now) - len(at_now),
        rows_now=at_now,
        rows_before=at_before,
    )


def paired_scores(
    units: Units, baseline: Units, pairs: Paired, target: Target
) -> tuple[Floats, Floats] | str:
    """Return both versions' scores of the target, row by row, or why there are none."""
    if not baseline.roles.scores:
        return "the predecessor kept no scores"
    known = baseline.score_classes
    if known and not set(target.positive) <= set(known):
        return "the predecessor has no score for the same classes"
    if not known and baseline.favorable != units.favorable:
        return "the predecessor's scores are of another favourable class"
    now = units.arrays({"score": units.score(target)})["score"]
    then = baseline.arrays({"score": baseline.score(target)})["score"]
    return now[pairs.rows_now].astype(np.float64), then[pairs.rows_before].astype(np.float64)


def _why_not(now: Units, before: Units) -> str:
    for name, units in (("this version", now), ("the predecessor", before)):
        if not (units.roles.label and units.roles.prediction):
            return f"{name} has no labels and predictions"
        if units.roles.count or units.roles.weight:
            return "paired differences of weighted rows are not defined yet"
    by_id = (bool(now.roles.id), bool(before.roles.id))
    if by_id == (True, True):
        return ""
    if any(by_id) or not now.table.digest or now.table.digest != before.table.digest:
        return "no id column, and the files differ"
    return ""


def _ids(units: Units) -> NDArray[Any]:
    return units.text(units.roles.id) if units.roles.id else np.arange(units.rows)


def _match(now: NDArray[Any], before: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    _, at_now, at_before = np.intersect1d(now, before, assume_unique=True, return_indices=True)
    order = np.argsort(at_now)
    return at_now[order], at_before[order]


def _codes(units: Units, classes: Sequence[str]) -> dict[str, NDArray[np.int16]]:
    return units.arrays({role: units.keys[role].codes(classes) for role in ("label", "prediction")})
