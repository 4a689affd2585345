"""Integrated gradients by captum, with as many steps as each row needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.gaps import relative_gap
from audit.draws import chosen
from audit.errors import SubjectError
from audit.inputs import Inputs, Matrix
from audit.packages import needed
from audit.predictors import Attribution, Differentiable, Model

if TYPE_CHECKING:
    import torch

_BATCH: Final = 32_768
"""Points on the paths that are differentiated at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Integrated(Attribution):
    """Attributions by integration.

    Attributes
    ----------
    steps : ndarray of int64, shape (n,)
        Points on the path of each row.

    """

    steps: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegratedGradients:
    """Integrated gradients of the probability of a class, from the mean of the background.

    The path runs through the numbers in which the model is differentiable, from their mean over
    some rows of the background, in which a category is present in part. What the numbers of a
    feature add is summed. `output` is the model's own answer, so that a representation that does
    not answer as the model does is seen as a gap.

    Attributes
    ----------
    steps, most_steps : int
        Gauss-Legendre points of the path: doubled for the rows whose sum misses the change of
        the output by more than the tolerance, up to the most.
    tolerance : float
        Of the gap relative to the change, see `relative_gap`.
    background_rows : int
        Rows behind the mean, drawn by their keys.

    References
    ----------
    .. [1] M. Sundararajan, A. Taly, Q. Yan (2017), "Axiomatic attribution for deep networks",
           International Conference on Machine Learning 34.

    """

    steps: int = 50
    most_steps: int = 400
    tolerance: float = 0.01
    background_rows: int = 200

    def described(self, model: Model, background: Inputs) -> str:  # noqa: ARG002
        """Name the method and its settings."""
        rows = min(len(background), self.background_rows)
        return (
            f"captum integrated gradients, {self.steps} to {self.most_steps} steps, "
            f"from the mean of {rows} background rows, tolerance {self.tolerance}"
        )

    def explain(
        self,
        model: Model,
        inputs: Inputs,
        targets: NDArray[np.int64],
        *,
        background: Inputs,
        seed: int,
    ) -> Integrated:
        """Explain the target's probability, each row by the part of the model that answers it."""
        if not isinstance(model, Differentiable):
            msg = "integrated gradients need a model with gradients, and this one has none"
            raise SubjectError(msg)
        represented = model.represent(inputs)
        rows = chosen(background.keys, self.background_rows, "background", seed)
        start = model.represent(background.take(rows)).values.mean(axis=0)
        output = model.predict(inputs)[np.arange(len(inputs)), targets]
        found = Integrated(
            values=np.zeros(represented.values.shape),
            output=output,
            base=np.zeros(len(inputs)),
            method=self.described(model, background),
            steps=np.zeros(len(inputs), dtype=np.int64),
        )
        parts = model.parts(inputs.keys)
        for part in np.unique(parts):
            path = _Path(
                logits=model.logits(int(part)),
                ends=represented.values,
                start=start,
                targets=targets,
            )
            self._integrate(path, np.flatnonzero(parts == part), found)
        return Integrated(
            values=_by_feature(found.values, represented.owners, len(inputs.features)),
            output=output,
            base=found.base,
            method=found.method,
            steps=found.steps,
        )

    def _integrate(self, path: "_Path", rows: NDArray[np.int64], found: Integrated) -> None:
        """Fill the rows in, with more steps for those that need them."""
        found.base[rows] = path.base(rows)
        steps = self.steps
        while len(rows):
            found.values[rows] = path.integrals(rows, steps)
            found.steps[rows] = steps
            steps *= 2
            if steps > self.most_steps:
                return
            rows = rows[relative_gap(found)[rows] > self.tolerance]


def _by_feature(values: Matrix, owners: NDArray[np.int64], features: int) -> Matrix:
    """Sum what the numbers of each feature were given, shape (n, f)."""
    owned = np.zeros((len(owners), features))
    owned[np.arange(len(owners)), owners] = 1.0
    return values @ owned


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Path:
    """The straight lines from one start to each row, through one part of a model."""

    logits: "Callable[[torch.Tensor], torch.Tensor]"
    ends: Matrix
    start: Matrix
    targets: NDArray[np.int64]

    def probabilities(self, values: "torch.Tensor") -> "torch.Tensor":
        """Return the probability of each class."""
        return self.logits(values).double().softmax(dim=1)

    def base(self, rows: NDArray[np.int64]) -> Matrix:
        """Return the probability of each row's target at the start."""
        torch = needed("torch")
        with torch.no_grad():
            found = self.probabilities(torch.as_tensor(self.start[None, :])).numpy()
        return np.asarray(found[0, self.targets[rows]], dtype=np.float64)

    def integrals(self, rows: NDArray[np.int64], steps: int) -> Matrix:
        """Return what each number of the representation added, shape (n, d)."""
        torch, attr = needed("torch"), needed("captum.attr")
        method = attr.IntegratedGradients(self.probabilities)
        at_once, found = max(_BATCH // steps, 1), []
        for begin in range(0, len(rows), at_once):
            some = rows[begin : begin + at_once]
            made = method.attribute(
                torch.as_tensor(self.ends[some]),
                baselines=torch.as_tensor(self.start[None, :]),
                target=torch.as_tensor(self.targets[some]),
                n_steps=steps,
            )
            found.append(made.detach().numpy())
        return np.concatenate(found)
