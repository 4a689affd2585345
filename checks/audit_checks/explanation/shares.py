"""The share of rows with a flaw, and the limit that rows without any can prove."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.results import Estimate
from audit.stats.counts import Count
from audit.stats.means import mean
from audit.stats.proportions import exact_rate, rate


def flawed_share(flawed: NDArray[np.bool_], *, level: float) -> Estimate:
    """Estimate the share of rows with a flaw, by Wilson's interval."""
    rows = len(flawed)
    without = rate(Count(k=0, n=rows), level=level)
    found = rate(Count(k=int(flawed.sum()), n=rows), level=level)
    return replace(found, attainable=without.high, flawless=0.0)


def right_share(right: NDArray[np.bool_], *, level: float) -> Estimate:
    """Estimate the share of rows that are right, by the exact interval."""
    rows = len(right)
    all_right = exact_rate(Count(k=rows, n=rows), level=level)
    found = exact_rate(Count(k=int(right.sum()), n=rows), level=level)
    return replace(found, attainable=all_right.low, flawless=1.0)


def mean_share(shares: Matrix, *, level: float) -> Estimate:
    """Estimate the mean of a share of each row, where none at all is flawless."""
    ends = (0.0, 1.0)
    found = mean(np.clip(shares, *ends), level=level, bounds=ends)
    without = mean(np.zeros(len(shares)), level=level, bounds=ends)
    return replace(  # the ends are those of a share; rounding can push them off
        found,
        low=max(found.low, ends[0]),
        high=min(found.high, ends[1]),
        attainable=without.high,
        flawless=0.0,
    )
