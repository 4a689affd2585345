"""Do the answers hold when words are written wrong?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, cast

import numpy as np
from numpy.typing import NDArray

from audit.draws import chosen
from audit.errors import SubjectError, nearest
from audit.predictors import Model
from audit.probes.typos.kinds import TYPOS, Typo
from audit.probes.typos.misspelling import Misspelt, misspelt
from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Cause, Finding, Json, Metric, Question, Unmeasured
from audit.subjects import Subject
from audit.texts import Texts
from audit_checks.refusals import too_few, weighted
from audit_checks.robustness.deciding import scores_of
from audit_checks.robustness.variants import Variants

MIXED: Final = "mixed"
"""Mistakes of all kinds."""
_DROP: Final = "accuracy_drop"
_FLIPS: Final = "flip_rate"
_NO_ANSWER: Final = "the model does not answer texts of the probe {probe}: {error}"
_NO_WORD: Final = "no text has a word that the probe {probe} changes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Typos:
    """What mistakes in a share of the words cost in accuracy, and how many answers they turn."""

    id: ClassVar[str] = "robustness.typos"
    question: ClassVar[str] = "Do the answers hold when words are written wrong?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_DROP,
            better=Better.LOW,
            function="audit.stats.means.mean_paired_difference",
            unit="difference",
            low=-1.0,
            needs=(Need.LABELS,),
        ),
        Metric(name=_FLIPS, better=Better.LOW, function="audit.stats.means.mean"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TEXT_MODEL, Need.TEXT})

    rows: int = 1000
    """How many texts are probed, drawn by their ids. Each passes rows x draws x severities times,
    9 times by default, and once as it is."""
    seed: int = 0
    """Of the texts and of the mistakes; another version meets the same ones."""
    probes: tuple[str, ...] = tuple(each.name for each in TYPOS)
    """Kinds of mistakes. Each counts for the texts that met it; `mixed` counts them all."""
    severities: tuple[float, ...] = (0.1, 0.2, 0.4)
    """Shares of the words, of those that the kind can change; at least one word."""
    draws: int = 3
    """How often a text is written at each severity: each time with another of the kinds, drawn by
    its id. As many draws as kinds give each text each kind; twice as many, each by two seeds."""

    def __post_init__(self) -> None:
        """Refuse settings that change nothing."""
        known = [each.name for each in TYPOS]
        for name in self.probes:
            if name not in known:
                msg = f"probes must be some of {known}, but holds {name!r}{nearest(name, known)}"
                raise ValueError(msg)
        if not self.probes or len({*self.probes}) < len(self.probes):
            msg = f"probes must name at least one kind, each once, but is {[*self.probes]}"
            raise ValueError(msg)
        rising = [*self.severities] == sorted({*self.severities})
        if not self.severities or not rising or not all(0 < s <= 1 for s in self.severities):
            msg = f"severities must be rising shares in (0, 1], but are {[*self.severities]}"
            raise ValueError(msg)
        if min(self.rows, self.draws) < 1:
            msg = "rows and draws must be at least 1"
            raise ValueError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002
        """Ask for both metrics of every kind, and of all kinds together, at every severity."""
        for probe in (MIXED, *self.probes):
            for severity in range(1, len(self.severities) + 1):
                for metric in (_DROP, _FLIPS):
                    about = About({"probe": probe, "severity": severity})
                    yield Question(check=self.id, metric=metric, about=about)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Ask the model about the same texts as they are and with mistakes."""
        asked = [q for q in self.questions(subject) if q.metric in context.metrics]
        if subject.units.roles.weight or subject.units.roles.count:
            yield from map(weighted, asked)
            return
        places = chosen(subject.texts.keys, self.rows, self.seed)
        texts = subject.texts.take(places)
        made = misspelt(texts, self._kinds, self.severities, self.draws, self.seed)
        labels = subject.labels[places] if subject.units.roles.label else None
        model = cast("Model[Texts]", subject.text_model)
        try:
            answered = _answered(model, texts, made, labels)
        except SubjectError as problem:
            for each in asked:
                params = {"probe": str(each.about["probe"]), "error": str(problem)}
                yield Unmeasured(question=each, reason=_NO_ANSWER, cause=Cause.NEED, params=params)
            return
        for each in asked:
            held = self._held(each, made)
            yield self._answer(each, answered.take(held), made.words[held], model, context)

    @property
    def _kinds(self) -> list[Typo]:
        return [each for each in TYPOS if each.name in self.probes]

    def _held(self, question: Question, made: Misspelt) -> NDArray[np.bool_]:
        probe, severity = question.about["probe"], int(str(question.about["severity"]))
        held = made.shares == severity - 1
        if probe == MIXED:
            return np.asarray(held)
        names = [each.name for each in self._kinds]
        return np.asarray(held & (made.kinds == names.index(str(probe))))

    def _answer(
        self,
        question: Question,
        variants: Variants,
        words: NDArray[np.int64],
        model: Model[Texts],
        context: Context,
    ) -> Answer:
        if not len(variants):
            params = {"probe": str(question.about["probe"])}
            return Unmeasured(question=question, reason=_NO_WORD, params=params)
        if refused := too_few(question, variants.clusters):
            return refused
        drop = question.metric == _DROP
        estimate = (variants.accuracy_drop if drop else variants.flip_rate)(context)
        severity = int(str(question.about["severity"]))
        details: dict[str, Json] = {
            "size": float(self.severities[severity - 1]),
            "size in": "share of the words",
            "rows": variants.clusters,
            "seed": self.seed,
            "draws": self.draws,
            "words changed": float(words.mean()),
            **variants.details,
        }
        shows = drop or variants.labels is None
        if context.examples and shows and severity == len(self.severities):
            details["examples"] = variants.examples(model.classes)
        return Finding(question=question, estimate=estimate, details=details)


def _answered(
    model: Model[Texts], texts: Texts, made: Misspelt, labels: NDArray[np.int64] | None
) -> Variants:
    """Ask the model once about all texts, as they are and as they were written."""
    return Variants(
        rows=made.rows,
        labels=None if labels is None else labels[made.rows],
        before=scores_of(model, texts)[made.rows],
        after=scores_of(model, made.texts),
        originals=texts.values[made.rows],
        texts=made.texts.values,
    )
