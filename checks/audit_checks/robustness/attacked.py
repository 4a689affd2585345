"""What became of each row under attack."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Inputs
from audit.predictors import Model
from audit.probes.bounds import box_around
from audit.probes.gradient_attack import Budget, worst_near
from audit.space import Space
from audit.stats.counts import Count
from audit_checks.robustness.deciding import decisions

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Attacked:
    """Every row is one of four: wrong already, survived, broken, or out of the attack's reach.

    Attributes
    ----------
    wrong : ndarray of bool, shape (n,)
        Already as it is.
    broken : ndarray of bool, shape (n,)
        Right as it is, and wrong at a point within the bounds.
    errors : ndarray of bool, shape (n,)
        Right as it is, but the model has no margin there to follow.

    """

    eps: float
    moved: int
    """Numbers that may move."""
    wrong: Flags
    broken: Flags
    errors: Flags

    @property
    def robust(self) -> Count:
        """Rows that are right and were not broken; an error is no failure that was found."""
        return Count(k=int((~self.wrong & ~self.broken).sum()), n=len(self.wrong))

    @property
    def details(self) -> Mapping[str, Any]:
        """The four counts and what follows from them."""
        right = int((~self.wrong).sum())
        broken, errors = int(self.broken.sum()), int(self.errors.sum())
        told: dict[str, Any] = {
            "wrong before": len(self.wrong) - right,
            "survived": right - broken - errors,
            "broken": broken,
            "errors": errors,
        }
        if right:
            told["attack success rate"] = broken / right
        return told


@dataclass(frozen=True, kw_only=True, eq=False)
class Attacker:
    """A model, the rows on which it is attacked, and with what."""

    model: Model
    inputs: Inputs
    labels: NDArray[np.int64]
    space: Space
    budget: Budget
    immutable: Sequence[str]
    bounded: bool
    seed: int

    def rising(self, radii: Sequence[float]) -> Iterator[Attacked]:
        """Attack at each radius; what a smaller one broke is broken at a larger one too."""
        wrong = decisions(self.model, self.inputs) != self.labels
        broken, lost = np.zeros(len(wrong), dtype=np.bool_), np.ones(len(wrong), dtype=np.bool_)
        for eps in radii:
            for start in range(self.budget.starts):
                self._search(eps, start, np.flatnonzero(~wrong & ~broken), broken, lost)
            box = box_around(
                self.inputs, self.space, eps, immutable=self.immutable, bounded=self.bounded
            )
            yield Attacked(
                eps=eps,
                moved=int((box.high > box.low).any(axis=0).sum()),
                wrong=wrong,
                broken=broken.copy(),
                errors=lost & ~wrong & ~broken,
            )

    def _search(
        self, eps: float, start: int, rows: NDArray[np.int64], broken: Flags, lost: Flags
    ) -> None:
        """Mark the rows that one start breaks; the model itself decides what is broken."""
        if not len(rows):
            return
        some = self.inputs.take(rows)
        box = box_around(some, self.space, eps, immutable=self.immutable, bounded=self.bounded)
        worst = worst_near(
            self.model, some, self.labels[rows], box, self.budget, start=start, seed=self.seed
        )
        lost[rows] &= np.isnan(worst.margins)
        broken[rows] = decisions(self.model, worst.inputs) != self.labels[rows]
