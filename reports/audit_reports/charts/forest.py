"""Rows of a table that share one scale: the interval of each, and the axis below them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from audit_reports.charts.colours import INK, LINE, MUTED, NEW, OLD, PAPER, ZONE
from audit_reports.charts.labels import Labels, Text
from audit_reports.charts.scale import Linear, ticks
from audit_reports.charts.svg import (
    Pen,
    Span,
    again,
    box,
    level,
    named,
    path,
    picture,
    place,
    ring,
    upright,
)
from audit_reports.charts.svg import whisker as interval
from audit_reports.numbers import decimals_of, fixed

_WIDTH: Final = 264
_HEIGHT: Final = 32
_START, _STOP = 12, 252
DOT: Final = "dot"


@dataclass(frozen=True, slots=True)
class Shared:
    """The scale that all rows of a table share."""

    ticks: tuple[float, ...]

    @property
    def line(self) -> Linear:
        """From values to pixels."""
        return Linear(self.ticks[0], self.ticks[-1], _START, _STOP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: an interval, and where its limit is met."""

    title: str
    span: Span | None = None
    few: bool = False
    """Drawn hollow and dashed, since few rows are behind it."""


def shared(values: Iterable[float]) -> Shared:
    """Choose the scale that holds all values."""
    known = list(values)
    return Shared(ticks(min(known), max(known)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What all rows of a table stand on: the grid, and where a limit is met."""

    key: str
    """Its name on the page; the first row draws it and the others repeat it."""
    zone: tuple[float, float] | None = None
    """Values that meet the limit."""
    limits: tuple[float, ...] = ()


def draw(row: Row, scale: Shared, ground: Ground, *, first: bool) -> Markup:
    """Draw one row of 264 by 32 pixels; rows that touch let zone and grid run through."""
    line = scale.line
    below = named(ground.key, _ground(ground, scale)) if first else again(ground.key)
    return picture(_WIDTH, _HEIGHT, row.title, [below, *_row(row, line)])


def grid(scale: Shared, height: int = _HEIGHT) -> str:
    """Draw the grid of one row."""
    lines = "".join(f"M{place(scale.line.at(mark))} 0v{height}" for mark in scale.ticks)
    return path(lines, Pen(LINE))


def _ground(ground: Ground, scale: Shared) -> Iterator[str]:
    line = scale.line
    if ground.zone:
        left, right = sorted((line.at(ground.zone[0]), line.at(ground.zone[1])))
        yield box(left, 0, right - left, _HEIGHT, ZONE)
    yield grid(scale)
    for limit in ground.limits:
        yield upright(line.at(limit), 0, _HEIGHT, Pen(INK, width=2))


def _row(row: Row, line: Linear) -> Iterator[str]:
    if row.span is None:
        return
    y, at = _HEIGHT / 2, line.at(row.span.value)
    ends = line.at(row.span.low), line.at(row.span.high)
    if row.few:
        yield level(*ends, y, Pen(OLD, 1.5, "3 3"))
        yield ring(at, y, 4, Pen(OLD, 1.5), PAPER)
    else:
        yield interval(*ends, y, Pen(NEW, 2))
        yield f'<use href="#{DOT}" x="{place(at)}"/>'


def dot() -> str:
    """Draw the point that every row moves to its value."""
    return f'<circle id="{DOT}" cy="{_HEIGHT // 2}" r="5" fill="{NEW}"/>'


def axis(title: str, scale: Shared) -> Markup:
    """Draw the axis of a table of rows."""
    line, texts = scale.line, Labels(18)
    decimals = max(map(decimals_of, scale.ticks))
    uprights = "".join(f"M{place(line.at(tick))} 0v5" for tick in scale.ticks)
    parts = [path(f"M{_START} .5H{_STOP}{uprights}", Pen(MUTED))]
    parts.append(texts.all([Text(line.at(tick), fixed(tick, decimals)) for tick in scale.ticks]))
    return picture(_WIDTH, 22, title, parts)
