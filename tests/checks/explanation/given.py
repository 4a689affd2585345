"""An explainer that gives what it is told, and rows for models whose answers are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import audit
from audit.inputs import Feature, Inputs, Matrix
from audit.predictors import Attribution, Explains, Model
from audit.subjects import Subject
from fixtures.planted.models import FunctionModel


@dataclass(frozen=True, kw_only=True)
class Given:
    """Values by a function of the rows; the base is what makes them complete."""

    values: Callable[[Inputs], Any]
    off: float = 0.0
    """Added to the base."""
    output: Callable[[Matrix], Matrix] = lambda scores: scores

    def explain(
        self,
        model: Model,
        inputs: Inputs,
        targets: NDArray[np.int64],
        *,
        background: Inputs,  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> Attribution:
        output = self.output(model.predict(inputs)[np.arange(len(inputs)), targets])
        values = np.asarray(self.values(inputs), dtype=np.float64)
        base = output - values.sum(axis=1) + self.off
        return Attribution(values=values, output=output, base=base, method="given")


def asked_about(
    values: Any,
    function: Callable[[Matrix], Matrix],
    explainer: Explains | None = None,
    names: Sequence[str] = "abcdefghij",
    **roles: Any,
) -> Subject:
    """Put rows, the function that answers them, and an explainer together."""
    table = np.asarray(values, dtype=np.float64)
    names = names[: table.shape[1]]
    frame = pd.DataFrame(table, columns=list(names))
    frame["id"] = roles.pop("ids", [f"row {place}" for place in range(len(table))])
    model = FunctionModel(function=function, features=tuple(Feature(name=n) for n in names))
    return audit.subject(model, frame, id="id", explainer=explainer, **roles)
