"""Which letters are taken for which: neighbours on a keyboard, shapes, and other alphabets.

Written for this suite: the keyboard from the geometry of the American layout, the shapes from what
optical character recognition commonly confuses, the look-alikes from single letters of the
confusables of Unicode Technical Standard 39.
"""

from collections.abc import Mapping
from typing import Final

_ROWS: Final = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
"""Letters from left to right, and how far a row is shifted to the right."""
_NEAR: Final = 1.0


def _neighbours() -> dict[str, str]:
    places = {
        letter: (column + shift, row)
        for row, (letters, shift) in enumerate(_ROWS)
        for column, letter in enumerate(letters)
    }
    return {
        letter: "".join(
            other
            for other, (x, y) in places.items()
            if other != letter and abs(x - at[0]) <= _NEAR and abs(y - at[1]) <= 1
        )
        for letter, at in places.items()
    }


KEYBOARD: Final[Mapping[str, str]] = _neighbours()
"""The letters beside each letter."""

SHAPES: Final[Mapping[str, str]] = {
    "a": "o",
    "b": "6",
    "c": "e",
    "d": "cl",
    "e": "c",
    "g": "9",
    "h": "b",
    "i": "l",
    "l": "1",
    "m": "rn",
    "n": "ri",
    "o": "0",
    "q": "g",
    "s": "5",
    "t": "f",
    "u": "ii",
    "w": "vv",
    "z": "2",
}
"""What a scanned letter is read as."""

LOOKALIKES: Final[Mapping[str, str]] = {
    "a": "\u0430",
    "c": "\u0441",
    "d": "\u0501",
    "e": "\u0435",
    "h": "\u04bb",
    "i": "\u0456",
    "j": "\u0458",
    "o": "\u043e",
    "p": "\u0440",
    "s": "\u0455",
    "x": "\u0445",
    "y": "\u0443",
    "A": "\u0410",
    "B": "\u0412",
    "C": "\u0421",
    "E": "\u0415",
    "H": "\u041d",
    "K": "\u041a",
    "M": "\u041c",
    "O": "\u041e",
    "P": "\u0420",
    "S": "\u0405",
    "T": "\u0422",
    "X": "\u0425",
}
"""Cyrillic letters that look like Latin ones."""
