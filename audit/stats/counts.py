"""Hits of rows, plain or weighted: all that a rate needs to know of the data."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from audit.stats.arrays import Floats

FEWEST_GROUPS: Final = 2
POWER: Final = 0.8
"""Probability with which a flawless model passes its attainable limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """Hits of rows; with sampling weights, of as many rows as carry the same information.

    Examples
    --------
    >>> Count(k=3, n=20)
    Count(k=3, n=20, rows=20)

    """

    k: float
    """Hits, in [0, n]."""
    n: float
    """Rows; with sampling weights Kish's effective number, at most `rows`."""
    rows: int = -1
    """Rows in the data; by default the whole part of n."""

    def __post_init__(self) -> None:
        """Refuse counts that no table can give."""
        if not 0 <= self.k <= self.n < math.inf:
            msg = f"0 <= k <= n must hold, and n be finite, but got k={self.k}, n={self.n}"
            raise ValueError(msg)
        if self.rows < 0:
            object.__setattr__(self, "rows", int(self.n))


def weighted(hits_weight: float, total_weight: float, total_squared: float, rows: int) -> Count:
    """Count rows with sampling weights by Kish's effective sample size.

    Parameters
    ----------
    hits_weight, total_weight : float
        Sum of the weights of the hits, and of all rows; 0 <= hits_weight <= total_weight.
    total_squared : float
        Sum of the squared weights of all rows.
    rows : int
        Rows in the data, >= 0.

    Returns
    -------
    Count
        n = total_weight**2 / total_squared, k = n times the weighted share of hits. Scaling all
        weights changes nothing; equal weights give plain counts; no weight at all gives 0 of 0.

    References
    ----------
    .. [1] L. Kish (1965), "Survey Sampling", Wiley.

    Examples
    --------
    One row of weight 3 that is a hit, beside three of weight 1 that are not:

    >>> weighted(3.0, 6.0, 12.0, rows=4)
    Count(k=1.5, n=3.0, rows=4)

    """
    if total_weight == 0:
        return Count(k=0, n=0, rows=rows)
    share = hits_weight / total_weight
    if not (0 <= share <= 1 + 1e-9 and 0 < total_squared < math.inf):
        msg = (
            "0 <= hits <= total must hold, with a finite sum of squares above 0, but got "
            f"hits={hits_weight}, total={total_weight}, squares={total_squared}"
        )
        raise ValueError(msg)
    n = min(total_weight * (total_weight / total_squared), rows)
    return Count(k=n * min(share, 1), n=n, rows=rows)


def columns(counts: Iterable[Count]) -> tuple[Floats, Floats]:
    """Return k and n of two groups or more, sorted: the order of groups changes no draw."""
    table = sorted((count.k, count.n) for count in counts)
    if len(table) < FEWEST_GROUPS or min(n for _, n in table) <= 0:
        msg = f"a comparison needs at least two groups with rows, but got (k, n) = {table}"
        raise ValueError(msg)
    k, n = np.array(table, dtype=np.float64).T
    return k, n


def equal_groups(
    k: Floats, n: Floats, rng: np.random.Generator, draws: int
) -> tuple[Floats, Floats]:
    """Draw the hits of groups of these sizes whose rates are all the pooled one.

    Returns k, shape (draws, groups), and n in whole rows, shape (groups,).
    """
    rows = np.maximum(np.rint(n), 1)
    rate = min(float(k.sum() / n.sum()), 1.0)
    return rng.binomial(rows.astype(np.int64), rate, size=(draws, len(n))).astype(float), rows
