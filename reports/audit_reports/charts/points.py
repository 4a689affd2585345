"""The mark on a number: its shape says the status, its colour repeats it."""

from typing import Final

from audit_reports.charts.colours import PAPER, STATUS
from audit_reports.charts.svg import Pen, box, disc, place, ring

HOLLOW: Final = ("waived", "warned")


def pen(look: str) -> Pen:
    """Return the pen of an interval with this status."""
    return Pen(STATUS[look], 2)


def point(x: float, y: float, look: str) -> str:
    """Draw a point of 10 pixels."""
    colour = STATUS[look]
    if look in HOLLOW:
        side = f'x="{place(x - 4.5)}" y="{place(y - 4.5)}" width="9" height="9"'
        return f'<rect {side} fill="{PAPER}" {Pen(colour, 2)}/>'
    if look == "fail":
        return box(x - 5, y - 5, 10, 10, colour)
    if look == "pass":
        return disc(x, y, 5, colour)
    hollow = ring(x, y, 4.8, Pen(colour, 2), PAPER)
    if look == "tolerated":
        return hollow
    half = f"M{place(x)} {place(y - 4.8)}a4.8 4.8 0 0 0 0 9.6z"
    return hollow + f'<path d="{half}" fill="{colour}"/>'
