"""Do explanations stay when a row changes a little and its score hardly moves?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from audit.errors import ConfigError
from audit.probes.noise import noisy
from audit.protocol import Context, Need
from audit.results import Answer, Better, Json, Metric, Question, Unmeasured
from audit.subjects import Subject
from audit_checks.explanation.asking import How, answered, explained
from audit_checks.explanation.changes import Moved, jumps
from audit_checks.explanation.text_asking import text_answered
from audit_checks.explanation.text_stability import texts_stable
from audit_checks.refusals import too_few


@dataclass(frozen=True, kw_only=True, slots=True)
class Stability:
    """The share of rows whose attributions jump though neither row nor score moved much.

    Each row is moved once by noise on its numbers. Among the rows whose score moved by less than
    `unmoved`, those are unstable whose attributions moved by more than `moved`, as a share of
    their size: the sum of absolute changes over the larger of the two sums of absolute values.
    A row whose larger sum is below `unmoved` has too little to explain and is left out and counted.
    Of a text, two letters are swapped in one word, of the half of its words that count least.

    References
    ----------
    .. [1] C. Agarwal et al. (2022), "Rethinking stability for attribution-based explanations":
           stability relative to the model's own change.

    """

    id: ClassVar[str] = "explanation.stability"
    question: ClassVar[str] = (
        "Do explanations stay when a row changes a little and its score hardly moves?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name="unstable_share", better=Better.LOW, function="audit.stats.proportions.rate"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.MODEL})

    rows: int = 300
    """Rows that are explained twice, drawn by their ids."""
    seed: int = 0
    """Of the rows, the noise and the explainer."""
    method: str = "auto"
    """`auto`, `shap` or `integrated_gradients`, of texts also `gradient_x_input`; the client's own
    explainer always wins."""
    radius: float = 0.1
    """Of the noise, in standard deviations of each number."""
    unmoved: float = 0.05
    """A score that moves by less has not moved."""
    moved: float = 0.5
    """Attributions that move by a larger share have moved."""

    def __post_init__(self) -> None:
        """Refuse sizes that find nothing."""
        self._how.refuse_unfit(self.id)
        for name in ("radius", "unmoved", "moved"):
            if not getattr(self, name) > 0:
                msg = f"checks.{self.id}: {name} must be above 0, but got {getattr(self, name)}"
                raise ConfigError(msg)

    @property
    def _how(self) -> How:
        return How(rows=self.rows, seed=self.seed, method=self.method)

    @property
    def _moved(self) -> Moved:
        return Moved(score=self.unmoved, attributions=self.moved)

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002
        """Ask about all rows."""
        yield Question(check=self.id, metric=self.metrics[0].name)

    def measure(self, subject: Subject, context: Context) -> list[Answer]:
        """Explain each row before and after it was moved."""
        if subject.text_model is not None:
            [question] = self.questions(subject)
            return text_answered(
                subject,
                self._how,
                [question],
                lambda: texts_stable(subject, self._how, question, self._moved, context),
            )
        return answered(
            subject, self._how, self.questions(subject), lambda: self._measure(subject, context)
        )

    def _measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        [question] = self.questions(subject)
        if not (subject.space.sd > 0).any():
            reason = "the model reads no number that noise could move"
            yield Unmeasured(question=question, reason=reason)
            return
        found = explained(subject, self._how)
        moved = noisy(found.inputs, subject.space, self.radius, self.seed)
        rows = np.arange(len(moved))
        after = found.model.predict(moved)[rows, found.targets]
        nudged = (np.abs(moved.values - found.inputs.values) > 0).any(axis=1)
        still = nudged & (np.abs(after - found.scores) < self.unmoved)
        if refusal := too_few(question, int(still.sum())):
            yield refusal
            return
        again = found.way.explain(moved.take(still), found.targets[still])
        details: dict[str, Json] = {
            **found.details,
            "radius": self.radius,
            "rows whose score moved": int((nudged & ~still).sum()),
            "rows without a number": int((~nudged).sum()),
        }
        before = found.attribution.values[still]
        yield jumps(question, before, again.values, self._moved, details, level=context.confidence)
