"""How far a column of the test rows has moved from the same column of the reference."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats
from audit.stats.proportions import newcombe

KS_METHOD: Final = "Kolmogorov-Smirnov distance, Smirnov bound below, Newcombe over all cuts above"
TOTAL_VARIATION_METHOD: Final = (
    "total variation less its noise, resampled bound below, least-noise bound above"
)

_LEAST_ROWS: Final = 2
_STANDS_OUT: Final = 2.0
_LUCKY: Final = 0.8
_CHUNK: Final = 1 << 14


@dataclass(frozen=True, kw_only=True, slots=True)
class PopulationStability:
    """The population stability index, with what it is by chance."""

    value: float
    """Less its mean without drift; may be below 0."""
    plain: float
    null_quantile: float
    """What `plain` stays below in 95 % of draws without drift."""


class _Steps(NamedTuple):
    """Rows of the two columns up to each distinct value."""

    points: Floats
    reference: Floats
    test: Floats


def ks_distance(
    reference: Floats, test: Floats, *, level: float, low_level: float | None = None
) -> Estimate:
    """Estimate the largest difference of the two distribution functions.

    Parameters
    ----------
    reference, test : ndarray of float, shapes (n,) and (m,); finite, n, m >= 2, any ties
    level : float, in (0, 1)
    low_level : float, optional
        The level of the lower bound alone, such as Bonferroni's over columns; else `level`.

    Returns
    -------
    Estimate
        A share in [0, 1]; `value` is the distance D, which is above 0 without drift too. `low`
        is D - sqrt(log(4 / a) / 2 (1/n + 1/m)), a = 1 - level, clipped at 0 [1]_, since any
        cut may have been the widest by chance. `high` is the largest of Newcombe's upper bounds
        over all cuts and needs no correction: the cut that is widest in truth is one of them,
        and no other can lower it. That is less than twice the band around D.

    References
    ----------
    .. [1] F. Wei and R. M. Dudley (2012), "Two-sample Dvoretzky-Kiefer-Wolfowitz inequalities",
           Statistics and Probability Letters 82, 636-644.

    Examples
    --------
    >>> e = ks_distance(np.arange(100.0), np.arange(100.0) + 30, level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.3, 0.0907, 0.4221)

    """
    steps = _steps(reference, test)
    n, m = len(reference), len(test)
    value = float(np.abs(steps.test / m - steps.reference / n).max())
    slack = np.sqrt(np.log(4 / (1 - (low_level or level))) / 2 * (1 / n + 1 / m))
    return Estimate(
        value=value,
        low=max(value - float(slack), 0.0),
        high=_widest_cut(steps, n, m, level),
        level=level,
        n=n + m,
        method=KS_METHOD,
        attainable=attainable_ks(n, m, level=level),
        flawless=0.0,
    )


def attainable_ks(n: int, m: int, *, level: float) -> float:
    """Return an upper bound that a column without drift keeps in at least 80 % of draws."""
    from scipy.special import kolmogi

    # Kolmogorov's quantile and, on top, Newcombe's reach at one half
    half = newcombe(np.array(n / 2), np.array(n), np.array(m / 2), np.array(m), level)
    return min(float(kolmogi(1 - _LUCKY) * np.sqrt(1 / n + 1 / m) + half.high), 1.0)


def total_variation(  # noqa: PLR0913 -- two tables, a level for each side, a generator, draws
    reference_counts: Floats,
    test_counts: Floats,
    *,
    level: float,
    rng: np.random.Generator,
    draws: int = 2000,
    low_level: float | None = None,
) -> Estimate:
    """Estimate the total variation 1/2 sum |p - q| of the shares of K categories.

    Parameters
    ----------
    reference_counts, test_counts : ndarray of float, shape (K,); sums >= 2
    level : float, in (0, 1)
    rng, draws
        For the lower bound.
    low_level : float, optional
        The level of the lower bound alone; else `level`. Give more draws where it is close to 1.

    Returns
    -------
    Estimate
        A share in [0, 1]. With K large the plain distance is far above 0 without drift. `value`
        subtracts the noise of the categories that differ by less than two standard errors.
        `low` subtracts the largest noise 1/2 sum |(p^ - p) - (q^ - q)| to be expected: of rows
        shuffled between the two, which is exact without drift, and of multinomial tables.
        `high` is Newcombe's upper bound for the categories that grew, led back to the largest
        distance that shows no more. With errors s, the mean of |N(d, s^2)| is convex in d: of
        all truths with distance D, the one that spreads it evenly adds least noise and shows
        S g(D / S), S = 1/2 sum s, g(t) = E |N(t, 1)| (Jensen). A bootstrap bias overshoots.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> e = total_variation(np.array([300, 700]), np.array([500, 500]), level=0.95, rng=rng)
    >>> round(e.value, 4), round(e.high, 3)
    (0.2, 0.241)

    """
    a, b = _tables(reference_counts, test_counts)
    p, q = a / a.sum(), b / b.sum()
    none = _shuffled(a, b, rng, draws)
    off = [rng.multinomial(round(c.sum()), r, draws) / c.sum() - r for c, r in ((a, p), (b, q))]
    plain = float(np.abs(p - q).sum() / 2)
    chance = (1 + (low_level or level)) / 2
    noise = max(
        float(np.quantile(np.abs(gap).sum(axis=-1) / 2, chance, method="higher"))
        for gap in (none.low - none.high, off[0] - off[1])
    )
    value = max(plain - _expected_noise(p, q, a.sum(), b.sum()), 0.0)
    low = max(plain - noise, 0.0)
    return Estimate(
        value=max(value, low),
        low=low,
        high=max(float(_most_variation(p, q, a.sum(), b.sum(), level)), value, low),
        level=level,
        n=int(a.sum() + b.sum()),
        method=TOTAL_VARIATION_METHOD,
        attainable=_kept(none, a.sum(), b.sum(), level),
        flawless=0.0,
    )


def attainable_total_variation(
    reference_counts: Floats,
    test_counts: Floats,
    *,
    level: float,
    rng: np.random.Generator,
    draws: int = 1000,
) -> float:
    """Return the upper bound that tables of these sizes without drift keep in 80 % of draws."""
    a, b = _tables(reference_counts, test_counts)
    return _kept(_shuffled(a, b, rng, draws), a.sum(), b.sum(), level)


def population_stability_index(
    reference_counts: Floats, test_counts: Floats
) -> PopulationStability:
    """Compute sum (q - p) log(q / p) over B bins, with 1/2 added to each count.

    Without drift its mean is (B - 1)(1/n + 1/m) and it is near a chi-square of B - 1 degrees
    of freedom times 1/n + 1/m, whatever the bins (Yurdakul and Naranjo 2020, Journal of Risk Model
    Validation 14): 10 bins of 200 and 200 rows pass 0.1 in 34 % of draws.

    """
    from scipy.special import chdtri

    a, b = _tables(reference_counts, test_counts)
    p, q = ((x + 0.5) / (x + 0.5).sum() for x in (a, b))
    plain = float(((q - p) * np.log(q / p)).sum())
    scale = 1 / a.sum() + 1 / b.sum()
    return PopulationStability(
        value=float(plain - (len(a) - 1) * scale),
        plain=plain,
        null_quantile=float(chdtri(len(a) - 1, 0.05) * scale) if len(a) > 1 else 0.0,
    )


def wasserstein_over_iqr(reference: Floats, test: Floats) -> float:
    """Compute the mean move between the two, in units of the reference's quartile range.

    Where that is 0: of both together, then the range of both; two equal constants give 0.

    Examples
    --------
    >>> round(wasserstein_over_iqr(np.arange(101.0), np.arange(101.0) + 25), 4)
    0.5

    """
    steps = _steps(reference, test)
    gap = np.abs(steps.reference / len(reference) - steps.test / len(test))
    moved = float(gap[:-1] @ np.diff(steps.points))
    both = np.concatenate([reference, test])
    scales = (
        float(np.subtract(*np.quantile(x, ends)))
        for x, ends in ((reference, (0.75, 0.25)), (both, (0.75, 0.25)), (both, (1, 0)))
    )
    return moved / next((scale for scale in scales if scale > 0), 1.0)


def _steps(reference: Floats, test: Floats) -> _Steps:
    for name, column in (("reference", reference), ("test", test)):
        if column.ndim != 1 or len(column) < _LEAST_ROWS:
            msg = f"{name} must be a column of at least two rows, but has shape {column.shape}"
            raise ValueError(msg)
        if not np.isfinite(column).all():
            msg = f"{name} must be finite; count missing and infinite values apart"
            raise ValueError(msg)
    n = len(reference)
    both = np.concatenate([np.sort(reference), np.sort(test)])
    order = np.argsort(both, kind="stable")  # merges two sorted runs
    points = both[order]
    ends = np.flatnonzero(np.append(points[1:] != points[:-1], [True]))
    seen = np.cumsum(order < n)[ends].astype(np.float64)
    return _Steps(points[ends], seen, ends + 1 - seen)


def _widest_cut(steps: _Steps, n: int, m: int, level: float) -> float:
    rows, others, widest = np.array(n), np.array(m), 0.0
    for start in range(0, len(steps.points), _CHUNK):  # what fits a cache
        part = slice(start, start + _CHUNK)
        bounds = newcombe(steps.reference[part], rows, steps.test[part], others, level)
        widest = max(widest, float(bounds.high.max()), -float(bounds.low.min()))
    return widest


def _tables(reference_counts: Floats, test_counts: Floats) -> tuple[Floats, Floats]:
    """Return the counts as floats, without the categories that neither has."""
    a, b = np.asarray(reference_counts, np.float64), np.asarray(test_counts, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        msg = f"the counts must match category by category, but got {a.shape} and {b.shape}"
        raise ValueError(msg)
    for name, counts in (("reference", a), ("test", b)):
        if not (np.isfinite(counts).all() and (counts >= 0).all()):
            msg = f"counts must be finite and not negative, but {name} has {counts}"
            raise ValueError(msg)
        if counts.sum() < _LEAST_ROWS:
            msg = f"{name} must have at least two rows, but has {counts.sum():g}"
            raise ValueError(msg)
    filled = a + b > 0
    return a[filled], b[filled]


def _shuffled(a: Floats, b: Floats, rng: np.random.Generator, draws: int) -> Bounds:
    """Draw the two shares anew from the pooled rows; exact without drift, however sparse."""
    pooled, m = np.rint(a + b).astype(np.int64), round(float(b.sum()))
    test = rng.multivariate_hypergeometric(pooled, m, draws)
    return Bounds((pooled - test) / (pooled.sum() - m), test / m)


def _cell_errors(p: Floats, q: Floats, n: float, m: float) -> Floats:
    return np.sqrt(p * (1 - p) / n + q * (1 - q) / m)


def _expected_noise(p: Floats, q: Floats, n: float, m: float) -> float:
    errors = _cell_errors(p, q, n, m)
    quiet = np.abs(p - q) <= _STANDS_OUT * errors
    return float(errors[quiet].sum() / np.sqrt(2 * np.pi))


def _most_variation(p: Floats, q: Floats, n: float, m: float, level: float) -> Floats:
    """Bound the distance from above; the last axis runs over the categories."""
    from scipy.special import ndtr

    high, least = np.zeros(np.shape(p)[:-1]), np.zeros(np.shape(p)[:-1])
    for grew in (q > p, q >= p):  # what stayed may count on either side: swapping changes nothing
        before, after = (p * grew).sum(axis=-1), (q * grew).sum(axis=-1)
        reach = newcombe(after * m, np.array(m), before * n, np.array(n), level).high
        high, least = np.maximum(high, reach), np.maximum(least, reach - (after - before))
    even = _cell_errors(p, q, n, m).sum(axis=-1) / 2
    t = np.linspace(0, 8, 4001)
    g = 2 * np.exp(-t * t / 2) / np.sqrt(2 * np.pi) + t * (2 * ndtr(t) - 1)
    seen = high / np.maximum(even, 1e-300)
    most: Floats = np.where(seen < t[-1], np.interp(seen, g, t) * even, high)
    return np.maximum(most, least).clip(0.0, 1.0)


def _kept(none: Bounds, n: float, m: float, level: float) -> float:
    return float(np.quantile(_most_variation(none.low, none.high, n, m, level), _LUCKY))
