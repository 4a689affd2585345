"""Kinds of mistakes in one word of a text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from audit.probes.typos.tables import KEYBOARD, LOOKALIKES, SHAPES
from audit.words import Word

LETTERS: Final = 3
"""That a word has at least to be written wrong."""

Letters: TypeAlias = Callable[[str, float, float], str]
"""From a word and two draws in (0, 1), where and what, to the word as it is written then."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A part of a text, from `start` to before `end`, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Typo:
    """A kind of mistake.

    Attributes
    ----------
    letters : callable
        Gives the word back as it is where it cannot make the mistake.
    joins : bool
        Whether a word may also lose the space that follows it.

    """

    name: str
    letters: Letters
    joins: bool = False

    def edit(self, text: str, words: list[Word], place: int, where: float, what: float) -> Edit:
        """Return what becomes of one word; an edit that changes nothing where there is none."""
        word = words[place]
        if sum(map(str.isalpha, word.text)) < LETTERS:
            return Edit(word.start, word.end, word.text)
        if self.joins and what < _HALF and place + 1 < len(words):
            gap = text[word.end : words[place + 1].start]
            if gap and gap.isspace() and words[place + 1].named:
                return Edit(word.end, word.end + len(gap), "")
        return Edit(word.start, word.end, self.letters(word.text, where, what))


_HALF: Final = 0.5


def _one_of(places: list[int], draw: float) -> int:
    return places[int(draw * len(places))]


def mistyped(word: str, where: float, what: float) -> str:
    """Hit a key beside the right one."""
    places = [at for at, letter in enumerate(word) if letter.lower() in KEYBOARD]
    if not places:
        return word
    at = _one_of(places, where)
    beside = KEYBOARD[word[at].lower()]
    hit = beside[int(what * len(beside))]
    return word[:at] + (hit.upper() if word[at].isupper() else hit) + word[at + 1 :]


def swapped(word: str, where: float, what: float) -> str:  # noqa: ARG001 - the shape of all
    """Exchange two letters behind the first."""
    places = [
        at
        for at in range(1, len(word) - 1)
        if word[at] != word[at + 1] and word[at : at + 2].isalpha()
    ]
    if not places:
        return word
    at = _one_of(places, where)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def dropped(word: str, where: float, what: float) -> str:  # noqa: ARG001
    """Leave out a letter behind the first."""
    places = [at for at in range(1, len(word)) if word[at].isalpha()]
    if not places:
        return word
    at = _one_of(places, where)
    return word[:at] + word[at + 1 :]


def misread(word: str, where: float, what: float) -> str:  # noqa: ARG001
    """Read a letter as what looks like it on paper."""
    return _by(SHAPES, word, where)


def lookalike(word: str, where: float, what: float) -> str:  # noqa: ARG001
    """Write a letter of another alphabet that looks the same."""
    return _by(LOOKALIKES, word, where)


def shouted(word: str, where: float, what: float) -> str:  # noqa: ARG001
    """Write a word in capitals, or one in capitals without."""
    return word.lower() if word.isupper() else word.upper()


def split(word: str, where: float, what: float) -> str:  # noqa: ARG001
    """Put a space into a word."""
    at = _one_of([*range(1, len(word))], where)
    return f"{word[:at]} {word[at:]}"


def _by(table: Mapping[str, str], word: str, where: float) -> str:
    places = [at for at, letter in enumerate(word) if letter in table]
    if not places:
        return word
    at = _one_of(places, where)
    return word[:at] + table[word[at]] + word[at + 1 :]


TYPOS: Final = (
    Typo(name="keyboard", letters=mistyped),
    Typo(name="swap", letters=swapped),
    Typo(name="drop", letters=dropped),
    Typo(name="ocr", letters=misread),
    Typo(name="case", letters=shouted),
    Typo(name="whitespace", letters=split, joins=True),
    Typo(name="lookalike", letters=lookalike),
)
