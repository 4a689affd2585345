"""Which network answered which row, in words."""

import re
from typing import Final

from audit_reports.words import Words

_FOLDS: Final = re.compile(r"(\d{1,6})-fold out of fold")


def protocol(words: Words, written: str) -> str:
    """Put a protocol into words; one that is not known stands as it was written."""
    folds = _FOLDS.fullmatch(written)
    if folds:
        return words("protocol.out_of_fold", n=int(folds[1]))
    return words.find("protocols", written) or written


def folds(written: str) -> int:
    """Return how many networks answered, each the rows that it never saw; 0 for another way."""
    held = _FOLDS.fullmatch(written)
    return int(held[1]) if held else 0


def out_of_fold(written: str) -> bool:
    """Say whether several networks answered, each the rows that it never saw."""
    return _FOLDS.fullmatch(written) is not None
