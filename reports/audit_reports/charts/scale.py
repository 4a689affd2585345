"""From values to pixels, with ends that a reader can read."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Final

_STEPS: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_TICK_STEPS: Final = (1, 2, 2.5, 5, 10)
_TINY: Final = 1e-290
_HUGE: Final = 1e290
_MOST_TICKS: Final = 5
_APART: Final = 1e-10


def nice(reach: float) -> float:
    """Round up to the next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten.

    Examples
    --------
    >>> nice(0.165), nice(1), nice(0.0701), nice(3.2)
    (0.2, 1.0, 0.08, 4.0)

    """
    return _round_up(reach, _STEPS)


def _round_up(reach: float, steps: Iterable[float]) -> float:
    reach = min(max(reach, _TINY), _HUGE)
    power = floor(log10(reach))
    for step in steps:
        reached = float(f"{step}e{power}")
        if reach <= reached * 1.0001:
            return reached
    return float(f"1e{power + 1}")


@dataclass(frozen=True, slots=True)
class Linear:
    """A line of values between two pixels; what lies beyond is drawn at the end."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        if not isfinite(share):
            share = 1.0 if value > self.low else 0.0
        return self.start + min(max(share, 0.0), 1.0) * (self.stop - self.start)


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Choose at most six round values whose first and last enclose the range.

    Examples
    --------
    >>> ticks(0.43, 0.64)
    (0.4, 0.45, 0.5, 0.55, 0.6, 0.65)
    >>> ticks(0, 1)
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    >>> ticks(0, 0), ticks(0.5, 0.5)
    ((0.0, 0.2, 0.4, 0.6, 0.8, 1.0), (0.5, 0.51, 0.52, 0.53, 0.54, 0.55))

    """
    size = max(abs(low), abs(high))
    if high - low <= max(size * 1e-9, _APART):  # one value still needs a scale
        high = low + (size / 10 if size > _APART * 10 else 1)
    wide = high - low
    if wide > _HUGE:  # no round step reaches across; the ends say enough
        return (low, high)
    step = _round_up(max(wide, abs(high) * 1e-9) / _MOST_TICKS, _TICK_STEPS)
    first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
    if last - first > _MOST_TICKS:
        step = _round_up(step * 1.5, _TICK_STEPS)
        first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
    last = max(last, first + 1)
    return tuple(round(each * step, 12) for each in range(first, last + 1))
