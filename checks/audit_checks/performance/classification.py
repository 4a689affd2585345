"""How often is the model right, and how good are its scores?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Metric, Question
from audit.subjects import Subject
from audit.units import Target, Units
from audit_checks.performance.levels import Levels
from audit_checks.performance.versus import PAIRED, Versus

_ID: Final = "performance.classification"
_PREDICTIONS, _SCORES = (Need.PREDICTIONS,), (Need.SCORES,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Classification:
    """Right answers, and the losses and the order of the scores.

    The scores of two classes are about the favourable one. Of more, `log_loss` and `brier_score`
    are over all classes, and `roc_auc` is one class against the rest.
    """

    id: ClassVar[str] = _ID
    question: ClassVar[str] = "How often is the model right, and how good are its scores?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name="accuracy",
            better=Better.HIGH,
            function="audit.stats.proportions.rate",
            needs=_PREDICTIONS,
            paired=True,
        ),
        Metric(
            name="balanced_accuracy",
            better=Better.HIGH,
            function="audit.stats.confusion.balanced_accuracy",
            needs=_PREDICTIONS,
            paired=True,
        ),
        Metric(
            name="macro_f1",
            better=Better.HIGH,
            function="audit.stats.confusion.macro_f1",
            needs=_PREDICTIONS,
        ),
        Metric(
            name="log_loss",
            better=Better.LOW,
            function="audit.stats.means.mean",
            unit="nats",
            high=None,
            needs=_SCORES,
            paired=True,
        ),
        Metric(
            name="brier_score",
            better=Better.LOW,
            function="audit.stats.means.mean",
            high=2.0,
            needs=_SCORES,
            paired=True,
        ),
        Metric(
            name="roc_auc",
            better=Better.HIGH,
            function="audit.stats.ranking.auc",
            needs=_SCORES,
            paired=True,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LABELS})

    draws: int = 4000
    """Tables drawn for each end of the interval of macro F1."""

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for each level, and for its difference from the predecessor's, if there is one."""
        for question, _ in _asked(subject.units):
            yield question
            if subject.baseline is not None and question.metric in PAIRED:
                yield _versus(question)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Count and score the rows once; pair them with the predecessor's once."""
        units, baseline = subject.units, subject.baseline
        levels = Levels(units=units, context=context, draws=self.draws)
        versus = baseline and Versus(units=units, baseline=baseline, context=context)
        for question, target in _asked(units):
            if question.metric not in context.metrics:
                continue
            yield levels.answer(question, target)
            if versus and question.metric in PAIRED:
                yield versus.answer(_versus(question), target)


def _asked(units: Units) -> Iterator[tuple[Question, Target]]:
    for metric in Classification.metrics:
        targets = units.targets if metric.name == "roc_auc" else units.targets[:1]
        for target in targets:
            about = target.about if metric.name == "roc_auc" else About()
            yield Question(check=_ID, metric=metric.name, about=about), target


def _versus(question: Question) -> Question:
    return replace(question, about=question.about.versus_baseline)
