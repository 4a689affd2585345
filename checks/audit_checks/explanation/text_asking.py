"""Explanations of texts drawn by their keys, as every check of this family asks for them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.attributing import CLIENTS
from audit.attributions.text_attributing import TextAttributing, text_attributing
from audit.attributions.text_choosing import BY_GRADIENTS, TextMethod
from audit.attributions.text_gradients import TextIntegrated
from audit.attributions.text_words import held_words, what_is_read
from audit.draws import chosen
from audit.excerpts import MOST, marked
from audit.inputs import Matrix
from audit.predictors import Model
from audit.results import Answer, Cause, Json, Question, Unmeasured
from audit.subjects import Subject
from audit.text_predictors import DifferentiableTexts
from audit.texts import Texts
from audit_checks import refusals
from audit_checks.explanation.asking import MOST_SILENT, NO_ATTRIBUTIONS, How

FEWEST_WORDS = 2
_NOTHING: Final = 1e-6
"""Of a score: a text whose attributions add up to less has none."""
_FEWEST_TEXTS = 2
_NEAR = 0.05
"""A score that is so near to that of the base leaves little to attribute."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextExplained:
    """Texts, up to what the model reads of them, and why it decided them as it did.

    Attributes
    ----------
    targets : ndarray of int64, shape (n,)
        The model's own decision, whose score is explained.
    scores : ndarray of float, shape (n,)
        The probability of the target.

    """

    model: Model[Texts]
    texts: Texts
    targets: NDArray[np.int64]
    scores: Matrix
    way: TextAttributing
    attribution: TextIntegrated
    seed: int

    @property
    def details(self) -> dict[str, Json]:
        """Return what was done, for the record."""
        clients = not isinstance(self.way.explainer, TextMethod)
        method = f"{CLIENTS}: {self.attribution.method}" if clients else self.attribution.method
        near = np.abs(self.attribution.output - self.attribution.base) < _NEAR
        return {
            "rows": len(self.texts),
            "seed": self.seed,
            "method": method,
            "texts whose base has their score": int(near.sum()),
        }

    def examples(self, rows: Iterable[int], *, shown: bool) -> dict[str, Json]:
        """Return some texts with the value of each word, if the data may be shown."""
        if not shown:
            return {}
        values = self.attribution.values
        return {
            "examples": [
                {
                    "parts": marked(self.texts.values[row], values[row].tolist()),
                    "class": self.model.classes[self.targets[row]],
                    "score": float(self.scores[row]),
                }
                for row in [*rows][:MOST]
            ]
        }


def reader_of(subject: Subject) -> Model[Texts]:
    """Return the model of texts, which the check has found to be there."""
    if subject.text_model is None:
        msg = "texts must be explained with a model of texts, but the subject has none"
        raise ValueError(msg)
    return subject.text_model


def text_explained(subject: Subject, how: How, among: Texts | None = None) -> TextExplained:
    """Explain texts under test, drawn by their keys from those of two words or more."""
    texts = with_words(subject.texts) if among is None else among
    model = reader_of(subject)
    drawn = texts.take(chosen(texts.keys, how.rows, "explained", how.seed))
    return text_explained_by(text_way_of(subject, model, how), what_is_read(model, drawn), how.seed)


def silent(question: Question, found: TextExplained) -> Unmeasured | None:
    """Refuse explanations that say nothing in more than a twentieth of the texts."""
    speaks = speaking(found)
    rows = int((~speaks).sum())
    if rows <= MOST_SILENT * len(speaks):
        return None
    params = {"rows": str(rows), "all": str(len(speaks))}
    return Unmeasured(question=question, reason=NO_ATTRIBUTIONS, params=params)


def speaking(found: TextExplained) -> NDArray[np.bool_]:
    """Say which texts have attributions at all, shape (n,)."""
    return np.asarray(np.abs(found.attribution.values).sum(axis=1) >= _NOTHING)


def with_words(texts: Texts) -> Texts:
    """Return those with words to choose from."""
    return texts.take(held_words(texts) >= FEWEST_WORDS)


def text_way_of(subject: Subject, model: Model[Texts], how: How) -> TextAttributing:
    """Choose the way to explain a model: the client's, if there is one."""
    return text_attributing(
        model, method=how.method, explainer=subject.text_explainer, seed=how.seed
    )


def text_explained_by(way: TextAttributing, texts: Texts, seed: int) -> TextExplained:
    """Explain the decision in each text."""
    answers = way.model.predict(texts)
    targets = answers.argmax(axis=1)
    return TextExplained(
        model=way.model,
        texts=texts,
        targets=targets,
        scores=answers.max(axis=1),
        way=way,
        attribution=way.explain(texts, targets),
        seed=seed,
    )


def text_answered(
    subject: Subject,
    how: How,
    questions: Iterable[Question],
    measure: Callable[[], Iterable[Answer]],
) -> list[Answer]:
    """Answer the questions, or say of each why nothing can be explained."""
    questions = [*questions]
    gradients = isinstance(subject.text_model, DifferentiableTexts)
    if subject.units.roles.weight or subject.units.roles.count:
        return [refusals.weighted(each) for each in questions]
    if subject.text_explainer is None and how.method in BY_GRADIENTS and not gradients:
        method = how.method.replace("_", " ")
        reason = f"{method.replace(' x ', ' times ')} need a model with gradients"
        return [Unmeasured(question=q, reason=reason, cause=Cause.NEED) for q in questions]
    if len(with_words(subject.texts)) < _FEWEST_TEXTS:
        reason = "there are fewer than two texts of two words to explain"
        return [Unmeasured(question=q, reason=reason, cause=Cause.DATA) for q in questions]
    return [*measure()]
