"""The straight lines from masks to texts, in the vectors of tokens, segment by segment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.packages import needed
from audit.text_batches import batches_of, pass_batches
from audit.text_predictors import DifferentiableTexts, Tokens

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Segments:
    """Parts of paths.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        The text of each.
    low, high : ndarray of float, shape (m,)
        Where it starts and ends, from 0, the mask, to 1, the text.
    at_low, at_high : ndarray of float, shape (m,)
        The output there.

    """

    rows: NDArray[np.int64]
    low: Matrix
    high: Matrix
    at_low: Matrix
    at_high: Matrix

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def change(self) -> Matrix:
        """By how much the output changes from end to end."""
        return self.at_high - self.at_low

    def take(self, which: NDArray[np.bool_]) -> "Segments":
        """Return some of them."""
        parts = {name: getattr(self, name)[which] for name in self.__slots__}
        return Segments(**parts)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextPath:
    """Paths from as many masks to the tokens of each text; special tokens stay as they are.

    The output is the probability of the text's target.
    """

    model: DifferentiableTexts
    tokens: Tokens
    targets: NDArray[np.int64]

    def probabilities(self, vectors: "torch.Tensor", held: "torch.Tensor") -> "torch.Tensor":
        """Return the probability of each class, shape (n, k)."""
        return self.model.logits_of(vectors, held).double().softmax(dim=1)

    def cut(self, parts: int) -> Segments:
        """Cut every path into equal segments."""
        n = len(self.targets)
        ends = np.linspace(0, 1, parts + 1)
        rows = np.repeat(np.arange(n), parts + 1)
        answers = self._outputs(rows, np.tile(ends, n)).reshape(n, parts + 1)
        return Segments(
            rows=np.repeat(np.arange(n), parts),
            low=np.tile(ends[:-1], n),
            high=np.tile(ends[1:], n),
            at_low=answers[:, :-1].ravel(),
            at_high=answers[:, 1:].ravel(),
        )

    def ends(self, segments: Segments) -> tuple[Matrix, Matrix]:
        """Return the output at the start of each path, and its change along the whole."""
        base, change = np.zeros(len(self.targets)), np.zeros(len(self.targets))
        first = segments.low == 0
        base[segments.rows[first]] = segments.at_low[first]
        np.add.at(change, segments.rows, segments.change)
        return base, change

    def halved(self, segments: Segments) -> Segments:
        """Cut each segment in two."""
        middle = (segments.low + segments.high) / 2
        at_middle = self._outputs(segments.rows, middle)
        return Segments(
            rows=np.tile(segments.rows, 2),
            low=np.concatenate([segments.low, middle]),
            high=np.concatenate([middle, segments.high]),
            at_low=np.concatenate([segments.at_low, at_middle]),
            at_high=np.concatenate([at_middle, segments.at_high]),
        )

    def integrals(self, segments: Segments, points: int) -> Matrix:
        """Return what each token added along each segment, shape (m, t)."""
        method = needed("captum.attr").IntegratedGradients(self.probabilities)

        def attribute(some: "_Batch") -> Any:  # noqa: ANN401 - torch is imported where it is used
            return method.attribute(
                some.at(segments.high),
                baselines=some.at(segments.low),
                target=some.targets,
                additional_forward_args=(some.held,),
                n_steps=points,
            )

        return self._of_tokens(segments.rows, points, attribute)

    def products(self) -> Matrix:
        """Return the gradient at each text times the vector of each token, summed, (n, t)."""
        method = needed("captum.attr").InputXGradient(self.probabilities)

        def attribute(some: "_Batch") -> Any:  # noqa: ANN401
            ends = some.ends.clone().requires_grad_()
            return method.attribute(ends, target=some.targets, additional_forward_args=(some.held,))

        return self._of_tokens(np.arange(len(self.targets)), 1, attribute)

    def zeros(self) -> Matrix:
        """Return the output where all vectors are 0, shape (n,)."""
        return self._answers(np.arange(len(self.targets)), lambda some: some.ends * 0)

    def _outputs(self, rows: NDArray[np.int64], at: Matrix) -> Matrix:
        return self._answers(rows, lambda some: some.at(at))

    def _answers(
        self, rows: NDArray[np.int64], vectors: "Callable[[_Batch], torch.Tensor]"
    ) -> Matrix:
        found = np.zeros(len(rows))

        def compute(some: _Batch) -> None:
            answers = self.probabilities(vectors(some), some.held)
            found[some.places] = answers.gather(1, some.targets[:, None])[:, 0].cpu().numpy()

        with needed("torch").no_grad():
            self._pass(rows, 1, compute)
        return found

    def _of_tokens(
        self, rows: NDArray[np.int64], points: int, attribute: "Callable[[_Batch], torch.Tensor]"
    ) -> Matrix:
        found = np.zeros((len(rows), self.tokens.ids.shape[1]))

        def compute(some: _Batch) -> None:
            made = attribute(some).detach().sum(dim=2).double().cpu().numpy()
            found[some.places, : made.shape[1]] = made

        self._pass(rows, points, compute)
        return np.where(self.tokens.held & ~self.tokens.special, 1.0, 0.0)[rows] * found

    def _pass(
        self, rows: NDArray[np.int64], points: int, compute: "Callable[[_Batch], None]"
    ) -> None:
        """Compute for texts of like length, as many as may pass at once, by their place in rows."""
        lengths = self.tokens.held.sum(axis=1)[rows]

        def pass_some(places: NDArray[np.int64]) -> None:
            compute(self._batch(places, rows[places], int(lengths[places].max())))

        what = f" with its gradients at {points} points" if points > 1 else " with its gradients"
        pass_batches(batches_of(lengths * points), lengths, pass_some, what)

    def _batch(self, places: NDArray[np.int64], rows: NDArray[np.int64], width: int) -> "_Batch":
        torch = needed("torch")
        ids = torch.from_numpy(self.tokens.ids[rows, :width])
        held = torch.from_numpy(self.tokens.held[rows, :width])
        kept = torch.from_numpy(self.tokens.special[rows, :width]) | ~held
        masks = torch.full_like(ids, self.model.base_id)
        with torch.no_grad():
            ends = self.model.vectors(ids).detach()
            start = self.model.vectors(torch.where(kept, ids, masks)).detach()
        return _Batch(
            places=places,
            start=start,
            ends=ends,
            held=held.to(ends.device),
            targets=torch.from_numpy(self.targets[rows]).to(ends.device),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Batch:
    """Texts that pass at once: their places among those asked for, and the ends of their paths."""

    places: NDArray[np.int64]
    start: "torch.Tensor"
    ends: "torch.Tensor"
    held: "torch.Tensor"
    targets: "torch.Tensor"

    def at(self, shares: Matrix) -> "torch.Tensor":
        """Return the vectors at a share of each path, from all shares asked for."""
        torch = needed("torch")
        share = torch.from_numpy(shares[self.places]).to(self.ends)[:, None, None]
        return self.start.lerp(self.ends, share)
