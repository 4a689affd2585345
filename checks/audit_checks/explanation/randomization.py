"""Do explanations change when what the model has learned is taken away?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np

from audit.attributions.text_attributing import TextAttributing, keeper_of
from audit.attributions.text_choosing import text_method_of
from audit.attributions.text_words import held_words
from audit.inputs import Matrix
from audit.predictors import Randomizes
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
from audit.stats.means import attainable_mean_difference, mean
from audit.subjects import Subject
from audit.texts import Texts
from audit_checks.explanation.asking import How
from audit_checks.explanation.text_asking import (
    TextExplained,
    text_answered,
    text_explained,
)

LAYERS: Final = {"lower half": 0.5, "all": 1.0}
_FEWEST_WORDS: Final = 3
_MOST_WITHOUT: Final = 0.05
NO_ORDER: Final = "in {rows} of {all} texts the words cannot be ordered: all count the same"
NO_LAYERS: Final = "the model has no layers whose weights could be drawn anew"
_FEWEST: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Randomization:
    """The mean rank correlation of attributions before and after weights are drawn anew.

    From the layer that reads the text upwards, the weights are replaced by random ones, and the
    same decisions are explained again. An explanation that stays the same has little to do with
    what the model learned. Signs count, since words that speak for a decision are not those that
    speak against it. Random attributions change too and pass: only a failure says something.

    References
    ----------
    .. [1] J. Adebayo et al. (2018), "Sanity checks for saliency maps", Advances in Neural
           Information Processing Systems 31.
    .. [2] A. Hedström et al. (2024), "A fresh look at sanity checks for saliency maps", World
           Conference on Explainable Artificial Intelligence: from below, and with signs.

    """

    id: ClassVar[str] = "explanation.randomization"
    question: ClassVar[str] = (
        "Do explanations change when what the model has learned is taken away?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name="similarity_after_randomization",
            better=Better.LOW,
            function="audit.stats.means.mean",
            unit="rank correlation",
            low=-1.0,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TEXT_MODEL})

    rows: int = 100
    """Texts that are explained three times, drawn by their ids."""
    seed: int = 0
    """Of the texts, the weights and the explainer."""
    method: str = "auto"
    """`auto`, `shap`, `integrated_gradients` or `gradient_x_input`; the client's own explainer
    always wins."""

    def __post_init__(self) -> None:
        """Refuse settings that explain nothing."""
        self._how.refuse_unfit(self.id)

    @property
    def _how(self) -> How:
        return How(rows=self.rows, seed=self.seed, method=self.method)

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002
        """Ask about the lower half of the layers, and about all."""
        for layers in LAYERS:
            yield self._ask(layers)

    def measure(self, subject: Subject, context: Context) -> list[Answer]:
        """Explain, draw the weights anew, explain again."""
        questions = [*self.questions(subject)]
        if layered(subject.text_model) is None:
            return [Unmeasured(question=q, reason=NO_LAYERS, cause=Cause.NEED) for q in questions]
        return text_answered(subject, self._how, questions, lambda: self._measure(subject, context))

    def _ask(self, layers: str) -> Question:
        about = About({"layers": layers})
        return Question(check=self.id, metric=self.metrics[0].name, about=about)

    def _measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        found = text_explained(subject, self._how)
        long = held_words(found.texts) >= _FEWEST_WORDS
        for layers, share in LAYERS.items():
            again = self._way(subject, share).explain(found.texts, found.targets).values
            alike = similarity(found, again)[long]
            known = np.isfinite(alike)
            without = int((~known).sum())
            if known.sum() < _FEWEST or without > _MOST_WITHOUT * len(alike):
                params = {"rows": str(without), "all": str(len(alike))}
                yield Unmeasured(question=self._ask(layers), reason=NO_ORDER, params=params)
                continue
            yield Finding(
                question=self._ask(layers),
                estimate=_estimate(alike[known], context.confidence),
                details={
                    **found.details,
                    "texts without an order": without,
                    "texts of fewer than three words": int((~long).sum()),
                    "median": float(np.median(alike[known])),
                },
            )

    def _way(self, subject: Subject, share: float) -> TextAttributing:
        """Explain a copy; what is found is kept with what the model's own are."""
        model = layered(subject.text_model)
        if model is None:
            msg = "a copy can only be drawn anew of a model with layers"
            raise TypeError(msg)
        copy = model.randomized(share, seed=self.seed)
        way = TextAttributing(
            model=copy,
            explainer=subject.text_explainer or text_method_of(self.method, copy),
            seed=self.seed,
        )
        name = f"randomized share={share} seed={self.seed}"
        return replace(way, keeper=keeper_of(subject.text_model), name=name)


def layered(model: object) -> Randomizes[Texts] | None:
    """Return a model of texts whose weights can be drawn anew, None if they cannot."""
    return model if isinstance(model, Randomizes) else None


def similarity(found: TextExplained, again: Matrix) -> Matrix:
    """Return Spearman's rank correlation of the words of each text; NaN where all count the same.

    Parameters
    ----------
    found : TextExplained
    again : ndarray of float, shape (n, w)
        Other attributions of the same texts.

    """
    from scipy.stats import rankdata

    alike = np.full(len(again), np.nan)
    for row, words in enumerate(held_words(found.texts)):
        ranks = [rankdata(each[row, :words]) for each in (found.attribution.values, again)]
        off = [each - each.mean() for each in ranks]
        size = np.sqrt((off[0] @ off[0]) * (off[1] @ off[1]))
        if size > 0:
            alike[row] = np.clip((off[0] @ off[1]) / size, -1, 1)
    return alike


def _estimate(alike: Matrix, level: float) -> Estimate:
    bounds = (-1.0, 1.0)
    return replace(
        mean(alike, level=level, bounds=bounds),
        attainable=attainable_mean_difference(alike, level=level, bounds=bounds),
        flawless=0.0,
    )
