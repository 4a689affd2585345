"""Do the answers hold when the inputs are noisy, missing or wrong?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final, cast

from audit.draws import chosen
from audit.errors import SubjectError
from audit.predictors import Model
from audit.probes.probe import PROBES, Probe
from audit.protocol import Context, Need
from audit.results import (
    About,
    Answer,
    Better,
    Cause,
    Estimate,
    Finding,
    Metric,
    Question,
    Unmeasured,
)
from audit.space import Space
from audit.stats.counts import Count
from audit.stats.paired import attainable_paired, paired_rate_difference
from audit.stats.proportions import rate
from audit.subjects import Subject
from audit_checks.refusals import weighted
from audit_checks.robustness.deciding import decisions
from audit_checks.robustness.probed import Clean, Probed

_DROP: Final = "accuracy_drop"
_FLIPS: Final = "flip_rate"
_NO_ANSWER: Final = "the model does not answer rows of the probe {probe}: {error}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureNoise:
    """What each kind and size of disturbance costs in accuracy, and how many answers it turns."""

    id: ClassVar[str] = "robustness.feature_noise"
    question: ClassVar[str] = "Do the answers hold when the inputs are noisy, missing or wrong?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_DROP,
            better=Better.LOW,
            function="audit.stats.paired.paired_rate_difference",
            unit="difference",
            low=-1.0,
            needs=(Need.LABELS,),
        ),
        Metric(name=_FLIPS, better=Better.LOW, function="audit.stats.proportions.rate"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TABLE_MODEL, Need.FEATURES})

    rows: int = 2000
    """How many rows are probed, drawn by their ids."""
    seed: int = 0
    """Of the rows and of what is done to them; another version meets the same ones."""
    noise: tuple[float, ...] = (0.1, 0.25, 0.5)
    """Standard deviations of the noise on every number; no sizes leave a probe out. A yes or no
    written as 0 or 1 counts as no number, in wrong units neither."""
    missing: tuple[float, ...] = (0.05, 0.1, 0.2)
    """Shares of the features of a row that are taken away, at least one feature."""
    units: tuple[float, ...] = (1, 2, 3)
    """Numbers of a row that are 10 or 1000 times too large or too small."""
    categories: tuple[float, ...] = (1, 2, 3)
    """Categories of a row that are another level of the background."""

    def __post_init__(self) -> None:
        """Refuse sizes that are none."""
        for probe in PROBES:
            sizes = self._sizes(probe)
            if any(size <= 0 for size in sizes) or [*sizes] != sorted(set(sizes)):
                msg = f"{probe.name} must hold rising sizes above 0, but holds {[*sizes]}"
                raise ValueError(msg)
        if self.rows < 1:
            msg = f"rows must be at least 1, but is {self.rows}"
            raise ValueError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for both metrics of every probe and size that would change anything."""
        for probe in PROBES:
            for severity, size in enumerate(self._sizes(probe), start=1):
                if probe.applies(subject.space, size):
                    for metric in (_DROP, _FLIPS):
                        yield self._question(metric, probe, severity)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Ask the model about the same rows as they are and as each probe leaves them."""
        asked = [q for q in self.questions(subject) if q.metric in context.metrics]
        if subject.units.roles.weight or subject.units.roles.count:
            yield from map(weighted, asked)
            return
        clean = self._clean(subject)
        for probe in PROBES:
            for severity, size in enumerate(self._sizes(probe), start=1):
                both = [self._question(metric, probe, severity) for metric in (_DROP, _FLIPS)]
                if mine := [each for each in both if each in asked]:
                    yield from self._answers(mine, clean, (probe, size), subject.space, context)

    def _clean(self, subject: Subject) -> Clean:
        places = chosen(subject.inputs.keys, self.rows, self.seed)
        inputs = subject.inputs.take(places)
        model = cast("Model", subject.model)
        return Clean(
            model=model,
            inputs=inputs,
            labels=subject.labels[places] if subject.units.roles.label else None,
            decided=decisions(model, inputs),
        )

    def _answers(
        self,
        asked: list[Question],
        clean: Clean,
        done: tuple[Probe, float],
        space: Space,
        context: Context,
    ) -> Iterator[Answer]:
        probe, size = done
        try:
            probed = clean.probed(probe.apply(clean.inputs, space, size, self.seed))
        except SubjectError as problem:
            params = {"probe": probe.name, "error": str(problem)}
            for question in asked:
                yield Unmeasured(
                    question=question, reason=_NO_ANSWER, cause=Cause.NEED, params=params
                )
            return
        details = {
            "size": float(size),
            "size in": probe.unit,
            "rows": len(clean.inputs),
            "seed": self.seed,
            **probed.details,
        }
        for question in asked:
            estimate = (_drop if question.metric == _DROP else _flips)(probed, context)
            yield Finding(question=question, estimate=estimate, details=details)

    def _sizes(self, probe: Probe) -> tuple[float, ...]:
        sizes: tuple[float, ...] = getattr(self, probe.name)
        return sizes

    def _question(self, metric: str, probe: Probe, severity: int) -> Question:
        about = About({"probe": probe.name, "severity": severity})
        return Question(check=self.id, metric=metric, about=about)


def _drop(probed: Probed, context: Context) -> Estimate:
    level = context.confidence
    attainable = attainable_paired(probed.pairs, level=level, rng=context.rng, better="low")
    return replace(paired_rate_difference(probed.pairs, level=level), attainable=attainable)


def _flips(probed: Probed, context: Context) -> Estimate:
    never = rate(Count(k=0, n=probed.flips.n), level=context.confidence)
    found = rate(probed.flips, level=context.confidence)
    return replace(found, attainable=never.high, flawless=0.0)
