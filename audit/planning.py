"""What each check will answer, stated before anything is measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from audit.binding import Asked, questions_versus
from audit.errors import CheckError
from audit.predictors import Differentiable
from audit.protocol import Check, Need
from audit.record import Gate
from audit.results import Question
from audit.subjects import Subject
from audit.text_predictors import DifferentiableTexts


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The questions of one check."""

    check: Check
    questions: tuple[Question, ...]
    """Those that the check answers."""
    unmet: Mapping[str, tuple[str, ...]]
    """By metric, the needs that are not met; the runner answers for it."""
    versus: tuple[Question, ...] = ()
    """Paired questions that a gate reads and the check did not plan."""

    @property
    def all_questions(self) -> tuple[Question, ...]:
        """Every question that must have an answer."""
        return (*self.questions, *self.unmet_questions, *self.versus)

    @property
    def unmet_questions(self) -> tuple[Question, ...]:
        """One question about all the data for each metric whose needs are not met."""
        return tuple(Question(check=self.check.id, metric=metric) for metric in self.unmet)

    @property
    def asked(self) -> Asked:
        """What gates can be bound to."""
        return Asked(
            metrics={metric.name: metric for metric in self.check.metrics},
            questions=self.questions,
            unmet=tuple(self.unmet),
        )

    def reads_instead(self, gate: Gate) -> tuple[Question, ...]:
        """Return what a gate on an unmet metric reads, whatever its `about`."""
        return tuple(
            question
            for question in self.unmet_questions
            if (question.check, question.metric) == (gate.check, gate.metric)
        )

    def with_versus(self, gates: Sequence[Gate]) -> "Plan":
        """Add the paired question of every such gate; each is planned in any case."""
        mine = [
            gate for gate in gates if gate.check == self.check.id and gate.metric not in self.unmet
        ]
        return replace(self, versus=tuple(dict.fromkeys(questions_versus(mine, self.questions))))


def plan(check: Check, subject: Subject) -> Plan:
    """Collect the questions of a check."""
    offered = offers(subject)
    unmet = {metric.name: _missing(check, metric.needs, offered) for metric in check.metrics}
    unmet = {metric: needs for metric, needs in unmet.items() if needs}
    asks = len(unmet) < len(check.metrics)
    questions = tuple(check.questions(subject)) if asks else ()
    _refuse_strays(check, questions)
    answered = tuple(question for question in questions if question.metric not in unmet)
    return Plan(check=check, questions=answered, unmet=unmet)


def offers(subject: Subject) -> frozenset[str]:
    """Return the needs that a subject meets."""
    roles = subject.units.roles
    model, reader = subject.model, subject.text_model
    features, text = bool(roles.features_of(subject.units.table)), bool(roles.text)
    found = {
        Need.LABELS: bool(roles.label),
        Need.PREDICTIONS: bool(roles.prediction),
        Need.SCORES: bool(roles.scores),
        Need.GROUPS: bool(subject.units.groups),
        Need.REFERENCE: subject.reference is not None,
        Need.BASELINE: subject.baseline is not None,
        Need.FEATURES: features,
        Need.TEXT: text,
        Need.INPUTS: features or text,
        Need.MODEL: model is not None or reader is not None,
        Need.TABLE_MODEL: model is not None,
        Need.TEXT_MODEL: reader is not None,
        Need.GRADIENTS: isinstance(model or reader, (Differentiable, DifferentiableTexts)),
        Need.TRAINING: subject.trainer is not None or subject.text_trainer is not None,
    }
    return frozenset(need for need, met in found.items() if met)


def _missing(check: Check, needs: Iterable[str], offered: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted({*map(str, check.needs), *needs} - offered))


def _refuse_strays(check: Check, questions: Sequence[Question]) -> None:
    declared = {(check.id, metric.name) for metric in check.metrics}
    strays = [str(q) for q in questions if (q.check, q.metric) not in declared]
    if strays or len(set(questions)) != len(questions):
        msg = f"{check.id} must plan its own metrics, each question once, but plans {strays}"
        raise CheckError(msg)
