"""What can be asked of a model of texts beyond `audit.predictors.Model`: shapes only."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.predictors import Model
from audit.texts import Texts

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """What a tokenizer made of texts, before anything was cut off.

    Attributes
    ----------
    tokens : ndarray of int64, shape (n,)
        Tokens of each text, special ones not counted.
    unknown : ndarray of int64, shape (n,)
        Tokens among them that stand for "not in the vocabulary".
    truncated : ndarray of bool, shape (n,)
        Whether the model read only the beginning.

    """

    tokens: NDArray[np.int64]
    unknown: NDArray[np.int64]
    truncated: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tokens:
    """Texts as a model reads them, cut off and filled up to the longest.

    Attributes
    ----------
    ids : ndarray of int64, shape (n, t)
    held : ndarray of bool, shape (n, t)
        Where there is a token and not a filling.
    special : ndarray of bool, shape (n, t)
        Tokens that stand for no part of the text.
    starts, ends : ndarray of int64, shape (n, t)
        Where each token stands in its text; 0 and 0 for one that does not.

    """

    ids: NDArray[np.int64]
    held: NDArray[np.bool_]
    special: NDArray[np.bool_]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64], width: int) -> Self:
        """Return the first tokens of some of the texts."""
        return replace(
            self,
            **{each.name: getattr(self, each.name)[rows, :width] for each in fields(self)},
        )


@runtime_checkable
class ReadsTokens(Protocol):
    """A model of texts whose tokenizer is known."""

    def reading(self, texts: Texts) -> Reading:
        """Say how many tokens each text has, how many of them are unknown, and what is cut off."""
        ...

    def tokens(self, texts: Texts) -> Tokens:
        """Return the tokens that the model reads."""
        ...


@runtime_checkable
class Embeds(Protocol):
    """A model that gives each text a place in a space."""

    def embed(self, texts: Texts) -> Matrix:
        """Return the mean of the last hidden states of each text's tokens, shape (n, d)."""
        ...


@runtime_checkable
class EmbedsInOnePass(Embeds, Protocol):
    """A model that also gives places in the pass that answers."""

    def embedding_size(self) -> int:
        """Return the numbers of a place; 0 if its answers give none, or others than `embed`."""
        ...

    def predict_and_embed(self, texts: Texts) -> tuple[Matrix, Matrix]:
        """Return what `predict` and `embed` do."""
        ...


@runtime_checkable
class DifferentiableTexts(ReadsTokens, Protocol):
    """A model of texts with gradients by the vectors of its tokens."""

    @property
    def base_id(self) -> int:
        """The token that stands for "nothing known": the mask, or else the filling."""
        ...

    def vectors(self, ids: "torch.Tensor") -> "torch.Tensor":
        """Return the vectors of tokens, shape (n, t, d), without those of their positions."""
        ...

    def logits_of(self, vectors: "torch.Tensor", held: "torch.Tensor") -> "torch.Tensor":
        """Return the logits, shape (n, k), of texts whose tokens have these vectors."""
        ...


@runtime_checkable
class Masks(Protocol):
    """A model of texts that reads a word which stands for "nothing known"."""

    @property
    def mask_text(self) -> str:
        """What it is written as, e.g. `[MASK]`; "" if there is none and words are left out."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class TextAttribution:
    """How much each word of a text (`audit.words.words_of`) added to an output.

    Attributes
    ----------
    values : ndarray of float, shape (n, w)
        Of the words in order; 0 behind the last word of a text, and for words that were cut off.
    output : ndarray of float, shape (n,)
        What is explained, at the text.
    base : ndarray of float, shape (n,)
        The same where the explanation starts; `values` should sum to `output - base`.
    method : str
        E.g. `integrated gradients, 32 steps, from the mask`.

    """

    values: Matrix
    output: Matrix
    base: Matrix
    method: str


class ExplainsTexts(Protocol):
    """A method that attributes the output of a model of texts to their words."""

    def explain(
        self, model: Model[Texts], texts: Texts, targets: NDArray[np.int64], *, seed: int
    ) -> TextAttribution:
        """Explain the probability (or logit) of a class for each text."""
        ...


@runtime_checkable
class Recorded(Protocol):
    """A model that tells how it was trained."""

    training_record: Mapping[str, Any]
