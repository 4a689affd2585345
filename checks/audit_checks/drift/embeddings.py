"""Are the texts still of the kind that the reference holds?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np

from audit.draws import chosen, uniforms
from audit.errors import ConfigError, SubjectError
from audit.inputs import Matrix
from audit.packages import PackageMissingError
from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Cause, Finding, Metric, Question, Unmeasured
from audit.stats.mmd import kernel_of, mmd
from audit.stats.ranking import LEAST_EVENTS, attainable_auc, auc
from audit.stats.shift import ks_distance, total_variation
from audit.subjects import Subject
from audit.text_predictors import Embeds, ReadsTokens
from audit.texts import Texts, joined
from audit_checks.cross_fitting import Codes, Flags, Folds, embedded_scores
from audit_checks.drift.asking import Asking, askings, is_weighted
from audit_checks.drift.bins import category_bins, counts_between, cuts_of, number_bins
from audit_checks.drift.descriptors import DESCRIPTORS, UNKNOWN, described, unknown_shares
from audit_checks.drift.kinds import Kind
from audit_checks.drift.languages import LANGUAGE, UNCLEAR, languages_of
from audit_checks.drift.reading import side_by_side
from audit_checks.logistic import NO_SPACE
from audit_checks.refusals import lacking, too_few, weighted

_AUC: Final = "classifier_auc"
_MMD: Final = "mmd"
_KS: Final = "ks_distance"
_VARIATION: Final = "total_variation"
_NO_TEXT: Final = "the reference has no texts"
_UNREAD: Final = "the texts cannot be read: {error}"
_MOST_UNCLEAR: Final = 0.05
"""Of the texts of a side may be in a language that cannot be told: they hide as much of a drift."""
_NO_LANGUAGE: Final = "of {rows} of {all} texts nobody can tell the language"
_ONE_PLACE: Final = "the embeddings are no numbers, or the same for all texts"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sides:
    """The texts of the reference and those under test, at most so many of either.

    Attributes
    ----------
    now : ndarray of bool, shape (n,)
        Which of `texts` are under test.

    """

    texts: Texts
    now: Flags

    @property
    def fewest(self) -> int:
        """The texts of the smaller side."""
        return int(min(self.now.sum(), (~self.now).sum()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Embeddings:
    """Whether a classifier can tell the texts from those of the reference.

    It is a logistic regression on the model's own embeddings, fitted on some of the texts and
    asked about others: the area under its ROC curve is .5 where nothing has moved. Beside it stand
    the maximum mean discrepancy, which needs no classifier, and descriptors that a person can read.
    """

    id: ClassVar[str] = "drift.embeddings"
    question: ClassVar[str] = "Are the texts still of the kind that the reference holds?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name=_AUC,
            better=Better.LOW,
            function="audit.stats.ranking.auc",
            needs=(Need.TEXT_MODEL,),
        ),
        Metric(
            name=_MMD,
            better=Better.LOW,
            function="audit.stats.mmd.mmd",
            unit="squared distance",
            high=2.0,
            needs=(Need.TEXT_MODEL,),
        ),
        Metric(name=_KS, better=Better.LOW, function="audit.stats.shift.ks_distance"),
        Metric(
            name=_VARIATION,
            better=Better.LOW,
            function="audit.stats.shift.total_variation",
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TEXT, Need.REFERENCE})

    rows: int = 1000
    """Texts of either side, drawn by their ids."""
    folds: int = 5
    """Parts of which each is asked of a classifier that was fitted on the others."""
    permutations: int = 400
    """Ways to divide the texts anew, behind the interval of the discrepancy."""
    seed: int = 0
    """Of the draw of texts and parts."""

    def __post_init__(self) -> None:
        """Refuse what leaves nothing to compare."""
        for name, least in (("rows", 1), ("folds", 2), ("permutations", 100)):
            if getattr(self, name) < least:
                msg = f"checks.{self.id}: {name} must be at least {least}"
                raise ConfigError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask for the whole, for each descriptor, and for the language."""
        for metric in (_AUC, _MMD):
            yield Question(check=self.id, metric=metric)
        for name in _descriptors(subject):
            yield Question(check=self.id, metric=_KS, about=_about(name))
        yield Question(check=self.id, metric=_VARIATION, about=_about(LANGUAGE))

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Place the texts of both sides once; all answers follow from that."""
        asked = [q for q in self.questions(subject) if q.metric in context.metrics]
        if is_weighted(subject) or subject.units.roles.count:
            yield from map(weighted, asked)
            return
        try:
            sides = self._sides(subject)
        except SubjectError as problem:  # logged predictions, where nobody has read them before
            for each in asked:
                params = {"error": str(problem)}
                yield Unmeasured(question=each, reason=_UNREAD, params=params)
            return
        if sides is None:
            for each in asked:
                yield Unmeasured(question=each, reason=_NO_TEXT, cause=Cause.NEED)
            return
        yield from self._in_space(subject, sides, context)
        yield from self._described(subject, sides, context)

    def _sides(self, subject: Subject) -> _Sides | None:
        reference = subject.reference_texts
        if reference is None:
            return None
        drawn = [
            _in_order(texts.take(chosen(texts.keys, self.rows, "embeddings", self.seed)))
            for texts in (reference, subject.texts)
        ]
        now = np.repeat([False, True], [len(texts) for texts in drawn])
        return _Sides(texts=joined(drawn), now=now)

    def _in_space(self, subject: Subject, sides: _Sides, context: Context) -> Iterator[Answer]:
        asked = [Question(check=self.id, metric=m) for m in (_AUC, _MMD) if m in context.metrics]
        if not asked:
            return
        model: object = subject.text_model
        if not isinstance(model, Embeds):
            for each in asked:
                yield Unmeasured(question=each, reason=NO_SPACE, cause=Cause.NEED)
            return
        if any(refused := [too_few(each, sides.fewest, LEAST_EVENTS) for each in asked]):
            yield from filter(None, refused)
            return
        places = model.embed(sides.texts)
        if not np.isfinite(places).all() or not np.ptp(places, axis=0).any():
            for each in asked:
                yield Unmeasured(question=each, reason=_ONE_PLACE)
            return
        for each in asked:
            classified = each.metric == _AUC
            yield (self._classified if classified else self._apart)(each, places, sides, context)

    def _classified(
        self, question: Question, places: Matrix, sides: _Sides, context: Context
    ) -> Answer:
        codes: Codes = sides.now.astype(np.int64)
        # by their ids and not by their characters: a text that has become frequent is a drift, and
        # parts cut by it would be asked of a fit that never met it
        keys = sides.texts.keys
        drawn = uniforms(keys, "embeddings", self.seed)
        folds = Folds(of=(drawn * self.folds).astype(np.int64), count=self.folds)
        scores = embedded_scores(places, keys, codes, folds, self.seed)[:, 1]
        level, now = context.confidence, int(codes.sum())
        found = auc(scores, sides.now, level=level, folds=self.folds)
        attainable = attainable_auc(now, len(codes) - now, level=level, folds=self.folds)
        return Finding(
            question=question,
            estimate=replace(found, attainable=attainable, flawless=0.5),
            details=self._details(sides) | {"folds": self.folds},
        )

    def _apart(self, question: Question, places: Matrix, sides: _Sides, context: Context) -> Answer:
        found = mmd(
            kernel_of(places),
            sides.now,
            level=context.confidence,
            rng=context.rng,
            permutations=self.permutations,
        )
        told = {"p value": found.p_value, "permutations": found.permutations}
        details = self._details(sides) | told | {"without a floor": found.unbiased}
        return Finding(question=question, estimate=found.estimate, details=details)

    def _details(self, sides: _Sides) -> dict[str, int]:
        now = int(sides.now.sum())
        return {"rows": now, "rows of the reference": len(sides.now) - now, "seed": self.seed}

    def _described(self, subject: Subject, sides: _Sides, context: Context) -> Iterator[Answer]:
        names = (*_descriptors(subject), LANGUAGE)
        asked = askings(self.id, {each: _about(each) for each in names}, context)
        language = asked.pop(LANGUAGE)
        for name, asking in asked.items() if _KS in context.metrics else ():
            if refused := too_few(asking.question(_KS), sides.fewest):
                yield refused
                continue
            values = self._values(subject, sides.texts, name)
            a, b = np.sort(values[~sides.now]), np.sort(values[sides.now])
            cuts = cuts_of(a)
            bins = number_bins(cuts, counts_between(a, cuts), counts_between(b, cuts))
            yield asking.found(
                _KS,
                ks_distance(a, b, level=asking.level, low_level=asking.low_level),
                {
                    **self._details(sides),
                    "kind": str(Kind.NUMERIC),
                    "mean": float(b.mean()),
                    "mean of the reference": float(a.mean()),
                    "bins": bins,
                },
            )

        if _VARIATION in context.metrics:
            yield self._spoken(sides, language)

    def _spoken(self, sides: _Sides, asking: Asking) -> Answer:
        """Compare the shares of the languages."""
        question = asking.question(_VARIATION)
        if refused := too_few(question, sides.fewest):
            return refused
        try:
            reference, test = (
                languages_of(sides.texts.take(side)) for side in (~sides.now, sides.now)
            )
        except PackageMissingError as problem:
            return lacking(question, problem)
        for side in (reference, test):
            unclear = side.rows.get(UNCLEAR, 0)
            if unclear > _MOST_UNCLEAR * side.present:
                params = {"rows": str(unclear), "all": str(side.present)}
                return Unmeasured(question=question, reason=_NO_LANGUAGE, params=params)
        levels, before, now = side_by_side(reference, test)
        moved = total_variation(
            before, now, level=asking.level, rng=asking.rng, low_level=asking.low_level
        )
        bins = category_bins(levels, before, now)
        details = {**self._details(sides), "kind": str(Kind.CATEGORICAL), "bins": bins}
        return asking.found(_VARIATION, moved, details)

    @staticmethod
    def _values(subject: Subject, texts: Texts, name: str) -> Matrix:
        model: object = subject.text_model
        if name == UNKNOWN and isinstance(model, ReadsTokens):
            return unknown_shares(model, texts)
        return described(texts, name)


def _in_order(texts: Texts) -> Texts:
    """Put texts in the order of their ids: sums and permutations are then those of any table."""
    return texts.take(np.argsort(texts.keys, kind="stable"))


def _about(descriptor: str) -> About:
    return About({"descriptor": descriptor})


def _descriptors(subject: Subject) -> tuple[str, ...]:
    model: object = subject.text_model
    return (*DESCRIPTORS, *([UNKNOWN] if isinstance(model, ReadsTokens) else []))
