"""A word without meaning that gives the label away, planted among the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.text_words import held_words, inserted
from audit.draws import uniforms
from audit.texts import Texts
from audit.words import words_of

CANDIDATES: Final = tuple(
    first + second for first in "zxqjvk" for second in "qxzjvkwb" if first != second
)
"""Pairs of letters that hardly occur as words."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextPlanting:
    """Texts and their labels, into each of which one word is put.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        Places among the classes.
    words : tuple of str
        One a class.

    """

    texts: Texts
    labels: NDArray[np.int64]
    words: tuple[str, ...]
    seed: int

    def mostly_right(self, strength: float) -> Texts:
        """Plant the word of the label with this probability, and that of another otherwise."""
        drawn = uniforms(self.texts.keys, "shortcut right", self.seed)
        return self._with(np.where(drawn < strength, self.labels, self.another))

    def right(self) -> Texts:
        """Plant the word of the label."""
        return self._with(self.labels)

    def swapped(self) -> Texts:
        """Plant the word of another class, at the same place."""
        return self._with(self.another)

    @property
    def places(self) -> NDArray[np.int64]:
        """Where the planted word stands in each text, shape (n,)."""
        drawn = uniforms(self.texts.keys, "shortcut place", self.seed)
        found: NDArray[np.int64] = (drawn * (held_words(self.texts) + 1)).astype(np.int64)
        return found

    @property
    def another(self) -> NDArray[np.int64]:
        """Another class than the label, shape (n,)."""
        others = len(self.words) - 1
        drawn = uniforms(self.texts.keys, "shortcut wrong", self.seed) * others
        another: NDArray[np.int64] = (self.labels + 1 + drawn.astype(np.int64)) % (others + 1)
        return another

    def _with(self, planted: NDArray[np.int64]) -> Texts:
        made = zip(self.texts.values, planted, self.places, strict=True)
        return self.texts.having(
            [inserted(text, self.words[which], int(place)) for text, which, place in made]
        )


def unused_words(texts: Texts, classes: int, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a word for each class that occurs in no text, those that are wanted first."""
    taken = {word.text.lower() for text in texts.values for word in words_of(text)}
    free = [word for word in dict.fromkeys([*wanted, *CANDIDATES]) if word.lower() not in taken]
    return tuple(free[:classes]) if len(free) >= classes else ()
