"""A logistic regression on the places of texts in the space of a model."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.stats.arrays import Floats

_DIGITS: Final = 9
NO_SPACE: Final = "needs a model of texts that gives embeddings"


def logistic_chances(learnt: Floats, codes: NDArray[np.int64], held: Floats) -> Matrix:
    """Fit a logistic regression on some places, and give the chance of each class at others.

    The places are standardised by those that were learnt from. Where those are fewer than ten for
    each number of a place, only as many main directions as that are kept. Chances are rounded to
    nine decimals, so that equal places have equal ones wherever they stand.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    middle, scale = learnt.mean(axis=0), learnt.std(axis=0)
    # what is constant but for rounding must not be blown up
    scale[scale < 1e-9 * (1 + np.abs(middle))] = np.inf
    rows, others = (learnt - middle) / scale, (held - middle) / scale
    with threadpool_limits(1):
        if (most := max(len(rows) // 10, 1)) < rows.shape[1] and rows.any():
            directions = PCA(n_components=most, svd_solver="covariance_eigh").fit(rows)
            rows, others = directions.transform(rows), directions.transform(others)
        model = LogisticRegression(C=0.1, max_iter=500)
        chances: Matrix = model.fit(rows, codes).predict_proba(others)
    return np.round(chances, _DIGITS)
