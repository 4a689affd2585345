"""Which texts train and which say when to stop: by id, and never the same text on both sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, uniforms
from audit.errors import SubjectError
from audit.texts import Texts
from audit.training.splits import held_back
from audit.training.texts.examples import Labelled, Places, TextExamples
from audit.training.texts.settings import TextSettings


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """What is learned from, and what is not."""

    fit: Labelled
    held: Labelled | None
    """Rows that measure when to stop."""
    left_out: int = 0
    """Rows of the validation file that are rows to learn from as well."""


def parted(given: TextExamples, settings: TextSettings) -> Parts:
    """Draw the rows of a few-shot training, and cut off those for validation.

    Raises
    ------
    SubjectError
        If that leaves no row on one of the two sides.

    """
    rows = given.rows
    if settings.per_class is not None:
        rows = rows.take(drawn(rows, settings.per_class, settings.seed))
    if given.validation is not None:
        return _beside(rows, given.validation)
    share = settings.validation
    if isinstance(share, str) or share == 0:
        return Parts(fit=rows, held=None)
    units = alike(rows.texts)
    back = held_back(units, share, settings.seed)
    if back.any():  # a class all of whose rows are held back could not be learned
        unlearned = np.setdiff1d(rows.labels, rows.labels[~back])
        back &= ~np.isin(units, units[np.isin(rows.labels, unlearned)])
    if not back.any():
        msg = (
            f"{len(rows)} rows are too few to hold back a share of {share:g} for validation; "
            "train on more rows, or set validation to 0"
        )
        raise SubjectError(msg)
    return Parts(fit=rows.take(~back), held=rows.take(back))


def drawn(rows: Labelled, per_class: int, seed: int) -> Places:
    """Return the places, ascending, of so many rows of each class.

    Those with the smallest draws are taken, so that more rows hold all of fewer.
    """
    draws = uniforms(rows.texts.keys, "per class", seed)
    order = np.lexsort((rows.texts.keys, draws))
    held = [order[rows.labels[order] == each][:per_class] for each in np.unique(rows.labels)]
    return np.sort(np.concatenate(held)).astype(np.int64)


def alike(texts: Texts) -> Keys:
    """Return a key for each text, the same for rows of one unit and for rows of one text.

    Examples
    --------
    >>> from audit.texts import as_array
    >>> keys = np.array([1, 2, 2, 9], dtype=np.uint64)
    >>> alike(Texts(values=as_array(["a", "a", "b", "c"]), keys=keys)).tolist()
    [1, 1, 1, 9]

    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(texts)
    _, units = np.unique(texts.keys, return_inverse=True)
    _, contents = np.unique(texts.digests, axis=0, return_inverse=True)
    ends = (units, contents.reshape(n) + n)
    graph = coo_array((np.ones(n), ends), shape=(2 * n, 2 * n))
    _, parts = connected_components(graph, directed=False)
    found: Keys = np.full(parts.max() + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(found, parts[units], texts.keys)
    smallest: Keys = found[parts[units]]
    return smallest


def _beside(rows: Labelled, held: Labelled) -> Parts:
    """Leave out of the validation what is learned from."""
    seen = np.isin(held.texts.keys, rows.texts.keys) | _same_text(held.texts, rows.texts)
    if seen.all():
        msg = (
            f"train.validation: must hold rows beside those that are learned from, but all "
            f"{len(held)} are among them, by id or by text"
        )
        raise SubjectError(msg)
    return Parts(fit=rows, held=held.take(~seen), left_out=int(seen.sum()))


def _same_text(texts: Texts, others: Texts) -> NDArray[np.bool_]:
    return np.isin(texts.digests[:, 0], others.digests[:, 0])
