"""A change on a scale of its own, with none in the middle; better is to the right."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from audit_reports.charts.colours import INK, NEW, OLD, ZONE
from audit_reports.charts.labels import Labels, Text
from audit_reports.charts.scale import nice
from audit_reports.charts.strip import HALF, HEIGHT, MIDDLE, WIDTH
from audit_reports.charts.svg import Pen, Span, box, disc, path, picture, upright
from audit_reports.charts.svg import whisker as interval
from audit_reports.numbers import decimals_of, fixed


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A paired difference."""

    title: str
    span: Span
    low_is_better: bool = False
    margin: float | None = None
    """How much worse a gate allows it to be."""

    @property
    def half(self) -> float:
        """Half the range of the scale."""
        reach = max(abs(self.span.value), abs(self.span.low), abs(self.span.high))
        return nice(1.1 * max(reach, self.margin or 0.0) or 1)

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        way = -1 if self.low_is_better else 1
        return MIDDLE + way * min(max(value / self.half, -1.0), 1.0) * HALF


def draw(change: Change) -> Markup:
    """Draw a change of 264 by 46 pixels."""
    return picture(WIDTH, HEIGHT, change.title, _parts(change))


def _parts(change: Change) -> Iterator[str]:
    way = -1 if change.low_is_better else 1
    if change.margin is not None:
        start = change.at(-way * change.margin)
        yield box(start, 4, 252 - start, 22, ZONE)
        yield upright(start, 0, 31, Pen(INK, width=2))
    yield path("M12 26H252M12 26v4M252 26v4", Pen(OLD))
    yield upright(MIDDLE, 4, 31, Pen(OLD, 1.5, "2 2"))
    texts, decimals = Labels(43), min(decimals_of(change.half), 6)
    yield texts.put(MIDDLE, "0")
    ends = (-way * change.half, way * change.half)
    yield texts.all([Text(change.at(end), fixed(end, decimals, sign=True)) for end in ends])
    yield interval(change.at(change.span.low), change.at(change.span.high), 15, Pen(NEW, 2))
    yield disc(change.at(change.span.value), 15, 5, NEW)
