"""Attributions that know nothing: what an explanation must be better than."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.draws import normals
from audit.inputs import Inputs, Matrix
from audit.predictors import Attribution, Model


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """Standard normal numbers, drawn from the row's key and the feature's name."""

    def described(self, model: Model, background: Inputs) -> str:  # noqa: ARG002
        """Name the method."""
        return "random"

    def explain(
        self,
        model: Model,
        inputs: Inputs,
        targets: NDArray[np.int64],
        *,
        background: Inputs,  # noqa: ARG002 - it knows nothing
        seed: int,
    ) -> Attribution:
        """Give numbers that the model has no part in, around the probability."""
        output = model.predict(inputs)[np.arange(len(inputs)), targets]
        values = random_values(inputs, seed)
        return Attribution(
            values=values, output=output, base=output - values.sum(axis=1), method="random"
        )


def random_values(inputs: Inputs, *salt: str | int) -> Matrix:
    """Draw a number for each row and feature, shape (n, f)."""
    drawn = [normals(inputs.keys, "random attribution", name, *salt) for name in inputs.names]
    return np.column_stack([*drawn, np.empty((len(inputs), 0))])
