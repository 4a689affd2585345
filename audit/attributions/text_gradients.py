"""Integrated gradients and gradient x input over the vectors of tokens, by captum."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.gaps import LEAST_CHANGE
from audit.attributions.text_path import Segments, TextPath
from audit.attributions.text_words import by_words
from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.predictors import Model
from audit.text_predictors import DifferentiableTexts, TextAttribution
from audit.texts import Texts

_SMALL: Final = 8
"""A segment that misses by less than this part of the tolerance stays as it is."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TextIntegrated(TextAttribution):
    """Attributions to words by integration.

    Attributes
    ----------
    steps : ndarray of int64, shape (n,)
        Points on the path of each text; 0 for a method without a path.

    """

    steps: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class TextIntegratedGradients:
    """Integrated gradients of the probability of a class, from a text of masks.

    The path runs from the vectors of as many masks (or fillings, where the tokenizer has no mask)
    to those of the tokens; the special tokens stay. The probability is explained and not its
    logit, since it is what all else in a record is said in, and the path of either needs as many
    points (decision 21).

    The path is cut into segments. Each has Gauss-Legendre points of its own, and its part of the
    sum is held against the change of the output between its ends; those that miss it are halved.
    A network that jumps somewhere on the path is so followed to the jump, which no number of
    points on the whole path would find (decision 21).

    Attributes
    ----------
    segments, points : int
        Segments of each path to begin with, and points of each.
    most_steps : int
        Points of a text, over all its segments.
    tolerance : float
        Of the sum of what the segments miss, relative to the change of the output, see
        `relative_gap`.

    References
    ----------
    .. [1] M. Sundararajan, A. Taly, Q. Yan (2017), "Axiomatic attribution for deep networks",
           International Conference on Machine Learning 34.

    """

    segments: int = 2
    points: int = 6
    most_steps: int = 256
    tolerance: float = 0.03

    def described(self, model: Model[Texts]) -> str:  # noqa: ARG002
        """Name the method and its settings."""
        return (
            f"captum integrated gradients, {self.segments * self.points} to {self.most_steps} "
            f"steps, from the mask, tolerance {self.tolerance}"
        )

    def explain(
        self,
        model: Model[Texts],
        texts: Texts,
        targets: NDArray[np.int64],
        *,
        seed: int,  # noqa: ARG002 - nothing is drawn
    ) -> TextIntegrated:
        """Explain the target's probability."""
        reader = differentiable(model)
        path = TextPath(model=reader, tokens=reader.tokens(texts), targets=targets)
        values, used, base = self._integrated(path)
        return TextIntegrated(
            values=by_words(values, path.tokens, texts),
            output=model.predict(texts)[np.arange(len(texts)), targets],
            base=base,
            method=self.described(model),
            steps=used,
        )

    def _integrated(self, path: TextPath) -> tuple[Matrix, NDArray[np.int64], Matrix]:
        """Return the values of all tokens, the points of all texts, and where they start."""
        open_ = path.cut(self.segments)
        base, change = path.ends(open_)
        allowed = self.tolerance * np.maximum(np.abs(change), LEAST_CHANGE)
        values, used = np.zeros(path.tokens.ids.shape), np.zeros(len(base), dtype=np.int64)
        missed = np.zeros(len(base))
        while len(open_):
            sums = path.integrals(open_, self.points)
            np.add.at(used, open_.rows, self.points)
            miss = np.abs(open_.change - sums.sum(axis=1))
            split = _too_far(open_, miss, missed, allowed)
            split &= used[open_.rows] + 2 * self.points * _count(open_, split) <= self.most_steps
            np.add.at(values, open_.rows[~split], sums[~split])
            np.add.at(missed, open_.rows[~split], miss[~split])
            open_ = path.halved(open_.take(split))
        return values, used, base


@dataclass(frozen=True, kw_only=True, slots=True)
class GradientTimesInput:
    """The gradient of the probability by each token's vector, times that vector.

    One pass for each text. It is no sum of anything: `base` is the answer to vectors of zeros, and
    the gap to it is shown by `explanation.completeness`.

    References
    ----------
    .. [1] A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje (2016), "Not just a black box:
           learning important features through propagating activation differences".

    """

    def described(self, model: Model[Texts]) -> str:  # noqa: ARG002
        """Name the method."""
        return "captum gradient x input"

    def explain(
        self,
        model: Model[Texts],
        texts: Texts,
        targets: NDArray[np.int64],
        *,
        seed: int,  # noqa: ARG002 - nothing is drawn
    ) -> TextIntegrated:
        """Explain the target's probability."""
        reader = differentiable(model)
        path = TextPath(model=reader, tokens=reader.tokens(texts), targets=targets)
        return TextIntegrated(
            values=by_words(path.products(), path.tokens, texts),
            output=model.predict(texts)[np.arange(len(texts)), targets],
            base=path.zeros(),
            method=self.described(model),
            steps=np.zeros(len(texts), dtype=np.int64),
        )


def _too_far(open_: Segments, miss: Matrix, missed: Matrix, allowed: Matrix) -> NDArray[np.bool_]:
    """Say which segments to halve: of a text that misses too much, all that add to it."""
    total, largest = missed.copy(), np.zeros(len(missed))
    np.add.at(total, open_.rows, miss)
    np.maximum.at(largest, open_.rows, miss)
    least = np.minimum(allowed / _SMALL, largest)
    far: NDArray[np.bool_] = (total > allowed)[open_.rows] & (miss >= least[open_.rows])
    return far


def _count(open_: Segments, which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many segments of its text are chosen, for each segment."""
    counts = np.bincount(open_.rows[which], minlength=int(open_.rows.max(initial=0)) + 1)
    found: NDArray[np.int64] = counts[open_.rows]
    return found


def differentiable(model: object) -> DifferentiableTexts:
    """Return a model with gradients by its tokens' vectors, or say that it has none."""
    if not isinstance(model, DifferentiableTexts):
        msg = "gradients of a text need a model whose tokens have vectors, and this one has none"
        raise SubjectError(msg)
    return model
