"""Spaces between Chinese and other letters where a text is filled in."""

import re
from collections.abc import Mapping
from typing import Final

_PARAM: Final = re.compile(r"(\{\w+\})")
_CHINESE: Final = re.compile("[\u4e00-\u9fff]")
_WIDE: Final = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u201c\u201d]")
_OTHER: Final = re.compile(r"[0-9A-Za-z]")


def fill_spaced(template: str, params: Mapping[str, str]) -> str:
    """Fill in params so that one space stands between Chinese and Latin letters, and no other.

    A param that is not known stays as it is written.

    Examples
    --------
    >>> fill_spaced("{name}为 {value}", {"name": "race", "value": "甲"})
    'race 为甲'

    """
    said = ""
    for piece in _PARAM.split(template):
        known = params.get(piece[1:-1]) if _PARAM.fullmatch(piece) else None
        said = _joined(said, piece if known is None else known)
    return said


def _joined(left: str, right: str) -> str:
    if not left or not right:
        return left + right
    first, last = right.lstrip(" ")[:1], left.rstrip(" ")[-1:]
    spaced = left.endswith(" ") or right.startswith(" ")
    if spaced and _WIDE.match(first) and _WIDE.match(last):
        return left.rstrip(" ") + right.lstrip(" ")
    mixed = (_CHINESE.match(last) and _OTHER.match(first)) or (
        _OTHER.match(last) and _CHINESE.match(first)
    )
    return f"{left} {right}" if mixed and not spaced else left + right
