"""A level is text: 1, 1.0 and "1" are "1", true is "true"; None is missing."""

import datetime as dt
import math
import re
from typing import Final

MISSING: Final = "(missing)"
"""How a missing value is shown; it is no level."""

_WHOLE: Final = re.compile(r"[+-]?\d+\.0+")


def level_text(value: object) -> str | None:
    """Return the level that a value of any engine stands for, None if it is missing.

    Examples
    --------
    >>> [level_text(value) for value in (1, 1.0, "1.0", True, "True", " a", "", float("nan"))]
    ['1', '1', '1', 'true', 'true', ' a', None, None]

    """
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return _number_text(value)
        case dt.datetime() | dt.date():
            return _plain(value.isoformat())  # pandas' NaT is one
        case _:
            pass
    if hasattr(value, "item"):  # a scalar of numpy
        return level_text(value.item())
    return _plain(str(value))


def _number_text(value: float) -> str | None:
    if math.isnan(value):
        return None
    return str(int(value)) if value.is_integer() else repr(value)


def _plain(text: str) -> str | None:
    if text in {"", "NaT", "<NA>"}:
        return None
    if text in {"True", "False"}:
        return text.lower()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text
