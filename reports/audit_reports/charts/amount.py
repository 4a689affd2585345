"""One amount of several, as a bar from nothing to its part of the largest."""

from typing import Final

from markupsafe import Markup

from audit_reports.charts.colours import LINE, NEW
from audit_reports.charts.svg import Pen, box, picture, upright

_WIDTH: Final = 264
_HEIGHT: Final = 20
_LEFT: Final = 12
_ROOM: Final = 240


def draw(title: str, value: float, largest: float) -> Markup:
    """Draw a bar of at most 240 pixels; an amount below nothing has none."""
    wide = _ROOM * min(max(value / largest, 0.0), 1.0) if largest > 0 else 0.0
    parts = [upright(_LEFT, 0, _HEIGHT, Pen(LINE)), box(_LEFT, 4, wide, 12, NEW)]
    return picture(_WIDTH, _HEIGHT, title, parts)
