"""How much each row counts: its sampling weight and its frequency."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.results import Estimate
from audit.stats.arrays import Floats
from audit.stats.counts import Count, weighted
from audit.stats.means import mean
from audit.units import Units


@dataclass(frozen=True, kw_only=True, eq=False)
class Amounts:
    """Weights and frequencies of some rows.

    Attributes
    ----------
    weight : ndarray of float, shape (n,), or None
    times : ndarray of int64, shape (n,)
        How many rows each row stands for.

    """

    weight: Floats | None
    times: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """The rows that these rows stand for."""
        return int(self.times.sum())

    def take(self, rows: NDArray[np.bool_]) -> "Amounts":
        """Return those of some of the rows."""
        weight = None if self.weight is None else self.weight[rows]
        return Amounts(weight=weight, times=self.times[rows])

    def count(self, hits: NDArray[np.bool_]) -> Count:
        """Count the hits, effective rows where there are weights."""
        if self.weight is None:
            return Count(k=int(self.times[hits].sum()), n=self.rows)
        weight = self.weight * self.times
        total, squared = float(weight.sum()), float((self.weight * weight).sum())
        return weighted(float(weight[hits].sum()), total, squared, rows=self.rows)

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a value for each row that these rows stand for."""
        return np.repeat(values, self.times, axis=0)

    def mean(self, values: Floats, *, level: float, bounds: tuple[float, float]) -> Estimate:
        """Estimate the mean of a value per row."""
        weights = None if self.weight is None else self.each(self.weight)
        return mean(self.each(values), level=level, weights=weights, bounds=bounds)


def amounts_of(units: Units) -> Amounts:
    """Read the weights and frequencies of a table; each row counts once where it has none."""
    exprs = units.amounts()
    found = units.arrays(exprs) if exprs else {}
    once = np.ones(units.rows, dtype=np.int64)
    return Amounts(
        weight=np.asarray(found["weight"], dtype=np.float64) if "weight" in found else None,
        times=found["count"].astype(np.int64) if "count" in found else once,
    )
