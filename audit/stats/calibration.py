"""Calibration: how far the mean score of a bin lies from its share of outcomes."""

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats, z_of

CALIBRATION_METHOD: Final = "debiased L2 calibration error over bins, closed-form interval"

LEAST_ROWS: Final = 20
"""Rows below which no calibration is measured: two bins of ten."""

_LEAST_BINS: Final = 2
_ROWS_PER_BIN: Final = 10
_CHUNK: Final = 1 << 18
_ROUNDING: Final = 1e-9
_TINY: Final = 1e-300

Outcomes: TypeAlias = NDArray[np.bool_] | NDArray[np.int64] | Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Bins:
    """Rows gathered by their score; one element a bin, bins without rows left out."""

    n: Floats
    """Rows; with weights, the bin's share of Kish's effective rows."""
    predicted: Floats
    """Mean score."""
    observed: Floats
    """Mean outcome."""
    variance: Floats
    """Sampling variance of predicted - observed, at least p (1 - p) / n at Jeffreys' p."""
    noise: Floats
    """The same without the floor, so that subtracting it leaves no bias."""
    edges: Floats
    """Scores between which a bin lies, shape (bins, 2): above the first, up to the second."""
    rows: int


class NullError(NamedTuple):
    """The expected calibration error of a calibrated model, by chance."""

    mean: float
    quantile: float


