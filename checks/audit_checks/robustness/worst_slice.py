"""Is there a part of the rows, by one or two of their features, where the model is much worse?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
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
from audit_checks.robustness.text_predicates import SoughtInTexts, text_predicates

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
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LABELS, Need.PREDICTIONS, Need.INPUTS})

    min_rows: int = 75
    """That a slice, and its rest, must have in either half. Where nine of ten answers are right, 75
    rows prove a gap of at most .15, which fewer often cannot."""
    candidates: int = 5
    """Slices that are taken from the half that is searched to the other."""
    seed: int = 0
    """Of the halves; another version is searched on the same rows."""
    draws: int = 1000
    """Simulated models without a worse slice behind the attainable limits."""
    words: int = 200
    """Words of the texts that are looked for, the most frequent ones; where there is a text."""
    clusters: int = 8
    """Parts into which the embeddings of the texts fall, found on the half that is searched; 0 is
    none. Each text passes once more for them."""

    def __post_init__(self) -> None:
        """Refuse settings that name no slice."""
        if min(self.min_rows, self.candidates, self.draws) < 1:
            msg = "min_rows, candidates and draws must be at least 1"
            raise ValueError(msg)
        if min(self.words, self.clusters) < 0:
            msg = "words and clusters must be at least 0"
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
            lattice = self._lattice(subject, context)
            found = lattice.worst(self.candidates)
        except SubjectError as problem:
            params = {"error": "; ".join(str(problem).splitlines())}
            for each in asked:
                yield Unmeasured(
                    question=each, reason=_NO_FEATURES, cause=Cause.NEED, params=params
                )
            return
        for each in asked:
            yield self._answer(each, found, lattice, context)

    def _lattice(self, subject: Subject, context: Context) -> Lattice:
        text = bool(subject.units.roles.text)
        keys = subject.texts.keys if text else subject.inputs.keys
        first, held = first_half(keys, self.seed), predicates(subject)
        if text:
            held = chain(held, text_predicates(subject, first, self._of_texts(context)))
        return Lattice(predicates=held, right=_right(subject), first=first, min_rows=self.min_rows)

    def _of_texts(self, context: Context) -> SoughtInTexts:
        return SoughtInTexts(
            words=self.words,
            least=2 * self.min_rows,
            clusters=self.clusters,
            examples=context.examples,
            seed=self.seed,
        )

    def _answer(
        self, question: Question, found: Found, lattice: Lattice, context: Context
    ) -> Answer:
        if not found.slices:
            params = {"least": f"{self.min_rows:,}", "rows": f"{len(lattice.right):,}"}
            return Unmeasured(question=question, reason=_NO_SLICE, params=params)
        second = Slices(
            inside=np.array([each.holds[~lattice.first] for each in found.slices]),
            hits=lattice.right[~lattice.first],
        )
        estimated = worst_rate if question.metric == _RATE else worst_gap
        estimate = estimated(second, level=context.confidence, rng=context.rng, draws=self.draws)
        worst, *others = _told(found, lattice, second)
        details = {
            **worst,
            "accuracy of all rows": float(second.hits.mean()),
            "slices searched": found.searched,
            "candidates": len(found.slices),
            "seed": self.seed,
            "other candidates": others,
        }
        return Finding(question=question, estimate=estimate, details=details)


def _told(found: Found, lattice: Lattice, second: Slices) -> list[dict[str, Any]]:
    """Describe the candidates, the worst of the half that confirms first."""
    rates = second.counts / second.rows
    told = []
    for at in np.argsort(rates, kind="stable"):
        each = found.slices[at]
        searched = each.holds & lattice.first
        told.append(
            {
                "slice": each.name,
                "rows searched": int(searched.sum()),
                "accuracy searched": float(lattice.right[searched].mean()),
                "rows confirmed": int(second.rows[at]),
                "accuracy confirmed": float(rates[at]),
            }
        )
    return told


def _right(subject: Subject) -> NDArray[np.bool_]:
    units = subject.units
    roles = ("label", "prediction")
    codes = units.arrays({role: units.keys[role].codes(units.classes) for role in roles})
    return np.asarray(codes["label"] == codes["prediction"])
