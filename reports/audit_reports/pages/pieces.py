"""A text in pieces: as it is read, what a probe changed in it, and what its words weigh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Final

from audit.results import Json
from audit_reports.numbers import fixed
from audit_reports.pages.held import number_in

_LEAST: Final = 0.1
"""Words with less than this share of the largest value carry no number."""
_MOST: Final = 12
"""Words of one text that carry a number."""
_MOST_CODES: Final = 3
_BLANKS: Final = {" ": "\N{OPEN BOX}", "\u240a": "\u21b5", "\u2409": "\u21e5", "\u240d": "\u21b5"}
"""White space as it is shown where it changed: space, line feed, tab, carriage return."""
_PLAIN: Final = str.maketrans(dict.fromkeys(_BLANKS, " "))


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text."""

    text: str
    was: str | None = None
    """What stood there before a probe; None where nothing changed."""
    codes: str = ""
    """The characters that only their codes tell from those before."""
    value: str = ""
    against: bool = False

    @property
    def edited(self) -> bool:
        """Whether a probe changed it."""
        return self.was is not None


def pieces(value: Json) -> tuple[Piece, ...]:
    """Return the pieces of an example; empty for anything that is none."""
    parts = value if isinstance(value, list | tuple) else ()
    known = [each for each in parts if isinstance(each, Mapping)]
    if len(known) != len(parts) or not all(isinstance(each.get("text"), str) for each in known):
        return ()
    least, decimals = _printed([number_in(each.get("value")) or 0.0 for each in known])
    return tuple(_piece(each, least, decimals) for each in known)


def _printed(values: Sequence[float]) -> tuple[float, int]:
    """Return the least value that carries a number, and the decimals that all of them share."""
    sizes = sorted(map(abs, values), reverse=True)
    if not sizes or not sizes[0]:
        return 0.0, 0
    least = max(_LEAST * sizes[0], sizes[min(_MOST, len(sizes)) - 1])
    return least, min(12, max(2, 1 - floor(log10(sizes[0]))))


def _piece(part: Mapping[str, Json], least: float, decimals: int) -> Piece:
    text, was = str(part["text"]), part.get("was")
    if isinstance(was, str) and was != text:
        return _edit(was, text)
    text = text.translate(_PLAIN)
    value = number_in(part.get("value"))
    if value is None or not value or abs(value) < least:
        return Piece(text)
    return Piece(text, value=fixed(value, decimals, sign=True), against=value < 0)


def _edit(was: str, text: str) -> Piece:
    """Return a change in which spaces can be seen, and letters that only look alike be told."""
    if _letters(was) == _letters(text):
        return Piece(_seen(text), was=_seen(was))
    was, text = was.translate(_PLAIN), text.translate(_PLAIN)
    return Piece(text, was=was, codes=_codes(was, text))


def _letters(text: str) -> str:
    return "".join(text.translate(_PLAIN).split())


def _seen(text: str) -> str:
    return "".join(map(_blank, text))


def _blank(character: str) -> str:
    known = _BLANKS.get(character)
    return known or (f"[U+{ord(character):04X}]" if character.isspace() else character)


def _codes(was: str, text: str) -> str:
    if len(was) != len(text):
        return ""
    new = [now for then, now in zip(was, text, strict=True) if now != then]
    if any(map(str.isascii, new)):
        return ""
    return " ".join(f"U+{ord(each):04X}" for each in dict.fromkeys(new[:_MOST_CODES]))
