"""Does the model make the same errors for all groups?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from audit.data.counting import Cells
from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Finding, Metric, Question, Unmeasured
from audit.stats.counts import Count
from audit.stats.gaps import attainable_widest_gap, largest_gap, widest_gap
from audit.subjects import Subject
from audit.units import Target, Units
from audit_checks.bias.levels import (
    NO_ROWS,
    Comparison,
    Level,
    comparisons,
    draws_for,
    name_of,
    rows_not_judged,
    spread,
    why_not,
)
from audit_checks.rates import judged_rate, right

_RATE = "audit.stats.proportions.rate"
_TPR, _FPR, _ACCURACY = "true_positive_rate", "false_positive_rate", "accuracy"
_OPPORTUNITY, _ODDS = "equal_opportunity_difference", "equalized_odds_difference"
_BETTER: Final = {
    _TPR: Better.HIGH,
    _FPR: Better.LOW,
    "true_negative_rate": Better.HIGH,
    "false_negative_rate": Better.LOW,
    "precision": Better.HIGH,
    _ACCURACY: Better.HIGH,
}
_GAPS: Final = {_OPPORTUNITY: (_TPR,), _ODDS: (_TPR, _FPR)}
"""The rates whose gaps make up a comparison."""
_NO_POSITIVES: Final = "no rows with a favourable label in {levels}"
_NO_NEGATIVES: Final = "no rows with an unfavourable label in {levels}"
_EMPTY: Final = {
    _TPR: _NO_POSITIVES,
    _FPR: _NO_NEGATIVES,
    "true_negative_rate": _NO_NEGATIVES,
    "false_negative_rate": _NO_POSITIVES,
    "precision": "no rows with a favourable prediction in {levels}",
    _ACCURACY: NO_ROWS,
}
"""What is missing where a rate has no denominator."""
_ANY: Final = Target(positive=(), about=About())
"""Stands for all classes, where a row is right or wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorRates:
    """The error rates of every judged level, and their largest gaps across the levels."""

    id: ClassVar[str] = "bias.error_rates"
    question: ClassVar[str] = "Does the model make the same errors for all groups?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        *(Metric(name=name, better=better, function=_RATE) for name, better in _BETTER.items()),
        Metric(name=_OPPORTUNITY, better=Better.LOW, function="audit.stats.gaps.largest_gap"),
        Metric(name=_ODDS, better=Better.LOW, function="audit.stats.gaps.widest_gap"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LABELS, Need.PREDICTIONS, Need.GROUPS})

    draws: int = 1000
    """Simulated fair models behind the attainable limits."""

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for the rates of each level, and for the gaps across each group."""
        for comparison in comparisons(subject.units):
            for metric, target in _rates(subject.units):
                for level in comparison.levels:
                    yield comparison.of(self.id, metric, level, target)
            for target in subject.units.targets:
                for metric in _GAPS:
                    yield comparison.across(self.id, metric, target)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Count once for each group; everything follows from the counts."""
        units = subject.units
        for comparison in comparisons(units):
            tables = comparison.split(units, "label", "prediction")
            for metric, target in _rates(units):
                counts = _counts(tables, metric, target, units)
                for level, count in counts.items():
                    question = comparison.of(self.id, metric, level, target)
                    yield _level(question, level, count, context)
            for target in units.targets:
                yield from self._gaps(comparison, tables, target, units, context)

    def _gaps(
        self,
        comparison: Comparison,
        tables: Mapping[Level, Cells],
        target: Target,
        units: Units,
        context: Context,
    ) -> Iterator[Answer]:
        aside = {"rows not judged": rows_not_judged(units, tables)}
        for metric, rates in _GAPS.items():
            question = comparison.across(self.id, metric, target)
            counts = {rate: _counts(tables, rate, target, units) for rate in rates}
            refusals = [why_not(question, counts[rate], _EMPTY[rate]) for rate in rates]
            refusal = next(filter(None, refusals), None)
            yield refusal or self._gap(question, counts, aside, context)

    def _gap(
        self,
        question: Question,
        counts: Mapping[str, Mapping[Level, Count]],
        aside: Mapping[str, Any],
        context: Context,
    ) -> Finding:
        level, tables = context.confidence, [[*each.values()] for each in counts.values()]
        single = len(tables) == 1
        gap = largest_gap(tables[0], level=level) if single else widest_gap(tables, level=level)
        draws = draws_for(self.draws, len(tables[0]))
        attainable = attainable_widest_gap(tables, level=level, rng=context.rng, draws=draws)
        widest = max(counts, key=lambda rate: _gap_of(counts[rate]))
        return Finding(
            question=question,
            estimate=replace(gap, attainable=attainable),
            details={**aside, "rate": widest, **spread(counts[widest])},
        )


def _rates(units: Units) -> Iterator[tuple[str, Target]]:
    """Yield every rate of a level; the right answers are the same for all targets."""
    for target in units.targets:
        yield from ((metric, target) for metric in _BETTER if metric != _ACCURACY)
    yield _ACCURACY, _ANY


def _counts(
    tables: Mapping[Level, Cells], metric: str, target: Target, units: Units
) -> dict[Level, Count]:
    return {level: _count(cells, metric, target, units) for level, cells in tables.items()}


def _count(cells: Cells, metric: str, target: Target, units: Units) -> Count:
    yes = target.positive
    no = tuple(each for each in units.classes if each not in yes)
    match metric:
        case "true_positive_rate":
            return cells.count({"prediction": yes}, {"label": yes})
        case "false_positive_rate":
            return cells.count({"prediction": yes}, {"label": no})
        case "true_negative_rate":
            return cells.count({"prediction": no}, {"label": no})
        case "false_negative_rate":
            return cells.count({"prediction": no}, {"label": yes})
        case "precision":
            return cells.count({"label": yes}, {"prediction": yes})
        case _:
            return right(cells)


def _level(question: Question, level: Level, count: Count, context: Context) -> Answer:
    metric = question.metric
    if not count.n:
        params = {"levels": name_of(level)}
        return Unmeasured(question=question, reason=_EMPTY[metric], params=params)
    estimate = judged_rate(count, better=_BETTER[metric], level=context.confidence)
    return Finding(question=question, estimate=estimate)


def _gap_of(counts: Mapping[Level, Count]) -> float:
    rates = [count.k / count.n for count in counts.values()]
    return max(rates) - min(rates)
