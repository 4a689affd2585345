"""How a new version differs from the old one on the same rows: right answers, counted in pairs."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats
from audit.stats.counts import POWER
from audit.stats.proportions import wilson

METHOD_PAIRED: Final = "Newcombe paired"
FEW: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Rows by who answers them right; with sampling weights, effective rows."""

    both: float
    new_only: float
    old_only: float
    neither: float

    def __post_init__(self) -> None:
        """Refuse what counts no rows."""
        cells = self.both, self.new_only, self.old_only, self.neither
        if not all(0 <= cell < math.inf for cell in cells):
            msg = f"counts of pairs must be finite and at least 0, but got {self}"
            raise ValueError(msg)

    @property
    def n(self) -> float:
        """All pairs."""
        return self.both + self.new_only + self.old_only + self.neither

    @property
    def rows(self) -> int:
        """All pairs, in whole rows."""
        return max(round(self.n), 1)

    @property
    def value(self) -> float:
        """The share that the new version answers right, minus that of the old."""
        return (self.new_only - self.old_only) / self.n


def paired_rate_difference(pairs: Pairs, *, level: float) -> Estimate:
    """Estimate the rate of right answers of the new version minus that of the old.

    Parameters
    ----------
    pairs : Pairs
        With n > 0.
    level : float
        Two-sided coverage, in (0, 1).

    Returns
    -------
    Estimate
        A difference of shares in [-1, 1]. The interval has a width even where the versions never
        differ: then +-z^2 / (n + z^2). At 95 %, over n of 20, 50, 200, 2000, old rates of .1 to
        .98 and discordant shares of .002 to .3, split evenly or all on one side, the worst
        coverage is .945; Newcombe's method alone falls to .908.

    Notes
    -----
    Newcombe's method 10, with the continuity correction of its phi. Where fewer than 5 rows
    favour one of the two, it is too sure of its phi (0 of 100 discordant: +-.019, while 3 % may
    well have been missed), so the interval is widened to hold that of the difference of the two
    discordant shares, from their Wilson intervals and their known multinomial correlation.

    References
    ----------
    .. [1] R. G. Newcombe (1998), "Improved confidence intervals for the difference between
           binomial proportions based on paired data", Statistics in Medicine 17, 2635-2650.
    .. [2] G. Y. Zou (2007), "Toward using confidence intervals to compare correlations",
           Psychological Methods 12, 399-413: limits of a difference of dependent estimates.

    Examples
    --------
    Complete response before and after therapy (Cavo et al. 2012), in the test suite of the R
    package contingencytables: -0.0621, from -0.1186 to -0.0046.

    >>> pairs = Pairs(both=59, new_only=6, old_only=16, neither=80)
    >>> e = paired_rate_difference(pairs, level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (-0.0621, -0.1186, -0.0046)

    """
    low, high = paired_bounds(cells_of(pairs), level)
    return Estimate(
        value=pairs.value,
        low=float(low),
        high=float(high),
        level=level,
        n=pairs.rows,
        method=METHOD_PAIRED,
        flawless=0.0,
    )


def attainable_paired(
    pairs: Pairs,
    *,
    level: float,
    rng: np.random.Generator,
    draws: int = 1000,
    better: Literal["high", "low"] = "high",
) -> float:
    """Return the margin that a version equal to the old one keeps in 80 % of draws.

    Equal means as many discordant rows as here, each as likely to favour either version.

    Returns
    -------
    float
        m > 0, so that `low >= -m` (or `high <= m` where low is better) with probability .8.
    """
    low, high = paired_bounds(equal_versions(pairs, rng, draws), level)
    return float(np.quantile(-low if better == "high" else high, POWER))


def cells_of(pairs: Pairs) -> Floats:
    """Return both, new_only, old_only and neither in an array; refuse no rows."""
    if pairs.n <= 0:
        msg = f"a paired difference needs rows, but got {pairs}"
        raise ValueError(msg)
    return np.array([pairs.both, pairs.new_only, pairs.old_only, pairs.neither], dtype=np.float64)


def equal_versions(pairs: Pairs, rng: np.random.Generator, draws: int) -> Floats:
    """Draw the cells for versions of equal rates with this discordance, shape (draws, 4)."""
    both, new_only, old_only, neither = cells_of(pairs) / pairs.n
    half = (new_only + old_only) / 2
    return rng.multinomial(pairs.rows, [both, half, half, neither], size=draws).astype(float)


def paired_bounds(cells: Floats, level: float) -> Bounds:
    """Return the interval for each row of cells: both, new_only, old_only, neither."""
    phi, discordant = _by_phi(cells, level), _by_discordant(cells, level)
    few = np.minimum(cells[..., 1], cells[..., 2]) < FEW
    low = np.where(few, np.minimum(phi.low, discordant.low), phi.low)
    high = np.where(few, np.maximum(phi.high, discordant.high), phi.high)
    return Bounds(np.maximum(low, -1), np.minimum(high, 1))


def _by_phi(cells: Floats, level: float) -> Bounds:
    """Newcombe's method 10: both rates, correlated by phi."""
    both, new_only, old_only, neither = np.moveaxis(cells, -1, 0)
    n = cells.sum(axis=-1)
    new, old = both + new_only, both + old_only
    cross = both * neither - new_only * old_only
    corrected = np.where(cross > 0, np.maximum(cross - n / 2, 0), cross)
    # four roots, since the product of four counts can overflow
    scale = np.sqrt(new) * np.sqrt(n - new) * np.sqrt(old) * np.sqrt(n - old)
    phi = np.divide(corrected, scale, out=np.zeros_like(scale), where=scale > 0)
    return _difference(new, old, n, phi, level)


def _by_discordant(cells: Floats, level: float) -> Bounds:
    """Bound the difference of the two discordant shares, cells of one multinomial."""
    new_only, old_only, n = cells[..., 1], cells[..., 2], cells.sum(axis=-1)
    others = np.sqrt(n - new_only) * np.sqrt(n - old_only)
    both_shares = np.sqrt(new_only) * np.sqrt(old_only)
    correlation = -np.divide(both_shares, others, out=np.zeros_like(others), where=others > 0)
    return _difference(new_only, old_only, n, correlation, level)


def _difference(k1: Floats, k2: Floats, n: Floats, correlation: Floats, level: float) -> Bounds:
    first, second = wilson(k1, n, level), wilson(k2, n, level)
    p1, p2, r = k1 / n, k2 / n, np.clip(correlation, -1, 1)

    def reach(x: Floats, y: Floats) -> Floats:
        return np.sqrt(np.maximum(x * x - 2 * r * x * y + y * y, 0))

    value = p1 - p2
    return Bounds(
        value - reach(p1 - first.low, second.high - p2),
        value + reach(first.high - p1, p2 - second.low),
    )
