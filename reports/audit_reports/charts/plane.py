"""Two axes, 336 by 252 pixels, on which lines are drawn and named at their ends."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audit_reports.charts.colours import INK, LINE, MUTED, NEW, OLD, PAPER, ZONE
from audit_reports.charts.scale import Linear, ticks
from audit_reports.charts.svg import Pen, box, disc, label, level, path, place, ring, upright
from audit_reports.numbers import decimals_of, fixed

WIDTH: Final = 336
HEIGHT: Final = 252
LEFT, RIGHT, TOP, BOTTOM = 46, 276, 10, 212
_INSET: Final = 14
_APART: Final = 15

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Where values lie: steps along the level axis, round values up the other."""

    steps: tuple[str, ...]
    """The label of each step, from left to right."""
    marks: tuple[float, ...]
    """Round values whose first and last enclose everything drawn."""
    axis: str
    """What the level axis shows."""

    @property
    def y(self) -> Linear:
        """From values to pixels, upward."""
        return Linear(self.marks[0], self.marks[-1], BOTTOM, TOP)

    def x(self, step: int) -> float:
        """Return the pixel of a step."""
        if len(self.steps) == 1:
            return (LEFT + RIGHT) / 2
        wide = (RIGHT - LEFT - 2 * _INSET) / (len(self.steps) - 1)
        return LEFT + _INSET + step * wide


def plane(steps: Sequence[str], values: Iterable[float], axis: str) -> Plane:
    """Choose the plane that holds all values."""
    known = list(values)
    return Plane(steps=tuple(steps), marks=ticks(min(known), max(known)), axis=axis)


def ground(on: Plane, zone: tuple[float, float] | None = None) -> Iterator[str]:
    """Draw the zone that meets a limit, the grid, and both axes."""
    if zone:
        low, high = (min(max(end, on.marks[0]), on.marks[-1]) for end in zone)
        yield box(LEFT, on.y.at(high), RIGHT - LEFT, on.y.at(low) - on.y.at(high), ZONE)
    decimals = max(map(decimals_of, on.marks))
    for mark in on.marks:
        yield level(LEFT, RIGHT, on.y.at(mark), Pen(LINE))
        yield label(LEFT - 6, on.y.at(mark) + 4, fixed(mark, decimals), anchor="end")
    for step, text in enumerate(on.steps):
        yield upright(on.x(step), BOTTOM, BOTTOM + 4, Pen(MUTED))
        yield label(on.x(step), BOTTOM + 17, text)
    yield level(LEFT, RIGHT, BOTTOM, Pen(MUTED))
    yield label((LEFT + RIGHT) / 2, HEIGHT - 4, on.axis)


def limit(on: Plane, value: float) -> str:
    """Draw a limit as a heavy level line."""
    return level(LEFT, RIGHT, on.y.at(value), Pen(INK, 2))


def dotted(on: Plane, step: int) -> str:
    """Mark the step at which a gate judges."""
    return upright(on.x(step), TOP, BOTTOM, Pen(INK, dash="1 3"))


def solid(points: Sequence[Point]) -> Iterator[str]:
    """Draw the line of what is under test."""
    yield from _line(points, Pen(NEW, 2))
    for x, y in points:
        yield disc(x, y, 4, NEW)


def dashed(points: Sequence[Point]) -> Iterator[str]:
    """Draw the line of what it is compared with."""
    yield from _line(points, Pen(OLD, 2, "5 3"))
    for x, y in points:
        yield ring(x, y, 3.5, Pen(OLD, 2), PAPER)


def _line(points: Sequence[Point], pen: Pen) -> Iterator[str]:
    if len(points) > 1:
        yield f'<path d="M{corners(points)}" fill="none" {pen}/>'


def corners(points: Iterable[Point]) -> str:
    """Write points as the corners of a path."""
    return "L".join(f"{place(x)} {place(y)}" for x, y in points)


def whisker(x: float, low: float, high: float) -> str:
    """Draw an upright interval and its two ends."""
    if low == high:
        return ""
    top, bottom = sorted((low, high))
    return path(f"M{place(x - 4)} {place(top)}h8m-4 0V{place(bottom)}m-4 0h8", Pen(NEW, 1.5))


def names(ends: Sequence[tuple[Point, str]]) -> Iterator[str]:
    """Name lines at their right ends, at least 15 pixels apart; the first is in ink."""
    taken: list[float] = []
    for strong, ((x, y), text) in zip([True, *[False] * len(ends)], ends, strict=False):
        at = y + 4
        for other in taken:
            if abs(at - other) < _APART:
                at = other + (_APART if y + 4 >= other else -_APART)
        taken.append(at)
        yield label(max(x + 10, RIGHT + 4), at, text, anchor="start", strong=strong)
