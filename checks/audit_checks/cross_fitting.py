"""How well features tell the levels of a group apart, in rows that a classifier never saw."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, uniforms
from audit.inputs import Inputs, Kind, Matrix
from audit.predictors import Batch
from audit.stats.arrays import Floats
from audit_checks.logistic import logistic_chances

_ROUNDS: Final = 40
_LEAVES: Final = 6
_LEAST_OF_A_LEAF: Final = 10
_MOST_CATEGORIES: Final = 255
"""Of a feature that the classifier splits by category; with more it is read as a number."""

Codes: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Folds:
    """Which part each row is in: rows of one unit share theirs."""

    of: Codes
    count: int

    def each(self) -> list[tuple[Flags, Flags]]:
        """Return, for each part that has rows, the rows to learn from and those to score."""
        parts = [self.of == place for place in range(self.count)]
        return [(~held, held) for held in parts if held.any() and not held.all()]


def folds_of(rows: Batch, count: int, seed: int) -> Folds:
    """Cut rows into parts by their keys."""
    drawn = uniforms(rows.keys, "proxies", seed)
    return Folds(of=(drawn * count).astype(np.int64), count=count)


def level_scores(inputs: Inputs, codes: Codes, levels: int, folds: Folds, seed: int) -> Matrix:
    """Score each row for each level with boosted trees that were fitted on the other parts."""

    def chances(learnt: Flags, held: Flags) -> Matrix:
        return _fitted(inputs.take(learnt), codes[learnt], inputs.take(held), seed)

    return crossed(chances, codes, levels, folds, uniforms(inputs.keys, "place", seed))


def embedded_scores(places: Matrix, keys: Keys, codes: Codes, folds: Folds, seed: int) -> Matrix:
    """Score each text for each level with a regression that was fitted on the other parts.

    It learns in the order of the keys, since the last bits of a sum change with its order.
    """
    order = np.argsort(keys, kind="stable")

    def chances(learnt: Flags, held: Flags) -> Matrix:
        rows = order[learnt[order]]
        return logistic_chances(places[rows], codes[rows], places[held])

    levels = int(codes.max()) + 1
    return crossed(chances, codes, levels, folds, uniforms(keys, "place", seed))


def crossed(
    chances: Callable[[Flags, Flags], Matrix],
    codes: Codes,
    levels: int,
    folds: Folds,
    drawn: Floats,
) -> Matrix:
    """Score each row for each level by a fit on the other parts.

    Parameters
    ----------
    chances : function
        From the rows to learn from and those to score to the chances of the levels that are
        among the first, shape (held, present).
    codes, levels, folds
    drawn : ndarray of float, shape (n,)
        A draw for each row.

    Returns
    -------
    ndarray of float, shape (n, levels)
        The place of the row among those of its part, in (0, 1). Chances of different parts are
        not on one scale: a part with more of a level was left out of a fit with fewer, so that
        pooled as they are they have an AUC of .43 on average at 60 rows without any relation.
        Where a fit finds nothing to split by, the places are drawn: ties would look like
        knowledge that there is no relation.

    """
    found = np.full((len(codes), levels), 0.5)
    for learnt, held in folds.each():
        if len(present := np.unique(codes[learnt])) > 1:
            found[np.ix_(held, present)] = _places(chances(learnt, held))
    for _, held in folds.each():
        tied = np.ptp(found[held], axis=0) == 0
        found[np.ix_(held, tied)] = _places(drawn[held][:, None])
    return found


def single_scores(column: Floats, kind: Kind, positive: NDArray[np.bool_], folds: Folds) -> Floats:
    """Score each row by one feature: a number as it is, a category by the share of the level.

    The share is that of the other parts, so that a rare category does not tell its own rows.
    What is missing is a category of its own, and below every number.
    """
    known = ~np.isnan(column)
    if kind is Kind.NUMBER:
        return np.where(known, column, np.nanmin(column, initial=0.0) - 1)
    places = np.where(known, column + 1, 0).astype(np.int64)
    size, found = int(places.max()) + 1, np.full(len(column), 0.5)
    for learnt, held in folds.each():
        rows = np.bincount(places[learnt], minlength=size)
        hits = np.bincount(places[learnt], weights=positive[learnt], minlength=size)
        overall = hits.sum() / rows.sum()
        shares = (hits + overall) / (rows + 1)
        found[held] = _places(shares[places[held]][:, None])[:, 0]
    return found


def _fitted(learnt: Inputs, codes: Codes, held: Inputs, seed: int) -> Matrix:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    split = [
        place
        for place, feature in enumerate(learnt.features)
        if feature.kind is Kind.CATEGORY and len(feature.levels) <= _MOST_CATEGORIES
    ]
    model = HistGradientBoostingClassifier(
        max_iter=_ROUNDS,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=_LEAST_OF_A_LEAF,
        categorical_features=split or None,
        early_stopping=False,
        random_state=seed,
    )
    blank = np.isnan(learnt.values).all(axis=0)  # which the trees refuse
    known = [np.where(blank, 0.0, part.values) for part in (learnt, held)]
    with threadpool_limits(1, "openmp"):  # trees this small wait for threads longer than they take
        chances: Matrix = model.fit(known[0], codes).predict_proba(known[1])
    return chances


def _places(scores: Matrix) -> Matrix:
    from scipy.stats import rankdata

    ranks: Matrix = rankdata(scores, axis=0)
    return (ranks - 0.5) / len(scores)
