"""Where the words of a text stand: what probes change and explanations name."""

import re
from dataclasses import dataclass
from typing import Final

_LETTERS: Final = r"(?:(?![\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])\w)"
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    rf"|{_LETTERS}+(?:['\u2019]{_LETTERS}+)*"
    r"|[^\w\s]+"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a text, from `start` to before `end`."""

    start: int
    end: int
    text: str

    @property
    def named(self) -> bool:
        """Whether it holds a letter or a digit, and not only punctuation."""
        return self.text[0].isalnum() or self.text[0] == "_"


def words_of(text: str) -> list[Word]:
    """Return the words of a text, in order.

    A word is a run of letters and digits, with apostrophes inside; a Chinese character or Japanese
    kana; or a run of punctuation.

    Examples
    --------
    >>> [each.text for each in words_of("It's fine, really!! 很好")]
    ["It's", 'fine', ',', 'really', '!!', '很', '好']

    """
    return [Word(each.start(), each.end(), each.group()) for each in _WORD.finditer(text)]


def replaced(text: str, words: list[Word], new: dict[int, str]) -> str:
    """Return the text with some of its words replaced, by their place; all else stays.

    Examples
    --------
    >>> text = "a good  dress"
    >>> replaced(text, words_of(text), {1: "bad"})
    'a bad  dress'

    """
    parts, at = [], 0
    for place in sorted(new):
        word = words[place]
        parts += [text[at : word.start], new[place]]
        at = word.end
    return "".join([*parts, text[at:]])
