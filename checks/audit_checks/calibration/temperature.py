"""Would one temperature for all scores make them better?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from audit.protocol import Context, Need
from audit.results import Answer, Better, Estimate, Finding, Metric, Question, Unmeasured
from audit.stats.calibration import LEAST_ROWS
from audit.stats.ranking import LEAST_EVENTS
from audit.stats.temperature import Scaling, attainable_gain, fit_temperature, temperature_gain
from audit.subjects import Subject
from audit.units import Units
from audit_checks import refusals
from audit_checks.amounts import amounts_of
from audit_checks.halves import fitting_half
from audit_checks.performance.losses import has_two_outcomes, scored_targets

ALL_RIGHT: Final = "every row of the fitting half is decided rightly, so no temperature is best"
NO_BETTER: Final = (
    "the scores of the fitting half are no better than equal ones, so no temperature is best"
)
FEW_TELL: Final = (
    "needs at least {least} rows of a rarer class, and of wrong decisions, in each half, "
    "but one has {rows}"
)
"""A loss that a few rows decide has no interval that holds: where one row in a hundred is an event,
a gate at .02 passed a temperature of 3 in 30 of 100 draws of 100 rows."""

_GAIN, _TEMPERATURE = "log_loss_gain", "temperature"


@dataclass(frozen=True, kw_only=True, slots=True)
class TemperatureScaling:
    """The log loss that scaling saves, and the temperature, above 1 where scores are too sure.

    The temperature is fitted on one half of the rows; what it saves is measured on the other.
    """

    id: ClassVar[str] = "calibration.temperature"
    question: ClassVar[str] = "Would one temperature for all scores make them better?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_GAIN,
            better=Better.LOW,
            function="audit.stats.temperature.temperature_gain",
            unit="nats",
            low=-1000.0,
            high=None,
        ),
        Metric(
            name=_TEMPERATURE,
            better=Better.NEITHER,
            function="audit.stats.temperature.fit_temperature",
            unit="temperature",
            high=None,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LABELS, Need.SCORES})

    draws: int = 200
    """Simulated calibrated models behind the attainable limit."""
    seed: int = 0
    """Of the halves."""

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002 - the protocol's
        """Ask about all rows."""
        yield from map(_ask, (_GAIN, _TEMPERATURE))

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Fit on one half, apply to the other."""
        questions = [_ask(metric) for metric in (_GAIN, _TEMPERATURE)]
        fit, held, impossible = self._halves(subject.units)
        for question in questions:
            if refusal := _why_not(question, subject.units, fit, held, impossible):
                yield refusal
            else:
                yield self._answer(question, fit, held, context)

    def _halves(self, units: Units) -> tuple[Scaling, Scaling, int]:
        """Return the rows to fit on, those held out, and how many held the truth impossible."""
        scores, true = _scores(units)
        times = amounts_of(units).times
        fit = np.repeat(fitting_half(units, "temperature", self.seed), times)
        scores, true = np.repeat(scores, times, axis=0), np.repeat(true, times)
        lost = (true < 0) | (scores[np.arange(len(true)), true] == 0)
        halves = [Scaling(scores=scores[part], true=true[part]) for part in (fit, ~fit)]
        return halves[0], halves[1], int(lost.sum())

    def _answer(self, question: Question, fit: Scaling, held: Scaling, context: Context) -> Answer:
        level = context.confidence
        temperature = fit_temperature(fit, level=level)
        details = _details(fit, held, temperature) | {"seed": self.seed}
        if question.metric == _TEMPERATURE:
            return Finding(question=question, estimate=temperature, details=details)
        gain = temperature_gain(held, temperature.value, level=level)
        attainable = attainable_gain(fit, held, level=level, rng=context.rng, draws=self.draws)
        estimate = replace(gain, attainable=attainable, flawless=0.0)
        return Finding(question=question, estimate=estimate, details=details)


def _scores(units: Units) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the score of each class and the place of the true one, -1 where it has none."""
    targets = scored_targets(units)
    exprs = {str(place): units.score(target) for place, target in enumerate(targets)}
    two = has_two_outcomes(units)
    levels = targets[0].positive if two else units.score_classes
    found = units.arrays(exprs | {"label": units.keys["label"].codes(levels)})
    scores = np.column_stack([found[str(place)] for place in range(len(targets))])
    label = found["label"].astype(np.int64)
    if two:
        return np.column_stack([1 - scores, scores]).astype(np.float64), (label >= 0).astype(
            np.int64
        )
    return scores.astype(np.float64), label


def _why_not(  # noqa: PLR0911 - a reason each
    question: Question, units: Units, fit: Scaling, held: Scaling, impossible: int
) -> Answer | None:
    if units.roles.weight:
        return refusals.weighted(question)
    if refusal := refusals.too_few(question, min(len(fit.true), len(held.true)), LEAST_ROWS):
        return refusal
    if impossible:
        return refusals.impossible(question, impossible)
    if fit.is_no_better_than_chance:
        return Unmeasured(question=question, reason=NO_BETTER)
    if fit.is_all_right:
        return Unmeasured(question=question, reason=ALL_RIGHT)
    fewest = min(rows for part in (fit, held) for rows in (_rarer(part), _wrong(part)))
    if fewest < LEAST_EVENTS:
        params = {"least": str(LEAST_EVENTS), "rows": str(fewest)}
        return Unmeasured(question=question, reason=FEW_TELL, params=params)
    return None


def _rarer(part: Scaling) -> int:
    """Count the rows that are not of the commonest class."""
    return len(part.true) - int(np.bincount(part.true).max())


def _wrong(part: Scaling) -> int:
    """Count the rows whose most likely class is not the true one."""
    return int((part.scores.argmax(axis=1) != part.true).sum())


def _details(fit: Scaling, held: Scaling, temperature: Estimate) -> dict[str, Any]:
    exact = sum(int((part.scores == 0).any(axis=1).sum()) for part in (fit, held))
    return {
        "rows fitted": len(fit.true),
        "rows": len(held.true),
        "rows with a score of exactly 0 or 1": exact,
        "temperature": temperature.value,
        "log loss before": float(held.losses(1.0).mean()),
        "log loss after": float(held.losses(temperature.value).mean()),
    }


def _ask(metric: str) -> Question:
    return Question(check=TemperatureScaling.id, metric=metric)
