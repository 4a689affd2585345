"""The share of rows with a flaw, and the limit that rows without any can prove."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.results import Estimate
from audit.stats.counts import Count
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
