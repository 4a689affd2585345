"""Owen values of words by shap's partition explainer: for models of which nothing is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.attributions.seeding import own_random_numbers
from audit.attributions.text_words import having_values, held_words
from audit.inputs import Matrix
from audit.packages import needed
from audit.predictors import Model, Remembers
from audit.text_predictors import Masks, TextAttribution
from audit.texts import Texts
from audit.words import Word, replaced, words_of

_AT_ONCE = 64
"""Masked texts that the model is asked at once."""
_FEWEST: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """Owen values of the probability of a class over a balanced tree of neighbouring words.

    A hidden word is the mask that the model knows, or left out where it knows none.

    Attributes
    ----------
    max_evals : int
        Masked texts that the model is asked for each text. Below twice the words, neighbours share
        what their part of the text was given.
    fixed_context : int, optional
        1: each half of a part is hidden while all else shows, which asks twice the words. None:
        also while all else is hidden, which are Owen's values and asks the square of the words.

    References
    ----------
    .. [1] S. M. Lundberg, S.-I. Lee (2017), "A unified approach to interpreting model
           predictions", Advances in Neural Information Processing Systems 30.
    .. [2] G. Owen (1977), "Values of games with a priori unions", Mathematical Economics and Game
           Theory.

    """

    max_evals: int = 500
    fixed_context: int | None = 1

    def described(self, model: Model[Texts]) -> str:
        """Name the method and its settings."""
        hidden = "masked" if mask_of(model) else "left out"
        context = "all else shows" if self.fixed_context else "Owen values"
        return f"shap partition, {context}, at most {self.max_evals} evaluations, words {hidden}"

    def explain(
        self, model: Model[Texts], texts: Texts, targets: NDArray[np.int64], *, seed: int
    ) -> TextAttribution:
        """Explain the target's probability, text after text."""
        asked, mask = behind_cache(model), mask_of(model)
        values = np.zeros((len(texts), int(held_words(texts).max(initial=0))))
        base = np.zeros(len(texts))
        output = model.predict(texts)[np.arange(len(texts)), targets]
        for row, target in enumerate(targets):
            words = words_of(texts.values[row])
            game = _game(asked, texts.take(slice(row, row + 1)), int(target))
            with own_random_numbers(seed):
                found, base[row] = self._owen(game, texts.values[row], words, mask)
            values[row, : len(words)] = found
        return TextAttribution(
            values=values, output=output, base=base, method=self.described(model)
        )

    def _owen(
        self, game: Callable[[Any], Matrix], text: str, words: list[Word], mask: str
    ) -> tuple[Matrix, float]:
        """Return the value of each word, and what the text is worth with all words hidden."""
        nothing = hidden(text, words, np.ones(len(words), dtype=np.bool_), mask)
        base, output = game([nothing, text])
        if len(words) < _FEWEST:
            return np.full(len(words), output - base), float(base)
        masker = _Masker(text=text, words=words, mask=mask)
        found = needed("shap").explainers.Partition(game, masker)(
            np.array([[text]], dtype=object),
            max_evals=self.max_evals,
            fixed_context=self.fixed_context,
            batch_size=_AT_ONCE,
            silent=True,
        )
        return np.asarray(found.values[0], dtype=np.float64), float(base)


def hidden(text: str, words: list[Word], which: NDArray[np.bool_], mask: str) -> str:
    """Return a text with some of its words masked."""
    return replaced(text, words, {int(place): mask for place in np.flatnonzero(which)})


def mask_of(model: object) -> str:
    """Return what stands for "nothing known" in a text; "" where nothing does."""
    return model.mask_text if isinstance(model, Masks) else ""


def behind_cache(model: Model[Texts]) -> Model[Texts]:
    """Return the model itself: masked texts are asked once and never again."""
    inner = getattr(model, "inner", None)
    return inner if isinstance(model, Remembers) and isinstance(inner, Model) else model


def halves(words: int) -> Matrix:
    """Return the balanced tree over neighbours, as scipy writes a linkage, shape (words - 1, 4).

    Examples
    --------
    >>> halves(4)[:, :2].astype(int).tolist()
    [[0, 1], [2, 3], [4, 5]]

    """
    rows: list[list[float]] = []

    def tree(low: int, high: int) -> int:
        if high - low == 1:
            return low
        left, right = tree(low, (low + high) // 2), tree((low + high) // 2, high)
        rows.append([left, right, high - low, high - low])
        return words + len(rows) - 1

    tree(0, words)
    return np.array(rows, dtype=np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Masker:
    """Our words as shap asks for them."""

    text: str
    words: list[Word]
    mask: str

    def __call__(self, shown: NDArray[np.bool_], text: Any) -> tuple[list[str]]:  # noqa: ANN401, ARG002
        return ([hidden(self.text, self.words, ~shown, self.mask)],)

    def shape(self, text: Any) -> tuple[int, int]:  # noqa: ANN401, ARG002
        """Return one text of so many words."""
        return (1, len(self.words))

    def mask_shapes(self, text: Any) -> list[tuple[int]]:  # noqa: ANN401, ARG002
        """Return the shape of what shows and what does not."""
        return [(len(self.words),)]

    def clustering(self, text: Any) -> Matrix:  # noqa: ANN401, ARG002
        """Return the tree of the words."""
        return halves(len(self.words))


def _game(model: Model[Texts], one: Texts, target: int) -> Callable[[Any], Matrix]:
    def worth(values: Any) -> Matrix:  # noqa: ANN401
        answers: Matrix = model.predict(having_values(one, [*map(str, values)]))[:, target]
        return answers

    return worth
