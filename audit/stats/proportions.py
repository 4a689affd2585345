"""A proportion, and the difference of two, with intervals that hold at small n."""

from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats, z_of
from audit.stats.counts import Count

METHOD_WILSON: Final = "Wilson score"
METHOD_EXACT: Final = "Clopper-Pearson"
METHOD_NEWCOMBE: Final = "Newcombe hybrid score"


def rate(count: Count, *, level: float) -> Estimate:
    """Estimate a proportion k/n with Wilson's score interval.

    Parameters
    ----------
    count : Count
        With n > 0.
    level : float
        Two-sided coverage, in (0, 1).

    Returns
    -------
    Estimate
        A share in [0, 1]. The interval has a width even at 0/n and n/n. Its coverage is close to
        the level on average, and not at least the level everywhere: at 95 %, over n of 20, 50,
        200, 2000 and p of .02, .1, .5, .9, exactly .922 (n=50, p=.02) to .970. `exact_rate` is
        for the gate that must never be too sure.

    References
    ----------
    .. [1] E. B. Wilson (1927), "Probable inference, the law of succession, and statistical
           inference", Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    Newcombe (1998), Statistics in Medicine 17, 857-872, table I, gives 0.2553 to 0.3662:

    >>> e = rate(Count(k=81, n=263), level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.308, 0.2553, 0.3662)

    """
    _refuse_empty(count)
    bounds = wilson(np.array(count.k), np.array(count.n), level)
    return _estimate(count.k / count.n, bounds, level, count.rows, METHOD_WILSON)


def exact_rate(count: Count, *, level: float) -> Estimate:
    """Estimate a proportion k/n with the exact interval, which never covers less than it says.

    Parameters
    ----------
    count : Count
        With n > 0; the beta quantiles take weighted counts as they are.
    level : float
        Two-sided coverage, in (0, 1); the error is at most (1 - level) / 2 on either side.

    Returns
    -------
    Estimate
        A share in [0, 1].

    References
    ----------
    .. [1] C. J. Clopper, E. S. Pearson (1934), "The use of confidence or fiducial limits
           illustrated in the case of the binomial", Biometrika 26, 404-413.

    Examples
    --------
    Newcombe (1998), Statistics in Medicine 17, 857-872, table I, gives 0.2527 to 0.3676:

    >>> e = exact_rate(Count(k=81, n=263), level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.308, 0.2527, 0.3676)

    """
    _refuse_empty(count)
    bounds = clopper_pearson(np.array(count.k), np.array(count.n), level)
    return _estimate(count.k / count.n, bounds, level, count.rows, METHOD_EXACT)


def rate_difference(first: Count, second: Count, *, level: float) -> Estimate:
    """Estimate the difference of two independent proportions, k1/n1 - k2/n2.

    Parameters
    ----------
    first, second : Count
        Both with n > 0.
    level : float
        Two-sided coverage, in (0, 1).

    Returns
    -------
    Estimate
        A difference of shares in [-1, 1], with the hybrid score interval, which keeps its
        coverage at small n and at rates of 0 and 1, where Wald's shrinks to nothing.

    References
    ----------
    .. [1] R. G. Newcombe (1998), "Interval estimation for the difference between independent
           proportions: comparison of eleven methods", Statistics in Medicine 17, 873-890,
           method 10.

    Examples
    --------
    Table II of [1]_ gives 0.0524 to 0.3339 for 56/70 - 48/80:

    >>> e = rate_difference(Count(k=56, n=70), Count(k=48, n=80), level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.2, 0.0524, 0.3339)

    """
    _refuse_empty(first, second)
    k1, n1, k2, n2 = map(np.array, (first.k, first.n, second.k, second.n))
    value = first.k / first.n - second.k / second.n
    bounds = newcombe(k1, n1, k2, n2, level)
    return _estimate(value, bounds, level, first.rows + second.rows, METHOD_NEWCOMBE)


def wilson(k: Floats, n: Floats, level: float) -> Bounds:
    """Return Wilson's interval for each k/n; n > 0."""
    z = z_of(level)
    p = k / n
    middle = (k + z * z / 2) / (n + z * z)
    reach = z / (n + z * z) * np.sqrt(n * p * (1 - p) + z * z / 4)
    # the exact interval holds p; rounding can push it off at k = 0 and k = n
    return Bounds(np.clip(middle - reach, 0, p), np.clip(middle + reach, p, 1))


def clopper_pearson(k: Floats, n: Floats, level: float) -> Bounds:
    """Return the exact interval for each k/n; n > 0."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = np.where(k > 0, betaincinv(np.where(k > 0, k, 1), n - k + 1, tail), 0)
    high = np.where(k < n, betaincinv(k + 1, np.where(k < n, n - k, 1), 1 - tail), 1)
    return Bounds(np.minimum(low, k / n), np.maximum(high, k / n))


def newcombe(k1: Floats, n1: Floats, k2: Floats, n2: Floats, level: float) -> Bounds:
    """Return Newcombe's interval for each k1/n1 - k2/n2; n1, n2 > 0."""
    return difference(k1 / n1, wilson(k1, n1, level), k2 / n2, wilson(k2, n2, level))


def difference(p1: Floats, first: Bounds, p2: Floats, second: Bounds) -> Bounds:
    """Return Newcombe's interval for each p1 - p2, from the Wilson intervals of both."""
    low = p1 - p2 - np.hypot(p1 - first.low, second.high - p2)
    high = p1 - p2 + np.hypot(first.high - p1, p2 - second.low)
    return Bounds(np.maximum(low, -1), np.minimum(high, 1))  # beyond them only by rounding


def _refuse_empty(*counts: Count) -> None:
    if min(count.n for count in counts) <= 0:
        msg = f"a rate needs rows, but got {counts}"
        raise ValueError(msg)


def _estimate(value: float, bounds: Bounds, level: float, rows: int, method: str) -> Estimate:
    low, high = float(bounds.low), float(bounds.high)
    return Estimate(value=value, low=low, high=high, level=level, n=rows, method=method)
