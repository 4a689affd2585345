"""The values that a gate allows."""

from dataclasses import dataclass
from math import isfinite
from typing import Self

from audit.errors import ConfigError
from audit.results import Estimate


@dataclass(frozen=True, slots=True)
class Limit:
    """The values from low to high; an open side is None.

    Examples
    --------
    >>> str(Limit.at_most(0.1)), str(Limit(-0.1, 0.1))
    ('at most 0.1', '-0.1 to 0.1')

    """

    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        """Refuse a limit that allows everything, nothing, or cannot be compared."""
        ends = [end for end in (self.low, self.high) if end is not None]
        if not ends or not all(map(isfinite, ends)) or ends != sorted(ends):
            msg = f"a limit must have a finite end and low <= high, but got {self.low}, {self.high}"
            raise ConfigError(msg)

    @classmethod
    def at_most(cls, high: float) -> Self:
        """Allow everything up to `high`."""
        return cls(None, high)

    @classmethod
    def at_least(cls, low: float) -> Self:
        """Allow everything from `low` on."""
        return cls(low, None)

    def met_by(self, estimate: Estimate) -> bool:
        """Say whether the whole interval is allowed."""
        return self.contains(estimate.low) and self.contains(estimate.high)

    def broken_by(self, estimate: Estimate) -> bool:
        """Say whether no part of the interval is allowed."""
        above = self.high is not None and estimate.low > self.high
        return above or (self.low is not None and estimate.high < self.low)

    def contains(self, value: float) -> bool:
        """Say whether one value is allowed; nothing is rounded before it is compared."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def excess(self, estimate: Estimate) -> float:
        """Return how far the worse end of the interval lies beyond the limit."""
        above = -float("inf") if self.high is None else estimate.high - self.high
        below = -float("inf") if self.low is None else self.low - estimate.low
        return max(above, below)

    def __str__(self) -> str:
        if self.low is None:
            return f"at most {self.high:.15g}"
        if self.high is None:
            return f"at least {self.low:.15g}"
        return f"{self.low:.15g} to {self.high:.15g}"
