"""How much of the gap between two groups a change of their decisions takes away."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Floats, z_of
from audit.stats.counts import POWER
from audit.stats.means import mean, unseen_share

METHOD_REDUCTION: Final = "difference of mean paired changes, MOVER over both signs of what is left"

_DRAWS: Final = 2000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Change:
    """The decisions of one group before and after.

    Attributes
    ----------
    before, after : ndarray of float, shape (n,); in [0, 1], n >= 2
        Chance of the favourable outcome for each row: 0 or 1 unless it is drawn.

    """

    before: Floats
    after: Floats

    @property
    def rates(self) -> tuple[float, float]:
        """The rate before, and the rate after."""
        return float(self.before.mean()), float(self.after.mean())


def gap_reduction(favored: Change, other: Change, *, level: float) -> Estimate:
    """Estimate by how much the gap of two groups shrinks: the gap before minus its size after.

    Parameters
    ----------
    favored, other : Change
        `favored` is the group with the higher rate before, as other rows have shown: chosen on
        these very rows, the gap before would be too large.
    level : float
        Two-sided coverage, in (0, 1).

    Returns
    -------
    Estimate
        D - abs(D'), in [-2, 1], with D and D' the differences of the rates before and after. It is
        the smaller of D - D' and D + D', each a difference between the groups of the means of a
        number per row, before - after and before + after. Each has an interval by MOVER from the
        score intervals of the two bounded means, and both ends are the smaller of the two. For
        `high` the two have Bonferroni's correction, since where D' is 0 in truth either may be the
        smaller by chance: without it, high was below the truth in 6 to 8 % of draws. At 95 %, over
        50 to 2000 rows a group, rates of .1 to .5, gaps of 0 to .2 and 0 to .05 of them left, the
        worst coverage is .954, and high is below the truth in .041 at most.

    References
    ----------
    .. [1] G. Y. Zou, A. Donner (2008), "Construction of confidence limits about effect measures:
           a general approach", Statistics in Medicine 27, 1693-1702: MOVER.

    Examples
    --------
    60 of 100 against 40 of 100 before, 50 of 100 in both after:

    >>> def half(hits): return np.repeat([1.0, 0.0], [hits, 100 - hits])
    >>> favored, other = Change(before=half(60), after=half(50)), Change(before=half(40), after=half(50))
    >>> e = gap_reduction(favored, other, level=0.95)
    >>> round(e.value, 4), e.low < 0.2 < e.high
    (0.2, True)

    """  # noqa: E501 - an example is one line
    each = [_signed(favored, other, sign, level) for sign in (1.0, -1.0)]
    corrected = [_signed(favored, other, sign, (1 + level) / 2) for sign in (1.0, -1.0)]
    return Estimate(
        value=min(value for value, _, _ in each),
        low=min(low for _, low, _ in each),
        high=min(high for _, _, high in corrected),
        level=level,
        n=len(favored.before) + len(other.before),
        method=METHOD_REDUCTION,
        flawless=0.0,
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FairRate:
    """A rate of groups between which there is no gap.

    Attributes
    ----------
    rate : float
        Before, in [0, 1].
    moved : float
        Share of the rows whose decision changes though there is no gap, in [0, 1].
    fitted, held : ndarray of float, shape (groups,); at least 1
        Rows of each group on which the change is fitted, and on which it is measured.

    """

    rate: float
    moved: float
    fitted: Floats
    held: Floats


def attainable_reduction(
    rates: Sequence[FairRate], *, level: float, rng: np.random.Generator
) -> float:
    """Return the upper bound that groups of one rate keep in 80 % of draws.

    What the fit takes for a gap it turns into one of the other sign. Of several rates, the one
    with the widest gap of the fit is the one that is measured.
    """
    drawn = [_drawn(each, level, rng) for each in rates]
    gaps, highs = (np.stack(each) for each in zip(*drawn, strict=True))
    measured = np.take_along_axis(highs, gaps.argmax(axis=0)[None, :], axis=0)
    return float(np.quantile(measured, POWER))


def _drawn(fair: FairRate, level: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw the gap that the fit sees, and the upper bound on the other rows."""
    spread = math.sqrt(max(fair.rate * (1 - fair.rate), 1 / (4 * float(fair.held.sum()))))
    seen = rng.normal(size=(_DRAWS, len(fair.fitted))) * spread / np.sqrt(fair.fitted)
    ends = seen.argmax(axis=1), seen.argmin(axis=1)
    gap = np.ptp(seen, axis=1)
    counts = np.stack([fair.held[end] for end in ends])
    shares = (1 / counts).sum(axis=0)
    error = spread * np.sqrt(shares)
    corrected = (1 + level) / 2
    unseen = np.hypot(*np.vectorize(unseen_share)(counts, corrected))
    scatter = np.sqrt((fair.moved + gap / 2) * shares)
    lucky = rng.normal(size=_DRAWS) * scatter
    plain = gap + lucky + np.maximum(z_of(corrected) * scatter, unseen)
    turned = 2 * rng.normal(size=_DRAWS) * error - gap + 2 * z_of(corrected) * error
    return gap, np.minimum(plain, turned)


def _signed(
    favored: Change, other: Change, sign: float, level: float
) -> tuple[float, float, float]:
    """Bound D - sign * D'."""
    bounds = (-1.0, 1.0) if sign > 0 else (0.0, 2.0)
    one, two = (
        mean(c.before - sign * c.after, level=level, bounds=bounds) for c in (favored, other)
    )
    value = one.value - two.value
    low = value - math.hypot(one.value - one.low, two.high - two.value)
    high = value + math.hypot(one.high - one.value, two.value - two.low)
    return value, low, high
