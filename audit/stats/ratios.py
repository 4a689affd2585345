"""The smallest ratio between the rates of several groups, as in the four-fifths rule."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats
from audit.stats.counts import POWER, Count, columns, equal_groups
from audit.stats.proportions import wilson

METHOD_RATIO: Final = "MOVER-R Wilson over all pairs, Bonferroni above"


def smallest_ratio(counts: Sequence[Count], *, level: float) -> Estimate:
    """Estimate min / max of the rates of K groups.

    Parameters
    ----------
    counts : sequence of Count
        At least two, each with n > 0, and at least one with a hit.
    level : float
        Two-sided coverage, in (0, 1).

    Returns
    -------
    Estimate
        A ratio in [0, 1]; the value is the plain one. As it is a minimum, the sides are swapped
        against `largest_gap`: `low` is the smallest bound over all ordered pairs, each at its own
        level, `high` the smallest upper bound with Bonferroni's correction, since any pair may
        have been the smallest by chance. At 95 %, for 2, 3, 5 and 10 groups with n of 20 to 2000
        each, rates of .02 to 1 and ratios of .5, .8 and 1, the worst coverage is .951, and a ratio
        of exactly .8 is held to be below .8 in at most 1.3 % of draws.

    Raises
    ------
    ValueError
        If all rates are 0: then no ratio is defined.

    Notes
    -----
    The method of variance estimates recovery for ratios, on Wilson intervals: unlike the log of
    smoothed counts, it holds near rates of 1 (.95 against .93 at n = 20), and needs no smoothing.

    References
    ----------
    .. [1] A. Donner, G. Y. Zou (2012), "Closed-form confidence intervals for functions of the
           normal mean and standard deviation", Statistical Methods in Medical Research 21,
           347-359.
    .. [2] M. W. Fagerland, S. Lydersen, P. Laake (2015), "Recommended confidence intervals for
           two independent binomial proportions", Statistical Methods in Medical Research 24,
           224-254.

    Examples
    --------
    With two groups, `low` is the one of MOVER-R. For 1/34 and 7/34, the adrenaline trial of
    Perondi et al. (2004), the test suite of the R package contingencytables has 1.1537 to 41.9763
    for 7/34 over 1/34, so 1/34 over 7/34 begins at 1/41.9763 = 0.0238:

    >>> ratio = smallest_ratio([Count(k=1, n=34), Count(k=7, n=34)], level=0.95)
    >>> round(ratio.value, 4), round(ratio.low, 4), round(ratio.high, 4)
    (0.1429, 0.0238, 1.0)

    """
    k, n = _columns(counts)
    low, high = smallest_ratio_bounds(k, n, level)
    rates = k / n
    value = float(rates.min() / rates.max())
    return Estimate(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        level=level,
        n=sum(count.rows for count in counts),
        method=METHOD_RATIO,
        flawless=1.0,
    )


def attainable_ratio(
    counts: Sequence[Count], *, level: float, rng: np.random.Generator, draws: int = 1000
) -> float:
    """Return the lower bound that groups of these sizes and one rate exceed in 80 % of draws."""
    k, n = equal_groups(*_columns(counts), rng, draws)
    return float(np.quantile(smallest_ratio_bounds(k, n, level).low, 1 - POWER))


def ratio(k1: Floats, n1: Floats, k2: Floats, n2: Floats, level: float) -> Bounds:
    """Return the MOVER-R Wilson interval for each (k1/n1) / (k2/n2), in [0, inf]."""
    return _ratio(k1 / n1, wilson(k1, n1, level), k2 / n2, wilson(k2, n2, level))


def _ratio(p1: Floats, first: Bounds, p2: Floats, second: Bounds) -> Bounds:
    product = p1 * p2

    def root(end1: Floats, end2: Floats) -> Floats:
        inside = product**2 - end1 * (2 * p1 - end1) * end2 * (2 * p2 - end2)
        # not negative but by rounding
        return product + np.sqrt(np.maximum(inside, 0))

    top, bottom = first.low * (2 * p1 - first.low), second.low * (2 * p2 - second.low)
    below, above = root(first.low, second.high), root(first.high, second.low)
    low = np.divide(top, below, out=np.zeros_like(below), where=below > 0)
    high = np.divide(above, bottom, out=np.full_like(above, np.inf), where=bottom > 0)
    return Bounds(low, high)


def smallest_ratio_bounds(k: Floats, n: Floats, level: float) -> Bounds:
    """Bound min / max of k/n over the last axis of k."""
    groups = len(n)
    corrected = 1 - (1 - level) / (groups * (groups - 1))
    p, below, above = k / n, wilson(k, n, level), wilson(k, n, corrected)
    low, high = np.ones(k.shape[:-1]), np.ones(k.shape[:-1])
    # group by group: all pairs at once are much memory for many groups
    for i in range(groups):
        one, others = np.arange(groups) == i, np.arange(groups) != i
        lows = _ratio(p[..., one], below.at(one), p[..., others], below.at(others)).low
        highs = _ratio(p[..., one], above.at(one), p[..., others], above.at(others)).high
        low, high = np.minimum(low, lows.min(axis=-1)), np.minimum(high, highs.min(axis=-1))
    return Bounds(low, high)


def _columns(counts: Sequence[Count]) -> tuple[Floats, Floats]:
    k, n = columns(counts)
    if k.max() == 0:
        msg = "a ratio of rates is not defined where all rates are 0, but no group has a hit"
        raise ValueError(msg)
    return k, n
