"""Attributions to words that know nothing: what an explanation must be better than."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.attributions.text_words import held_words
from audit.draws import normals
from audit.inputs import Matrix
from audit.predictors import Model
from audit.text_predictors import TextAttribution
from audit.texts import Texts


@dataclass(frozen=True, kw_only=True, slots=True)
class TextChance:
    """Standard normal numbers, drawn from the text's key and the place of the word."""

    def described(self, model: Model[Texts]) -> str:  # noqa: ARG002
        """Name the method."""
        return "random"

    def explain(
        self, model: Model[Texts], texts: Texts, targets: NDArray[np.int64], *, seed: int
    ) -> TextAttribution:
        """Give numbers that the model has no part in, around the probability."""
        output = model.predict(texts)[np.arange(len(texts)), targets]
        values = random_word_values(texts, seed)
        return TextAttribution(
            values=values, output=output, base=output - values.sum(axis=1), method="random"
        )


def random_word_values(texts: Texts, *salt: str | int) -> Matrix:
    """Draw a number for each word, 0 behind the last, shape (n, w)."""
    words = held_words(texts)
    found = np.zeros((len(texts), int(words.max(initial=0))))
    for place in range(found.shape[1]):
        found[:, place] = normals(texts.keys, "random attribution", f"word {place}", *salt)
    return np.where(np.arange(found.shape[1]) < words[:, None], found, 0.0)
