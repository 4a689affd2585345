"""A gate as it is written down, before it is known what its metric is."""

from dataclasses import dataclass
from typing import Final

from audit.record import Severity
from audit.results import About

LIMITS: Final = ("at_most", "at_least", "within", "not_worse_by")


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """What `[[gate]]` says, or what a call of `result.judge` asks."""

    check: str
    metric: str
    name: str = ""
    about: About | None = None
    at_most: float | None = None
    at_least: float | None = None
    within: tuple[float, float] | None = None
    not_worse_by: float | None = None
    tolerate: float | tuple[float, float] | None = None
    severity: Severity = Severity.BLOCK
    why: str = ""

    @property
    def title(self) -> str:
        """The name that was given, or else one made of the address."""
        about = f" {self.about}" if self.about else ""
        versus = " versus baseline" if self.not_worse_by is not None else ""
        return self.name or f"{self.check} {self.metric}{about}{versus}"

    @property
    def limits(self) -> tuple[str, ...]:
        """The kinds of limit that were written; exactly one is right."""
        return tuple(kind for kind in LIMITS if getattr(self, kind) is not None)
