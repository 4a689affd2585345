"""The score that Evidently's own stat test gives to a column, on request."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from audit.errors import ConfigError, nearest
from audit.packages import needing
from audit.results import Answer, Cause, Estimate
from audit.stats.arrays import Floats
from audit_checks.drift.asking import Asking
from audit_checks.drift.reading import Categories, Numbers, side_by_side

if TYPE_CHECKING:
    import pandas as pd

METHOD: Final = "Evidently's stat test, percentiles of resampled rows"
METRIC: Final = "evidently_score"

_RESAMPLES: Final = 50
_NUMERIC: Final = "num"
_CATEGORICAL: Final = "cat"

_Draw = Callable[[np.random.Generator], tuple["pd.Series[Any]", "pd.Series[Any]"]]


def refuse_unknown(test: str) -> None:
    """Raise if Evidently is not installed or has no stat test of this name."""
    known = _registry()._registered_stat_tests  # noqa: SLF001 - there is no public list
    if test not in known:
        msg = f"drift.columns: Evidently has no stat test {test!r}{nearest(test, known)}"
        raise ConfigError(msg)


def score_numbers(test: str, reference: Numbers, now: Numbers, asking: Asking) -> Answer:
    """Score a numeric column, without its missing values."""
    import pandas as pd

    def draw(rng: np.random.Generator) -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
        first, second = (rng.choice(side.values, side.present) for side in (reference, now))
        return pd.Series(first), pd.Series(second)

    seen = pd.Series(reference.values), pd.Series(now.values)
    return _answer(test, _NUMERIC, seen, draw, asking)


def score_categories(test: str, reference: Categories, now: Categories, asking: Asking) -> Answer:
    """Score a column of categories, without its missing values."""
    levels, *sides = side_by_side(reference, now)

    def spread(counts: Floats) -> "pd.Series[Any]":
        import pandas as pd

        return pd.Series(np.repeat(np.array(levels, dtype=object), counts.astype(np.int64)))

    def draw(rng: np.random.Generator) -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
        first, second = (
            spread(rng.multinomial(round(float(side.sum())), side / side.sum()).astype(np.float64))
            for side in sides
        )
        return first, second

    return _answer(test, _CATEGORICAL, (spread(sides[0]), spread(sides[1])), draw, asking)


def score(
    test: str, kind: str, reference: "pd.Series[Any]", now: "pd.Series[Any]", seed: int
) -> float | None:
    """Return Evidently's number for two columns; None if the test does not read this kind.

    Its permutation tests draw from numpy's global generator, so it is that which is seeded.
    """
    registry = _registry()
    with _own_random_numbers(seed):
        try:
            stattest = registry.get_stattest(reference, now, kind, test)
        except registry.StatTestInvalidFeatureTypeError:
            return None
        return float(stattest(reference, now, kind, None).drift_score)


def _answer(
    test: str,
    kind: str,
    seen: tuple["pd.Series[Any]", "pd.Series[Any]"],
    draw: _Draw,
    asking: Asking,
) -> Answer:
    try:
        value, rng, seed = score(test, kind, *seen, asking.seed), asking.rng, asking.seed
        resamples = 0 if value is None else _RESAMPLES
        drawn = [score(test, kind, *draw(rng), seed + i) for i in range(resamples)]
    except Exception as problem:  # noqa: BLE001 - one column of one test must not end the check
        error = f"{type(problem).__name__}: {problem}"[:500]
        return asking.not_measured(METRIC, "{error}", cause=Cause.ERROR, params={"error": error})
    if value is None:
        reason = "Evidently's {test} does not read a column like {column}"
        return asking.not_measured(METRIC, reason, params={"test": test})
    sound = [each for each in drawn if each is not None and isfinite(each)]
    if not isfinite(value) or len(sound) < _RESAMPLES:
        reason = "Evidently's {test} gives no number for column {column}"
        return asking.not_measured(METRIC, reason, params={"test": test})
    estimate = _estimate(value, np.array(sound), sum(map(len, seen)), asking.level)
    return asking.found(METRIC, estimate, {"test": test, "evidently": _version()})


def _estimate(value: float, drawn: Floats, rows: int, level: float) -> Estimate:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        level=level,
        n=rows,
        method=METHOD,
    )


def _registry() -> Any:  # noqa: ANN401 - a module of a package that may not be there
    os.environ.setdefault("DO_NOT_TRACK", "1")
    with needing("drift.columns: method"), _own_random_numbers(0):
        from evidently.legacy.calculations.stattests import registry
    return registry


def _version() -> str:
    from importlib.metadata import version

    return version("evidently")


@contextmanager
def _own_random_numbers(seed: int) -> Iterator[None]:
    """Give numpy's global generator back as it was: Evidently draws from it and seeds it."""
    before = np.random.get_state()  # noqa: NPY002 - that one is meant
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
