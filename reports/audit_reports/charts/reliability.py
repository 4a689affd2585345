"""Does a predicted share come true? Points near the diagonal, in the band that chance allows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from audit_reports.charts.colours import BAND, INK, LINE, MUTED, NEW, OLD
from audit_reports.charts.scale import Linear
from audit_reports.charts.svg import Pen, box, disc, label, level, path, place, plot, upright

_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 324, 10, 252
_COUNTS: Final = 36
_WORD: Final = 56
_QUARTERS: Final = (0, 0.25, 0.5, 0.75, 1)
_X: Final = Linear(0, 1, _LEFT, _RIGHT)
_Y: Final = Linear(0, 1, _BOTTOM, _TOP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Rows with similar predictions."""

    n: int
    predicted: float
    observed: float
    low: float
    """The band in which a calibrated model's observed share lies."""
    high: float

    @property
    def inside(self) -> bool:
        """Whether chance alone could have put it there."""
        return self.low <= self.observed <= self.high


def draw(title: str, bins: Sequence[Bin], axis: str, outside: str) -> Markup:
    """Draw a plot of 336 by 336 pixels, with the rows of each bin below it.

    The bin farthest from the diagonal is named if it lies outside the band.
    """
    parts = [*_ground(bins), *_counts(bins), *_dots(bins, outside)]
    for quarter in _QUARTERS:
        x = _X.at(quarter)
        parts.append(upright(x, _BOTTOM, _BOTTOM + 3, Pen(MUTED)))
        parts.append(label(x, _BOTTOM + 52, f"{quarter:g}"))
    parts.append(label(180, 332, axis))
    return plot(336, 336, title, parts)


def _ground(bins: Sequence[Bin]) -> Iterator[str]:
    for quarter in _QUARTERS:
        yield level(_LEFT, _RIGHT, _Y.at(quarter), Pen(LINE))
        yield label(_LEFT - 6, _Y.at(quarter) + 4, f"{quarter:g}", anchor="end")
    upper = [(each.predicted, each.high) for each in bins]
    lower = [(each.predicted, each.low) for each in reversed(bins)]
    ring = "L".join(f"{place(_X.at(x))} {place(_Y.at(y))}" for x, y in (*upper, *lower))
    yield f'<path d="M{ring}z" fill="{BAND}"/>'
    diagonal = f"M{_LEFT} {_BOTTOM}L{_RIGHT} {_TOP}"
    yield path(diagonal, Pen(MUTED, dash="4 3"))
    yield level(_LEFT, _RIGHT, _BOTTOM, Pen(MUTED))


def _dots(bins: Sequence[Bin], outside: str) -> Iterator[str]:
    named = sorted(bins, key=lambda each: abs(each.observed - each.predicted))[-1:]
    for each in bins:
        x, y = _X.at(each.predicted), _Y.at(each.observed)
        if each.inside:
            yield disc(x, y, 4.5, NEW)
            continue
        yield f'<rect x="{place(x - 5)}" y="{place(y - 5)}" width="10" height="10" fill="{INK}"/>'
        if each not in named:
            continue
        if each.observed < each.predicted:
            at, beside = min(x + _WORD, _RIGHT), min(y + 20, _BOTTOM - 4)
            yield label(at, beside, outside, anchor="end", strong=True)
        else:
            at, beside = max(x - _WORD, _LEFT + 2), max(y - 12, _TOP + 10)
            yield label(at, beside, outside, anchor="start", strong=True)


def _counts(bins: Sequence[Bin]) -> Iterator[str]:
    most, base = max(1, *(each.n for each in bins)), _BOTTOM + _COUNTS
    wide = (_RIGHT - _LEFT) / len(bins)
    for i, each in enumerate(bins):
        tall = each.n / most * 30
        yield box(_LEFT + i * wide + 1, base - tall, wide - 2, tall, OLD)
    yield level(_LEFT, _RIGHT, base, Pen(MUTED))
