"""What can be said of a text without a model of it: how long it is, and of what it is made."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from audit.stats.arrays import Floats
from audit.text_predictors import ReadsTokens
from audit.texts import Texts
from audit.words import words_of

UNKNOWN: Final = "unknown tokens"
_LAST_LATIN: Final = "\u024f"
"""The last letter of the extended Latin alphabets."""


def _share(holds: Callable[[str], bool], of: Callable[[str], bool]) -> Callable[[str], float]:
    """Return the share of characters for which something holds, 0 where there are none."""

    def measured(text: str) -> float:
        kept = [each for each in text if of(each)]
        return sum(map(holds, kept)) / len(kept) if kept else 0.0

    return measured


def _visible(letter: str) -> bool:
    return not letter.isspace()


DESCRIPTORS: Final[Mapping[str, Callable[[str], float]]] = {
    "words": lambda text: float(len(words_of(text))),
    "letters that are not latin": _share(lambda each: each > _LAST_LATIN, str.isalpha),
    "capital letters": _share(str.isupper, str.isalpha),
    "digits": _share(str.isdigit, _visible),
    "punctuation": _share(lambda each: not each.isalnum(), _visible),
}
"""By name, a number of each text; all but the words are shares in [0, 1]."""


def described(texts: Texts, name: str) -> Floats:
    """Return a descriptor of each text, shape (n,).

    Examples
    --------
    >>> from audit.draws import keys_of
    >>> from audit.texts import as_array
    >>> texts = Texts(values=as_array(["Great fit!", "很好 ok"]), keys=keys_of(["a", "b"]))
    >>> described(texts, "words").tolist()
    [3.0, 3.0]
    >>> described(texts, "letters that are not latin").tolist()
    [0.0, 0.5]

    """
    measure = DESCRIPTORS[name]
    return np.array([measure(text) for text in texts.values], dtype=np.float64)


def unknown_shares(model: ReadsTokens, texts: Texts) -> Floats:
    """Return the share of each text's tokens that stand for "not in the vocabulary"."""
    read = model.reading(texts)
    shares: Floats = read.unknown / np.maximum(read.tokens, 1)
    return shares
