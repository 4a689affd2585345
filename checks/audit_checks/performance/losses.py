"""What each row costs: its log loss and its Brier score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.results import About
from audit.stats.arrays import Floats
from audit.units import Target, Units

_TWO = 2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Losses:
    """The losses of each row, with its sampling weight.

    Attributes
    ----------
    log : ndarray of float, shape (n,)
        Minus the log of the score of the true class, in nats; inf where that score is 0.
    squared : ndarray of float, shape (n,)
        (p - y)^2 of two classes, in [0, 1]; its sum over all classes of more, in [0, 2], as in
        scikit-learn's `brier_score_loss`.
    most : float
        The upper end of `squared`.

    """

    log: Floats
    squared: Floats
    most: float
    weight: Floats | None = None

    @property
    def impossible(self) -> int:
        """Rows whose true class has a score of exactly 0."""
        return int(np.count_nonzero(np.isinf(self.log)))


def has_two_outcomes(units: Units) -> bool:
    """Say whether the scores are of one outcome and its opposite."""
    return len(units.roles.scores) == 1 or len(units.score_classes) == _TWO


def scored_targets(units: Units) -> tuple[Target, ...]:
    """Return the targets whose scores make up the losses."""
    if has_two_outcomes(units):
        return units.targets[:1]
    return tuple(Target(positive=(each,), about=About()) for each in units.score_classes)


def losses_of(units: Units) -> Losses:
    """Compute the losses of the rows of a table; a row with a count is repeated."""
    targets = scored_targets(units)
    exprs = {f"score {place}": units.score(target) for place, target in enumerate(targets)}
    levels = targets[0].positive if len(targets) == 1 else units.score_classes
    exprs |= {"label": units.keys["label"].codes(levels), **units.amounts()}
    found = units.arrays(exprs)
    rows = found.pop("count", None)
    if rows is not None:
        times = rows.astype(np.int64)
        found = {name: np.repeat(values, times) for name, values in found.items()}
    scores = [found[f"score {place}"] for place in range(len(targets))]
    return losses(scores, found["label"], weight=found.get("weight"))


def losses(
    scores: Sequence[Floats], label: NDArray[np.int16], *, weight: Floats | None = None
) -> Losses:
    """Compute the losses of rows.

    Parameters
    ----------
    scores : sequence of ndarray of float, shape (n,)
        One: the chance of the favourable outcome. Several: one for each class.
    label : ndarray of int16, shape (n,)
        With one column of scores, -1 for the other outcome; else the place of the true class.
    weight : ndarray of float, shape (n,), optional

    """
    if len(scores) == 1:
        true = np.where(label >= 0, scores[0], 1 - scores[0])
        squared, most = np.square(1 - true), 1.0
    else:
        true, squared, most = np.zeros(len(label)), np.zeros(len(label)), 2.0
        for place, score in enumerate(scores):
            hit = label == place
            true[hit] = score[hit]
            squared += np.square(score - hit)
        # the scores of a row may sum to a little more than 1
        np.minimum(squared, most, out=squared)
    with np.errstate(divide="ignore"):
        return Losses(log=np.abs(np.log(true)), squared=squared, most=most, weight=weight)
