"""A model that is asked for each distinct input once in a run."""

from collections.abc import Callable
from typing import Any, Final, Generic

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys
from audit.inputs import Feature, Matrix
from audit.models.answers import probabilities
from audit.models.store import Store, order_of
from audit.predictors import (
    AnswersApart,
    Batches,
    Differentiable,
    HasEstimator,
    Model,
    NamesColumns,
    Randomizes,
    Rows,
)
from audit.text_predictors import (
    DifferentiableTexts,
    Embeds,
    EmbedsInOnePass,
    Masks,
    ReadsTokens,
)

DIGITS: Final = 9
"""Probabilities are rounded to this many decimals, so that the last bits of a sum, which change
with the size of a batch, change no decision and no number."""
_ONLY_SOME: Final = (
    AnswersApart,
    Differentiable,
    DifferentiableTexts,
    Embeds,
    EmbedsInOnePass,
    HasEstimator,
    Masks,
    NamesColumns,
    Randomizes,
    ReadsTokens,
)
_LENT: Final = [name for each in _ONLY_SOME for name in vars(each) if not name.startswith("_")]
"""What only some models have: it must be there before it is asked for, since `isinstance` does not
ask `__getattr__`."""
_KEPT: Final = {"embed": "_embed", "predict_and_embed": "_predict_and_embed"}
"""What of it is computed for each row, and what here keeps it."""


class Cached(Generic[Rows]):
    """A model in front of which every answer is kept.

    Two rows are the same input if their values are, and if the same part of the model answers
    them: the network that never saw the unit, where it answers out of fold. New inputs reach the
    model in an order of their own, so that the order of the rows changes nothing.

    Parameters
    ----------
    model : Model
    store : Store, optional
        Where answers are kept. A model that cannot be told from others, with no digest, never
        finds answers on disk, and leaves none there.
    batch : int
        Rows that the model is asked for at once.

    Attributes
    ----------
    forward_rows : int
        Rows that went through the model.
    asked : int
        Distinct inputs that were asked for in this run, whether or not a run that was killed had
        already answered them.

    """

    def __init__(
        self, model: Model[Rows], store: Store | None = None, *, batch: int = 65_536
    ) -> None:
        if batch < 1:
            msg = f"batch must be at least 1, but got {batch}"
            raise ValueError(msg)
        self.inner = model
        self.store = store if store is not None and model.digest else Store()
        self.batch = batch
        self.forward_rows = 0
        self.asked = 0
        self._seen = Store()
        for name in _LENT:
            if hasattr(model, name):
                setattr(self, name, self._lent(name))

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

    def predict(self, inputs: Rows, /) -> Matrix:
        """Return the probability of each class, asking the model for new inputs only."""
        return self._predicted(inputs, self.inner.predict)

    def remember(self, operation: str, inputs: Rows, compute: Callable[[Rows], Matrix]) -> Matrix:
        """Return what is computed for each row, computing it for new inputs only."""
        return self._remembered(operation, inputs, compute, counted=False)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what the model has beyond `Model`
        """Lend what only this model has."""
        if name == "inner":  # not there yet, as when it is copied
            raise AttributeError(name)
        return getattr(self.inner, name)

    def _lent(self, name: str) -> Any:  # noqa: ANN401
        """Return what the model has; what it computes for each row is kept."""
        return getattr(self, _KEPT[name]) if name in _KEPT else getattr(self.inner, name)

    def _remembered(
        self,
        operation: str,
        inputs: Rows,
        compute: Callable[[Rows], Matrix],
        *,
        counted: bool,
    ) -> Matrix:
        operation = self._full(operation, inputs)
        digests = self._digests(inputs)
        first, back = _distinct(digests)
        wanted = digests[first]
        known, values = self.store.get(operation, wanted)
        asked = self._not_asked(operation, wanted, known)
        if counted:
            self.asked += len(asked)
        missing = np.flatnonzero(~known)  # also what was asked before, if its computation failed
        whole = np.union1d(asked, missing) if isinstance(self.inner, Batches) else missing
        for some in self._together(inputs.take(first[whole])):
            rows = whole[some]
            if known[rows].all():
                continue
            made = np.asarray(compute(inputs.take(first[rows])), dtype=np.float64)
            _refuse_another_shape(made, len(rows), values)
            if values is None:
                values = np.zeros((len(wanted), *made.shape[1:]))
            new = rows[~known[rows]]
            values[new] = made[~known[rows]]
            self.store.put(operation, wanted[new], values[new])
        return compute(inputs) if values is None else values[back]  # None: there are no rows

    def _together(self, inputs: Rows) -> list[NDArray[np.int64]]:
        """Return the places of rows that pass at once.

        Where others of a batch change the last bits of an answer, batches are made of what this
        run has not asked before, also if a run that was killed has answered some of it: so a row
        passes with the same others in both.
        """
        if not len(inputs):
            return []
        if isinstance(self.inner, Batches):
            return self.inner.together(inputs)
        every = np.arange(len(inputs))
        return [every[start : start + self.batch] for start in range(0, len(every), self.batch)]

    def _full(self, operation: str, inputs: Rows) -> str:
        """Name an operation so that no other model and no other kind of inputs shares it."""
        return f"{self.digest} {self.classes} {operation} {inputs.signature}"

    def _predicted(self, inputs: Rows, ask: Callable[[Rows], Matrix]) -> Matrix:
        if not len(inputs):
            return np.empty((0, len(self.classes)))

        def forward(new: Rows) -> Matrix:
            self.forward_rows += len(new)
            return np.round(probabilities(ask(new), len(new), self.classes, "the model"), DIGITS)

        return self._remembered("predict", inputs, forward, counted=True)

    def _predict_and_embed(self, inputs: Rows) -> tuple[Matrix, Matrix]:
        """Answer inputs, and keep the places that the same pass gives."""
        model: Any = self.inner
        operation = self._full("embed", inputs)

        def ask(new: Rows) -> Matrix:
            answers, places = model.predict_and_embed(new)
            digests = self._digests(new)
            known, _ = self.store.get(operation, digests)
            self.store.put(operation, digests[~known], places[~known])
            return np.asarray(answers)

        return self._predicted(inputs, ask), self._embed(inputs)

    def _embed(self, inputs: Rows) -> Matrix:
        model: Any = self.inner
        return self.remember("embed", inputs, model.embed)

    def _digests(self, inputs: Rows) -> NDArray[np.uint64]:
        parts = self.inner.parts(inputs.keys).astype(np.uint64)
        return inputs.digests ^ (parts * np.uint64(0x9E3779B97F4A7C15))[:, None]

    def _not_asked(
        self, operation: str, digests: NDArray[np.uint64], known: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return the places of inputs that this run has not asked for before."""
        if self.store.folder is None:  # it knows what was asked in this run, and nothing else
            return np.flatnonzero(~known)
        seen, _ = self._seen.get(operation, digests)
        new = np.flatnonzero(~seen)
        self._seen.put(operation, digests[new], np.zeros((len(new), 0)))
        return new


def _refuse_another_shape(made: Matrix, rows: int, before: Matrix | None) -> None:
    wanted = (rows, *(made if before is None else before).shape[1:])
    if made.shape != wanted:
        msg = (
            f"the values of {rows} rows must have shape {wanted}, but have {made.shape}; "
            "the name of an operation must hold all its settings"
        )
        raise ValueError(msg)


def _distinct(digests: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each distinct row stands first, and for each row its place among those."""
    order = order_of(digests)
    ordered = digests[order]
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.cumsum(starts) - 1
    return order[starts], back
