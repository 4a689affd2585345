"""Labelled texts to learn from, checked, and in an order that does not depend on how they came."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.texts import Texts
from audit.training.texts.settings import TextSettings

Places = NDArray[np.int64]
_TWO_CLASSES: Final = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """Texts and their classes.

    Attributes
    ----------
    texts : Texts
        n of them.
    labels : ndarray of int64, shape (n,)
        Places among the classes.

    """

    texts: Texts
    labels: Places

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """Return some of them."""
        return replace(self, texts=self.texts.take(rows), labels=self.labels[rows])

    def in_order(self) -> Self:
        """Return them in the order of their ids."""
        return self.take(_order(self.texts, self.labels))


@dataclass(frozen=True, kw_only=True, eq=False)
class TextExamples:
    """What a model of texts is trained with.

    Attributes
    ----------
    rows : Labelled
    classes : tuple of str
    validation : Labelled or None
        Rows of a file of their own that measure when to stop.
    unlabelled : Texts or None
        For the first stage.
    data_digest : str
        Of the file that the rows came from.

    """

    rows: Labelled
    classes: tuple[str, ...]
    validation: Labelled | None = None
    unlabelled: Texts | None = None
    data_digest: str = ""

    def in_order(self) -> "TextExamples":
        """Return the same rows in the order of their ids."""
        other, plain = self.validation, self.unlabelled
        return replace(
            self,
            rows=self.rows.in_order(),
            validation=None if other is None else other.in_order(),
            unlabelled=None if plain is None else plain.take(_order(plain)),
        )

    def fingerprint(self, settings: TextSettings, base: str, versions: Mapping[str, str]) -> str:
        """Return a digest of all that decides the weights, but for the machine.

        Parameters
        ----------
        settings : TextSettings
        base : str
            The digest of the base.
        versions : mapping of str to str
            Of the packages.

        """
        told: dict[str, Any] = settings.to_dict() | {"base": base, "pretrain": ""}
        del told["checkpoint_steps"]
        told |= {"validation": settings.validation if self.validation is None else "a file"}
        told |= {"classes": self.classes, "versions": dict(versions)}
        found = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
        for part in (self.rows, self.validation):
            if part is not None:
                for each in (part.texts.keys, part.texts.digests, part.labels):
                    found.update(np.ascontiguousarray(each).tobytes() + b"|")
        if self.unlabelled is not None:
            found.update(np.ascontiguousarray(self.unlabelled.digests).tobytes())
        return found.hexdigest()


def refuse_untrainable(given: TextExamples, settings: TextSettings) -> None:
    """Raise a sentence if there is nothing to learn from these rows.

    Raises
    ------
    SubjectError
        If a row has no label, a single class occurs, or a class has fewer rows than are to be
        drawn of it.

    """
    for part, named in ((given.rows, "training"), (given.validation, "validation")):
        if part is not None and (outside := _outside(part.labels, len(given.classes))):
            msg = f"{named} needs a label for each row, but {outside} of {len(part)} have none"
            raise SubjectError(msg)
    counts = np.bincount(given.rows.labels, minlength=len(given.classes))
    if (counts > 0).sum() < _TWO_CLASSES:
        msg = f"training needs two classes, but {len(given.rows)} rows hold {(counts > 0).sum()}"
        raise SubjectError(msg)
    if settings.per_class is not None and counts.min() < settings.per_class:
        scarce = given.classes[int(counts.argmin())]
        msg = (
            f"train.per_class: must be at most the rows of each class, but class {scarce!r} has "
            f"{counts.min()} and {settings.per_class} were asked for"
        )
        raise SubjectError(msg)
    if settings.pretrain and (given.unlabelled is None or not len(given.unlabelled)):
        msg = "train.pretrain: must hold texts, but holds none"
        raise SubjectError(msg)


def _outside(labels: Places, classes: int) -> int:
    return int(np.sum((labels < 0) | (labels >= classes)))


def _order(texts: Texts, labels: Places | None = None) -> Places:
    first, second = texts.digests.T
    last = () if labels is None else (labels,)
    return np.lexsort((*last, second, first, texts.keys))
