"""The worst of several overlapping parts of the rows, each found elsewhere and counted here."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats
from audit.stats.counts import POWER
from audit.stats.proportions import newcombe, wilson

METHOD_WORST_RATE: Final = "Wilson over the candidate slices, Bonferroni above"
METHOD_WORST_GAP: Final = "Newcombe of each candidate slice and its rest, Bonferroni below"


@dataclass(frozen=True, kw_only=True, eq=False)
class Slices:
    """Hits of rows, in m parts that may overlap, beside all rows.

    Attributes
    ----------
    inside : ndarray of bool, shape (m, n)
        Which rows are in each part; none is empty and none holds all rows.
    hits : ndarray of bool, shape (n,)

    """

    inside: NDArray[np.bool_]
    hits: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Refuse parts that cannot be compared with their rest."""
        sizes = self.inside.sum(axis=1)
        if not len(sizes) or sizes.min() < 1 or sizes.max() >= len(self.hits):
            msg = f"needs parts that hold some rows and not all of {len(self.hits)}, got {sizes}"
            raise ValueError(msg)

    @property
    def rows(self) -> Floats:
        """Rows of each part."""
        return np.asarray(self.inside.sum(axis=1), dtype=np.float64)

    @property
    def counts(self) -> Floats:
        """Hits of each part."""
        return (self.inside @ self.hits.astype(np.float32)).astype(np.float64)

    def without_a_worse_one(self, rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
        """Draw the hits of all rows, shape (draws,), and of each part, (draws, m), at one rate.

        Rows that are in the same parts are one cell of a table, so the cost grows with the cells
        and not with the rows.
        """
        packed = np.packbits(self.inside, axis=0)  # eight times fewer numbers to sort by
        found, sizes = np.unique(packed, axis=1, return_counts=True)
        cells = np.unpackbits(found, axis=0, count=len(self.inside))
        hits = rng.binomial(sizes, self.hits.mean(), size=(draws, len(sizes))).astype(np.float64)
        return hits.sum(axis=1), hits @ cells.T.astype(np.float64)


def worst_rate(
    slices: Slices, *, level: float, rng: np.random.Generator, draws: int = 1000
) -> Estimate:
    """Estimate the smallest rate of hits among the parts.

    Parameters
    ----------
    slices : Slices
        Chosen without a look at these hits.
    level : float
        Two-sided coverage, in (0, 1); the error is at most (1 - level) / 2 on either side.
    rng : numpy.random.Generator
        For the attainable limit.
    draws : int

    Returns
    -------
    Estimate
        A share in [0, 1]. `high` is the smallest Wilson bound with Bonferroni's correction, since
        any part may be the smallest by chance. `low` needs no correction: the bound of the part
        that is worst in truth holds it, and no other can raise it.

    Examples
    --------
    One part of 263 rows with 81 hits, among 526: Wilson's interval, which Newcombe (1998),
    Statistics in Medicine 17, 857-872, prints as 0.2553 to 0.3662:

    >>> half = np.arange(526) < 263
    >>> hits = (np.arange(526) < 81) | ~half
    >>> slices, rng = Slices(inside=half[None], hits=hits), np.random.default_rng(0)
    >>> e = worst_rate(slices, level=0.95, rng=rng)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.308, 0.2553, 0.3662)

    """
    k, n = slices.counts, slices.rows
    found = _rate_bounds(k, n, level)
    _, drawn = slices.without_a_worse_one(rng, draws)
    return Estimate(
        value=float((k / n).min()),
        low=float(found.low),
        high=float(found.high),
        level=level,
        n=len(slices.hits),
        method=METHOD_WORST_RATE,
        attainable=float(np.quantile(_rate_bounds(drawn, n, level).low, 1 - POWER)),
    )


def worst_gap(
    slices: Slices, *, level: float, rng: np.random.Generator, draws: int = 1000
) -> Estimate:
    """Estimate by how much the rate of all rows exceeds that of the worst part.

    Parameters
    ----------
    slices, level, rng, draws
        As `worst_rate` takes them.

    Returns
    -------
    Estimate
        A difference of shares in [-1, 1]; below 0 if every part is better than the whole. The
        whole holds the part, so the gap is the share of the other rows times the difference
        between them and the part, which are independent: Newcombe's interval of that, times the
        share as it was seen. `low` takes Bonferroni's correction, `high` needs none.

    Examples
    --------
    70 rows with 56 hits beside a part of 80 with 48: Newcombe (1998), Statistics in Medicine 17,
    873-890, gives the difference as 0.0524 to 0.3339, and 70/150 of it is

    >>> part = np.arange(150) >= 70
    >>> hits = np.where(part, np.arange(150) < 118, np.arange(150) < 56)
    >>> slices, rng = Slices(inside=part[None], hits=hits), np.random.default_rng(0)
    >>> e = worst_gap(slices, level=0.95, rng=rng)
    >>> [round(x * 150 / 70, 4) for x in (e.value, e.low, e.high)]
    [0.2, 0.0524, 0.3339]

    """
    k, n, total = slices.counts, slices.rows, float(len(slices.hits))
    hits = np.array(float(slices.hits.sum()))
    found = _gap_bounds(k, n, hits, total, level)
    drawn_all, drawn = slices.without_a_worse_one(rng, draws)
    return Estimate(
        value=float((hits / total - k / n).max()),
        low=float(found.low),
        high=float(found.high),
        level=level,
        n=len(slices.hits),
        method=METHOD_WORST_GAP,
        attainable=float(
            np.quantile(_gap_bounds(drawn, n, drawn_all[:, None], total, level).high, POWER)
        ),
        flawless=0.0,
    )


def gap_to_all(k: Floats, n: Floats, hits: Floats, total: float, level: float) -> Bounds:
    """Bound hits / total - k / n for each part of n of the total rows; 0 < n < total."""
    rest = newcombe(hits - k, total - n, k, n, level)
    share = (total - n) / total
    return Bounds(share * rest.low, share * rest.high)


def _rate_bounds(k: Floats, n: Floats, level: float) -> Bounds:
    low = wilson(k, n, level).low.min(axis=-1)
    high = wilson(k, n, _corrected(level, len(n))).high.min(axis=-1)
    return Bounds(low, high)


def _gap_bounds(k: Floats, n: Floats, hits: Floats, total: float, level: float) -> Bounds:
    low = gap_to_all(k, n, hits, total, _corrected(level, len(n))).low.max(axis=-1)
    high = gap_to_all(k, n, hits, total, level).high.max(axis=-1)
    return Bounds(low, high)


def _corrected(level: float, parts: int) -> float:
    return 1 - (1 - level) / parts
