"""What the score loses when words are removed in an order, and what it keeps on the first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.attributions.text_chance import random_word_values
from audit.attributions.text_partition import mask_of
from audit.attributions.text_words import having_values, held_words
from audit.draws import chosen, uniforms
from audit.inputs import Matrix
from audit.predictors import Model
from audit.texts import Texts
from audit.words import Word, replaced, words_of
from audit_checks.explanation.removal import Loss

Filling = Callable[[int, int], str]
"""From the place of a text and of a word in it, to what stands in its place."""
_POOL = 2000
"""Texts whose words are drawn."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextRemoval:
    """A way to remove words from texts."""

    model: Model[Texts]
    texts: Texts
    targets: NDArray[np.int64]
    scores: Matrix
    filling: Filling
    shares: tuple[float, ...]

    def loss(self, order: NDArray[np.int64]) -> Loss:
        """Return what is lost along the ladder.

        Parameters
        ----------
        order : ndarray of int64, shape (n, w)
            The place of each word in the order of removal, from 0.

        """
        counts = rungs(held_words(self.texts), self.shares)
        without = [self._changed(order < k[:, None]) for k in counts]
        alone = [self._changed(order >= k[:, None]) for k in counts]
        parts = [*without, *alone]
        asked = having_values(
            self.texts, [part[row] for row in range(len(self.texts)) for part in parts]
        )
        targets = np.repeat(self.targets, len(parts))
        answers = self.model.predict(asked)[np.arange(len(targets)), targets]
        lost = self.scores - answers.reshape(-1, len(parts)).T
        return Loss(without=lost[: len(counts)], alone=lost[len(counts) :])

    def _changed(self, which: NDArray[np.bool_]) -> list[str]:
        made = []
        for row, text in enumerate(self.texts.values):
            words = words_of(text)
            hit = np.flatnonzero(which[row, : len(words)]).tolist()
            made.append(replaced(text, words, {place: self.filling(row, place) for place in hit}))
        return made


def rungs(words: NDArray[np.int64], shares: tuple[float, ...]) -> list[NDArray[np.int64]]:
    """Return how many words of each text are removed at each share: at least one, never all.

    Examples
    --------
    >>> [each.tolist() for each in rungs(np.array([4, 60]), (0.05, 0.5))]
    [[1, 3], [2, 30]]

    """
    return [
        np.clip(np.rint(share * words), 1, np.maximum(words - 1, 1)).astype(np.int64)
        for share in shares
    ]


def masks(model: Model[Texts]) -> Filling:
    """Put the mask of the model in place of a word; leave it out where there is no mask."""
    mask = mask_of(model)
    return lambda _row, _place: mask


def drawn_words(texts: Texts, background: Texts, *salt: str | int) -> Filling:
    """Put a word of another text in place of a word, drawn as often as it occurs."""
    pool = _words_in(background.take(chosen(background.keys, _POOL, "words", *salt)))
    width = int(held_words(texts).max(initial=0))
    draws = np.column_stack(
        [uniforms(texts.keys, "word", f"{place}", *salt) for place in range(width)]
    )
    places = (draws * len(pool)).astype(np.int64)
    return lambda row, place: pool[places[row, place]]


def order_of_words(values: Matrix, texts: Texts, *salt: str | int) -> NDArray[np.int64]:
    """Return the place of each word when the largest value comes first; ties fall by chance."""
    behind = np.arange(values.shape[1]) >= held_words(texts)[:, None]
    ties = random_word_values(texts, "ties", *salt)
    order = np.lexsort((ties, np.where(behind, np.inf, -values)), axis=1)
    places: NDArray[np.int64] = order.argsort(axis=1)
    return places


def _words_in(texts: Texts) -> list[str]:
    """Return all words, in an order that is not that of the texts."""
    held: list[Word] = [word for text in texts.values for word in words_of(text)]
    return sorted(word.text for word in held)
