"""The mean of a number per row, such as a loss, and of the difference between two versions."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Floats

MEAN_METHOD: Final = "t interval on the effective rows"
BOUNDED_MEAN_METHOD: Final = "score interval of a bounded mean on the effective rows"
PAIRED_MEAN_METHOD: Final = "mean of the paired differences, t interval on the effective rows"

_LEAST_ROWS: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sample:
    """What an interval of a mean needs to know of the rows."""

    n: int
    mean: float
    error: float
    """Standard error of the mean."""
    effective: float
    """Kish's effective number of rows."""
    below: float
    """How far below the mean a row that was not seen may lie."""
    above: float
    bounded: bool


def mean(
    values: Floats,
    *,
    level: float,
    weights: Floats | None = None,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """Estimate the mean of a number per row, such as a log loss or a Brier score.

    Parameters
    ----------
    values : ndarray of float, shape (n,); finite, n >= 2
    level : float
        Two-sided coverage, in (0, 1).
    weights : ndarray of float, shape (n,), optional; >= 0
        Sampling weights: scaling all of them changes nothing. The mean is then a ratio of sums,
        and its standard error that of its influence function.
    bounds : (float, float), optional
        The ends of the range of a value. Give them where there are any: they let the interval
        lean towards the far end, as Wilson's does, which it becomes for values of 0 and 1.

    Returns
    -------
    Estimate
        In the units of `values`. The quantile is Student's on Kish's effective rows. The
        interval never has zero width: a share 1 - (a/2)^(1/n) of the population may be missing
        from n rows at a = 1 - level, and each end allows for that share at the far end of
        `bounds`. Without bounds this is done only where all rows are equal, and the share is
        thought off by their own size or by 1, whichever is more.

    References
    ----------
    .. [1] L. Kish (1965), "Survey Sampling", Wiley, section 11.7: effective rows.
    .. [2] E. B. Wilson (1927), "Probable inference, the law of succession, and statistical
           inference", Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    The paired `t.test` of R's data set `sleep` gives -2.4598858 to -0.7001142:

    >>> extra = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]
    >>> e = mean(np.array(extra), level=0.95)
    >>> round(e.value, 2), round(e.low, 7), round(e.high, 7)
    (-1.58, -2.4598858, -0.7001142)

    """
    sample = _sample(values, weights, bounds)
    method = MEAN_METHOD if bounds is None else BOUNDED_MEAN_METHOD
    low, high = _interval(sample, level)
    return Estimate(value=sample.mean, low=low, high=high, level=level, n=sample.n, method=method)


def mean_paired_difference(
    differences: Floats,
    *,
    level: float,
    weights: Floats | None = None,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """Estimate the mean of new - old over the same rows; see `mean` for the interval.

    Examples
    --------
    A version that changed nothing in 100 rows may still differ where nobody looked:

    >>> e = mean_paired_difference(np.zeros(100), level=0.95, bounds=(-1, 1))
    >>> e.value, round(e.low, 4), round(e.high, 4)
    (0.0, -0.0362, 0.0362)

    """
    sample = _sample(differences, weights, bounds)
    low, high = _interval(sample, level)
    return Estimate(
        value=sample.mean,
        low=low,
        high=high,
        level=level,
        n=sample.n,
        method=PAIRED_MEAN_METHOD,
        attainable=_attainable(sample, level),
        flawless=0.0,
    )


def attainable_mean_difference(
    differences: Floats,
    *,
    level: float,
    weights: Floats | None = None,
    bounds: tuple[float, float] | None = None,
) -> float:
    """Return the margin that a version equal to the baseline passes with probability 0.8.

    It is the upper bound of a draw at the 80 % point around 0, with the spread of these rows.
    """
    return _attainable(_sample(differences, weights, bounds), level)


def unseen_share(rows: float, level: float) -> float:
    """Return the largest share of a population that `rows` rows may miss at this level.

    Examples
    --------
    The upper Clopper-Pearson bound of 0/20 (Newcombe 1998 prints 0.1684):

    >>> round(unseen_share(20, 0.95), 4)
    0.1684

    """
    return -math.expm1(math.log((1 - level) / 2) / rows)


def _sample(values: Floats, weights: Floats | None, bounds: tuple[float, float] | None) -> _Sample:
    w = np.ones(len(values)) if weights is None else weights
    _validate(values, w)
    total = float(w.sum())
    average = float(w @ values) / total
    effective = total**2 / float(w @ w)
    off = values - average
    freedom = max(effective - 1, 1.0)
    variance = float(np.square(w * off).sum()) / total**2 * (freedom + 1) / freedom
    below, above = _room(average, values[w > 0], bounds)
    return _Sample(
        n=int(np.count_nonzero(w)),
        mean=average,
        error=math.sqrt(variance),
        effective=effective,
        below=below,
        above=above,
        bounded=bounds is not None,
    )


def _validate(values: Floats, weights: Floats) -> None:
    if values.shape != weights.shape or values.ndim != 1:
        msg = f"values and weights must be two columns of one length, but got {values.shape}"
        raise ValueError(msg)
    if not (np.isfinite(values).all() and np.isfinite(weights).all()):
        msg = "values and weights must be finite, but some are not"
        raise ValueError(msg)
    if weights.size and weights.min() < 0:
        msg = f"weights must not be negative, but got {weights.min()}"
        raise ValueError(msg)
    if np.count_nonzero(weights) < _LEAST_ROWS:
        msg = f"a mean needs at least two rows, but got {np.count_nonzero(weights)}"
        raise ValueError(msg)


def _room(
    average: float, values: Floats, bounds: tuple[float, float] | None
) -> tuple[float, float]:
    """Return how far below and above the mean a row that was not seen may lie."""
    least, most = float(values.min()), float(values.max())
    if bounds is None:
        unknown = 0.0 if least < most else max(abs(average), 1.0)
        return unknown, unknown
    if not bounds[0] <= least <= most <= bounds[1] or bounds[0] == bounds[1]:
        msg = f"values must lie within the bounds {bounds}, but got {least} to {most}"
        raise ValueError(msg)
    average = min(max(average, bounds[0]), bounds[1])  # rounding can push it off
    return average - bounds[0], bounds[1] - average


def _interval(sample: _Sample, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    t = float(stdtrit(max(sample.effective - 1, 1.0), (1 + level) / 2))
    down = up = t * sample.error
    if sample.bounded:
        down, up = _score_reach(sample, t)
    unseen = unseen_share(sample.effective, level)
    return (
        sample.mean - max(down, unseen * sample.below),
        sample.mean + max(up, unseen * sample.above),
    )


def _score_reach(sample: _Sample, t: float) -> tuple[float, float]:
    """Wilson's interval at the number of 0/1 rows that would have this standard error."""
    span = sample.below + sample.above
    p = sample.below / span
    spread = p * (1 - p)
    if sample.error == 0 and spread > 0:
        return 0.0, 0.0
    rows = spread * (span / sample.error) ** 2 if sample.error else sample.effective
    middle = (rows * p + t * t / 2) / (rows + t * t) - p
    reach = t / (rows + t * t) * math.sqrt(rows * spread + t * t / 4)
    return max(span * (reach - middle), 0.0), max(span * (reach + middle), 0.0)


def _attainable(sample: _Sample, level: float) -> float:
    lucky = NormalDist().inv_cdf(0.8) * sample.error
    moved = lucky - sample.mean
    room = (max(sample.below + moved, 0.0), max(sample.above - moved, 0.0))
    at_par = replace(sample, mean=lucky, below=room[0], above=room[1])
    return _interval(at_par, level)[1]
