"""Draws that belong to a word of a text: its id and the place of the word decide."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, uniforms

_ODD: Final = np.uint64(0xD1342543DE82EF95)


def word_draws(keys: Keys, words: NDArray[np.int64], *salt: str | int) -> list[NDArray[np.float64]]:
    """Draw a number in (0, 1) for each word of each text.

    Parameters
    ----------
    keys : ndarray of uint64, shape (n,)
    words : ndarray of int64, shape (n,)
        Words of each text.
    *salt
        What the draw is for.

    Returns
    -------
    list of ndarray of float
        One a text, shape (words,). Other texts change none of them.

    """
    ends = np.cumsum(words)
    places = np.arange(int(words.sum())) - np.repeat(ends - words, words)
    with np.errstate(over="ignore"):
        each = np.repeat(keys, words) ^ ((places + 1).astype(np.uint64) * _ODD)
    return np.split(uniforms(each, "word", *salt), ends[:-1]) if len(words) else []
