"""The shares of both sides in at most twelve bins, for a picture."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from audit.results import Json
from audit.stats.arrays import Floats

MOST_BINS: Final = 12
OTHER: Final = "other"
_DECILES: Final = np.arange(1, 10) / 10

Cut = tuple[float, str]
"""A value, and the side of it on which the bin ends, as `numpy.searchsorted` calls it."""


def quantiles(values: Floats, shares: Floats) -> Floats:
    """Return values of the sorted column up to which these shares lie."""
    places = np.ceil(shares * len(values)).astype(np.int64) - 1
    found: Floats = values[places.clip(0)]
    return found


def cuts_of(values: Floats) -> list[Cut]:
    """Cut sorted values at their deciles; a value that is several deciles gets its own bin."""
    found, times = np.unique(quantiles(values, _DECILES), return_counts=True)
    return [
        (float(value), side)
        for value, many in zip(found, times, strict=True)
        for side in (("left", "right") if many > 1 else ("left",))
    ]


def counts_between(values: Floats, cuts: Sequence[Cut]) -> Floats:
    """Count sorted values in the bins."""
    ends = [
        np.searchsorted(values, value, side="left" if side == "left" else "right")
        for value, side in cuts
    ]
    return np.diff([0, *map(int, ends), len(values)]).astype(np.float64)


def number_bins(cuts: Sequence[Cut], reference: Floats, test: Floats) -> Json:
    """Name the bins between the cuts."""
    return _bins(_labels(cuts), reference, test)


def category_bins(levels: Sequence[str], reference: Floats, test: Floats) -> Json:
    """Show the largest categories, and all others as one."""
    if len(levels) <= MOST_BINS:
        return _bins(levels, reference, test)
    most = MOST_BINS - 1
    folded = [np.append(side[:most], side[most:].sum()) for side in (reference, test)]
    return _bins([*levels[:most], OTHER], *folded)


def _bins(labels: Sequence[str], reference: Floats, test: Floats) -> list[Mapping[str, Json]]:
    shares = zip(reference / reference.sum(), test / test.sum(), strict=True)
    return [
        {"label": label, "reference": float(before), "test": float(now)}
        for label, (before, now) in zip(labels, shares, strict=True)
    ]


def _labels(cuts: Sequence[Cut]) -> list[str]:
    texts = _texts([value for value, _ in cuts])
    named = [(text, side) for text, (_, side) in zip(texts, cuts, strict=True)]
    last, side = named[-1]
    end = f"{last} and over" if side == "left" else f"over {last}"
    return [f"under {named[0][0]}", *(_between(*pair) for pair in pairwise(named)), end]


def _between(low: tuple[str, str], high: tuple[str, str]) -> str:
    if low[0] == high[0]:
        return low[0]
    return (
        f"{low[0]} to under {high[0]}" if low[1] == "left" else f"over {low[0]} to under {high[0]}"
    )


def _texts(values: Sequence[float]) -> list[str]:
    """Write with as few digits as tell the values apart."""
    different = len(set(values))
    for digits in range(3, 17):
        texts = [f"{value:.{digits}g}" for value in values]
        if len(set(texts)) == different:
            return texts
    return [repr(value) for value in values]
