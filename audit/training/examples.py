"""Labelled rows to learn from, checked, and in an order that does not depend on how they came."""

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.inputs import Inputs
from audit.training.settings import TableSettings

Places = NDArray[np.int64]
_TWO_CLASSES = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """Labelled rows.

    Attributes
    ----------
    inputs : Inputs
        n rows.
    labels : ndarray of int64, shape (n,)
        Places among the classes.
    classes : tuple of str
    levels : ndarray of int64, shape (n,), or None
        Places among the judged levels of the protected group; -1 is none of them.
    names : tuple of str
        Those levels.
    data_digest : str
        Of the file that the rows came from.

    """

    inputs: Inputs
    labels: Places
    classes: tuple[str, ...]
    levels: Places | None = None
    names: tuple[str, ...] = ()
    data_digest: str = ""

    def __len__(self) -> int:
        return len(self.inputs)

    def in_order(self) -> "Examples":
        """Return the rows in the order of their ids."""
        first, second = self.inputs.digests.T
        order = np.lexsort((self.labels, second, first, self.inputs.keys))
        return replace(
            self,
            inputs=self.inputs.take(order),
            labels=self.labels[order],
            levels=None if self.levels is None else self.levels[order],
        )

    def fingerprint(self, settings: TableSettings) -> str:
        """Return a digest of all that decides the weights."""
        import torch

        told = {
            "settings": settings.to_dict(),
            "features": [[f.name, f.kind, f.levels] for f in self.inputs.features],
            "classes": self.classes,
            "torch": torch.__version__,
        }
        found = hashlib.sha256(json.dumps(told).encode())
        levels = () if self.levels is None else (self.levels,)
        for each in (self.inputs.keys, self.inputs.digests, self.labels, *levels):
            found.update(np.ascontiguousarray(each).tobytes())
        return found.hexdigest()


def refuse_untrainable(given: Examples, settings: TableSettings) -> None:
    """Raise a sentence if there is nothing to learn from these rows.

    Raises
    ------
    SubjectError
        If a row has no label, a single class occurs, there is no feature, a number is infinite, or
        what mitigation needs is missing.

    """
    labels, classes = given.labels, given.classes
    outside = int(np.sum((labels < 0) | (labels >= len(classes))))
    if outside:
        msg = f"training needs a label for each row, but {outside} of {len(labels)} have none"
        raise SubjectError(msg)
    if len(np.unique(labels)) < _TWO_CLASSES:
        msg = f"training needs two classes, but {len(labels)} rows hold {len(np.unique(labels))}"
        raise SubjectError(msg)
    if not given.inputs.features:
        msg = "training needs at least one feature"
        raise SubjectError(msg)
    if np.isinf(given.inputs.values).any():
        msg = "training needs finite numbers, but a feature holds infinity"
        raise SubjectError(msg)
    if settings.mitigation is not None:
        _refuse_unmitigable(given, settings)


def _refuse_unmitigable(given: Examples, settings: TableSettings) -> None:
    name = settings.protected or "the protected group"
    if len(given.classes) != _TWO_CLASSES:
        msg = f"mitigation needs two classes, but there are {len(given.classes)}"
        raise SubjectError(msg)
    if settings.favorable not in {0, 1}:
        msg = f"train.favorable: must be the place of a class, but got {settings.favorable}"
        raise SubjectError(msg)
    held = np.array([]) if given.levels is None else given.levels[given.levels >= 0]
    if len(np.unique(held)) < _TWO_CLASSES:
        msg = f"mitigation needs two levels of {name}, but the rows hold {len(np.unique(held))}"
        raise SubjectError(msg)
    if settings.protected in given.inputs.names:
        msg = (
            f"mitigation keeps {name} from the model, but it is among the features; "
            "drop it from them"
        )
        raise SubjectError(msg)
