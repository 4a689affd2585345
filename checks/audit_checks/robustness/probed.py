"""The rows that are probed: how the model answers them as they are and as a probe leaves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Inputs
from audit.predictors import Model
from audit.stats.counts import Count
from audit.stats.paired import Pairs
from audit_checks.robustness.deciding import decisions


@dataclass(frozen=True, kw_only=True, eq=False)
class Probed:
    """Decisions before and after, and what was right.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,); None where there are none
    before, after : ndarray of int64, shape (n,)
    touched : float
        Mean number of features that the probe changed in a row.

    """

    labels: NDArray[np.int64] | None
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    touched: float

    @property
    def flips(self) -> Count:
        """Rows whose decision changed."""
        return Count(k=int((self.before != self.after).sum()), n=len(self.before))

    @property
    def pairs(self) -> Pairs:
        """Rows by whether they are right before (the new version) and after (the old one).

        The difference of new and old is then what the probe costs.
        """
        first, second = self.before == self.labels, self.after == self.labels
        return Pairs(
            both=int((first & second).sum()),
            new_only=int((first & ~second).sum()),
            old_only=int((~first & second).sum()),
            neither=int((~first & ~second).sum()),
        )

    @property
    def details(self) -> Mapping[str, Any]:
        """What a reader needs beside the number."""
        told: dict[str, Any] = {"features changed": self.touched, "flips": int(self.flips.k)}
        if self.labels is not None:
            told["accuracy clean"] = float((self.before == self.labels).mean())
            told["accuracy perturbed"] = float((self.after == self.labels).mean())
        return told


@dataclass(frozen=True, kw_only=True, eq=False)
class Clean:
    """The rows as they are."""

    model: Model
    inputs: Inputs
    labels: NDArray[np.int64] | None
    decided: NDArray[np.int64]

    def probed(self, changed: Inputs) -> Probed:
        """Ask the model about the same rows after a probe."""
        same = (changed.values == self.inputs.values) | (
            np.isnan(changed.values) & np.isnan(self.inputs.values)
        )
        return Probed(
            labels=self.labels,
            before=self.decided,
            after=decisions(self.model, changed),
            touched=float((~same).sum(axis=1).mean()),
        )
