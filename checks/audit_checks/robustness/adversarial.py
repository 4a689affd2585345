"""Are right answers still right when somebody moves the inputs a little on purpose?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, cast

import numpy as np

from audit.draws import chosen
from audit.errors import SubjectError
from audit.predictors import Model
from audit.probes.gradient_attack import Budget
from audit.probes.measured import measured
from audit.protocol import Context, Need
from audit.results import (
    About,
    Answer,
    Better,
    Cause,
    Finding,
    Metric,
    Question,
    Unmeasured,
)
from audit.stats.searched import surviving_rate
from audit.subjects import Subject
from audit_checks.refusals import weighted
from audit_checks.robustness.attacked import Attacked, Attacker

_METRIC: Final = "robust_accuracy"
_NOTHING_MOVES: Final = "no number varies that the attack may move, so it cannot fail"
_NO_ANSWER: Final = "the model does not answer the rows of the attack: {error}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Adversarial:
    """Rows that are right and that no search within the budget turned wrong."""

    id: ClassVar[str] = "robustness.adversarial"
    question: ClassVar[str] = (
        "Are right answers still right when somebody moves the inputs a little on purpose?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_METRIC,
            better=Better.HIGH,
            function="audit.stats.searched.surviving_rate",
            search=True,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset(
        {Need.TABLE_MODEL, Need.GRADIENTS, Need.LABELS, Need.FEATURES}
    )

    eps: float = 0.1
    """How far every number may move, in its standard deviations."""
    immutable: tuple[str, ...] = ()
    """Features that nobody can change; categories, and numbers of two values, never change."""
    bounded: bool = True
    """Whether a number stays within the range of the background."""
    rows: int = 1000
    """How many rows are attacked, drawn by their ids."""
    seed: int = 0
    """Of the rows and of the random starts; another version meets the same ones."""
    steps: int = 20
    """Gradients of each start."""
    starts: int = 3
    """The row itself and random points near it."""

    def __post_init__(self) -> None:
        """Refuse a budget that is none."""
        least = min(self.rows, self.steps, self.starts)
        if self.eps <= 0 or least < 1:
            msg = "eps must be above 0, and rows, steps and starts at least 1"
            raise ValueError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for the share that survives at `eps`."""
        for name in self.immutable:
            subject.inputs.place(name)
        yield Question(check=self.id, metric=_METRIC, about=About())

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Attack at a quarter, a half and the whole of `eps`; what broke stays broken."""
        [question] = self.questions(subject)
        if subject.units.roles.weight or subject.units.roles.count:
            yield weighted(question)
            return
        names = np.array(subject.inputs.names)[measured(subject.space)]
        if {*names.tolist()} <= {*self.immutable}:
            yield Unmeasured(question=question, reason=_NOTHING_MOVES)
            return
        try:
            points = [*self._attacker(subject).rising((self.eps / 4, self.eps / 2, self.eps))]
        except SubjectError as problem:
            params = {"error": str(problem)}
            yield Unmeasured(question=question, reason=_NO_ANSWER, cause=Cause.NEED, params=params)
            return
        yield self._found(question, points, context)

    def _attacker(self, subject: Subject) -> Attacker:
        places = chosen(subject.inputs.keys, self.rows, self.seed)
        return Attacker(
            model=cast("Model", subject.model),
            inputs=subject.inputs.take(places),
            labels=subject.labels[places],
            space=subject.space,
            budget=Budget(steps=self.steps, starts=self.starts),
            immutable=self.immutable,
            bounded=self.bounded,
            seed=self.seed,
        )

    def _found(self, question: Question, points: list[Attacked], context: Context) -> Finding:
        last = points[-1]
        estimate = surviving_rate(last.robust, level=context.confidence)
        details = {
            **last.details,
            "eps in sd": self.eps,
            "steps": self.steps,
            "starts": self.starts,
            "seed": self.seed,
            "within the range of the background": self.bounded,
            "immutable": [*self.immutable],
            "numbers attacked": last.moved,
            "curve": [
                {
                    "eps": each.eps,
                    "robust accuracy": each.robust.k / each.robust.n,
                    "high": surviving_rate(each.robust, level=context.confidence).high,
                }
                for each in points
            ],
        }
        return Finding(question=question, estimate=estimate, details=details)
