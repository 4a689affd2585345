"""What is usual for each feature: the scale on which its changes are measured."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Feature, Inputs, Kind, Matrix


@dataclass(frozen=True, kw_only=True, eq=False)
class Space:
    """What is usual in some rows, feature by feature.

    Attributes
    ----------
    inputs : Inputs
        The rows that show it: a reference, or those under test.

    """

    inputs: Inputs

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features, in their order."""
        return self.inputs.features

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """The places of the features that are numbers."""
        return self._of(Kind.NUMBER)

    @cached_property
    def categories(self) -> NDArray[np.int64]:
        """The places of the features that are categories."""
        return self._of(Kind.CATEGORY)

    @cached_property
    def sd(self) -> Matrix:
        """Standard deviation of each number, shape (f,); 0 of a category or a constant."""
        found = np.zeros(len(self.features))
        for at in self.numbers:
            held = self._held(at)
            found[at] = held.std(ddof=1) if len(held) > 1 else 0.0
        return found

    @cached_property
    def low(self) -> Matrix:
        """Smallest value of each number, shape (f,); NaN where there is none."""
        return self._each(np.min)

    @cached_property
    def high(self) -> Matrix:
        """Largest value of each number, shape (f,)."""
        return self._each(np.max)

    @cached_property
    def typical(self) -> Matrix:
        """Median of each number and commonest level of each category, shape (f,); NaN if none."""
        found = self._each(np.median)
        for at in self.categories:
            shares = self.shares(int(at))
            found[at] = float(np.argmax(shares)) if shares.any() else np.nan
        return found

    def shares(self, at: int) -> Matrix:
        """Return the share of each level of a category among the rows where it is known."""
        held = self._held(at).astype(np.int64)
        counts = np.bincount(held, minlength=len(self.features[at].levels)).astype(np.float64)
        found: Matrix = counts / max(float(counts.sum()), 1.0)
        return found

    def _of(self, kind: Kind) -> NDArray[np.int64]:
        return np.array([i for i, f in enumerate(self.features) if f.kind is kind], dtype=np.int64)

    def _held(self, at: int) -> Matrix:
        column = self.inputs.values[:, at]
        held: Matrix = column[~np.isnan(column)]
        return held

    def _each(self, statistic: Callable[[Matrix], Any]) -> Matrix:
        found = np.full(len(self.features), np.nan)
        for at in self.numbers:
            if len(held := self._held(at)):
                found[at] = statistic(held)
        return found
