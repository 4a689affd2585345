"""From the tokens that a model reads to the words that checks and readers speak of."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.predictors import Model
from audit.text_predictors import ReadsTokens, Tokens
from audit.texts import Texts, as_array
from audit.words import Word, words_of


def by_words(values: Matrix, tokens: Tokens, texts: Texts) -> Matrix:
    """Sum what tokens were given into the words that they stand in.

    Parameters
    ----------
    values : ndarray of float, shape (n, t)
        Of special tokens and fillings, which stand in no word, it must be 0.
    tokens : Tokens
        Of the same texts.
    texts : Texts

    Returns
    -------
    ndarray of float, shape (n, w)
        A token in several words is shared out by the characters that it has of each; one of
        blanks goes to the word behind it, or to the last. A word without a token, such as one that
        was cut off, has 0.

    """
    words = [words_of(text) for text in texts.values]
    found = np.zeros((len(texts), max(map(len, words), default=0)))
    for row, held in enumerate(words):
        if not held:
            continue
        for at in np.flatnonzero(tokens.held[row] & ~tokens.special[row]):
            start, end = int(tokens.starts[row, at]), int(tokens.ends[row, at])
            for place, share in _shares(held, start, end):
                found[row, place] += share * values[row, at]
    return found


def what_is_read(model: Model[Texts], texts: Texts) -> Texts:
    """Return the texts up to the last word of which the model reads a part.

    What comes behind has no part in an answer, and would come into view when words are removed.
    """
    if not isinstance(model, ReadsTokens) or not model.reading(texts).truncated.any():
        return texts
    tokens = model.tokens(texts)
    last = np.where(tokens.held & ~tokens.special, tokens.ends, 0).max(axis=1)
    cut = model.reading(texts).truncated
    return texts.having(
        [
            text[: _word_end(text, int(end))] if is_cut else text
            for text, end, is_cut in zip(texts.values, last, cut, strict=True)
        ]
    )


def held_words(texts: Texts) -> NDArray[np.int64]:
    """Return the number of words of each text, shape (n,)."""
    return np.array([len(words_of(text)) for text in texts.values], dtype=np.int64)


def widths(texts: Texts) -> NDArray[np.int64]:
    """Return room for the words of each text: the next power of two, at least 32, shape (n,)."""
    words = np.maximum(held_words(texts), 32)
    found: NDArray[np.int64] = (2 ** np.ceil(np.log2(words))).astype(np.int64)
    return found


def inserted(text: str, word: str, place: int) -> str:
    """Return a text with one more word, before the one at a place, set off by blanks.

    Examples
    --------
    >>> inserted("so good.", "zq", 1), inserted("so good", "zq", 2)
    ('so zq good.', 'so good zq')

    """
    held = words_of(text)
    at = held[place].start if place < len(held) else len(text)
    before, after = text[:at].rstrip(), text[at:].lstrip()
    return " ".join(part for part in (before, word, after) if part)


def having_values(texts: Texts, values: Sequence[str]) -> Texts:
    """Return texts of the same units, as many as there are values for each, in turn."""
    times = len(values) // len(texts)
    return Texts(values=as_array(values), keys=np.repeat(texts.keys, times))


def _shares(words: list[Word], start: int, end: int) -> list[tuple[int, float]]:
    """Return the places of the words that a token stands in, and its share of each."""
    overlaps = [
        (place, min(word.end, end) - max(word.start, start))
        for place, word in enumerate(words)
        if word.start < end and word.end > start
    ]
    total = sum(length for _, length in overlaps)
    if total:
        return [(place, length / total) for place, length in overlaps]
    behind = next((place for place, word in enumerate(words) if word.end > start), len(words) - 1)
    return [(behind, 1.0)]


def _word_end(text: str, end: int) -> int:
    return next((word.end for word in words_of(text) if word.start < end <= word.end), end)
