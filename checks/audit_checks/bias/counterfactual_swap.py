"""Does a decision change when only the protected attribute does?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np

from audit.errors import ConfigError
from audit.predictors import Model
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
from audit.stats.counts import FEWEST_GROUPS, Count
from audit.stats.exact import exact_count
from audit.stats.proportions import rate
from audit.subjects import Subject
from audit.texts import Texts
from audit.units import Group
from audit_checks import refusals
from audit_checks.bias.levels import ONE_LEVEL
from audit_checks.bias.swapping import Swapped, swapped, values_of
from audit_checks.bias.term_files import OURS, Terms, our_terms, read_terms
from audit_checks.bias.text_swapping import Drawing, SwappedTexts, swapped_texts, ways_of
from audit_checks.bias.text_variants import How

NOT_AN_INPUT: Final = "not an input of the model"

_FLIPS, _SHIFT = "flip_rate", "score_shift"


@dataclass(frozen=True, kw_only=True, slots=True)
class CounterfactualSwap:
    """The units whose decision changes at another judged level, all else being equal.

    An attribute that the model does not read changes nothing, which is a fact about the model and
    no sample: then both numbers are exactly 0.

    A text has no such column: it is rewritten so that it speaks of another group. Where it names a
    group, its words for it are swapped; where it names none, a sentence that does is put in front.
    Each way is a number of its own; the first is asked for where 30 texts name a group, or where
    there is no other.
    """

    id: ClassVar[str] = "bias.counterfactual_swap"
    question: ClassVar[str] = "Does a decision change when only the protected attribute does?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name=_FLIPS, better=Better.LOW, function="audit.stats.proportions.rate"),
        Metric(name=_SHIFT, better=Better.LOW, function="audit.stats.means.mean"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.MODEL})

    attributes: tuple[str, ...] = OURS
    """Of texts: the attributes whose terms are swapped, of age, gender, nationality, race and
    religion."""
    terms: str = ""
    """Of texts: a file with terms of your own, which takes the place of one of ours of the same
    attribute."""
    insert: bool = True
    """Of texts: whether a sentence is put in front of a text that names no group."""
    most_rows: int = 300
    """Of texts: how many are used in each way; of more, as many are drawn by their ids."""
    seed: int = 0
    """Of texts: of the draw of texts, and of the sentence in front of each."""

    def __post_init__(self) -> None:
        """Refuse what leaves nothing to swap."""
        if self.most_rows < 1:
            msg = f"checks.{self.id}: most_rows must be at least 1, but got {self.most_rows}"
            raise ConfigError(msg)
        if not (self.attributes or self.terms):
            msg = f"checks.{self.id}: attributes must not be empty where there is no file of terms"
            raise ConfigError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about each protected attribute; of texts, about each way to name another group."""
        if subject.text_model is not None:
            for terms in self._terms():
                for way in ways_of(subject, terms, insert=self.insert):
                    for metric in self.metrics:
                        yield _ask(metric.name, terms.attribute, way)
            return
        for name in subject.units.groups:
            yield from (_ask(metric.name, name) for metric in self.metrics)
        if not subject.units.groups:
            yield from (Question(check=self.id, metric=metric.name) for metric in self.metrics)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Ask the model for every unit at every other level."""
        if subject.text_model is not None:
            yield from self._texts(subject, subject.text_model, context)
            return
        if not subject.units.groups:
            yield from map(_no_groups, self.questions(subject))
        for group in subject.units.groups.values():
            if group.name in subject.inputs.names:
                yield from self._input(subject, group, context.confidence)
            else:
                yield from self._no_input(subject, group, context.confidence)

    def _terms(self) -> list[Terms]:
        """Read the terms; those of the user stand for ours of the same attribute."""
        own = [read_terms(self.terms)] if self.terms else []
        taken = {each.attribute for each in own}
        return [*own, *our_terms([name for name in self.attributes if name not in taken])]

    def _texts(self, subject: Subject, model: Model[Texts], context: Context) -> Iterator[Answer]:
        if subject.units.roles.count:  # texts are drawn, and one may stand for any number of rows
            yield from map(refusals.weighted, self.questions(subject))
            return
        drawing = Drawing(most_rows=self.most_rows, seed=self.seed)
        for terms in self._terms():
            for way in ways_of(subject, terms, insert=self.insert):
                found = swapped_texts(subject, model, terms, way, drawing)
                for metric in self.metrics:
                    question = _ask(metric.name, terms.attribute, way)
                    yield self._of_texts(question, found, context)

    def _of_texts(self, question: Question, found: SwappedTexts, context: Context) -> Answer:
        if refusal := refusals.too_few(question, found.amounts.rows):
            return refusal
        details = found.details(context.confidence) | {"seed": self.seed}
        if context.examples and question.metric == _FLIPS:
            details["examples"] = found.examples()
        estimate = _estimate(question.metric, found, context.confidence)
        return Finding(question=question, estimate=estimate, details=details)

    def _no_input(self, subject: Subject, group: Group, level: float) -> Iterator[Answer]:
        count = exact_count(0, rows=subject.units.rows, level=level, flawless=0.0)
        estimate = replace(count, method=NOT_AN_INPUT)
        details = {"input of the model": False, "rows": subject.units.rows}
        for metric in self.metrics:
            yield Finding(
                question=_ask(metric.name, group.name), estimate=estimate, details=details
            )

    def _input(self, subject: Subject, group: Group, level: float) -> Iterator[Answer]:
        questions = [_ask(metric.name, group.name) for metric in self.metrics]
        values = values_of(subject, group)
        if unknown := [each for each in group.judged if each not in values]:
            levels = ", ".join(unknown)
            yield from (_unknown(question, group, levels) for question in questions)
            return
        if len(group.judged) < FEWEST_GROUPS:
            params = {"levels": ", ".join(group.judged)}
            for question in questions:
                yield Unmeasured(question=question, reason=ONE_LEVEL, params=params)
            return
        assert subject.model is not None  # noqa: S101 - the runner asks only where there is one
        found = swapped(subject, subject.model, group, values)
        for question in questions:
            yield _answer(question, subject, found, level)


def _answer(question: Question, subject: Subject, found: Swapped, level: float) -> Answer:
    if refusal := refusals.too_few(question, found.amounts.rows):
        return refusal
    details: dict[str, Any] = {
        "input of the model": True,
        "rows": found.amounts.rows,
        "rows not judged": found.left_out,
        "swaps": [
            swap.details(level, favorable=bool(subject.units.favorable)) for swap in found.swaps
        ],
    }
    estimate = _estimate(question.metric, found, level)
    return Finding(question=question, estimate=estimate, details=details)


def _estimate(metric: str, found: Swapped | SwappedTexts, level: float) -> Estimate:
    return (_flip_rate if metric == _FLIPS else _score_shift)(found, level)


def _flip_rate(found: Swapped | SwappedTexts, level: float) -> Estimate:
    count = found.amounts.count(found.flips)
    never = rate(Count(k=0, n=count.n, rows=count.rows), level=level)
    return replace(rate(count, level=level), attainable=never.high, flawless=0.0)


def _score_shift(found: Swapped | SwappedTexts, level: float) -> Estimate:
    bounds = (0.0, 1.0)
    never = found.amounts.mean(np.zeros_like(found.shifts), level=level, bounds=bounds)
    estimate = found.amounts.mean(found.shifts, level=level, bounds=bounds)
    return replace(estimate, attainable=never.high, flawless=0.0)


def _ask(metric: str, attribute: str, way: How | None = None) -> Question:
    about = {"attribute": attribute} | ({} if way is None else {"way": str(way)})
    return Question(check=CounterfactualSwap.id, metric=metric, about=About(about))


def _no_groups(question: Question) -> Answer:
    """Say what the runner says of a need that is not met, since texts do not have it."""
    params = {"needs": str(Need.GROUPS)}
    return Unmeasured(question=question, reason="needs {needs}", cause=Cause.NEED, params=params)


def _unknown(question: Question, group: Group, levels: str) -> Answer:
    reason = "it is not known what feature {feature} is at {levels}"
    params = {"feature": group.name, "levels": levels}
    return Unmeasured(question=question, reason=reason, params=params)
