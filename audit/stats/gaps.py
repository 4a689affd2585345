"""The largest difference between the rates of several groups."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats
from audit.stats.counts import POWER, Count, columns, equal_groups
from audit.stats.proportions import difference, wilson

METHOD_GAP: Final = "Newcombe over all pairs, Bonferroni below"
METHOD_WIDEST: Final = "Newcombe over all pairs and rates, Bonferroni below"


def largest_gap(counts: Sequence[Count], *, level: float) -> Estimate:
    """Estimate max - min of the rates of K groups.

    Parameters
    ----------
    counts : sequence of Count
        At least two, each with n > 0.
    level : float
        Two-sided coverage, in (0, 1); the error is at most (1 - level) / 2 on either side.

    Returns
    -------
    Estimate
        A difference of shares in [0, 1]. `low` is the largest Newcombe bound over all ordered
        pairs with Bonferroni's correction, since any pair may have been the widest by chance.
        `high` needs no correction: the bound of the pair that is widest in truth holds it, and
        no other bound can lower it. The interval may start at 0 though the value is far off. At
        95 %, for 2, 3, 5 and 10 groups of 20 to 2000 rows, rates of .02 to 1 and gaps of 0 and .1,
        the worst coverage is .962.

    References
    ----------
    .. [1] R. L. Berger (1982), "Multiparameter hypothesis testing and acceptance sampling",
           Technometrics 24, 295-300: the intersection-union test behind `high`.

    Examples
    --------
    With two groups, `high` is Newcombe's 0.3339 for 56/70 - 48/80:

    >>> gap = largest_gap([Count(k=56, n=70), Count(k=48, n=80)], level=0.95)
    >>> round(gap.value, 4), round(gap.low, 4), round(gap.high, 4)
    (0.2, 0.0309, 0.3339)

    """
    return _widest([counts], level, METHOD_GAP)


def attainable_gap(
    counts: Sequence[Count], *, level: float, rng: np.random.Generator, draws: int = 1000
) -> float:
    """Return the upper bound that groups of these sizes and one rate keep in 80 % of draws."""
    return attainable_widest_gap([counts], level=level, rng=rng, draws=draws)


def widest_gap(tables: Sequence[Sequence[Count]], *, level: float) -> Estimate:
    """Estimate the largest of the gaps of several rates, such as equalized odds.

    Parameters
    ----------
    tables : sequence of sequences of Count
        For each rate, the counts of its groups, as `largest_gap` takes them. Equalized odds has
        two: the true and the false positive rate.
    level : float
        Two-sided coverage, in (0, 1); the error is at most (1 - level) / 2 on either side.

    Returns
    -------
    Estimate
        A difference of shares in [0, 1]. `low` divides its error among the rates as well as the
        pairs, since any of them may be the widest by chance; `high` is the largest of their
        bounds, each at its own level, as in `largest_gap`.

    References
    ----------
    .. [1] M. Hardt, E. Price, N. Srebro (2016), "Equality of opportunity in supervised
           learning", Advances in Neural Information Processing Systems 29.
    .. [2] R. L. Berger (1982), "Multiparameter hypothesis testing and acceptance sampling",
           Technometrics 24, 295-300.

    Examples
    --------
    56/70 - 48/80 is the wider; `high` is its 0.3339, as for that gap alone:

    >>> true_positive = [Count(k=56, n=70), Count(k=48, n=80)]
    >>> false_positive = [Count(k=100, n=1000), Count(k=110, n=1000)]
    >>> gap = widest_gap([true_positive, false_positive], level=0.95)
    >>> round(gap.value, 4), round(gap.low, 4), round(gap.high, 4)
    (0.2, 0.0113, 0.3339)

    """
    return _widest(tables, level, METHOD_WIDEST)


def attainable_widest_gap(
    tables: Sequence[Sequence[Count]],
    *,
    level: float,
    rng: np.random.Generator,
    draws: int = 1000,
) -> float:
    """Return the upper bound that rates without any gap keep in 80 % of draws."""
    fair = [equal_groups(k, n, rng, draws) for k, n in _tables(tables)]
    highs = [gap_bounds(k, n, level).high for k, n in fair]
    return float(np.quantile(np.max(highs, axis=0), POWER))


def gap_bounds(k: Floats, n: Floats, level: float, *, rates: int = 1) -> Bounds:
    """Bound max - min of k/n over the last axis of k, one of several rates that are searched."""
    groups = len(n)
    corrected = 1 - (1 - level) / (groups * (groups - 1) * rates)
    p, below, above = k / n, wilson(k, n, corrected), wilson(k, n, level)
    low, high = np.zeros(k.shape[:-1]), np.zeros(k.shape[:-1])
    # group by group: all pairs at once are much memory for many groups
    for i in range(groups):
        one, others = np.arange(groups) == i, np.arange(groups) != i
        lows = difference(p[..., one], below.at(one), p[..., others], below.at(others)).low
        highs = difference(p[..., one], above.at(one), p[..., others], above.at(others)).high
        low, high = np.maximum(low, lows.max(axis=-1)), np.maximum(high, highs.max(axis=-1))
    return Bounds(low, high)


def _widest(tables: Sequence[Sequence[Count]], level: float, method: str) -> Estimate:
    arrays = _tables(tables)
    bounds = [gap_bounds(k, n, level, rates=len(arrays)) for k, n in arrays]
    return Estimate(
        value=max(float(np.ptp(k / n)) for k, n in arrays),
        low=max(float(each.low) for each in bounds),
        high=max(float(each.high) for each in bounds),
        level=level,
        n=sum(count.rows for counts in tables for count in counts),
        method=method,
        flawless=0.0,
    )


def _tables(tables: Sequence[Sequence[Count]]) -> list[tuple[Floats, Floats]]:
    if not tables:
        msg = "the widest gap needs at least one rate, but got none"
        raise ValueError(msg)
    # sorted, so that the order of the rates does not change a draw
    return sorted(map(columns, tables), key=lambda table: (table[0].tolist(), table[1].tolist()))
