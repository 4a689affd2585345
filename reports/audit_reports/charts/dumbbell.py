"""From the predecessor's value, hollow, to this version's, solid, on a shared scale."""

from typing import Final

from markupsafe import Markup

from audit_reports.charts.colours import NEW, OLD, PAPER
from audit_reports.charts.forest import Shared, grid
from audit_reports.charts.svg import Pen, disc, level, picture, ring

_HEIGHT: Final = 40


def draw(title: str, before: float, now: float, scale: Shared) -> Markup:
    """Draw one row of 264 by 40 pixels."""
    line = scale.line
    then, here = line.at(before), line.at(now)
    parts = [
        grid(scale, _HEIGHT),
        level(then, here, _HEIGHT / 2, Pen(NEW, 3)),
        ring(then, _HEIGHT / 2, 4.5, Pen(OLD, 2), PAPER),
        disc(here, _HEIGHT / 2, 5, NEW),
    ]
    return picture(264, _HEIGHT, title, parts)
