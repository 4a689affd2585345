"""What would thresholds of each group's own change?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar, Final

import numpy as np

from audit.errors import ConfigError
from audit.protocol import Context, Need
from audit.results import Answer, Better, Estimate, Finding, Metric, Question, Unmeasured
from audit.stats.arrays import Floats
from audit.stats.counts import FEWEST_GROUPS
from audit.stats.gap_reduction import Change, FairRate, attainable_reduction, gap_reduction
from audit.stats.means import mean_paired_difference
from audit.subjects import Subject
from audit.units import Group, Units
from audit_checks import refusals
from audit_checks.amounts import amounts_of
from audit_checks.bias.levels import ONE_LEVEL
from audit_checks.bias.thresholds import (
    OBJECTIVES,
    RATES,
    Scores,
    Thresholds,
    fit_thresholds,
)
from audit_checks.halves import fitting_half

LEAST: Final = 5
"""Rows of either outcome that each level needs in each half, so that there is a curve to cut."""

_REDUCTION, _COST = "gap_reduction", "accuracy_cost"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Halves:
    """Rows with a judged level: those to fit thresholds on, and those that show what they do."""

    fit: Scores
    held: Scores
    left_out: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fitted:
    """Thresholds, what they do to the held-out half, and the widest gap of the fitting half."""

    thresholds: Thresholds
    halves: _Halves
    after: Floats
    rate: str
    favored: int
    other: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Mitigation:
    """What fairlearn's ThresholdOptimizer takes off the widest gap, and what that costs.

    It is fitted on one half of the rows, which also says between which two levels the gap is
    widest; both numbers are of the other half, so that neither was chosen for being large.
    """

    id: ClassVar[str] = "bias.mitigation"
    question: ClassVar[str] = "What would thresholds of each group's own change?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_REDUCTION,
            better=Better.LOW,
            function="audit.stats.gap_reduction.gap_reduction",
            unit="difference",
            low=-2.0,
        ),
        Metric(
            name=_COST,
            better=Better.NEITHER,
            function="audit.stats.means.mean_paired_difference",
            unit="difference",
            low=-1.0,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset(
        {Need.LABELS, Need.PREDICTIONS, Need.SCORES, Need.GROUPS}
    )

    constraint: str = "demographic_parity"
    """What is made equal: one of `RATES`."""
    objective: str = "accuracy_score"
    """What is kept as high as that allows: `accuracy_score` or `balanced_accuracy_score`."""
    grid_size: int = 1000
    """Rates that are tried."""
    seed: int = 0
    """Of the halves."""

    def __post_init__(self) -> None:
        """Refuse what fairlearn does not know."""
        known: Mapping[str, tuple[str, ...]] = {
            "constraint": tuple(RATES),
            "objective": OBJECTIVES,
        }
        for setting, names in known.items():
            if (given := getattr(self, setting)) not in names:
                msg = (
                    f"checks.{self.id}: {setting} must be one of {', '.join(names)}, "
                    f"but got {given!r}"
                )
                raise ConfigError(msg)
        if self.grid_size < 2:  # noqa: PLR2004 - a grid has two ends
            msg = f"checks.{self.id}: grid_size must be at least 2, but got {self.grid_size}"
            raise ConfigError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask across each group."""
        for group in subject.units.groups.values():
            yield from (_ask(metric.name, group) for metric in self.metrics)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Fit once for each group."""
        for group in subject.units.groups.values():
            questions = [_ask(metric.name, group) for metric in self.metrics]
            if refused := [each for q in questions if (each := _why_not(q, subject.units, group))]:
                yield from refused
                continue
            halves = self._halves(subject.units, group)
            if refused := [each for q in questions if (each := _too_few(q, group, halves))]:
                yield from refused
                continue
            fitted = self._fitted(halves, len(group.judged))
            details = self._details(fitted, group)
            for question in questions:
                estimate = self._estimate(question.metric, fitted, group, context)
                yield Finding(question=question, estimate=estimate, details=details)

    def _halves(self, units: Units, group: Group) -> _Halves:
        [target] = units.targets
        exprs = {
            "score": units.score(target),
            "outcome": units.is_label(target),
            "decided": units.keys["prediction"].codes(target.positive) >= 0,
            "codes": units.keys[group.name].codes(group.judged),
        }
        found, times = units.arrays(exprs), amounts_of(units).times
        fit = np.repeat(fitting_half(units, "mitigation", self.seed), times)
        rows = Scores(
            score=np.repeat(found["score"].astype(np.float64), times),
            outcome=np.repeat(found["outcome"].astype(np.bool_), times),
            decided=np.repeat(found["decided"].astype(np.bool_), times),
            codes=np.repeat(found["codes"].astype(np.int64), times),
        )
        judged = rows.codes >= 0
        return _Halves(
            fit=rows.take(judged & fit),
            held=rows.take(judged & ~fit),
            left_out=int((~judged).sum()),
        )

    def _fitted(self, halves: _Halves, levels: int) -> _Fitted:
        thresholds = self._fit(halves.fit)
        decided = halves.fit.decided.astype(np.float64)
        rates = {rate: halves.fit.rates(rate, decided, levels) for rate in RATES[self.constraint]}
        rate = max(rates, key=lambda name: float(np.ptp(rates[name])))
        return _Fitted(
            thresholds=thresholds,
            halves=halves,
            after=thresholds.chances(halves.held),
            rate=rate,
            favored=int(np.argmax(rates[rate])),
            other=int(np.argmin(rates[rate])),
        )

    def _estimate(self, metric: str, fitted: _Fitted, group: Group, context: Context) -> Estimate:
        held, level = fitted.halves.held, context.confidence
        before = held.decided.astype(np.float64)
        if metric == _COST:
            right = np.where(held.outcome, before, 1 - before)
            still = np.where(held.outcome, fitted.after, 1 - fitted.after)
            return mean_paired_difference(right - still, level=level, bounds=(-1.0, 1.0))
        rows = held.of(fitted.rate)
        changes = [
            Change(before=before[part], after=fitted.after[part])
            for place in (fitted.favored, fitted.other)
            for part in [rows & (held.codes == place)]
        ]
        fair = self._fair(fitted, len(group.judged))
        attainable = attainable_reduction(fair, level=level, rng=context.rng)
        return replace(gap_reduction(*changes, level=level), attainable=attainable)

    def _fair(self, fitted: _Fitted, levels: int) -> list[FairRate]:
        """Describe the rates of a model without a gap: thresholds of one group move them too."""
        fit, held = fitted.halves.fit, fitted.halves.held
        alike = self._fit(fit.as_one())
        moved = np.abs(held.decided - alike.chances(held.as_one()))
        return [
            FairRate(
                rate=float(held.decided[held.of(rate)].mean()),
                moved=float(moved[held.of(rate)].mean()),
                fitted=fit.counts(rate, levels),
                held=held.counts(rate, levels),
            )
            for rate in RATES[self.constraint]
        ]

    def _fit(self, rows: Scores) -> Thresholds:
        return fit_thresholds(
            rows,
            constraint=self.constraint,
            objective=self.objective,
            grid_size=self.grid_size,
        )

    def _details(self, fitted: _Fitted, group: Group) -> dict[str, Any]:
        held, levels = fitted.halves.held, len(group.judged)
        before = held.decided.astype(np.float64)
        return {
            "rows fitted": len(fitted.halves.fit.score),
            "rows": len(held.score),
            "rows not judged": fitted.halves.left_out,
            "seed": self.seed,
            "needs the attribute at decision time": True,
            "highest": group.judged[fitted.favored],
            "lowest": group.judged[fitted.other],
            "rate": fitted.rate,
            "levels": [
                {"level": name, f"{rate} before": was[place], f"{rate} after": now[place]}
                for rate in RATES[self.constraint]
                for was, now in [
                    (held.rates(rate, before, levels), held.rates(rate, fitted.after, levels))
                ]
                for place, name in enumerate(group.judged)
            ],
            "thresholds": fitted.thresholds.told(group.judged),
        }


def _why_not(question: Question, units: Units, group: Group) -> Answer | None:
    if len(units.favorable) != 1:
        reason = "needs one favourable class, but there are {count}"
        params = {"count": str(len(units.favorable))}
        return Unmeasured(question=question, reason=reason, params=params)
    if units.roles.weight:
        return refusals.weighted(question)
    if len(group.judged) < FEWEST_GROUPS:
        params = {"levels": ", ".join(group.judged)}
        return Unmeasured(question=question, reason=ONE_LEVEL, params=params)
    return None


def _too_few(question: Question, group: Group, halves: _Halves) -> Answer | None:
    levels = len(group.judged)
    rates = ("true_positive_rate", "false_positive_rate")
    parts = product((halves.fit, halves.held), rates)
    fewest = np.min([part.counts(rate, levels) for part, rate in parts], axis=0)
    short = [name for name, rows in zip(group.judged, fewest, strict=True) if rows < LEAST]
    if not short:
        return None
    reason = "needs {least} rows of either outcome in each half of {levels}"
    params = {"least": str(LEAST), "levels": ", ".join(short)}
    return Unmeasured(question=question, reason=reason, params=params)


def _ask(metric: str, group: Group) -> Question:
    return Question(check=Mitigation.id, metric=metric, about=group.across)
