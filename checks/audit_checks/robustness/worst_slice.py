"""Is there a part of the rows, by one or two of their features, where the model is much worse?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import first_half
from audit.errors import SubjectError
from audit.protocol import Context, Need
from audit.results import Answer, Better, Cause, Finding, Metric, Question, Unmeasured
from audit.stats.slices import Slices, worst_gap, worst_rate
from audit.subjects import Subject
from audit_checks.refusals import weighted
from audit_checks.robustness.lattice import Found, Lattice
from audit_checks.robustness.predicates import predicates

_RATE: Final = "slice_accuracy"
_GAP: Final = "slice_gap"
_NO_FEATURES: Final = "the features cannot be read: {error}"
_NO_SLICE: Final = "no slice has {least} rows inside and outside in both halves of {rows} rows"


@dataclass(frozen=True, kw_only=True, slots=True)
class WorstSlice:
    """The worst slice, found on one half of the rows and counted on the other."""

    id: ClassVar[str] = "robustness.worst_slice"
    question: ClassVar[str] = (
        "Is there a part of the rows, by one or two of their features, "
        "where the model is much worse?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name=_RATE, better=Better.HIGH, function="audit.stats.slices.worst_rate"),
        Metric(
            name=_GAP,
            better=Better.LOW,
            function="audit.stats.slices.worst_gap",
            unit="difference",
            low=-1.0,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LABELS, Need.PREDICTIONS, Need.FEATURES})

    min_rows: int = 50
    """That a slice, and its rest, must have in either half."""
    candidates: int = 5
    """Slices that are taken from the half that is searched to the other."""
    seed: int = 0
    """Of the halves; another version is searched on the same rows."""
    draws: int = 1000
    """Simulated models without a worse slice behind the attainable limits."""

    def __post_init__(self) -> None:
        """Refuse settings that name no slice."""
        if min(self.min_rows, self.candidates, self.draws) < 1:
            msg = "min_rows, candidates and draws must be at least 1"
            raise ValueError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002
        """Ask for the accuracy of the worst slice, and for its gap to all rows."""
        for metric in self.metrics:
            yield Question(check=self.id, metric=metric.name)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Search one half, then count the candidates on the other."""
        asked = [q for q in self.questions(subject) if q.metric in context.metrics]
        if subject.units.roles.weight or subject.units.roles.count:
            yield from map(weighted, asked)
            return
        try:
            first = first_half(subject.inputs.keys, self.seed)
        except SubjectError as problem:
            params = {"error": "; ".join(str(problem).splitlines())}
            for each in asked:
                yield Unmeasured(
                    question=each, reason=_NO_FEATURES, cause=Cause.NEED, params=params
                )
            return
        right = _right(subject)
        lattice = Lattice(
            predicates=[*predicates(subject)], right=right, first=first, min_rows=self.min_rows
        )
        found = lattice.worst(self.candidates)
        for each in asked:
            yield self._answer(each, found, right, first, context)

    def _answer(
        self,
        question: Question,
        found: Found,
        right: NDArray[np.bool_],
        first: NDArray[np.bool_],
        context: Context,
    ) -> Answer:
        if not found.slices:
            params = {"least": f"{self.min_rows:,}", "rows": f"{len(right):,}"}
            return Unmeasured(question=question, reason=_NO_SLICE, params=params)
        second = Slices(
            inside=np.array([each.holds[~first] for each in found.slices]), hits=right[~first]
        )
        estimated = worst_rate if question.metric == _RATE else worst_gap
        estimate = estimated(second, level=context.confidence, rng=context.rng, draws=self.draws)
        details = self._details(found, right, first, second)
        return Finding(question=question, estimate=estimate, details=details)

    def _details(
        self,
        found: Found,
        right: NDArray[np.bool_],
        first: NDArray[np.bool_],
        second: Slices,
    ) -> dict[str, Any]:
        told = [
            {
                "slice": each.name,
                "rows searched": int((each.holds & first).sum()),
                "accuracy searched": float(right[each.holds & first].mean()),
                "rows confirmed": int(rows),
                "accuracy confirmed": float(hits / rows),
            }
            for each, rows, hits in zip(found.slices, second.rows, second.counts, strict=True)
        ]
        told.sort(key=lambda each: each["accuracy confirmed"])  # type: ignore[arg-type, return-value]
        overall = float(second.hits.mean())
        return {
            **told[0],
            "accuracy of all rows": overall,
            "slices searched": found.searched,
            "candidates": len(told),
            "seed": self.seed,
            "other candidates": told[1:],
        }


def _right(subject: Subject) -> NDArray[np.bool_]:
    units = subject.units
    roles = ("label", "prediction")
    codes = units.arrays({role: units.keys[role].codes(units.classes) for role in roles})
    return np.asarray(codes["label"] == codes["prediction"])
