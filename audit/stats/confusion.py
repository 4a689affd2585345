"""How well K classes are told apart: accuracy, balanced accuracy, macro F1 of a table of counts."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import Bounds, Floats
from audit.stats.counts import POWER, Count
from audit.stats.paired import Pairs, cells_of, equal_versions, paired_bounds
from audit.stats.proportions import clopper_pearson, rate
from audit.stats.resampling import resample

METHOD_BALANCED: Final = "Clopper-Pearson at the effective number of rows"
METHOD_F1: Final = "Dirichlet draws, doubtful rows against each end"
METHOD_PAIRED_BALANCED: Final = "MOVER over the paired intervals of the recalls"
FEWEST_CLASSES: Final = 2
CELLS_AT_ONCE: Final = 4_000_000


def accuracy(table: Floats, *, level: float) -> Estimate:
    """Estimate the share of rows on the diagonal, with Wilson's interval.

    `table[i, j]` counts rows of class i that are predicted as class j, here and below.

    Examples
    --------
    >>> e = accuracy(np.array([[50.0, 100.0], [82.0, 31.0]]), level=0.95)  # 81 of 263
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.308, 0.2553, 0.3662)

    """
    _refuse_no_table(table)
    n = float(table.sum())
    hits = min(float(np.trace(table)), n)
    return rate(Count(k=hits, n=n, rows=_rows(table)), level=level)


def balanced_accuracy(table: Floats, *, level: float) -> Estimate:
    """Estimate the mean of the recalls of all classes.

    Parameters
    ----------
    table : ndarray of float, shape (n_classes, n_classes)
        At least two classes, each with rows.
    level : float
        Two-sided coverage, in (0, 1).

    Returns
    -------
    Estimate
        A share in [0, 1]. The interval has a width even where each recall is 1. At 95 %, for 2 to
        10 classes of 5 to 2000 rows and recalls of .02 to .995, equal or not, the worst coverage
        is .939 (8 classes of 8 to 1000 rows, the rarer the worse), and one side errs in at most
        .033.

    Raises
    ------
    ValueError
        If a class has no rows: its recall is not defined.

    Notes
    -----
    The exact interval of a single rate, at the number of rows whose variance this mean has. The
    variance comes from recalls with half a row more of right and wrong each, and that number is
    at most the one that equal recalls would give. Summing the distances of the Wilson ends of the
    recalls (MOVER) covers .86 with 10 classes of 10 rows and recalls of .98: each end is skewed
    as for few rows, where their mean is not.

    References
    ----------
    .. [1] E. L. Korn, B. I. Graubard (1998), "Confidence intervals for proportions with small
           expected number of positive counts estimated from survey data", Survey Methodology 24,
           193-201.

    Examples
    --------
    With classes alike it is the exact interval of all rows, here 0.2527 to 0.3676 for 81 of 263
    (Newcombe 1998, Statistics in Medicine 17, 857-872, table I):

    >>> e = balanced_accuracy(np.array([[40.5, 91.0], [91.0, 40.5]]), level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.308, 0.2527, 0.3676)

    """
    _refuse_no_table(table)
    rows = table.sum(axis=1)
    if rows.min() <= 0:
        empty = np.flatnonzero(rows <= 0).tolist()
        msg = f"the recall of a class needs rows of it, but there are none of class {empty}"
        raise ValueError(msg)
    value = min(float((np.diagonal(table) / rows).mean()), 1.0)
    n = _effective_rows(np.diagonal(table), rows)
    low, high = clopper_pearson(np.array(value * n), np.array(n), level)
    return Estimate(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        level=level,
        n=_rows(table),
        method=METHOD_BALANCED,
    )


def macro_f1(
    table: Floats, *, level: float, rng: np.random.Generator, draws: int = 4000
) -> Estimate:
    """Estimate the unweighted mean of the F1 scores of all classes.

    Parameters
    ----------
    table : ndarray of float, shape (n_classes, n_classes)
        At least two classes that occur. A class that is never true or never predicted has an F1
        of 0; one that is neither does not enter, as in scikit-learn's `f1_score` with
        `zero_division=0`.
    level : float
        Two-sided coverage, in (0, 1).
    rng : numpy.random.Generator
        Source of the draws.
    draws : int, default 4000
        Tables drawn for each end.

    Returns
    -------
    Estimate
        A share in [0, 1]. The interval has a width even for a perfect table. At 95 %, for 2, 3 and
        10 classes, n of 20, 50, 200, 2000, recalls of .3 to 1, and equal, rare (3 %) or halving
        classes, it covers .942 (2 classes, n=2000, recalls .3) to 1: .979 on average, since small
        tables get more than the level. It is about the classes that occur: where one of 2 % is
        likely to be missing, at n=50, it holds the macro F1 of all three in no more than .877.

    Notes
    -----
    Each end is a quantile of the posterior whose prior speaks against it: half a row of each
    class that is predicted wrong, spread over the other classes, for the lower end; one row of
    each class that is predicted right for the upper. A single prior cannot serve: Jeffreys' half
    a row in each of the K x K cells is mostly errors, and its interval covers .5 at 10 classes
    and n = 50; the bootstrap without a prior has no width at a perfect table.

    References
    ----------
    .. [1] P. Walley (1996), "Inferences from multinomial data: learning about a bag of marbles",
           Journal of the Royal Statistical Society B 58, 3-57: ends from different priors.
    .. [2] K. Takahashi, K. Yamamoto, A. Kuchiba, T. Koyama (2022), "Confidence interval for
           micro-averaged F1 and macro-averaged F1 scores", Applied Intelligence 52, 4961-4972.

    Examples
    --------
    The example of scikit-learn's `f1_score`, y_true = [0, 1, 2, 0, 1, 2] and
    y_pred = [0, 2, 1, 0, 0, 1], has 0.267:

    >>> table = np.array([[2.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0, 2.0, 0.0]])
    >>> round(macro_f1(table, level=0.95, rng=np.random.default_rng(0)).value, 3)
    0.267

    """
    _refuse_no_table(table)
    occurs = (table.sum(axis=0) + table.sum(axis=1)) > 0
    present = table[np.ix_(occurs, occurs)]
    if len(present) < FEWEST_CLASSES:
        msg = f"macro F1 needs at least two classes that occur, but got {table.tolist()}"
        raise ValueError(msg)
    value = float(f1_mean(present))
    right = np.eye(len(present))
    wrong = (1 - right) / (len(present) - 1)
    low = np.quantile(_f1_draws(present, wrong / 2, rng, draws), (1 - level) / 2)
    high = np.quantile(_f1_draws(present, right, rng, draws), (1 + level) / 2)
    return Estimate(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        level=level,
        n=_rows(table),
        method=METHOD_F1,
    )


def f1_mean(tables: Floats) -> Floats:
    """Return the mean F1 over the classes of each table, shape (..., n_classes, n_classes)."""
    hits = np.diagonal(tables, axis1=-2, axis2=-1)
    named = tables.sum(axis=-1) + tables.sum(axis=-2)
    scores: Floats = np.divide(2 * hits, named, out=np.zeros_like(named), where=named > 0)
    return np.asarray(scores.mean(axis=-1))


def paired_balanced_accuracy(per_class: Sequence[Pairs], *, level: float) -> Estimate:
    """Estimate the balanced accuracy of the new version minus that of the old.

    Parameters
    ----------
    per_class : sequence of Pairs
        For each class, its rows by who answers them right; at least two classes, each with rows.
    level : float
        Two-sided coverage, in (0, 1).

    Returns
    -------
    Estimate
        A difference of shares in [-1, 1]: the mean of the paired differences of the recalls.

    References
    ----------
    .. [1] G. Y. Zou, A. Donner (2008), "Construction of confidence limits about effect measures:
           a general approach", Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    Two classes alike: the interval of one is narrowed by the root of 2.

    >>> pairs = Pairs(both=59, new_only=6, old_only=16, neither=80)  # -.0621, -.1186 to -.0046
    >>> e = paired_balanced_accuracy([pairs, pairs], level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (-0.0621, -0.1021, -0.0215)

    """
    _refuse_few(per_class)
    cells = np.array([cells_of(pairs) for pairs in per_class])
    values = np.array([pairs.value for pairs in per_class])
    low, high = _mean(values, paired_bounds(cells, level))
    return Estimate(
        value=float(values.mean()),
        low=float(low),
        high=float(high),
        level=level,
        n=sum(pairs.rows for pairs in per_class),
        method=METHOD_PAIRED_BALANCED,
        flawless=0.0,
    )


def attainable_paired_balanced_accuracy(
    per_class: Sequence[Pairs], *, level: float, rng: np.random.Generator, draws: int = 1000
) -> float:
    """Return the margin m > 0 with `low >= -m` in 80 % of draws of two equal versions."""
    _refuse_few(per_class)
    cells = np.stack([equal_versions(pairs, rng, draws) for pairs in per_class], axis=1)
    values = (cells[..., 1] - cells[..., 2]) / cells.sum(axis=-1)
    return float(np.quantile(-_mean(values, paired_bounds(cells, level)).low, POWER))


def _mean(values: Floats, bounds: Bounds) -> Bounds:
    """Recover the interval of a mean of independent values (last axis) from their own."""
    middle, k = values.mean(axis=-1), values.shape[-1]
    return Bounds(
        middle - np.sqrt(((values - bounds.low) ** 2).sum(axis=-1)) / k,
        middle + np.sqrt(((bounds.high - values) ** 2).sum(axis=-1)) / k,
    )


def _f1_draws(table: Floats, prior: Floats, rng: np.random.Generator, draws: int) -> Floats:
    # in pieces: a hundred classes are 10,000 cells a draw
    most = max(CELLS_AT_ONCE // table.size, 1)
    sizes = [min(most, draws - start) for start in range(0, draws, most)]
    drawn = [f1_mean(resample(table, rng=rng, draws=size, prior=prior)) for size in sizes]
    return np.concatenate(drawn)


def _effective_rows(hits: Floats, rows: Floats) -> float:
    """Return the rows of a single rate with the variance that the mean recall has."""
    classes = len(rows)
    recalls = (hits + 0.5) / (rows + 1)
    variance = float((recalls * (1 - recalls) / rows).sum()) / classes**2
    middle = float(recalls.mean())
    return min(middle * (1 - middle) / variance, classes**2 / float((1 / rows).sum()))


def _rows(table: Floats) -> int:
    return max(round(float(table.sum())), 1)


def _refuse_no_table(table: Floats) -> None:
    square = table.ndim == 2 and table.shape[0] == table.shape[1] >= FEWEST_CLASSES  # noqa: PLR2004
    if not (square and np.isfinite(table).all() and (table >= 0).all() and table.sum() > 0):
        msg = (
            "a table must count rows of at least two classes, square, finite, at least 0 and not "
            f"empty, but got {table.tolist()}"
        )
        raise ValueError(msg)


def _refuse_few(per_class: Sequence[Pairs]) -> None:
    if len(per_class) < FEWEST_CLASSES:
        msg = f"balanced accuracy needs at least two classes, but got {per_class}"
        raise ValueError(msg)
