"""How good a version is by itself: its levels of performance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from audit.data.counting import Cells
from audit.protocol import Context
from audit.results import Answer, Better, Finding, Question
from audit.stats import confusion, ranking
from audit.stats.arrays import Floats
from audit.stats.means import mean
from audit.units import Target, Units
from audit_checks import refusals
from audit_checks.performance.losses import Losses, losses_of
from audit_checks.rates import judged_level, judged_rate, right

FEWEST_CLASSES = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Levels:
    """The rows of one version, counted and scored when they are first needed."""

    units: Units
    context: Context
    draws: int

    def answer(self, question: Question, target: Target) -> Answer:
        """Answer a question; only an area under the curve is about the target."""
        if question.metric == "roc_auc":
            return self._roc_auc(question, target)
        return _MEASURES[question.metric](self, question)

    @cached_property
    def cells(self) -> Cells:
        """Rows by label and prediction."""
        return self.units.cells("label", "prediction")

    @cached_property
    def losses(self) -> Losses:
        """What each row costs."""
        return losses_of(self.units)

    def _roc_auc(self, question: Question, target: Target) -> Answer:
        if self.units.roles.weight:
            return refusals.weighted(question)
        scored = self.units.scored(target)
        if refusal := refusals.few_events(question, scored.outcome):
            return refusal
        found = ranking.auc(scored.score, scored.outcome, level=self.context.confidence)
        estimate = judged_level(found, better=Better.HIGH, low=0, high=1)
        return Finding(question=question, estimate=estimate)


def _accuracy(levels: Levels, question: Question) -> Answer:
    count, level = right(levels.cells), levels.context.confidence
    estimate = judged_rate(count, better=Better.HIGH, level=level)
    return Finding(question=question, estimate=estimate)


def _balanced_accuracy(levels: Levels, question: Question) -> Answer:
    table, classes = _table(levels), levels.units.classes
    if levels.units.roles.weight:
        return refusals.weighted(question)
    if len(classes) < FEWEST_CLASSES:
        return refusals.one_class(question)
    rows = table.sum(axis=1)
    if empty := [name for name, n in zip(classes, rows, strict=True) if not n]:
        return refusals.no_rows_of(question, empty)
    found = confusion.balanced_accuracy(table, level=levels.context.confidence)
    estimate = judged_level(found, better=Better.HIGH, low=0, high=1)
    return Finding(question=question, estimate=estimate)


def _macro_f1(levels: Levels, question: Question) -> Answer:
    table, context = _table(levels), levels.context
    if levels.units.roles.weight:
        return refusals.weighted(question)
    if np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) < FEWEST_CLASSES:
        return refusals.one_class(question)
    found = confusion.macro_f1(table, level=context.confidence, rng=context.rng, draws=levels.draws)
    estimate = judged_level(found, better=Better.HIGH, low=0, high=1)
    return Finding(question=question, estimate=estimate)


def _log_loss(levels: Levels, question: Question) -> Answer:
    if levels.losses.impossible:
        return refusals.impossible(question, levels.losses.impossible)
    return _mean(levels, question, levels.losses.log, None)


def _brier_score(levels: Levels, question: Question) -> Answer:
    return _mean(levels, question, levels.losses.squared, levels.losses.most)


def _mean(levels: Levels, question: Question, values: Floats, most: float | None) -> Answer:
    if refusal := refusals.too_few(question, len(values)):
        return refusal
    found = mean(
        values,
        level=levels.context.confidence,
        weights=levels.losses.weight,
        bounds=None if most is None else (0, most),
    )
    high = np.inf if most is None else most
    estimate = judged_level(found, better=Better.LOW, low=0, high=high)
    return Finding(question=question, estimate=estimate)


def _table(levels: Levels) -> Floats:
    """Count rows of class i that are predicted as class j."""
    place = {name: i for i, name in enumerate(levels.units.classes)}
    table = np.zeros((len(place), len(place)))
    for (label, prediction), cell in levels.cells.cells.items():
        table[place[str(label)], place[str(prediction)]] += cell.rows
    return table


_MEASURES: Final[Mapping[str, Callable[[Levels, Question], Answer]]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "macro_f1": _macro_f1,
    "log_loss": _log_loss,
    "brier_score": _brier_score,
}
