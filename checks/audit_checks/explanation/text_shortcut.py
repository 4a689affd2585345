"""Does an explanation name a planted word that the model is known to decide by?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.text_attributing import TextAttributing, keeper_of
from audit.attributions.text_choosing import text_method_of
from audit.attributions.text_words import held_words, what_is_read
from audit.draws import chosen, first_half
from audit.errors import SubjectError
from audit.predictors import Model
from audit.protocol import Context
from audit.results import Answer, Finding, Json, Question, Unmeasured
from audit.subjects import Subject
from audit.text_predictors import Recorded
from audit.texts import Texts
from audit_checks.explanation.asking import How
from audit_checks.explanation.shares import right_share
from audit_checks.explanation.text_asking import (
    TextExplained,
    reader_of,
    text_explained_by,
    with_words,
)
from audit_checks.explanation.text_planting import TextPlanting, unused_words
from audit_checks.refusals import one_class, too_few

FEWEST_LABELLED: Final = 40
NO_RELIANCE: Final = (
    "the copy does not rely on the planted shortcut: its accuracy is {right} with it and "
    "{swapped} when it is swapped, and must fall by {least}"
)
_NO_WORDS: Final = "every word that could be planted occurs in the texts"


_FEWEST_DECIDED: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class TextShortcut:
    """How a word is planted in a copy, and the copy explained.

    The texts that are explained hold the word of another class than their own, are decided as that
    word says, and otherwise without it. A copy may also decide by the absence of a word, which no
    attribution to words can name; such texts are not counted.
    """

    how: How
    strength: float
    reliance: float
    trained: int
    words: tuple[str, ...]

    def measure(self, subject: Subject, question: Question, context: Context) -> Iterator[Answer]:
        """Plant, train, prove the reliance, explain."""
        halves = self._halves(subject)
        if isinstance(halves, str):
            yield Unmeasured(question=question, reason=halves)
            return
        learned, held = halves
        if refusal := _unfit(question, learned, held):
            yield refusal
            return
        copy = _trained(subject, learned.mostly_right(self.strength), learned.labels, self.how.seed)
        tried = _Tried.of(copy, held)
        if tried.right - tried.swapped < self.reliance:
            shown = {"right": tried.right, "swapped": tried.swapped, "least": self.reliance}
            params = {name: f"{each:.3f}" for name, each in shown.items()}
            yield Unmeasured(question=question, reason=NO_RELIANCE, params=params)
            return
        if refusal := too_few(question, len(tried.decided), _FEWEST_DECIDED):
            yield refusal
            return
        details: dict[str, Json] = {
            "strength": self.strength,
            "rows trained on": len(learned.labels),
        }
        if isinstance(copy, Recorded) and (epochs := copy.training_record.get("epochs")):
            details["epochs"] = epochs
        yield self._explained(question, self._way(subject, copy), held, tried, context, details)

    def _explained(  # noqa: PLR0913, PLR0917 - what `measure` has found
        self,
        question: Question,
        way: TextAttributing,
        held: TextPlanting,
        tried: "_Tried",
        context: Context,
        details: dict[str, Json],
    ) -> Finding:
        """Rank the planted word in texts that it decides."""
        drawn = chosen(held.texts.keys[tried.decided], self.how.rows, "explained", self.how.seed)
        rows = tried.decided[drawn]
        found = text_explained_by(way, held.swapped().take(rows), self.how.seed)
        ranks = ranks_of(found, held.places[rows])
        return Finding(
            question=question,
            estimate=right_share(ranks == 1, level=context.confidence),
            details={
                **found.details,
                **details,
                "planted words": [*held.words],
                "accuracy with the shortcut": tried.right,
                "accuracy when swapped": tried.swapped,
                "accuracy without": tried.without,
                "texts that the word decides": len(tried.decided),
                "mean rank": float(ranks.mean()),
                **found.examples(np.argsort(-ranks, kind="stable"), shown=context.examples),
            },
        )

    def _halves(self, subject: Subject) -> tuple[TextPlanting, TextPlanting] | str:
        """Return what the copy learns and what it is asked, as far as it is read."""
        texts, labels = subject.texts, subject.labels
        model = reader_of(subject)
        words = unused_words(texts, len(model.classes), self.words)
        if not words:
            return _NO_WORDS
        rows = np.flatnonzero(np.isin(texts.keys, with_words(texts).keys) & (labels >= 0))
        half = first_half(texts.keys[rows], "shortcut", self.how.seed)

        def planting(some: NDArray[np.int64]) -> TextPlanting:
            kept = some[chosen(texts.keys[some], self.trained, "shortcut", self.how.seed)]
            return TextPlanting(
                texts=what_is_read(model, texts.take(kept)),
                labels=labels[kept],
                words=words,
                seed=self.how.seed,
            )

        return planting(rows[half]), planting(rows[~half])

    def _way(self, subject: Subject, copy: Model[Texts]) -> TextAttributing:
        """Explain the copy as the model is; what is found is kept with the model's own."""
        explainer = subject.text_explainer or text_method_of(self.how.method, copy)
        way = TextAttributing(model=copy, explainer=explainer, seed=self.how.seed)
        return (
            replace(way, keeper=keeper_of(subject.text_model), name=copy.digest)
            if copy.digest
            else way
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Tried:
    """How often a copy is right, and which texts a planted word decides against their content.

    Attributes
    ----------
    right, swapped, without : float
        Its accuracy with the word of the label, with that of another class, and with none.
    decided : ndarray of int64
        Places of texts.

    """

    right: float
    swapped: float
    without: float
    decided: NDArray[np.int64]

    @classmethod
    def of(cls, copy: Model[Texts], held: TextPlanting) -> "_Tried":
        """Ask the copy."""
        right, swapped, without = (
            copy.predict(texts).argmax(axis=1)
            for texts in (held.right(), held.swapped(), held.texts)
        )
        accuracies = [float((each == held.labels).mean()) for each in (right, swapped, without)]
        decided = np.flatnonzero((swapped == held.another) & (without != swapped))
        return cls(
            right=accuracies[0], swapped=accuracies[1], without=accuracies[2], decided=decided
        )


def _unfit(question: Question, *halves: TextPlanting) -> Unmeasured | None:
    for half in halves:
        if refusal := too_few(question, len(half.labels), FEWEST_LABELLED):
            return refusal
        if len(np.unique(half.labels)) == 1:
            return one_class(question)
    return None


def _trained(subject: Subject, texts: Texts, labels: NDArray[np.int64], seed: int) -> Model[Texts]:
    if subject.text_trainer is None:
        msg = "a shortcut must be planted in a copy, but the subject has nothing that trains one"
        raise ValueError(msg)
    copy = subject.text_trainer.train(texts, labels, seed=seed)
    if copy.classes != reader_of(subject).classes:
        msg = "a trained copy must have the classes of the model, but has others"
        raise SubjectError(msg)
    return copy


def ranks_of(found: TextExplained, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank of the planted word by attribution to the decision; the last of ties."""
    values = found.attribution.values
    planted = values[np.arange(len(values)), places]
    held = np.arange(values.shape[1]) < held_words(found.texts)[:, None]
    ranks: NDArray[np.int64] = ((values >= planted[:, None]) & held).sum(axis=1)
    return ranks
