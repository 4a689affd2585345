"""The strip: a number on its interval beside its limit; better is always to the right."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from audit.limits import Limit
from audit_reports.charts.colours import INK, OLD, STATUS, ZONE
from audit_reports.charts.labels import Labels, Text
from audit_reports.charts.points import pen, point
from audit_reports.charts.scale import nice
from audit_reports.charts.svg import (
    Pen,
    Span,
    again,
    box,
    label,
    level,
    named,
    path,
    picture,
    place,
    repeated,
    upright,
)
from audit_reports.charts.svg import whisker as interval
from audit_reports.numbers import decimals_of, fixed, written

WIDTH: Final = 264
HEIGHT: Final = 46
MIDDLE: Final = 132
HALF: Final = 120
_WHOLE: Final = "ground"
_TOP, _AXIS, _MARK, _POINT, _TEXT = 4, 26, 31, 15, 43


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """What a strip shows."""

    title: str
    limit: Limit
    look: str
    """Status, which gives the shape of the point."""
    span: Span | None = None
    nothing: str = ""
    """The words where there is no estimate."""
    low: float | None = None
    """Natural ends of the metric; None is open."""
    high: float | None = None
    ceiling: float | None = None
    """Worst value that a waiver covers."""
    tolerate: Limit | None = None
    before: str = ""
    """Name of the predecessor, which stands at 0; "" for a limit on the value itself."""

    @property
    def first(self) -> float:
        """The value at the middle."""
        return _end(self.limit)

    @property
    def way(self) -> int:
        """Whether values rise to the right, 1, or fall, -1."""
        return -1 if self.limit.low is None else 1

    @property
    def further(self) -> tuple[float, ...]:
        """Values that must lie on the scale beside the interval."""
        tolerated = (self.tolerate.low, self.tolerate.high) if self.tolerate else ()
        zero = 0.0 if self.before else None
        return tuple(v for v in (self.ceiling, *tolerated, zero) if v is not None)

    @property
    def half(self) -> float:
        """Half the range of values that the scale covers."""
        span = (self.span.value, self.span.low, self.span.high) if self.span else ()
        reach = max((abs(v - self.first) for v in (*span, *self.further)), default=0.0)
        half = nice(1.1 * reach or abs(self.first) or 1)
        if self.limit.low is None or self.limit.high is None:
            return half
        return max(half, nice(1.5 * (self.limit.high - self.limit.low)))

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        share = min(max((value - self.first) / self.half, -1.0), 1.0)
        return MIDDLE + self.way * share * HALF


def draw(strip: Strip, key: str) -> Markup:
    """Draw a strip of 264 by 46 pixels; its limit stands at 132. `key` names it on the page."""
    parts = _measured(strip, strip.span) if strip.span else _empty(strip)
    return picture(WIDTH, HEIGHT, strip.title, [named(key, parts)])


def repeat(title: str, key: str) -> Markup:
    """Show again the strip that has this name."""
    return repeated(WIDTH, HEIGHT, title, key)


def _end(limit: Limit) -> float:
    return limit.low if limit.low is not None else limit.high or 0.0


def _empty(strip: Strip) -> Iterator[str]:
    yield level(12, 252, _AXIS, Pen(OLD, dash="3 3"))
    yield upright(MIDDLE, 0, _MARK, Pen(INK, width=2))
    yield label(122, 20, strip.nothing, anchor="end")
    yield label(MIDDLE, _TEXT, written(strip.first, sign=_signed(strip)), strong=True)


def _measured(strip: Strip, span: Span) -> Iterator[str]:
    left, right = _clipped(strip, -1), _clipped(strip, 1)
    yield from _ground(strip, strip.at(left), strip.at(right))
    yield from _marks(strip)
    yield from _texts(strip, left, right)
    yield interval(strip.at(span.low), strip.at(span.high), _POINT, pen(strip.look))
    yield point(strip.at(span.value), _POINT, strip.look)


def _clipped(strip: Strip, side: int) -> float:
    value = strip.first + side * strip.way * strip.half
    if strip.low is not None:
        value = max(value, strip.low)
    return value if strip.high is None else min(value, strip.high)


def whole_ground() -> str:
    """Draw what most strips stand on, under the name by which they repeat it."""
    return named(_WHOLE, _drawn_ground(252, 12, 252))


def _ground(strip: Strip, left: float, right: float) -> Iterator[str]:
    upper = _upper(strip)
    if upper is None and (left, right) == (12, 252):
        yield again(_WHOLE)
        return
    stop = right if upper is None else strip.at(upper)
    yield from _drawn_ground(stop, left, right)


def _drawn_ground(stop: float, left: float, right: float) -> Iterator[str]:
    yield box(MIDDLE, _TOP, max(stop - MIDDLE, 0), _AXIS - _TOP, ZONE)
    a, b = place(left), place(right)
    yield path(f"M{a} {_AXIS}H{b}M{a} {_AXIS}v4M{b} {_AXIS}v4", Pen(OLD))
    yield upright(MIDDLE, 0, _MARK, Pen(INK, width=2))


def _upper(strip: Strip) -> float | None:
    return None if strip.limit.low is None else strip.limit.high


def _marks(strip: Strip) -> Iterator[str]:
    upper = _upper(strip)
    if upper is not None:
        yield upright(strip.at(upper), 0, _MARK, Pen(INK, width=2))
    if strip.ceiling is not None:
        dashed = Pen(STATUS["waived"], 1.5, "3 2")
        yield upright(strip.at(strip.ceiling), 0, _MARK, dashed)
    for end in _tolerated(strip):
        dashed = Pen(STATUS["tolerated"], 1.5, "3 2")
        yield upright(strip.at(end), 0, _MARK, dashed)
    if strip.before:
        yield upright(strip.at(0), _TOP, _MARK, Pen(OLD, 1.5, "2 2"))


def _tolerated(strip: Strip) -> tuple[float, ...]:
    wider = strip.tolerate
    return tuple(v for v in (wider.low, wider.high) if v is not None) if wider else ()


def _signed(strip: Strip) -> bool:
    return bool(strip.before) or (strip.limit.low is not None and strip.limit.high is not None)


def _texts(strip: Strip, left: float, right: float) -> Iterator[str]:
    signed, texts = _signed(strip), Labels(_TEXT)
    decimals = max(decimals_of(strip.first), min(decimals_of(strip.half), 6))
    yield texts.put(MIDDLE, written(strip.first, sign=signed))
    upper = _upper(strip)
    if upper is not None:
        yield texts.put(strip.at(upper), written(upper, sign=signed))
    bounds = [v for v in (strip.ceiling, *_tolerated(strip)) if v is not None]
    muted = [Text(strip.at(v), written(v, sign=signed)) for v in bounds]
    muted += [Text(strip.at(0), strip.before, nudge=True)] if strip.before else []
    ends = [Text(strip.at(v), fixed(v, decimals, sign=signed), nudge=True) for v in (left, right)]
    ends = [end for end, v in zip(ends, (left, right), strict=True) if v != strip.first]
    muted += ends
    yield texts.all(muted)
