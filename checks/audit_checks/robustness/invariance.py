"""Does a decision stay where a text changes in what should not matter?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, cast

from audit.draws import chosen
from audit.errors import ConfigError, SubjectError, nearest
from audit.predictors import Model
from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Cause, Finding, Json, Metric, Question, Unmeasured
from audit.subjects import Subject
from audit.texts import Texts
from audit_checks.refusals import too_few, weighted
from audit_checks.robustness.deciding import scores_of
from audit_checks.robustness.filled import filled
from audit_checks.robustness.perturbations import OURS, Applied, Perturbation, perturbations
from audit_checks.robustness.templates import Template, read_templates
from audit_checks.robustness.variants import Variants
from audit_checks.robustness.word_files import Lists, read_lists

TEMPLATES: Final = "templates"
_FLIPS: Final = "flip_rate"
_FAILURES: Final = "failure_rate"
_NO_ANSWER: Final = "the model does not answer texts of the probe {probe}: {error}"
_NOTHING: Final = "no text holds anything that the probe {probe} changes"
_FEW: Final = "needs at least {least} templates, but got {templates}"
_MOST_PAIRS: Final = 10
_LEAST: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Invariance:
    """How many decisions change with names, places, numbers, contractions or an idle sentence."""

    id: ClassVar[str] = "robustness.invariance"
    question: ClassVar[str] = "Does a decision stay where a text changes in what should not matter?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name=_FLIPS, better=Better.LOW, function="audit.stats.means.mean"),
        Metric(name=_FAILURES, better=Better.LOW, function="audit.stats.means.mean"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TEXT_MODEL, Need.TEXT})

    rows: int = 1000
    """How many texts are probed, drawn by their ids. Each passes once a change that it has."""
    seed: int = 0
    """Of the texts and of what is put into them; another version meets the same ones."""
    draws: int = 1
    """How often each change is made in a text, each time with other words."""
    probes: tuple[str, ...] = OURS
    """Which of our changes are made; those of `substitutions` all are."""
    substitutions: str = ""
    """A file of further words that can stand for each other, each set a change of its own."""
    templates: str = ""
    """A file of templates. Where one names a label, every filling must be given it."""
    cases: int = 50
    """Fillings of a template, drawn where there are more."""

    def __post_init__(self) -> None:
        """Refuse settings that change nothing, and files that cannot be read."""
        for name in self.probes:
            if name not in OURS:
                msg = f"probes must be of {[*OURS]}, but holds {name!r}{nearest(name, OURS)}"
                raise ValueError(msg)
        if min(self.rows, self.draws, self.cases) < 1:
            msg = "rows, draws and cases must be at least 1"
            raise ValueError(msg)
        if not (self.probes or self.substitutions or self.templates):
            msg = "there must be probes, substitutions or templates"
            raise ValueError(msg)
        lists = self._lists()
        taken = sorted({*(lists.sets if lists else ())} & {*OURS, TEMPLATES})
        if taken:
            msg = f"{self.substitutions}: a set must have a name of its own, but has {taken[0]!r}"
            raise ConfigError(msg)
        self._templates()

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for the flips of each change, and for the failures of templates with a label."""
        for each in self._perturbations():
            yield self._question(each.name)
        templates = self._templates()
        _refuse_strange(templates, subject, self.templates)
        if any(not each.label for each in templates):
            yield self._question(TEMPLATES)
        if any(each.label for each in templates):
            yield Question(check=self.id, metric=_FAILURES)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Ask the model about each text as it is and as each change leaves it."""
        asked = [q for q in self.questions(subject) if q.metric in context.metrics]
        if subject.units.roles.weight or subject.units.roles.count:
            yield from map(weighted, asked)
            return
        texts = subject.texts.take(chosen(subject.texts.keys, self.rows, self.seed))
        model = cast("Model[Texts]", subject.text_model)
        changes = {self._question(each.name): each for each in self._perturbations()}
        for question in asked:
            try:
                if question in changes:
                    yield self._changed(question, changes[question], texts, model, context)
                else:
                    yield self._of_templates(question, model, context)
            except SubjectError as problem:
                params = {
                    "probe": str(question.about.get("probe", TEMPLATES)),
                    "error": str(problem),
                }
                yield Unmeasured(
                    question=question, reason=_NO_ANSWER, cause=Cause.NEED, params=params
                )

    def _changed(
        self,
        question: Question,
        change: Perturbation,
        texts: Texts,
        model: Model[Texts],
        context: Context,
    ) -> Answer:
        made = change.applied(texts, self.draws, self.seed)
        if not len(made.texts):
            return Unmeasured(question=question, reason=_NOTHING, params={"probe": change.name})
        variants = Variants(
            rows=made.rows,
            labels=None,
            before=scores_of(model, texts)[made.rows],
            after=scores_of(model, made.texts),
            originals=texts.values[made.rows],
            texts=made.texts.values,
        )
        if refused := too_few(question, variants.clusters):
            return refused
        details: dict[str, Json] = {
            "texts that it changes": variants.clusters,
            "texts probed": len(texts),
            "seed": self.seed,
            "source": change.source,
            **({"digest": change.digest} if change.digest else {}),
            **variants.details,
        }
        if swapped := _pairs(made, variants):
            details["swapped"] = swapped
        if context.examples:
            details["examples"] = variants.examples(model.classes)
        return Finding(question=question, estimate=variants.flip_rate(context), details=details)

    def _of_templates(self, question: Question, model: Model[Texts], context: Context) -> Answer:
        labelled = question.metric == _FAILURES
        templates = [
            each
            for each in self._templates()
            if (labelled and each.label)
            or (not labelled and not each.label and len(each.cases(self.cases, self.seed)) > 1)
        ]
        if len(templates) < _LEAST:
            params = {"least": str(_LEAST), "templates": str(len(templates))}
            return Unmeasured(question=question, reason=_FEW, params=params)
        found = filled(model, templates, self.cases, self.seed)
        return Finding(
            question=question,
            estimate=found.rate(context),
            details={"seed": self.seed, **found.details},
        )

    def _perturbations(self) -> list[Perturbation]:
        return [*perturbations(self.probes, self._lists())]

    def _lists(self) -> Lists | None:
        return read_lists(self.substitutions) if self.substitutions else None

    def _templates(self) -> list[Template]:
        return read_templates(self.templates) if self.templates else []

    def _question(self, probe: str) -> Question:
        return Question(check=self.id, metric=_FLIPS, about=About({"probe": probe}))


def _refuse_strange(templates: Sequence[Template], subject: Subject, path: str) -> None:
    classes = subject.text_model.classes if subject.text_model else ()
    for each in templates:
        if each.label and each.label not in classes:
            known = ", ".join(classes)
            msg = f"{path}: label must be of {known}, but got {each.label!r} for {each.text!r}"
            raise ConfigError(msg)


def _pairs(made: Applied, variants: Variants) -> list[Json]:
    """Say which exchanges turn most decisions; the words are of a list, not of the data."""
    texts: Counter[tuple[str, str]] = Counter()
    flips: Counter[tuple[str, str]] = Counter()
    for pairs, flipped in zip(made.pairs, variants.flipped.tolist(), strict=True):
        texts.update(pairs)
        flips.update(pairs if flipped else ())
    order = sorted(texts, key=lambda pair: (-flips[pair], -texts[pair], pair))
    return [
        {
            "from": old or "+",
            "to": new,
            "texts": texts[old, new],
            "flips": flips[old, new],
        }
        for old, new in order[:_MOST_PAIRS]
    ]
