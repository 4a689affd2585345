"""How much better or worse this version is than its predecessor, on the same rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audit.pairs import Paired, pair, paired_scores
from audit.protocol import Context
from audit.results import Answer, Estimate, Finding, Question
from audit.stats.confusion import attainable_paired_balanced_accuracy, paired_balanced_accuracy
from audit.stats.means import mean_paired_difference
from audit.stats.paired import Pairs, attainable_paired, paired_rate_difference
from audit.stats.ranking import auc, auc_difference
from audit.subjects import Baseline
from audit.units import Target, Units
from audit_checks import refusals
from audit_checks.performance.losses import Losses, has_two_outcomes, losses, scored_targets

Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Versus:
    """A version beside its predecessor."""

    units: Units
    baseline: Baseline
    context: Context

    def answer(self, question: Question, target: Target) -> Answer:
        """Answer a question; only an area under the curve is about the target."""
        if isinstance(self.pairs, str):
            return refusals.unpaired(question, self.pairs)
        if question.metric == "roc_auc":
            return self._roc_auc(question, target, self.pairs)
        return _MEASURES[question.metric](self, question, self.pairs)

    @cached_property
    def pairs(self) -> Paired | str:
        """The rows of both versions, or why there are none."""
        return pair(self.units, self.baseline)

    @cached_property
    def losses(self) -> tuple[Losses, Losses] | str:
        """What each row cost now and before, or why that is not known."""
        pairs, before = self.pairs, self.baseline.units
        if isinstance(pairs, str) or before is None:
            return str(pairs)
        targets = scored_targets(self.units)
        found = [paired_scores(self.units, before, pairs, target) for target in targets]
        if reasons := [each for each in found if isinstance(each, str)]:
            return reasons[0]
        if not has_two_outcomes(self.units) and len(before.roles.scores) == 1:
            return "the predecessor has no score for the same classes"
        scores = [each for each in found if not isinstance(each, str)]
        label = _label(pairs, targets)
        now, then = zip(*scores, strict=True)
        return losses(now, label), losses(then, label)

    def _roc_auc(self, question: Question, target: Target, pairs: Paired) -> Answer:
        before, level = self.baseline.units, self.context.confidence
        scores = "" if before is None else paired_scores(self.units, before, pairs, target)
        if isinstance(scores, str):
            return refusals.unpaired(question, scores)
        positive = _label(pairs, (target,)) >= 0
        few = refusals.few_events(question, positive)
        if refusal := refusals.lost(question, pairs.lost) or few:
            return refusal
        now, then = (auc(each, positive, level=level).value for each in scores)
        estimate = auc_difference(*scores, positive, level=level)
        return _finding(question, estimate, (now, then), pairs)


def _accuracy(versus: Versus, question: Question, pairs: Paired) -> Answer:
    table = _pairs(pairs, np.ones(len(pairs.label), np.bool_), np.ones(pairs.lost, np.bool_))
    level, rng = versus.context.confidence, versus.context.rng
    estimate = replace(
        paired_rate_difference(table, level=level),
        attainable=attainable_paired(table, level=level, rng=rng),
    )
    return _finding(question, estimate, (_now(table), _before(table)), pairs)


def _balanced_accuracy(versus: Versus, question: Question, pairs: Paired) -> Answer:
    # -1 is what is no class any more: its rows were all lost
    codes = [*range(len(pairs.classes)), *([-1] if (pairs.lost_label < 0).any() else [])]
    tables = [_pairs(pairs, pairs.label == code, pairs.lost_label == code) for code in codes]
    if empty := [name for name, table in zip(pairs.classes, tables, strict=False) if not table.n]:
        return refusals.no_rows_of(question, empty)
    if len(tables) == 1:
        return refusals.one_class(question)
    level, rng = versus.context.confidence, versus.context.rng
    estimate = replace(
        paired_balanced_accuracy(tables, level=level),
        attainable=attainable_paired_balanced_accuracy(tables, level=level, rng=rng),
    )
    values = np.mean([[_now(table), _before(table)] for table in tables], axis=0)
    return _finding(question, estimate, (float(values[0]), float(values[1])), pairs)


def _log_loss(versus: Versus, question: Question, pairs: Paired) -> Answer:
    found = versus.losses
    if isinstance(found, str):
        return refusals.unpaired(question, found)
    now, before = found
    if impossible := now.impossible + before.impossible:
        return refusals.impossible(question, impossible)
    return _mean(versus, question, pairs, (now.log, before.log))


def _brier_score(versus: Versus, question: Question, pairs: Paired) -> Answer:
    found = versus.losses
    if isinstance(found, str):
        return refusals.unpaired(question, found)
    now, before = found
    return _mean(versus, question, pairs, (now.squared, before.squared), most=now.most)


def _mean(
    versus: Versus,
    question: Question,
    pairs: Paired,
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    most: float | None = None,
) -> Answer:
    now, before = values
    if refusal := refusals.lost(question, pairs.lost) or refusals.too_few(question, len(now)):
        return refusal
    bounds = None if most is None else (-most, most)
    level = versus.context.confidence
    estimate = mean_paired_difference(now - before, level=level, bounds=bounds)
    return _finding(question, estimate, (float(now.mean()), float(before.mean())), pairs)


_MEASURES: Final[Mapping[str, Callable[[Versus, Question, Paired], Answer]]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "log_loss": _log_loss,
    "brier_score": _brier_score,
}
PAIRED: Final = (*_MEASURES, "roc_auc")
"""The metrics that have a paired difference."""


def _label(pairs: Paired, targets: tuple[Target, ...]) -> NDArray[np.int16]:
    """Return the place of each true class: among all, or 0 if it is the only target and else -1."""
    if len(targets) > 1:
        return pairs.label  # the classes are those of the scores, in their order
    positive = [place for place, name in enumerate(pairs.classes) if name in targets[0].positive]
    return np.where(np.isin(pairs.label, positive), np.int16(0), np.int16(-1))


def _pairs(pairs: Paired, rows: Flags, lost: Flags) -> Pairs:
    """Count who is right in some rows; what was lost is wrong now."""
    label = pairs.label[rows]
    now, before = pairs.now[rows] == label, pairs.before[rows] == label
    right_before = pairs.lost_before[lost] == pairs.lost_label[lost]
    return Pairs(
        both=float(np.sum(now & before)),
        new_only=float(np.sum(now & ~before)),
        old_only=float(np.sum(before & ~now) + np.sum(right_before)),
        neither=float(np.sum(~now & ~before) + np.sum(~right_before)),
    )


def _now(table: Pairs) -> float:
    return (table.both + table.new_only) / table.n


def _before(table: Pairs) -> float:
    return (table.both + table.old_only) / table.n


def _finding(
    question: Question, estimate: Estimate, values: tuple[float, float], pairs: Paired
) -> Finding:
    now, before = values
    details: dict[str, Any] = {"value_now": now, "value_before": before}
    details |= {"lost": pairs.lost, "new": pairs.new}
    return Finding(question=question, estimate=estimate, details=details)
