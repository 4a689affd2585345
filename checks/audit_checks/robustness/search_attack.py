"""Are right answers still right when somebody replaces words on purpose?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from audit.draws import chosen
from audit.errors import SubjectError
from audit.predictors import Model
from audit.probes.word_attack import Order, Rules, attack
from audit.probes.word_saliency import saliency
from audit.protocol import Context, Need
from audit.results import Answer, Better, Cause, Finding, Json, Metric, Question, Unmeasured
from audit.stats.searched import broken_rate, surviving_rate
from audit.subjects import Subject
from audit.text_predictors import DifferentiableTexts
from audit.texts import Texts
from audit_checks.refusals import weighted
from audit_checks.robustness.deciding import scores_of
from audit_checks.robustness.hunted import Hunted
from audit_checks.robustness.substitutes import KINDS, Substitutes, substitutes
from audit_checks.robustness.word_files import Lists, read_lists

_ROBUST: Final = "robust_accuracy"
_SUCCESS: Final = "attack_success_rate"
_NO_ANSWER: Final = "the model does not answer the texts of the attack: {error}"
_NO_WORD: Final = "no text has a word that the attack may replace, so it cannot fail"
_NONE_RIGHT: Final = "no answer is right, so none can be broken"


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchAttack:
    """Texts that are right and that no search within the budget turned wrong."""

    id: ClassVar[str] = "robustness.search_attack"
    question: ClassVar[str] = (
        "Are right answers still right when somebody replaces words on purpose?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_ROBUST,
            better=Better.HIGH,
            function="audit.stats.searched.surviving_rate",
            search=True,
        ),
        Metric(
            name=_SUCCESS,
            better=Better.LOW,
            function="audit.stats.searched.broken_rate",
            search=True,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TEXT_MODEL, Need.TEXT, Need.LABELS})

    rows: int = 200
    """How many texts are attacked, drawn by their ids."""
    seed: int = 0
    """Of the texts; the search itself draws nothing."""
    queries: int = 40
    """Questions to the model about each text, at most."""
    most_changed: float = 0.2
    """Share of the words of a text that may be replaced, at least one word."""
    kinds: tuple[str, ...] = KINDS
    """`synonyms` of our list, and `characters`: one letter of a word written wrong."""
    substitutions: str = ""
    """A file of further words that can stand for each other."""
    keep: tuple[str, ...] = ()
    """Words that stay as they are, beside those of grammar and negation."""
    order: Literal["gradients", "omission", "auto"] = "auto"
    """What says which words are tried first: gradients, one question a text; or leaving each word
    out, one question a word. `auto` takes gradients where the model has them."""

    def __post_init__(self) -> None:
        """Refuse a search that cannot find anything."""
        if min(self.rows, self.queries) < 1 or not 0 < self.most_changed <= 1:
            msg = "rows and queries must be at least 1, and most_changed in (0, 1]"
            raise ValueError(msg)
        strange = [each for each in self.kinds if each not in KINDS]
        if strange or not (self.kinds or self.substitutions):
            msg = f"kinds must be of {[*KINDS]}, or substitutions name a file; got {strange}"
            raise ValueError(msg)
        self._lists()

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002
        """Ask for the share that survives, and for the share of the right ones that broke."""
        for metric in self.metrics:
            yield Question(check=self.id, metric=metric.name)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Attack all texts side by side, and derive both numbers from what became of them."""
        asked = [q for q in self.questions(subject) if q.metric in context.metrics]
        if subject.units.roles.weight or subject.units.roles.count:
            yield from map(weighted, asked)
            return
        try:
            hunted = self._hunted(subject)
        except SubjectError as problem:
            params = {"error": str(problem)}
            for each in asked:
                yield Unmeasured(question=each, reason=_NO_ANSWER, cause=Cause.NEED, params=params)
            return
        for each in asked:
            yield self._answer(each, hunted, context)

    def _hunted(self, subject: Subject) -> Hunted:
        places = chosen(subject.texts.keys, self.rows, self.seed)
        texts, labels = subject.texts.take(places), subject.labels[places]
        model = cast("Model[Texts]", subject.text_model)
        words = self._substitutes()
        rules = Rules(candidates=words.of, most_changed=self.most_changed, queries=self.queries)
        ask = partial(scores_of, model)
        return Hunted(
            texts=texts,
            labels=labels,
            outcomes=attack(ask, texts, labels, rules, self._order(model)),
            rules=rules,
            model=model,
        )

    def _answer(self, question: Question, hunted: Hunted, context: Context) -> Answer:
        if not hunted.able:
            return Unmeasured(question=question, reason=_NO_WORD)
        if question.metric == _ROBUST:
            estimate = surviving_rate(hunted.robust, level=context.confidence)
        elif hunted.broken.n:
            estimate = broken_rate(hunted.broken, level=context.confidence)
        else:
            return Unmeasured(question=question, reason=_NONE_RIGHT)
        details: dict[str, Json] = {**hunted.details(context), **self._constraints(hunted)}
        if context.examples and question.metric == _ROBUST:
            details["examples"] = hunted.examples()
        return Finding(question=question, estimate=estimate, details=details)

    def _constraints(self, hunted: Hunted) -> dict[str, Json]:
        """Say what the attack might do, which decides how many texts it breaks."""
        lists = self._lists()
        ours = {"substitutions": lists.source, "digest": lists.digest} if lists else {}
        return {
            "rows": len(hunted.texts),
            "seed": self.seed,
            "queries": self.queries,
            "most words changed": self.most_changed,
            "candidates": [*self.kinds, *(["substitutions"] if lists else [])],
            "stay as they are": ["words of grammar", "negations", *self.keep],
            "order": "omission" if self._order(hunted.model) is None else "gradients",
            **ours,
        }

    def _lists(self) -> Lists | None:
        return read_lists(self.substitutions) if self.substitutions else None

    def _substitutes(self) -> Substitutes:
        lists = self._lists()
        groups = [group for held in (lists.sets.values() if lists else ()) for group in held]
        return substitutes(self.kinds, groups, self.keep)

    def _order(self, model: Model[Texts]) -> Order | None:
        if self.order == "omission":
            return None
        if not isinstance(model, DifferentiableTexts):
            if self.order == "auto":
                return None
            msg = 'order = "gradients" needs a model with gradients'
            raise SubjectError(msg)

        def heaviest(texts: Texts, classes: NDArray[np.int64]) -> Sequence[Sequence[float]]:
            del classes  # every text that is asked about is right
            found: list[list[float]] = saliency(model, texts).tolist()
            return found

        return heaviest
