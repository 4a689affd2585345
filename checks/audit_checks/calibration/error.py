"""Do the predicted probabilities come true, over all and in each group?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from audit.errors import ConfigError
from audit.protocol import Context, Need
from audit.results import Answer, Better, Finding, Metric, Question
from audit.scored import Scored
from audit.stats.calibration import (
    LEAST_ROWS,
    Bins,
    calibration_error,
    consistency_band,
    equal_mass_bins,
    equal_width_bins,
    null_expected_calibration_error,
)
from audit.subjects import Subject
from audit.units import Target, Units
from audit_checks import refusals
from audit_checks.calibration.expected import expected_error

_ERROR, _EXPECTED = "calibration_error", "expected_calibration_error"
_FEWEST_BINS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationError:
    """How far the scores lie from the shares that come true, over all and in each judged level.

    `calibration_error` has no bias, so levels of different size can be compared and judged;
    `expected_calibration_error` is what people expect to read, beside what chance alone makes it.
    """

    id: ClassVar[str] = "calibration.error"
    question: ClassVar[str] = (
        "Do the predicted probabilities come true, over all and in each group?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_ERROR,
            better=Better.LOW,
            function="audit.stats.calibration.calibration_error",
        ),
        Metric(
            name=_EXPECTED,
            better=Better.NEITHER,
            function="audit.stats.calibration.expected_calibration_error",
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LABELS, Need.SCORES})

    bins: int = 15
    """Bins of equal mass, and of equal width for the expected calibration error."""
    draws: int = 1000
    """Simulated calibrated models beside the expected calibration error."""

    def __post_init__(self) -> None:
        """Refuse bins that show no calibration."""
        if self.bins < _FEWEST_BINS:
            msg = f"checks.{self.id}: bins must be at least {_FEWEST_BINS}, but got {self.bins}"
            raise ConfigError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about all rows, and about each level, for each target."""
        units = subject.units
        for target in units.targets:
            yield _ask(_ERROR, target)
            yield _ask(_EXPECTED, target)
            for group in units.groups.values():
                yield from (_ask(_ERROR, target, group.about(level)) for level in group.judged)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Fetch the scores once for each target; a level is a part of them."""
        units, level = subject.units, context.confidence
        judged = {name: group.judged for name, group in units.groups.items()}
        for target in units.targets:
            scored = units.scored(target, codes=judged)
            yield self._error(_ask(_ERROR, target), scored, level, level)
            yield self._expected(_ask(_EXPECTED, target), scored, context)
            yield from self._levels(units, target, scored, level)

    def _levels(
        self, units: Units, target: Target, scored: Scored, level: float
    ) -> Iterator[Answer]:
        for group in units.groups.values():
            # any level may have been the worst by chance, so the low side is Bonferroni's
            low_level = 1 - (1 - level) / len(group.judged)
            for place, name in enumerate(group.judged):
                question = _ask(_ERROR, target, group.about(name))
                yield self._error(question, scored.part(group.name, place), level, low_level)

    def _error(self, question: Question, scored: Scored, level: float, low_level: float) -> Answer:
        if refusal := refusals.too_few(question, len(scored.score), LEAST_ROWS):
            return refusal
        bins = equal_mass_bins(scored.score, scored.outcome, bins=self.bins, weights=scored.weight)
        estimate = calibration_error(bins, level=level, low_level=low_level)
        return Finding(question=question, estimate=estimate, details=_details(bins, level))

    def _expected(self, question: Question, scored: Scored, context: Context) -> Answer:
        if scored.weight is not None:
            return refusals.weighted(question)
        if refusal := refusals.too_few(question, len(scored.score), LEAST_ROWS):
            return refusal
        bins = equal_width_bins(scored.score, scored.outcome, bins=self.bins)
        null = null_expected_calibration_error(
            scored.score, bins=self.bins, rng=context.rng, draws=self.draws
        )
        return Finding(
            question=question,
            estimate=expected_error(bins, level=context.confidence),
            details={"null_mean": null.mean, "null_quantile": null.quantile},
        )


def _ask(metric: str, target: Target, about: Mapping[str, Any] | None = None) -> Question:
    return Question(check=CalibrationError.id, metric=metric, about=target.ask(about))


def _details(bins: Bins, level: float) -> dict[str, Any]:
    band = consistency_band(bins, level=level)
    columns = (bins.n, bins.predicted, bins.observed, band.low, band.high)
    return {
        "bins": [
            {"n": round(n), "predicted": predicted, "observed": observed, "low": low, "high": high}
            for n, predicted, observed, low, high in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]
    }
