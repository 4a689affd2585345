"""A model that is asked for each distinct input once in a run."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys
from audit.inputs import Feature, Inputs, Matrix
from audit.models.store import Store
from audit.predictors import Model

DIGITS: Final = 9
"""Probabilities are rounded to this many decimals, so that the last bits of a sum, which change
with the size of a batch, change no decision and no number."""


class Cached:
    """A model in front of which every answer is kept.

    Two rows are the same input if their values are, and if the same part of the model answers
    them: the network that never saw the unit, where it answers out of fold.

    Attributes
    ----------
    forward_rows : int
        Rows that went through the model.
    asked : int
        Distinct inputs that were asked for in this run, whether or not a run that was killed had
        already answered them.

    """

    def __init__(self, model: Model, store: Store | None = None, *, batch: int = 65_536) -> None:
        self.inner = model
        self.store = store or Store()
        self.batch = batch
        self.forward_rows = 0
        self.asked = 0
        self._seen = Store()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, in the order of the probabilities."""
        return self.inner.classes

    @property
    def features(self) -> tuple[Feature, ...] | None:
        """What the model reads."""
        return self.inner.features

    @property
    def digest(self) -> str:
        """What tells this model from others."""
        return self.inner.digest

    @property
    def protocol(self) -> str:
        """How it answers rows."""
        return self.inner.protocol

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        """Return which part answers each row."""
        return self.inner.parts(keys)

    def predict(self, inputs: Inputs) -> Matrix:
        """Return the probability of each class, asking the model for new inputs only."""
        return self.remember("predict", inputs, self._forward)

    def remember(
        self, operation: str, inputs: Inputs, compute: Callable[[Inputs], Matrix]
    ) -> Matrix:
        """Return what is computed for each row, computing it for new inputs only."""
        operation = f"{self.digest} {_shape_of(inputs)} {operation}"
        digests = self._digests(inputs)
        first, back = _distinct(digests)
        wanted = digests[first]
        self._count(operation, wanted)
        known, values = self.store.get(operation, wanted)
        new = np.flatnonzero(~known)
        for start in range(0, len(new), self.batch):
            rows = new[start : start + self.batch]
            made = compute(inputs.take(first[rows]))
            self.store.put(operation, wanted[rows], made)
            if values is None or values.shape[1:] != made.shape[1:]:
                values = np.zeros((len(wanted), *made.shape[1:]))
            values[rows] = made
        if values is None:  # no rows at all
            return compute(inputs)
        return values[back]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what the model has beyond `Model`
        """Lend what only some models have, such as gradients."""
        if name == "inner":  # not there yet, as when it is copied
            raise AttributeError(name)
        return getattr(self.inner, name)

    def _forward(self, inputs: Inputs) -> Matrix:
        self.forward_rows += len(inputs)
        return np.round(self.inner.predict(inputs), DIGITS)

    def _digests(self, inputs: Inputs) -> NDArray[np.uint64]:
        parts = self.inner.parts(inputs.keys).astype(np.uint64)
        return inputs.digests ^ (parts * np.uint64(0x9E3779B97F4A7C15))[:, None]

    def _count(self, operation: str, digests: NDArray[np.uint64]) -> None:
        if not operation.endswith(" predict"):
            return
        known, _ = self._seen.get(operation, digests)
        new = digests[~known]
        self._seen.put(operation, new, np.zeros((len(new), 0)))
        self.asked += len(new)


def _shape_of(inputs: Inputs) -> str:
    """Name the columns and levels by which the values were written."""
    from audit.files import sha256_of

    return sha256_of(repr(inputs.features).encode())[:16]


def _distinct(digests: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each distinct row stands first, and for each row its place among those."""
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    ordered = digests[order]
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.cumsum(starts) - 1
    return order[starts], back
