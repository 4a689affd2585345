"""Labels on one line that never run into each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

from audit_reports.charts.colours import MUTED
from audit_reports.charts.svg import label, place

_LETTER: Final = 6.7
_WIDE_LETTER: Final = 12.2
_STRONG: Final = 1.12
_APART: Final = 4
_EDGES: Final = (0, 264)
_FURTHEST: Final = 28
_ASCII: Final = 0x2E00


@dataclass(frozen=True, slots=True)
class Text:
    """A label and where it should stand."""

    x: float
    text: str
    nudge: bool = False
    """Whether it moves aside before it gives way."""


class Labels:
    """Places taken on a line; a later label yields to an earlier one."""

    def __init__(self, y: float) -> None:
        self._y = y
        self._taken: list[tuple[float, float]] = []

    def put(self, x: float, text: str) -> str:
        """Write a strong label around x, or nothing where it would come within 4 px of another."""
        at = self._take(Text(x, text), strong=True)
        return "" if at is None else label(at, self._y, text, strong=True)

    def all(self, texts: Iterable[Text]) -> str:
        """Write muted labels as one text, each where it fits."""
        placed = [(self._take(each), each.text) for each in texts]
        spans = "".join(
            f'<tspan x="{place(at)}">{escape(text, quote=False)}</tspan>'
            for at, text in placed
            if at is not None
        )
        look = f'text-anchor="middle" fill="{MUTED}"'
        return f'<text y="{place(self._y)}" {look}>{spans}</text>' if spans else ""

    def _take(self, wanted: Text, *, strong: bool = False) -> float | None:
        """Return the middle of the place that a label got."""
        wide = width(wanted.text) * (_STRONG if strong else 1)
        left: float | None = _inside(wanted.x - wide / 2, wide)
        if left is not None and not self._free(left, wide):
            left = self._aside(left, wide) if wanted.nudge else None
        if left is None:
            return None
        self._taken.append((left, left + wide))
        return left + wide / 2

    def _free(self, left: float, wide: float) -> bool:
        return all(
            left >= end + _APART or left + wide + _APART <= start for start, end in self._taken
        )

    def _aside(self, left: float, wide: float) -> float | None:
        tried = [end + _APART for _, end in self._taken]
        tried += [start - _APART - wide for start, _ in self._taken]
        near = sorted((abs(to - left), _inside(to, wide)) for to in tried)
        fitting = (to for far, to in near if far <= _FURTHEST and self._free(to, wide))
        return next(fitting, None)


def _inside(left: float, wide: float) -> float:
    return min(max(left, _EDGES[0]), _EDGES[1] - wide)


def width(text: str) -> float:
    """Estimate the width of a text of 12 pixels."""
    return sum(_LETTER if ord(letter) < _ASCII else _WIDE_LETTER for letter in text)
