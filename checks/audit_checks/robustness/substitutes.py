"""What a search may put in the place of a word."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from audit.probes.phrases import written_like
from audit.probes.typos.kinds import LETTERS, dropped, lookalike, mistyped, swapped
from audit_checks.robustness.word_files import Group, our_groups

SYNONYMS: Final = "synonyms"
CHARACTERS: Final = "characters"
KINDS: Final = (SYNONYMS, CHARACTERS)
_MIDDLE: Final = 0.5
_EDITS: Final[tuple[Callable[[str, float, float], str], ...]] = (
    swapped,
    dropped,
    mistyped,
    lookalike,
)
"""One of each, in the middle of the word: the same word has the same candidates in every text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Substitutes:
    """Words with what may stand for them.

    Attributes
    ----------
    kept : collection of str
        In small letters; they stay as they are.
    others : mapping of str to tuple of str
        By word in small letters, the other words of its groups.
    characters : bool
        Whether one letter of a word may be written wrong.

    """

    kept: Collection[str]
    others: Mapping[str, tuple[str, ...]]
    characters: bool

    def of(self, word: str) -> list[str]:
        """Return the candidates for a word, written with capitals as the word is."""
        small = word.lower()
        if small in self.kept:
            return []
        found = [written_like(word, other) for other in self.others.get(small, ())]
        if self.characters and sum(map(str.isalpha, word)) > LETTERS:
            found += [edit(word, _MIDDLE, _MIDDLE) for edit in _EDITS]
        return [each for each in dict.fromkeys(found) if each != word]


def substitutes(
    kinds: Collection[str], groups: Iterable[Group] = (), kept: Iterable[str] = ()
) -> Substitutes:
    """Put our words and the user's together."""
    others: dict[str, list[str]] = {}
    ours = our_groups(SYNONYMS) if SYNONYMS in kinds else ()
    for group in (*ours, *groups):
        for word in group:
            held = others.setdefault(word.lower(), [])
            held += [each for each in group if each != word and each not in held]
    stay = {word.lower() for group in our_groups("kept") for word in group}
    return Substitutes(
        kept=stay | {word.lower() for word in kept},
        others={word: tuple(held) for word, held in others.items()},
        characters=CHARACTERS in kinds,
    )
