"""What is answered about one column, read as numbers or as categories."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from audit.results import Answer, Cause, Estimate
from audit.stats.arrays import Floats
from audit.stats.counts import POWER, Count
from audit.stats.gaps import attainable_gap
from audit.stats.proportions import rate, rate_difference, wilson
from audit.stats.shift import ks_distance, total_variation
from audit_checks.drift.asking import Asking
from audit_checks.drift.bins import category_bins, counts_between, cuts_of, number_bins
from audit_checks.drift.described import stability, wasserstein
from audit_checks.drift.kinds import Kind
from audit_checks.drift.reading import Categories, Numbers, side_by_side

METRICS: Final = {
    Kind.NUMERIC: (
        "ks_distance",
        "missing_change",
        "population_stability_index",
        "wasserstein_over_iqr",
    ),
    Kind.CATEGORICAL: (
        "total_variation",
        "missing_change",
        "new_categories",
        "population_stability_index",
    ),
}
_LEAST_ROWS: Final = 2
_DRAWS: Final = 1000
NEW_METHOD: Final = "Wilson score, from 0 while chance could show as many"


def compare_numbers(reference: Numbers, test: Numbers, asking: Asking) -> Iterator[Answer]:
    """Compare a numeric column."""
    yield _missing_change(reference, test, asking)
    if reason := too_few(reference, test):
        yield from refuse(asking, Kind.NUMERIC, reason)
        return
    a, b = reference.values, test.values
    cuts = cuts_of(a)
    before, now = counts_between(a, cuts), counts_between(b, cuts)
    ks = ks_distance(a, b, level=asking.level, low_level=asking.low_level)
    details = {"kind": str(Kind.NUMERIC), "bins": number_bins(cuts, before, now)}
    yield asking.found("ks_distance", ks, details)
    yield _stability(before, now, asking)
    yield asking.found(
        "wasserstein_over_iqr", wasserstein(a, b, level=asking.level, rng=asking.rng)
    )


def compare_categories(reference: Categories, test: Categories, asking: Asking) -> Iterator[Answer]:
    """Compare a column of categories."""
    yield _missing_change(reference, test, asking)
    if reason := too_few(reference, test):
        yield from refuse(asking, Kind.CATEGORICAL, reason)
        return
    levels, before, now = side_by_side(reference, test)
    moved = total_variation(
        before, now, level=asking.level, rng=asking.rng, low_level=asking.low_level
    )
    details = {"kind": str(Kind.CATEGORICAL), "bins": category_bins(levels, before, now)}
    yield asking.found("total_variation", moved, details)
    yield asking.found("new_categories", _new_categories(before, now, asking))
    yield _stability(before, now, asking)


def refuse(
    asking: Asking, kind: Kind, reason: str, params: Mapping[str, str] | None = None
) -> Iterator[Answer]:
    """Say of all but the missing values why there is no number."""
    for metric in METRICS[kind]:
        if metric != "missing_change":
            yield asking.not_measured(metric, reason, params=params)


def refuse_all(asking: Asking, kind: Kind, reason: str) -> Iterator[Answer]:
    """Say of every metric what it needs."""
    for metric in METRICS[kind]:
        yield asking.not_measured(metric, reason, cause=Cause.NEED)


def missing_change(reference: Categories, test: Categories, asking: Asking) -> Answer:
    """Answer what can be told of a column whose categories are not compared."""
    return _missing_change(reference, test, asking)


def too_few(reference: Numbers | Categories, test: Numbers | Categories) -> str:
    """Return why there are too few values, or ""."""
    if reference.present < _LEAST_ROWS:
        return "fewer than two rows of the reference have a value in column {column}"
    if test.present < _LEAST_ROWS:
        return "fewer than two rows under test have a value in column {column}"
    return ""


def _missing_change(
    reference: Numbers | Categories, test: Numbers | Categories, asking: Asking
) -> Answer:
    before, now = (
        Count(k=side.missing, n=side.present + side.missing) for side in (reference, test)
    )
    found = rate_difference(now, before, level=asking.level)
    wide = rate_difference(now, before, level=asking.low_level)
    limit = attainable_gap([before, now], level=asking.level, rng=asking.rng)
    estimate = replace(_nearer_zero(found, wide), attainable=limit, flawless=0.0)
    details = {"reference": before.k / before.n, "test": now.k / now.n}
    return asking.found("missing_change", estimate, details)


def _nearer_zero(found: Estimate, wide: Estimate) -> Estimate:
    """Correct the end that can fail a gate, never beyond 0: it is the one nearer to 0."""
    if found.low > 0:
        return replace(found, low=max(wide.low, 0.0))
    if found.high < 0:
        return replace(found, high=min(wide.high, 0.0))
    return found


def _new_categories(before: Floats, now: Floats, asking: Asking) -> Estimate:
    """Estimate the share of rows in categories that the reference does not have.

    Rare categories come and go without drift. While shuffled rows show as many strangers, the
    interval starts at 0.
    """
    count = Count(k=float(now[before == 0].sum()), n=float(now.sum()))
    found = rate(count, level=asking.level)
    chance = _strangers_by_chance(before, now, asking)
    low = min(rate(count, level=asking.low_level).low, found.low)
    if count.k <= np.quantile(chance, (1 + asking.low_level) / 2, method="higher"):
        low = 0.0
    high = wilson(chance, np.full(len(chance), count.n), asking.level).high
    limit = float(np.quantile(high, POWER))
    return replace(found, low=low, method=NEW_METHOD, attainable=limit, flawless=0.0)


def _strangers_by_chance(before: Floats, now: Floats, asking: Asking) -> Floats:
    """Draw both sides anew from all rows and count those in categories of the test side alone."""
    pooled = np.rint(before + now).astype(np.int64)
    test = asking.rng.multivariate_hypergeometric(pooled, round(float(now.sum())), _DRAWS)
    strangers: Floats = (test * (test == pooled)).sum(axis=1).astype(np.float64)
    return strangers


def _stability(before: Floats, now: Floats, asking: Asking) -> Answer:
    metric = "population_stability_index"
    if np.count_nonzero(before + now) < 2:  # noqa: PLR2004 - one bin never moves
        return asking.not_measured(metric, "column {column} has one value only")
    estimate, found = stability(before, now, level=asking.level, rng=asking.rng)
    details = {"plain": found.plain, "null_quantile": found.null_quantile}
    return asking.found(metric, estimate, details)
