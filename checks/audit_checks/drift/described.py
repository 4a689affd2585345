"""Intervals for the numbers that describe a drift and are not judged."""

from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Floats
from audit.stats.shift import (
    PopulationStability,
    population_stability_index,
    wasserstein_over_iqr,
)
from audit_checks.drift.bins import quantiles

PSI_METHOD: Final = "population stability index less its mean without drift, multinomial bootstrap"
WASSERSTEIN_METHOD: Final = (
    "Wasserstein distance, plus and minus the noise of both sides, multinomial bootstrap"
)

_DRAWS: Final = 200
_GRID: Final = 100


def stability(
    reference: Floats, test: Floats, *, level: float, rng: np.random.Generator
) -> tuple[Estimate, PopulationStability]:
    """Estimate the population stability index of counts in the same bins.

    A drawn table adds the same noise once more, so twice its mean is taken off each draw. The
    index is at least 0, and so are the ends.
    """
    filled = reference + test > 0
    a, b = reference[filled], test[filled]
    found = population_stability_index(a, b)
    bias = found.plain - found.value
    drawn = np.sort(_plain(_draws(a, rng), _draws(b, rng)) - 2 * bias)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    value = max(found.value, 0.0)
    return (
        Estimate(
            value=value,
            low=min(max(float(low), 0.0), value),
            high=max(float(high), found.null_quantile, value),
            level=level,
            n=round(float(a.sum() + b.sum())),
            method=PSI_METHOD,
        ),
        found,
    )


def wasserstein(
    reference: Floats, test: Floats, *, level: float, rng: np.random.Generator
) -> Estimate:
    """Estimate the mean move between two sorted columns, in quartile ranges of the reference.

    The distance of the samples differs from the true one by at most the area between the errors
    of the two distribution functions (triangle inequality). That area is drawn on a grid of the
    quantiles of both sides, in each cell the larger end, so that it is not too small.
    """
    value = wasserstein_over_iqr(reference, test)
    noise = _noise(reference, test, rng) / _scale(reference, test)
    reach = float(np.quantile(noise, level))
    return Estimate(
        value=value,
        low=max(value - reach, 0.0),
        high=value + reach,
        level=level,
        n=len(reference) + len(test),
        method=WASSERSTEIN_METHOD,
    )


def _draws(counts: Floats, rng: np.random.Generator) -> Floats:
    rows = round(float(counts.sum()))
    return rng.multinomial(rows, counts / counts.sum(), _DRAWS).astype(np.float64)


def _plain(a: Floats, b: Floats) -> Floats:
    p, q = ((x + 0.5) / (x + 0.5).sum(axis=-1, keepdims=True) for x in (a, b))
    total: Floats = ((q - p) * np.log(q / p)).sum(axis=-1)
    return total


def _noise(reference: Floats, test: Floats, rng: np.random.Generator) -> Floats:
    steps = np.linspace(0, 1, _GRID)
    grid = np.unique([quantiles(side, steps) for side in (reference, test)])
    gaps = np.abs(_errors(reference, grid, rng) - _errors(test, grid, rng))
    area: Floats = np.maximum(gaps[:, :-1], gaps[:, 1:]) @ np.diff(grid)
    return area


def _errors(side: Floats, grid: Floats, rng: np.random.Generator) -> Floats:
    """Draw the errors of the distribution function at the points of the grid."""
    up_to = np.searchsorted(side, grid, side="right")
    shares = np.diff(up_to, prepend=0) / len(side)
    drawn = rng.multinomial(len(side), shares / shares.sum(), _DRAWS) / len(side)
    errors: Floats = np.cumsum(drawn, axis=1) - up_to / len(side)
    return errors


def _scale(reference: Floats, test: Floats) -> float:
    """Return the unit that `wasserstein_over_iqr` measures in."""
    quarters = np.array([0.25, 0.75])
    if (scale := float(np.ptp(np.quantile(reference, quarters)))) > 0:
        return scale
    both = np.concatenate([reference, test])
    return float(np.ptp(np.quantile(both, quarters))) or float(np.ptp(both)) or 1.0
