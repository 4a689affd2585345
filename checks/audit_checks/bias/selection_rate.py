"""Do all groups get the favourable outcome at the same rate?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from audit.protocol import Context, Need
from audit.results import Answer, Better, Estimate, Finding, Metric, Question, Unmeasured
from audit.stats.counts import Count
from audit.stats.gaps import attainable_gap, largest_gap
from audit.stats.proportions import rate
from audit.stats.ratios import attainable_ratio, smallest_ratio
from audit.subjects import Subject
from audit_checks.bias.levels import (
    NO_ROWS,
    Level,
    comparisons,
    draws_for,
    name_of,
    rows_not_judged,
    spread,
    why_not,
)

_GAP = "demographic_parity_difference"
_RATIO = "demographic_parity_ratio"


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectionRate:
    """The selection rate of every judged level, the largest gap and the smallest ratio."""

    id: ClassVar[str] = "bias.selection_rate"
    question: ClassVar[str] = "Do all groups get the favourable outcome at the same rate?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name="selection_rate",
            better=Better.NEITHER,
            function="audit.stats.proportions.rate",
        ),
        Metric(name=_GAP, better=Better.LOW, function="audit.stats.gaps.largest_gap"),
        Metric(name=_RATIO, better=Better.HIGH, function="audit.stats.ratios.smallest_ratio"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PREDICTIONS, Need.GROUPS})

    draws: int = 1000
    """Simulated fair models behind the attainable limits."""

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for the rate of each level, and for the gap and the ratio across each group."""
        for comparison in comparisons(subject.units):
            for target in subject.units.targets:
                for level in comparison.levels:
                    yield comparison.of(self.id, "selection_rate", level, target)
                for metric in (_GAP, _RATIO):
                    yield comparison.across(self.id, metric, target)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Count once for each group; everything follows from the counts."""
        units = subject.units
        for comparison in comparisons(units):
            tables = comparison.split(units, "prediction")
            aside = {"rows not judged": rows_not_judged(units, tables)}
            for target in units.targets:
                selected = {"prediction": target.positive}
                counts = {level: cells.count(selected, {}) for level, cells in tables.items()}
                for level, count in counts.items():
                    question = comparison.of(self.id, "selection_rate", level, target)
                    yield _rate(question, level, count, context)
                for metric in (_GAP, _RATIO):
                    question = comparison.across(self.id, metric, target)
                    yield self._across(question, counts, aside, context)

    def _across(
        self,
        question: Question,
        counts: Mapping[Level, Count],
        aside: Mapping[str, Any],
        context: Context,
    ) -> Answer:
        if refusal := why_not(question, counts):
            return refusal
        if question.metric == _RATIO and not any(count.k for count in counts.values()):
            return Unmeasured(question=question, reason="all rates are 0, so there is no ratio")
        details = {**aside, **spread(counts)}
        estimate = self._estimate(question.metric, [*counts.values()], context)
        return Finding(question=question, estimate=estimate, details=details)

    def _estimate(self, metric: str, counts: list[Count], context: Context) -> Estimate:
        level, rng = context.confidence, context.rng
        draws = draws_for(self.draws, len(counts))
        if metric == _GAP:
            attainable = attainable_gap(counts, level=level, rng=rng, draws=draws)
            return replace(largest_gap(counts, level=level), attainable=attainable)
        attainable = attainable_ratio(counts, level=level, rng=rng, draws=draws)
        return replace(smallest_ratio(counts, level=level), attainable=attainable)


def _rate(question: Question, level: Level, count: Count, context: Context) -> Answer:
    if not count.n:
        return Unmeasured(question=question, reason=NO_ROWS, params={"levels": name_of(level)})
    return Finding(question=question, estimate=rate(count, level=context.confidence))
