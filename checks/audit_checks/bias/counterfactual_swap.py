"""Does a decision change when only the protected attribute does?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np

from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Estimate, Finding, Metric, Question, Unmeasured
from audit.stats.counts import FEWEST_GROUPS, Count
from audit.stats.exact import exact_count
from audit.stats.proportions import rate
from audit.subjects import Subject
from audit.units import Group
from audit_checks import refusals
from audit_checks.bias.levels import ONE_LEVEL
from audit_checks.bias.swapping import Swapped, swapped, values_of

NOT_AN_INPUT: Final = "not an input of the model"

_FLIPS, _SHIFT = "flip_rate", "score_shift"


@dataclass(frozen=True, kw_only=True, slots=True)
class CounterfactualSwap:
    """The units whose decision changes at another judged level, all else being equal.

    An attribute that the model does not read changes nothing, which is a fact about the model and
    no sample: then both numbers are exactly 0.
    """

    id: ClassVar[str] = "bias.counterfactual_swap"
    question: ClassVar[str] = "Does a decision change when only the protected attribute does?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name=_FLIPS, better=Better.LOW, function="audit.stats.proportions.rate"),
        Metric(name=_SHIFT, better=Better.LOW, function="audit.stats.means.mean"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TABLE_MODEL, Need.GROUPS})

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about each protected attribute."""
        for group in subject.units.groups.values():
            yield from (_ask(metric.name, group) for metric in self.metrics)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Ask the model for every unit at every other level."""
        for group in subject.units.groups.values():
            if group.name in subject.inputs.names:
                yield from self._input(subject, group, context.confidence)
            else:
                yield from self._no_input(subject, group, context.confidence)

    def _no_input(self, subject: Subject, group: Group, level: float) -> Iterator[Answer]:
        count = exact_count(0, rows=subject.units.rows, level=level, flawless=0.0)
        estimate = replace(count, method=NOT_AN_INPUT)
        details = {"input of the model": False, "rows": subject.units.rows}
        for metric in self.metrics:
            yield Finding(question=_ask(metric.name, group), estimate=estimate, details=details)

    def _input(self, subject: Subject, group: Group, level: float) -> Iterator[Answer]:
        questions = [_ask(metric.name, group) for metric in self.metrics]
        values = values_of(subject, group)
        if unknown := [each for each in group.judged if each not in values]:
            levels = ", ".join(unknown)
            yield from (_unknown(question, group, levels) for question in questions)
            return
        if len(group.judged) < FEWEST_GROUPS:
            params = {"levels": ", ".join(group.judged)}
            for question in questions:
                yield Unmeasured(question=question, reason=ONE_LEVEL, params=params)
            return
        assert subject.model is not None  # noqa: S101 - the runner asks only where there is one
        found = swapped(subject, subject.model, group, values)
        for question in questions:
            yield _answer(question, subject, found, level)


def _answer(question: Question, subject: Subject, found: Swapped, level: float) -> Answer:
    if refusal := refusals.too_few(question, found.amounts.rows):
        return refusal
    details: dict[str, Any] = {
        "input of the model": True,
        "rows": found.amounts.rows,
        "rows not judged": found.left_out,
        "swaps": [
            swap.details(level, favorable=bool(subject.units.favorable)) for swap in found.swaps
        ],
    }
    made = _flip_rate if question.metric == _FLIPS else _score_shift
    return Finding(question=question, estimate=made(found, level), details=details)


def _flip_rate(found: Swapped, level: float) -> Estimate:
    count = found.amounts.count(found.flips)
    never = rate(Count(k=0, n=count.n, rows=count.rows), level=level)
    return replace(rate(count, level=level), attainable=never.high, flawless=0.0)


def _score_shift(found: Swapped, level: float) -> Estimate:
    bounds = (0.0, 1.0)
    never = found.amounts.mean(np.zeros_like(found.shifts), level=level, bounds=bounds)
    estimate = found.amounts.mean(found.shifts, level=level, bounds=bounds)
    return replace(estimate, attainable=never.high, flawless=0.0)


def _ask(metric: str, group: Group) -> Question:
    about = About({"attribute": group.name})
    return Question(check=CounterfactualSwap.id, metric=metric, about=about)


def _unknown(question: Question, group: Group, levels: str) -> Answer:
    reason = "it is not known what feature {feature} is at {levels}"
    params = {"feature": group.name, "levels": levels}
    return Unmeasured(question=question, reason=reason, params=params)
