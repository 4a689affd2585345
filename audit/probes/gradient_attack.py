"""A search for the smallest margin near a row, along the signs of a model's gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import uniforms
from audit.inputs import Inputs, Matrix
from audit.predictors import Differentiable, Model, Representation
from audit.probes.bounds import Box
from audit.threads import one_thread

if TYPE_CHECKING:
    import torch

_BATCH: Final = 8192


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """How long is searched."""

    steps: int = 20
    """Gradients of one start."""
    starts: int = 3
    """The row itself, then random points of its box."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Worst:
    """The worst point that one start led to.

    Attributes
    ----------
    inputs : Inputs
        n rows, each within its box: the worst point on the way from the start.
    margins : ndarray of float, shape (n,)
        Logit of the true class less the best other one; NaN where the model gives none.

    """

    inputs: Inputs
    margins: Matrix


def worst_near(  # noqa: PLR0913 - one parameter a concept
    model: Model,
    inputs: Inputs,
    labels: NDArray[np.int64],
    box: Box,
    budget: Budget,
    *,
    start: int = 0,
    seed: int = 0,
) -> Worst:
    """Search each row's box for the point with the smallest margin, from one start.

    Parameters
    ----------
    model : Model
        That is `Differentiable` as well. Each row is attacked through the part that answers it.
    inputs : Inputs
        n rows.
    labels : ndarray of int64, shape (n,)
        The place of the true class of each row.
    box : Box
        Only numbers that the model represents smoothly are moved.
    budget : Budget
    start : int
        0 is the row itself; any other, a point of its box drawn from its key and the seed.
    seed : int

    Returns
    -------
    Worst
        A point found is no proof; ask the model itself what it decides there.

    Notes
    -----
    Projected sign gradients with a step that falls from the whole radius to nothing, the best
    point kept. The loss is the margin, which knows no saturation: cross-entropy has no gradient
    where the model is sure of itself, and calls such a model robust.

    References
    ----------
    .. [1] A. Madry et al. (2018), "Towards deep learning models resistant to adversarial
           attacks", International Conference on Learning Representations.
    .. [2] F. Croce and M. Hein (2020), "Reliable evaluation of adversarial robustness with an
           ensemble of diverse parameter-free attacks", International Conference on Machine
           Learning: the failures of cross-entropy and of fixed steps.

    """
    if not isinstance(model, Differentiable):
        msg = "the attack needs a model with gradients"
        raise TypeError(msg)
    found, margins = inputs.values.copy(), np.full(len(inputs), np.nan)
    parts = model.parts(inputs.keys)
    for part in np.unique(parts):
        logits = model.logits(int(part))
        places = np.flatnonzero(parts == part)
        for begin in range(0, len(places), _BATCH):
            rows = places[begin : begin + _BATCH]
            some = inputs.take(rows)
            move = _Moves.of(model.represent(some), some, box.take(rows))
            first = move.start(some, start, seed)
            with one_thread():
                worst, margins[rows] = _descend(logits, labels[rows], move, first, budget.steps)
            found[rows] = move.decoded(some, worst)
    return Worst(inputs=inputs.having(found), margins=margins)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Moves:
    """A batch in the numbers of its representation, and how far each may go."""

    origin: Matrix
    low: Matrix
    high: Matrix
    owners: NDArray[np.int64]
    """The feature of each number that is moved."""
    places: NDArray[np.int64]
    """Where those numbers are in the representation."""

    @classmethod
    def of(cls, shown: Representation, inputs: Inputs, box: Box) -> "_Moves":
        places = np.flatnonzero(shown.smooth)
        owners = shown.owners[places]
        low, high = shown.values.copy(), shown.values.copy()
        held = shown.values[:, places]
        known = ~(np.isnan(inputs.values[:, owners]) | np.isnan(held))
        low[:, places] = np.where(known, box.low[:, owners], held)
        high[:, places] = np.where(known, box.high[:, owners], held)
        return cls(origin=shown.values, low=low, high=high, owners=owners, places=places)

    def start(self, inputs: Inputs, start: int, seed: int) -> Matrix:
        """Return the row itself, or a random corner or inner point of its box."""
        if start == 0:
            return self.origin
        point = self.origin.copy()
        for at, owner in zip(self.places, self.owners, strict=True):
            drawn = uniforms(inputs.keys, "start", inputs.features[owner].name, start, seed)
            span = self.high[:, at] - self.low[:, at]
            point[:, at] = np.where(span > 0, self.low[:, at] + drawn * span, self.origin[:, at])
        return point

    def decoded(self, inputs: Inputs, points: Matrix) -> Matrix:
        """Return the features' values; what was not moved keeps its very bits."""
        values = inputs.values.copy()
        after, before = points[:, self.places], self.origin[:, self.places]
        moved = (after != before) & (self.high > self.low)[:, self.places]
        values[:, self.owners] = np.where(moved, after, values[:, self.owners])
        return values


def _descend(
    logits: "Callable[[torch.Tensor], torch.Tensor]",
    labels: NDArray[np.int64],
    moves: _Moves,
    first: Matrix,
    steps: int,
) -> tuple[Matrix, Matrix]:
    """Return the worst points and their margins."""
    import torch

    low, high, point = (torch.as_tensor(each.copy()) for each in (moves.low, moves.high, first))
    reach = (high - low) / 2
    truth = torch.as_tensor(labels)[:, None]
    best = torch.as_tensor(moves.origin.copy())
    least = torch.full((len(labels),), torch.inf, dtype=torch.float64)
    for step in range(steps + 1):
        margin, slope = _margin(logits, point, truth)
        better = margin < least
        best = torch.where(better[:, None], point, best)
        least = torch.where(better, margin, least)
        if step < steps:
            size = reach * (2 * (1 - step / steps))
            down = torch.nan_to_num(slope.sign())
            moved = torch.minimum(torch.maximum(point - size * down, low), high)
            point = torch.where(reach > 0, moved, point)
    found = least.numpy()
    return best.numpy(), np.where(np.isposinf(found), np.nan, found)  # no number was ever seen


def _margin(
    logits: "Callable[[torch.Tensor], torch.Tensor]", point: "torch.Tensor", truth: "torch.Tensor"
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return each row's margin and its gradient."""
    import torch

    asked = point.detach().clone()
    asked.requires_grad = True
    answer = logits(asked)
    others = answer.scatter(1, truth, -torch.inf)
    margin = (answer.gather(1, truth)[:, 0] - others.max(dim=1).values).double()
    if not margin.requires_grad:  # it reads nothing that can be moved
        return margin, torch.zeros_like(point)
    [slope] = torch.autograd.grad(margin.sum(), asked, allow_unused=True, materialize_grads=True)
    return margin.detach(), slope
