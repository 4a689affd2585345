"""Do the features that an explanation names first move the score more than others?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from audit.attributions.chance import random_values
from audit.errors import ConfigError
from audit.inputs import Matrix
from audit.probes.masking import drawn_rows, typical_rows
from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Finding, Metric, Question
from audit.subjects import Subject
from audit_checks.explanation.asking import Explained, How, answered, explained
from audit_checks.explanation.gains import beyond_chance
from audit_checks.explanation.removal import Loss, Removal, ladder, order_of
from audit_checks.explanation.text_asking import text_answered
from audit_checks.explanation.text_faithfulness import TEXT_BASELINES, texts_faithful

_BASELINES: Final = ("typical", "resampled")
_UNIT: Final = "probability, less that of random attributions"


@dataclass(frozen=True, kw_only=True, slots=True)
class Faithfulness:
    """Comprehensiveness and sufficiency beyond those of random attributions on the same rows.

    Of each row the first 1, 2, 4 … features by attribution to the model's decision are removed
    (comprehensiveness), or all but those (sufficiency), and the loss of score is averaged over
    these numbers. The same is done in random orders, and the difference is the metric. To remove
    a feature makes rows that do not occur, so it is done in two ways: by a typical value, and by
    values of other rows.

    Of texts, shares of the words are removed, by the mask of the model (or left out where it has
    none) and by words of other texts, beside one random order and one draw.

    References
    ----------
    .. [1] J. DeYoung et al. (2020), "ERASER: a benchmark to evaluate rationalized NLP models",
           Annual Meeting of the ACL 58, section 4: both metrics and their mean over sizes.

    """

    id: ClassVar[str] = "explanation.faithfulness"
    question: ClassVar[str] = (
        "Do the features that an explanation names first move the score more than others?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = tuple(
        Metric(
            name=name,
            better=better,
            function="audit.stats.means.mean_paired_difference",
            unit=_UNIT,
            low=-1.0,
        )
        for name, better in (("comprehensiveness", Better.HIGH), ("sufficiency", Better.LOW))
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.MODEL})

    rows: int = 300
    """Rows that are explained, drawn by their ids."""
    seed: int = 0
    """Of the rows, the random orders and the values that are filled in."""
    method: str = "auto"
    """`auto`, `shap` or `integrated_gradients`, of texts also `gradient_x_input`; the client's own
    explainer always wins."""
    orders: int = 5
    """Random orders that are averaged."""
    draws: int = 5
    """Other rows whose values are filled in and averaged."""
    shares: tuple[float, ...] = (0.05, 0.1, 0.2, 0.5)
    """Of texts: the shares of their words that are removed; at least one word, never all."""

    def __post_init__(self) -> None:
        """Refuse settings that measure nothing."""
        self._how.refuse_unfit(self.id)
        if min(self.orders, self.draws) < 1:
            msg = f"checks.{self.id}: orders and draws must be at least 1, but one is not"
            raise ConfigError(msg)
        if not self.shares or not all(0 < share < 1 for share in self.shares):
            msg = f"checks.{self.id}: shares must lie in (0, 1), but got {[*self.shares]}"
            raise ConfigError(msg)

    @property
    def _how(self) -> How:
        return How(rows=self.rows, seed=self.seed, method=self.method)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for both metrics, for both ways to remove a feature."""
        for baseline in _BASELINES if subject.text_model is None else TEXT_BASELINES:
            for metric in self.metrics:
                yield _ask(metric.name, baseline)

    def measure(self, subject: Subject, context: Context) -> list[Answer]:
        """Explain once, then remove in the order of the attributions and in random orders."""
        if subject.text_model is not None:
            return text_answered(
                subject,
                self._how,
                self.questions(subject),
                lambda: texts_faithful(
                    subject, self._how, self.metrics, self.shares, _ask, context
                ),
            )
        return answered(
            subject, self._how, self.questions(subject), lambda: self._measure(subject, context)
        )

    def _measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        found = explained(subject, self._how)
        for baseline in _BASELINES:
            removal = Removal(
                model=found.model,
                inputs=found.inputs,
                targets=found.targets,
                scores=found.scores,
                fillings=self._fillings(subject, found, baseline),
            )
            ours = removal.loss(order_of(found.attribution.values, found.inputs, self.seed))
            chance = self._chance(removal)
            for metric, mine, theirs in (
                (self.metrics[0], ours.without, chance.without),
                (self.metrics[1], ours.alone, chance.alone),
            ):
                yield Finding(
                    question=_ask(metric.name, baseline),
                    estimate=beyond_chance(metric.better, mine, theirs, context.confidence),
                    details=found.details | self._shown(metric.name, found, mine, theirs),
                )

    def _fillings(self, subject: Subject, found: Explained, baseline: str) -> tuple[Matrix, ...]:
        if baseline == "typical":
            return (typical_rows(subject.space, len(found.inputs)),)
        return tuple(
            drawn_rows(subject.background, found.inputs.keys, "faithfulness", self.seed, draw)
            for draw in range(self.draws)
        )

    def _chance(self, removal: Removal) -> Loss:
        """Average over random orders."""
        inputs = removal.inputs
        losses = [
            removal.loss(order_of(random_values(inputs, self.seed, order), inputs))
            for order in range(self.orders)
        ]
        return Loss(
            without=np.mean([each.without for each in losses], axis=0),
            alone=np.mean([each.alone for each in losses], axis=0),
        )

    def _shown(
        self, metric: str, found: Explained, mine: Matrix, theirs: Matrix
    ) -> dict[str, object]:
        """Return both plain values, and the loss at each number of removed features."""
        features = len(found.inputs.features)
        first = metric == self.metrics[0].name
        removed = ladder(features) if first else [features - k for k in ladder(features)]
        ascending = slice(None) if first else slice(None, None, -1)
        return {
            "features": features,
            "orders": self.orders,
            "attributed": float(mine.mean()),
            "random": float(theirs.mean()),
            "curve": {
                "removed": removed[ascending],
                "attributed": mine.mean(axis=1).tolist()[ascending],
                "random": theirs.mean(axis=1).tolist()[ascending],
            },
        }


def _ask(metric: str, baseline: str) -> Question:
    about = About({"baseline": baseline})
    return Question(check=Faithfulness.id, metric=metric, about=about)
