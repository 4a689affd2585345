"""Does an explanation name a shortcut that the model is known to take?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import chosen, first_half
from audit.errors import ConfigError, SubjectError
from audit.inputs import Inputs
from audit.predictors import Model
from audit.protocol import Context, Need
from audit.results import Answer, Better, Finding, Json, Metric, Question, Unmeasured
from audit.subjects import Subject
from audit_checks.explanation.asking import (
    Explained,
    How,
    answered,
    explained_by,
    model_of,
    way_of,
)
from audit_checks.explanation.planting import Planting
from audit_checks.explanation.shares import right_share
from audit_checks.explanation.text_asking import text_answered
from audit_checks.explanation.text_shortcut import TextShortcut
from audit_checks.refusals import one_class, too_few

_FEWEST_LABELLED: Final = 40
_NO_RELIANCE: Final = (
    "the copy does not rely on the planted shortcut: its accuracy is {right} with it and "
    "{swapped} when it is swapped, and must fall by {least}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortcut:
    """How often the attribution names a planted shortcut first, where it decided the row.

    A copy of the model is trained on half of the labelled rows with a category beside the others
    that gives the label away. On the other half the category is swapped: if the copy is right
    less often by `reliance`, it takes the shortcut. In the rows whose decision flips, the planted
    feature decided, and the attribution to the decision must be largest for it. In a text it is a
    word without meaning, one for each class, at a place of its own.

    References
    ----------
    .. [1] J. Bastings et al. (2022), "Will you find these shortcuts?", Conference on Empirical
           Methods in Natural Language Processing: precision of planted features.

    """

    id: ClassVar[str] = "explanation.shortcut"
    question: ClassVar[str] = "Does an explanation name a shortcut that the model is known to take?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name="precision_at_1",
            better=Better.HIGH,
            function="audit.stats.proportions.exact_rate",
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.MODEL, Need.TRAINING, Need.LABELS})

    rows: int = 300
    """Rows that are explained, drawn by their ids from those whose decision flips."""
    seed: int = 0
    """Of the halves, the planted values, the training and the explainer."""
    method: str = "auto"
    """`auto`, `shap` or `integrated_gradients`, of texts also `gradient_x_input`; the client's own
    explainer always wins."""
    strength: float = 1.0
    """How often the planted category equals the label in training. One that is sometimes wrong
    shares decisions with other features, which may then be named first for good reason."""
    reliance: float = 0.3
    """By how much the accuracy must fall when the category is swapped."""
    trained: int = 600
    """Of texts: rows that the copy is trained on, and as many in which it is tried, at most. A
    check must not cost what the training did."""
    words: tuple[str, ...] = ()
    """Of texts: what to plant, one word a class, before pairs of letters that occur in none."""

    def __post_init__(self) -> None:
        """Refuse a shortcut that none could take."""
        self._how.refuse_unfit(self.id)
        for name in ("strength", "reliance"):
            if not 0 < getattr(self, name) <= 1:
                msg = f"checks.{self.id}: {name} must lie in (0, 1], but got {getattr(self, name)}"
                raise ConfigError(msg)

    @property
    def _how(self) -> How:
        return How(rows=self.rows, seed=self.seed, method=self.method)

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002
        """Ask about all rows."""
        yield Question(check=self.id, metric=self.metrics[0].name)

    def measure(self, subject: Subject, context: Context) -> list[Answer]:
        """Plant, train, prove the reliance, explain."""
        if subject.text_model is not None:
            [question] = self.questions(subject)
            planted = TextShortcut(
                how=self._how,
                strength=self.strength,
                reliance=self.reliance,
                trained=self.trained,
                words=self.words,
            )
            return text_answered(
                subject,
                self._how,
                [question],
                lambda: planted.measure(subject, question, context),
            )
        return answered(
            subject, self._how, self.questions(subject), lambda: self._measure(subject, context)
        )

    def _measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        [question] = self.questions(subject)
        known = subject.labels >= 0
        half = first_half(subject.inputs.keys, "shortcut", self.seed)
        learned, held = (
            self._planting(subject, known & half),
            self._planting(subject, known & ~half),
        )
        if refusal := _unfit(question, learned, held):
            yield refusal
            return
        training = learned.mostly_right(self.strength)
        copy = _trained(subject, training, learned.labels, self.seed)
        right, swapped = copy.predict(held.right()), copy.predict(held.swapped())
        accuracies = [
            float((each.argmax(axis=1) == held.labels).mean()) for each in (right, swapped)
        ]
        if accuracies[0] - accuracies[1] < self.reliance:
            shown = (*accuracies, self.reliance)
            params = dict(zip(("right", "swapped", "least"), map(_digits, shown), strict=True))
            yield Unmeasured(question=question, reason=_NO_RELIANCE, params=params)
            return
        flips = np.flatnonzero(right.argmax(axis=1) != swapped.argmax(axis=1))
        rows = held.right().take(flips)
        rows = rows.take(chosen(rows.keys, self.rows, "explained", self.seed))
        way = way_of(subject, copy, training, self._how)
        found = explained_by(way, rows, self.seed)
        ranks = _ranks(found, held.place)
        yield Finding(
            question=question,
            estimate=right_share(ranks == 1, level=context.confidence),
            details=found.details
            | self._shown(accuracies, learned, flips)
            | {"mean rank": float(ranks.mean())},
        )

    def _planting(self, subject: Subject, rows: NDArray[np.bool_]) -> Planting:
        return Planting(
            inputs=subject.inputs.take(rows),
            labels=subject.labels[rows],
            classes=model_of(subject).classes,
            seed=self.seed,
        )

    def _shown(
        self, accuracies: list[float], learned: Planting, flips: NDArray[np.int64]
    ) -> dict[str, Json]:
        return {
            "strength": self.strength,
            "rows trained on": len(learned.labels),
            "accuracy with the shortcut": accuracies[0],
            "accuracy when swapped": accuracies[1],
            "rows that flip": len(flips),
        }


def _unfit(question: Question, *halves: Planting) -> Unmeasured | None:
    for half in halves:
        if refusal := too_few(question, len(half.labels), _FEWEST_LABELLED):
            return refusal
        if len(np.unique(half.labels)) == 1:
            return one_class(question)
    return None


def _trained(subject: Subject, training: Inputs, labels: NDArray[np.int64], seed: int) -> Model:
    if subject.trainer is None:
        msg = "a shortcut must be planted in a copy, but the subject has nothing that trains one"
        raise ValueError(msg)
    copy = subject.trainer.train(training, labels, seed=seed)
    if copy.classes != model_of(subject).classes:
        msg = "a trained copy must have the classes of the model, but has others"
        raise SubjectError(msg)
    return copy


def _ranks(found: Explained, place: int) -> NDArray[np.int64]:
    """Return the rank of the planted feature by attribution to the decision; the last of ties."""
    values = found.attribution.values
    ranks: NDArray[np.int64] = (values >= values[:, [place]]).sum(axis=1)
    return ranks


def _digits(share: float) -> str:
    return f"{share:.3f}"
