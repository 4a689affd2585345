"""Words and phrases of a list, found in a text and replaced by others of their group."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_APOSTROPHES: Final = "['\u2019]"
_GOLDEN: Final = 0.6180339887498949
"""Its multiples spread evenly over [0, 1)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replaced:
    """A text, and what was replaced by what in it."""

    text: str
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """Groups of phrases that can stand for each other.

    A phrase that begins with a small letter is found however it is written, and its substitute is
    written alike; one that begins with a capital must stand as it is.

    Examples
    --------
    >>> phrases = Phrases(groups=(("Paris", "Rome"), ("don't", "do not")))
    >>> phrases.exchanged("Don't go to Paris, paris!", 0.3).text
    'Do not go to Rome, paris!'

    """

    groups: tuple[tuple[str, ...], ...]

    def exchanged(self, text: str, draw: float) -> Replaced:
        """Replace every phrase that is found; the same phrase by the same one.

        Parameters
        ----------
        text : str
        draw : float
            In (0, 1): which of the others.

        """
        pairs: dict[tuple[str, str], None] = {}
        chosen: dict[str, str] = {}

        def other(found: re.Match[str]) -> str:
            known = self._known.get(_plain(found.group()))
            if known is None:  # letters that a pattern takes for others, as the dotless i for i
                return found.group()
            phrase, rest = known
            if phrase[:1].isupper() and _apostrophe(found.group()) != phrase:
                return found.group()
            if phrase not in chosen:
                at = (draw + len(chosen) * _GOLDEN) % 1
                chosen[phrase] = rest[int(at * len(rest))]
            pairs[phrase, chosen[phrase]] = None
            return written_like(found.group(), chosen[phrase])

        return Replaced(text=self._pattern.sub(other, text), pairs=tuple(pairs))

    @cached_property
    def _known(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        return {
            _plain(phrase): (phrase, tuple(each for each in group if each != phrase))
            for group in self.groups
            for phrase in group
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest = sorted((each for group in self.groups for each in group), key=len, reverse=True)
        each = [_spaced(phrase) for phrase in longest]
        return re.compile(rf"(?<![\w'\u2019])(?:{'|'.join(each)})(?![\w'\u2019])", re.IGNORECASE)


def written_like(word: str, other: str) -> str:
    """Write another word with capitals as the word is.

    Examples
    --------
    >>> [written_like(word, "fine") for word in ("Great", "GREAT", "great")]
    ['Fine', 'FINE', 'fine']

    """
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other[:1].upper() + other[1:] if word[:1].isupper() else other


def alike(groups: Sequence[Sequence[str]]) -> list[str]:
    """Return the phrases that stand in several groups, as they are found: none of them can be."""
    seen: set[str] = set()
    found: list[str] = []
    for group in groups:
        held = {_plain(phrase) for phrase in group}
        found += sorted(held & seen)
        seen |= held
    return found


def _spaced(phrase: str) -> str:
    parts = [re.escape(part).replace("'", _APOSTROPHES) for part in phrase.split()]
    return r"\s+".join(parts)


def _apostrophe(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").split())


def _plain(text: str) -> str:
    return _apostrophe(text).lower()
