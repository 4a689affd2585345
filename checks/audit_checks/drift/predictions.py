"""Does the model answer as it did on the reference?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Cause, Metric, Question
from audit.stats.arrays import Floats
from audit.stats.shift import ks_distance, total_variation
from audit.subjects import Subject
from audit.units import Target, Units
from audit_checks.drift.asking import Asking, askings, both_sides, is_weighted
from audit_checks.drift.bins import category_bins, counts_between, cuts_of, number_bins
from audit_checks.drift.kinds import Kind
from audit_checks.drift.reading import (
    key_categories,
    read_numbers,
    side_by_side,
)
from audit_checks.refusals import too_few, weighted

_SCORES: Final = "score_ks_distance"
_CLASSES: Final = "class_total_variation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Predictions:
    """The distance of scores and predicted classes from those on the reference."""

    id: ClassVar[str] = "drift.predictions"
    question: ClassVar[str] = "Does the model answer as it did on the reference?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_SCORES,
            better=Better.LOW,
            function="audit.stats.shift.ks_distance",
            needs=(Need.SCORES,),
        ),
        Metric(
            name=_CLASSES,
            better=Better.LOW,
            function="audit.stats.shift.total_variation",
            needs=(Need.PREDICTIONS,),
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.REFERENCE})

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask of the score of each target, and of the classes."""
        for target in subject.units.targets:
            yield Question(check=self.id, metric=_SCORES, about=target.about)
        yield Question(check=self.id, metric=_CLASSES)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Compare what was logged on either side."""
        targets = {str(i): target for i, target in enumerate(subject.units.targets)}
        asked = askings(self.id, {i: target.about for i, target in targets.items()}, context)
        if _SCORES in context.metrics:
            for i, target in targets.items():
                yield _scores(target, subject, asked[i])
        if _CLASSES in context.metrics:
            [asking] = askings(self.id, {"": About()}, context).values()
            yield _classes(subject, asking)


def _scores(target: Target, subject: Subject, asking: Asking) -> Answer:
    question, sides = asking.question(_SCORES), both_sides(subject)
    if not sides[0].roles.scores:
        return asking.not_measured(_SCORES, "the reference has no scores", cause=Cause.NEED)
    if is_weighted(subject):
        return weighted(question)
    a, b = (_score(units, target) for units in sides)
    if refused := too_few(question, min(len(a), len(b))):
        return refused
    cuts = cuts_of(a)
    bins = number_bins(cuts, counts_between(a, cuts), counts_between(b, cuts))
    found = ks_distance(a, b, level=asking.level, low_level=asking.low_level)
    return asking.found(_SCORES, found, {"kind": str(Kind.NUMERIC), "bins": bins})


def _score(units: Units, target: Target) -> Floats:
    [(_, numbers)] = read_numbers(units, {"score": units.score(target)})
    return numbers.values


def _classes(subject: Subject, asking: Asking) -> Answer:
    question, sides = asking.question(_CLASSES), both_sides(subject)
    if "prediction" not in sides[0].keys:
        return asking.not_measured(_CLASSES, "the reference has no predictions", cause=Cause.NEED)
    if is_weighted(subject):
        return weighted(question)
    reference, test = (key_categories(units.keys["prediction"]) for units in sides)
    if refused := too_few(question, min(reference.present, test.present)):
        return refused
    levels, before, now = side_by_side(reference, test)
    found = total_variation(before, now, level=asking.level, rng=asking.rng)
    bins = category_bins(levels, before, now)
    return asking.found(_CLASSES, found, {"kind": str(Kind.CATEGORICAL), "bins": bins})
