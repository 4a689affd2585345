"""Attributions as the checks ask for them: checked, and computed once for each row of a run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.choosing import Method, method_of
from audit.attributions.gradients import Integrated
from audit.errors import SubjectError
from audit.files import sha256_of
from audit.inputs import Inputs, Matrix
from audit.predictors import Attribution, Explains, Model, Remembers
from audit.text_predictors import TextAttribution

CLIENTS: Final = "the client's own"
_DIGITS: Final = 9
"""Decimals that are kept, as of probabilities: the last bits change with the size of a batch."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Attributing:
    """One way to explain one model.

    Attributes
    ----------
    explainer : Explains
        One of ours, or the client's own. What ours gives for a row is remembered by the model, if
        it can; the client's is asked each time, since nobody knows all its settings.

    """

    model: Model
    background: Inputs
    explainer: Explains
    seed: int

    def explain(self, inputs: Inputs, targets: NDArray[np.int64]) -> Attribution:
        """Explain the target of each row.

        Raises
        ------
        SubjectError
            If the explainer does not give one finite number for each row and feature.

        """
        if isinstance(self.model, Remembers) and isinstance(self.explainer, Method):
            return self._remembered(self.model, self.explainer, inputs, targets)
        return self._explained(inputs, targets)

    def _explained(self, inputs: Inputs, targets: NDArray[np.int64]) -> Attribution:
        found = self.explainer.explain(
            self.model, inputs, targets, background=self.background, seed=self.seed
        )
        refuse_unfit(found, len(inputs), inputs.values.shape[1])
        return found

    def _remembered(
        self, model: Remembers, method: Method, inputs: Inputs, targets: NDArray[np.int64]
    ) -> Attribution:
        described = method.described(self.model, self.background)
        behind = sha256_of(self.background.digests.tobytes() + self.background.keys.tobytes())
        operation = f"attributions {described} seed={self.seed} background={behind}"
        table = np.zeros((len(inputs), inputs.values.shape[1] + 3))
        for target in np.unique(targets):
            rows = np.flatnonzero(targets == target)
            table[rows] = model.remember(
                f"{operation} target={target}", inputs.take(rows), self._table_of(int(target))
            )
        return _read(table, described)

    def _table_of(self, target: int) -> Callable[[Inputs], Matrix]:
        """Return what explains one class: values, output, base and steps, side by side."""

        def compute(inputs: Inputs) -> Matrix:
            found = self._explained(inputs, np.full(len(inputs), target))
            table: Matrix = np.column_stack(
                [found.values, found.output, found.base, steps_of(found).astype(np.float64)]
            )
            return np.round(table, _DIGITS)

        return compute


def attributing(
    model: Model,
    background: Inputs,
    *,
    method: str,
    explainer: Explains | None,
    seed: int,
) -> Attributing:
    """Explain by the client's own explainer where there is one, by a method of ours otherwise."""
    chosen = explainer if explainer is not None else method_of(method, model)
    return Attributing(model=model, background=background, explainer=chosen, seed=seed)


def steps_of(attribution: Attribution) -> NDArray[np.int64]:
    """Return the steps of each row, 0 for a method without any."""
    if isinstance(attribution, Integrated):
        return attribution.steps
    return np.zeros(len(attribution.output), dtype=np.int64)


def _read(table: Matrix, method: str) -> Integrated:
    return Integrated(
        values=table[:, :-3],
        output=table[:, -3],
        base=table[:, -2],
        method=method,
        steps=table[:, -1].astype(np.int64),
    )


def refuse_unfit(found: Attribution | TextAttribution, rows: int, columns: int) -> None:
    """Refuse what an explainer gives if it is not one finite number for each row and column.

    Raises
    ------
    SubjectError
        With one sentence.

    """
    shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
        "values": (found.values, (rows, columns)),
        "output": (found.output, (rows,)),
        "base": (found.base, (rows,)),
    }
    for name, (given, shape) in shapes.items():
        if np.shape(given) != shape:
            msg = (
                f"the explainer must give {name} of shape {shape}, but they have {np.shape(given)}"
            )
            raise SubjectError(msg)
        if not np.isfinite(given).all():
            msg = f"the explainer must give finite {name}, but some are not"
            raise SubjectError(msg)
