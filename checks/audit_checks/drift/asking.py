"""Answers about one part of the data, as every drift check gives them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audit.protocol import Context
from audit.results import About, Cause, Estimate, Finding, Json, Question, Unmeasured
from audit.subjects import Subject
from audit.units import Units


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Where the answers belong, and at which levels."""

    check: str
    about: About
    level: float
    low_level: float
    """Of lower bounds alone: Bonferroni's over all that was searched."""
    seed: int
    """The same for each part, so that no part changes the draws of another."""

    @property
    def rng(self) -> np.random.Generator:
        """Return the generator of this part, from its start."""
        return np.random.default_rng(self.seed)

    def question(self, metric: str) -> Question:
        """Address a metric."""
        return Question(check=self.check, metric=metric, about=self.about)

    def found(
        self, metric: str, estimate: Estimate, details: Mapping[str, Json] | None = None
    ) -> Finding:
        """Answer with a number."""
        return Finding(question=self.question(metric), estimate=estimate, details=details or {})

    def not_measured(
        self,
        metric: str,
        reason: str,
        *,
        cause: Cause = Cause.DATA,
        params: Mapping[str, str] | None = None,
    ) -> Unmeasured:
        """Answer with a reason, which may name the column."""
        known = {"column": str(self.about["column"])} if "{column}" in reason else {}
        return Unmeasured(
            question=self.question(metric),
            reason=reason,
            cause=cause,
            params={**known, **(params or {})},
        )


def askings(check: str, parts: Mapping[str, About], context: Context) -> dict[str, Asking]:
    """Divide the error of the lower bounds among the parts, since any may stand out by chance."""
    seed = int(context.rng.integers(2**63))
    low_level = 1 - (1 - context.confidence) / max(len(parts), 1)
    return {
        name: Asking(
            check=check, about=about, level=context.confidence, low_level=low_level, seed=seed
        )
        for name, about in parts.items()
    }


def both_sides(subject: Subject) -> tuple[Units, Units]:
    """Return the reference and the rows under test."""
    if subject.reference is None:
        msg = "a drift check must be asked with a reference, but got a subject without one"
        raise ValueError(msg)
    return subject.reference, subject.units


def is_weighted(subject: Subject) -> bool:
    """Say whether rows of either side carry sampling weights."""
    return any(units.roles.weight for units in both_sides(subject))
