"""A level of performance as a gate reads it: counted, and with the limit that it could prove."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from audit.data.counting import Cell, Cells
from audit.results import Better, Estimate
from audit.stats.arrays import z_of
from audit.stats.counts import POWER, Count, weighted
from audit.stats.proportions import rate, wilson


def right(cells: Cells) -> Count:
    """Count the rows whose prediction is the label, of all."""
    label, prediction = cells.keys.index("label"), cells.keys.index("prediction")
    hits = (c for levels, c in cells.cells.items() if levels[label] == levels[prediction])
    hit, total = sum(hits, Cell()), cells.of({})
    if not cells.weighted:
        return Count(k=hit.rows, n=total.rows)
    return weighted(
        hits_weight=hit.weight,
        total_weight=total.weight,
        total_squared=total.squared,
        rows=total.rows,
    )


def judged_rate(count: Count, *, better: Better, level: float) -> Estimate:
    """Estimate a rate, and the limit that a model with this true rate passes in 8 of 10 draws."""
    from scipy.stats import binom

    found = rate(count, level=level)
    rows = max(round(count.n), 1)
    chance = 1 - POWER if better is Better.HIGH else POWER
    hits = np.array(float(binom.ppf(chance, rows, found.value)))
    bounds = wilson(hits, np.array(float(rows)), level)
    end = bounds.low if better is Better.HIGH else bounds.high
    return replace(found, attainable=float(end))


def judged_level(estimate: Estimate, *, better: Better, low: float, high: float) -> Estimate:
    """Add the limit that a model whose truth is this value passes in 8 of 10 draws.

    The bound of a draw at the 80 % point around the value, for an estimate that is near normal
    and an interval of 2 z standard errors; never outside the range from `low` to `high`.
    """
    error = (estimate.high - estimate.low) / (2 * z_of(estimate.level))
    unlucky = NormalDist().inv_cdf(POWER) * error
    end = estimate.low - unlucky if better is Better.HIGH else estimate.high + unlucky
    return replace(estimate, attainable=min(max(end, low), high))