def equal_mass_bins(
    scores: Floats, outcomes: Outcomes, *, bins: int = 15, weights: Floats | None = None
) -> Bins:
    """Gather rows in bins of equal size, which keep their precision where scores are crowded.

    Parameters
    ----------
    scores : ndarray of float, shape (n,); chances in [0, 1], n >= 20
    outcomes : ndarray of bool or of 0 and 1, shape (n,)
    bins : int
        At least 2. At most one for each ten rows is made, so that a bin has a variance. Equal
        scores stay together: a score that fills a bin has it to itself.
    weights : ndarray of float, shape (n,), optional; >= 0
        Sampling weights: scaling all of them changes nothing. The bins hold equal rows.

    Examples
    --------
    >>> made = equal_mass_bins(np.arange(40) / 40, np.arange(40) % 2, bins=2)
    >>> made.n, made.observed
    (array([20., 20.]), array([0.5, 0.5]))

    """
    _validate(scores, outcomes, weights, bins)
    n = len(scores)
    count = min(bins, n // _ROWS_PER_BIN)
    ranks = np.arange(1, count) * n // count - 1
    cuts = np.partition(scores, ranks)[ranks]
    filled = cuts[1:][cuts[1:] == cuts[:-1]]
    inner = np.unique(np.concatenate([cuts, np.nextafter(filled, -1)]))
    return _gather(scores, outcomes, inner, weights)


def equal_width_bins(
    scores: Floats, outcomes: Outcomes, *, bins: int = 15, weights: Floats | None = None
) -> Bins:
    """Gather rows in bins of equal width over [0, 1], as the usual error of Guo et al. does.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger (2017), "On calibration of modern
           neural networks", ICML: bins that hold their upper edge.

    """
    _validate(scores, outcomes, weights, bins)
    return _gather(scores, outcomes, _width_cuts(bins), weights)


def calibration_error(bins: Bins, *, level: float, low_level: float | None = None) -> Estimate:
    """Estimate the root of the mean squared gap between score and outcome over the bins.

    Parameters
    ----------
    bins : Bins
        Of equal mass, best: with bins of equal width the lower bound does not hold for rare
        events.
    level : float, in (0, 1)
    low_level : float, optional
        The level of the lower bound alone, such as Bonferroni's over groups; else `level`.

    Returns
    -------
    Estimate
        Roots, clipped at 0, of T = sum w (m^2 - v) and of its bounds [1]_, with w the
        share of a bin, m its gap and v the sampling variance of m: T has no bias, where the
        plain error is never 0. The bounds are T -+ z sqrt(sum w^2 (4 m^2 v + 2 v^2)), with
        m^2 - v for m^2 below, and `high` at least a standard error of a calibrated model.

    References
    ----------
    .. [1] A. Kumar, P. Liang and T. Ma (2019), "Verified uncertainty calibration", NeurIPS.
    .. [2] Y. Sun et al. (2024), "A confidence interval for the l2 expected calibration error",
           arXiv:2408.08998.

    Examples
    --------
    Scores of 0.3 and 0.7 where 0.5 and 0.9 came true: T = 0.2^2 - 0.25 / 99 / 2 - 0.09 / 99 / 2

    >>> y = np.concatenate([np.arange(100) < 50, np.arange(100) < 90])
    >>> e = calibration_error(equal_mass_bins(np.repeat([0.3, 0.7], 100), y), level=0.95)
    >>> round(e.value**2, 6), round(0.2**2 - 0.25 / 198 - 0.09 / 198, 6)
    (0.038283, 0.038283)

    """
    share = bins.n / bins.n.sum()
    squares = np.square(bins.predicted - bins.observed)
    square = float(share @ (squares - bins.noise))
    real = np.maximum(squares - bins.variance, 0)
    low = square - z_of(low_level or level) * _square_error(share, real, bins.variance)
    high = square + z_of(level) * _square_error(share, squares, bins.variance)
    value, low, high = np.sqrt(np.maximum([square, low, high], 0))
    return Estimate(
        value=float(value),
        low=float(low),
        high=max(float(high), float(value), _least_high(share, bins.variance)),
        level=level,
        n=bins.rows,
        method=CALIBRATION_METHOD,
        attainable=attainable_calibration_error(bins, level=level),
        flawless=0.0,
    )


def attainable_calibration_error(bins: Bins, *, level: float) -> float:
    """Return the upper bound that a calibrated model with these scores keeps in 80 % of draws.

    In closed form, within a few points of 80 %: sum w m^2 of a calibrated model is near a
    chi-square of as many degrees of freedom as match its variance (Satterthwaite 1946), and
    the squares in the width of the interval grow with it.
    """
    from scipy.special import chdtri

    share = bins.n / bins.n.sum()
    chance = bins.predicted * (1 - bins.predicted) / bins.n
    floored = np.maximum(chance, _jeffreys(bins.predicted, bins.n))
    mean = float(share @ chance)
    # the fourth cumulant of a binomial share, which rare events make large
    fourth = chance * (1 - 6 * chance * bins.n) / bins.n**2
    spread = float(share**2 @ (2 * chance**2 + fourth))
    freedom = max(2 * mean**2 / max(spread, _TINY), 1.0)
    ratio = float(chdtri(freedom, 0.2)) / freedom
    reach = z_of(level) * _square_error(share, ratio * chance, floored)
    square = mean * (ratio - 1) + reach
    return max(float(np.sqrt(max(square, 0))), _least_high(share, floored))


def expected_calibration_error(bins: Bins) -> float:
    """Return the mean absolute gap of the bins; biased upwards, so never without its null."""
    return float(bins.n @ np.abs(bins.predicted - bins.observed) / bins.n.sum())


def null_expected_calibration_error(
    scores: Floats,
    *,
    bins: int,
    rng: np.random.Generator,
    draws: int = 1000,
    quantile: float = 0.95,
) -> NullError:
    """Draw the error over equal-width bins that a calibrated model with these scores has.

    The outcomes in a bin are a sum of unequal coins. A binomial of the same mean and variance
    stands for it, exact where the scores are equal, near Poisson where they are small and
    normal where they are many: the cost does not grow with the rows beyond one pass.

    References
    ----------
    .. [1] E. A. Pekoez, A. Roellin, V. Cekanavicius and M. Shwartz (2009), "A three-parameter
           binomial approximation", Journal of Applied Probability 46, 1073-1085.

    """
    _validate(scores, scores, None, bins)
    totals = _totals(scores, np.zeros(len(scores)), _width_cuts(bins), None)
    n, _, hits, _, _, squares = totals[:, totals[0] > 0]
    # of the two sides of the coins the rarer, so that the binomial has room for its variance
    flip = hits > n / 2
    hits, squares = np.where(flip, [n - hits, n - 2 * hits + squares], [hits, squares])
    trials = np.ceil(hits**2 / np.where(squares > 0, squares, 1) - _ROUNDING)
    chance = np.minimum(hits / np.maximum(trials, 1), 1)
    drawn = rng.binomial(trials.astype(np.int64), chance, size=(draws, len(n)))
    errors = np.abs(drawn - hits).sum(axis=1) / len(scores)
    return NullError(float(errors.mean()), float(np.quantile(errors, quantile)))


def consistency_band(bins: Bins, *, level: float) -> Bounds:
    """Return exact binomial quantiles of each bin's share of outcomes if its score is right."""
    from scipy.stats import binom

    rows = np.maximum(np.rint(bins.n), 1)
    tail = (1 - level) / 2
    low, high = (binom.ppf(q, rows, bins.predicted) / rows for q in (tail, 1 - tail))
    return Bounds(low.clip(0, 1), high.clip(0, 1))


def _validate(scores: Floats, outcomes: Outcomes, weights: Floats | None, bins: int) -> None:
    shapes = {scores.shape, outcomes.shape, scores.shape if weights is None else weights.shape}
    if len(shapes) > 1 or scores.ndim != 1:
        msg = f"scores, outcomes and weights must match row by row, but got {shapes}"
        raise ValueError(msg)
    if len(scores) < LEAST_ROWS:
        msg = f"calibration needs at least {LEAST_ROWS} rows, but got {len(scores)}"
        raise ValueError(msg)
    if bins < _LEAST_BINS:
        msg = f"calibration needs at least two bins, but got {bins}"
        raise ValueError(msg)
    if not (scores.min() >= 0 and scores.max() <= 1):  # so that NaN fails
        msg = f"scores must lie in [0, 1], but got {scores.min()} to {scores.max()}"
        raise ValueError(msg)
    if weights is not None and not (weights.min() >= 0 and 0 < weights.sum() < np.inf):
        msg = "weights must be finite, not negative and not all 0"
        raise ValueError(msg)


def _width_cuts(bins: int) -> Floats:
    return np.linspace(0, 1, bins + 1)[1:-1]


def _gather(scores: Floats, outcomes: Outcomes, inner: Floats, weights: Floats | None) -> Bins:
    totals = _totals(scores, outcomes, inner, weights)
    edges = np.stack([np.append(0.0, inner), np.append(inner, 1.0)], axis=1)
    filled = totals[0] > 0
    weight, squares, predicted, observed, off, off_squares = totals[:, filled]
    rows = weight**2 / squares
    gap = (predicted - observed) / weight
    # sum of w^2 (d - gap)^2; rounding can push it below 0
    spread = np.maximum(off_squares - 2 * gap * off + gap**2 * squares, 0) / weight**2
    floor = _jeffreys(observed / weight, rows)
    alone = rows < 1 + _ROUNDING
    noise = np.where(alone, floor, spread * rows / np.where(alone, 1, rows - 1))
    return Bins(
        n=weight * (weight.sum() / squares.sum()),
        predicted=predicted / weight,
        observed=observed / weight,
        variance=np.maximum(noise, floor),
        noise=noise,
        edges=edges[filled],
        rows=len(scores) if weights is None else int(np.count_nonzero(weights)),
    )


def _totals(scores: Floats, outcomes: Outcomes, inner: Floats, weights: Floats | None) -> Floats:
    """Sum over each bin w, w^2, w p, w y, w^2 (p - y) and w^2 (p - y)^2."""
    totals = np.zeros((6, len(inner) + 1))
    for start in range(0, len(scores), _CHUNK):
        part = slice(start, start + _CHUNK)
        p, y = scores[part], outcomes[part].astype(np.float64)
        if not np.isin(y, (0, 1)).all():
            msg = f"outcomes must be 0 or 1, but got {y.min()} to {y.max()}"
            raise ValueError(msg)
        w = np.ones(len(p)) if weights is None else weights[part]
        w2, d = w * w, p - y
        index = np.searchsorted(inner, p)
        columns = (w, w2, w * p, w * y, w2 * d, w2 * d * d)
        totals += [np.bincount(index, column, len(inner) + 1) for column in columns]
    return totals


def _jeffreys(share: Floats, rows: Floats) -> Floats:
    """Return the sampling variance of a share at the mean of Jeffreys' posterior, never 0."""
    p = (share * rows + 0.5) / (rows + 1)
    return p * (1 - p) / rows


def _square_error(share: Floats, squares: Floats, variance: Floats) -> float:
    return float(np.sqrt(np.sum(share**2 * (4 * squares * variance + 2 * variance**2))))


def _least_high(share: Floats, variance: Floats) -> float:
    """Root of a standard error of T where there is no gap: no interval ends below it."""
    return float(np.sqrt(_square_error(share, 0 * variance, variance)))
