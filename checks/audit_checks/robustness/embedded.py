"""Where texts lie in the space of a model, and which of them lie together."""

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.predictors import Model
from audit.text_predictors import Embeds
from audit.texts import Texts

_DIGITS = 6
"""Decimals that are kept: the last bits change with what passes together."""


def embedded(model: Model[Texts], texts: Texts) -> Matrix:
    """Return the place of each text, shape (n, d).

    Raises
    ------
    SubjectError
        If the model cannot, or gives what is no number.

    """
    if not isinstance(model, Embeds):
        msg = "the model gives texts no place in a space"
        raise SubjectError(msg)
    embeds: Embeds = model
    places = embeds.embed(texts)
    if not np.isfinite(places).all():
        msg = "the embeddings of some texts are no numbers"
        raise SubjectError(msg)
    return np.round(places, _DIGITS)


def clusters_of(
    places: Matrix, fitted: NDArray[np.int64], clusters: int, seed: int
) -> NDArray[np.int64]:
    """Sort rows into clusters by k-means.

    Parameters
    ----------
    places : ndarray of float, shape (n, d)
    fitted : ndarray of int64
        The rows, in order, on which the clusters are found.
    clusters : int
        No more than there are different rows among those.
    seed : int

    Returns
    -------
    ndarray of int64, shape (n,)
        The cluster of each row, the largest of the fitted rows first.

    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    most = min(clusters, len(np.unique(places[fitted], axis=0)))
    if most < 1:
        return np.zeros(len(places), dtype=np.int64)
    with threadpool_limits(1):  # sums of several threads end in other last bits
        made = KMeans(n_clusters=most, n_init=3, random_state=seed).fit(places[fitted])
        found = made.predict(places)
    sizes = np.bincount(found[fitted], minlength=most)
    ranks = np.argsort(np.argsort(-sizes, kind="stable"), kind="stable")
    return np.asarray(ranks[found], dtype=np.int64)
