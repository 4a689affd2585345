"""Are the rows fit to be measured?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import narwhals as nw
import numpy as np

from audit.protocol import Context, Need
from audit.results import (
    About,
    Answer,
    Better,
    Cause,
    Finding,
    Metric,
    Question,
    Unmeasured,
)
from audit.stats.counts import Count
from audit.stats.exact import exact_count
from audit.stats.proportions import rate
from audit.subjects import Subject
from audit.text_predictors import ReadsTokens
from audit.units import MOST_LEVELS, Units
from audit_checks.data.content import amounts, digests
from audit_checks.data.missing import distinct, missing
from audit_checks.data.reading import READING, reading_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """What is missing, unjudged, repeated, leaked or without content."""

    id: ClassVar[str] = "data.quality"
    question: ClassVar[str] = "Are the rows fit to be measured?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            name="judged_share",
            better=Better.HIGH,
            function="audit.stats.proportions.rate",
            needs=(Need.GROUPS,),
        ),
        Metric(name="missing_share", better=Better.LOW, function="audit.stats.proportions.rate"),
        Metric(
            name="duplicate_share",
            better=Better.NEITHER,
            function="audit.stats.exact.exact_count",
        ),
        Metric(
            name="leaked_share",
            better=Better.LOW,
            function="audit.stats.exact.exact_count",
            needs=(Need.REFERENCE,),
        ),
        Metric(
            name="leaked_content_share",
            better=Better.NEITHER,
            function="audit.stats.exact.exact_count",
            needs=(Need.REFERENCE,),
        ),
        Metric(
            name="constant_columns",
            better=Better.LOW,
            function="audit.stats.exact.exact_count",
            unit="columns",
            high=None,
        ),
        Metric(
            name="near_unique_columns",
            better=Better.LOW,
            function="audit.stats.exact.exact_count",
            unit="columns",
            high=None,
        ),
        *READING,
    )
    needs: ClassVar[frozenset[Need]] = frozenset()

    near_unique_from: float = 0.9
    """Distinct values, as a share of the rows, from which on a column names its row."""

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask of each group and column, and of the table."""
        units = subject.units
        for name in units.groups:
            yield _question("judged_share", name)
        for column in _columns(units):
            yield _question("missing_share", column)
        for metric in self.metrics[2:]:
            if metric not in READING or isinstance(subject.text_model, ReadsTokens):
                yield _question(metric.name)

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Read the table once for each kind of question."""
        units, level = subject.units, context.confidence
        if "judged_share" in context.metrics:
            yield from _judged(units, level)
        yield from _missing(units, level)
        yield _duplicates(units, level)
        if "leaked_share" in context.metrics:
            yield _leaked(subject, level)
            yield _leaked_content(subject, level)
        yield from self._columns_without_content(units, level)
        model: object = subject.text_model
        if isinstance(model, ReadsTokens):
            for metric in READING:
                yield reading_of(_question(metric.name), model, subject, level)

    def _columns_without_content(self, units: Units, level: float) -> Iterator[Answer]:
        types = units.table.types
        features = [c for c in units.roles.features_of(units.table) if not _is_nested(types[c])]
        found = distinct(units, features)
        constant = [column for column, seen in found.items() if seen.values <= 1]
        unique = [
            column
            for column, seen in found.items()
            if seen.values > max(MOST_LEVELS, self.near_unique_from * seen.present)
            and (types[column].is_integer() or not types[column].is_numeric())
        ]
        for metric, names in (("constant_columns", constant), ("near_unique_columns", unique)):
            number = exact_count(len(names), rows=units.rows, level=level, flawless=0.0)
            yield Finding(question=_question(metric), estimate=number, details={"columns": names})


def _is_nested(kind: nw.dtypes.DType) -> bool:
    return kind.is_nested() or kind == nw.Object()


def _question(metric: str, column: str = "") -> Question:
    about = About({"column": column}) if column else About()
    return Question(check=Quality.id, metric=metric, about=about)


def _columns(units: Units) -> tuple[str, ...]:
    """Return the columns that play a part."""
    features = units.roles.features_of(units.table)
    return tuple(dict.fromkeys([*(column for _, column in units.roles.named()), *features]))


def _judged(units: Units, level: float) -> Iterator[Answer]:
    """Answer for each group; the upper bounds carry the correction, since they fail a gate."""
    for name, group in units.groups.items():
        count = units.cells(name).count({name: group.judged}, {})
        found = rate(count, level=level)
        high = rate(count, level=_corrected(level, len(units.groups))).high
        best = rate(Count(k=count.n, n=count.n), level=level).low
        others = {each: rows for each, rows in group.rows.items() if each not in group.judged}
        yield Finding(
            question=_question("judged_share", name),
            estimate=replace(found, high=max(found.high, high), attainable=best, flawless=1.0),
            details={"missing": group.missing, "not judged": sum(others.values())},
        )


def _missing(units: Units, level: float) -> Iterator[Answer]:
    columns = _columns(units)
    for column, count in missing(units, columns).items():
        found = rate(count, level=level)
        low = rate(count, level=_corrected(level, len(columns))).low
        best = rate(Count(k=0, n=count.n), level=level).high
        yield Finding(
            question=_question("missing_share", column),
            estimate=replace(found, low=min(found.low, low), attainable=best, flawless=0.0),
        )


def _corrected(level: float, columns: int) -> float:
    return 1 - (1 - level) / columns


def _duplicates(units: Units, level: float) -> Answer:
    columns = _content(units)
    question = _question("duplicate_share")
    if not columns:
        return _no_columns(question)
    rows = amounts(units).sum()
    repeats = rows - len(np.unique(digests(units, columns)))
    return Finding(
        question=question, estimate=exact_count(repeats / rows, rows=int(rows), level=level)
    )


def _leaked(subject: Subject, level: float) -> Answer:
    question, units, reference = _question("leaked_share"), subject.units, subject.reference
    if reference is None or not (units.roles.id and reference.roles.id):
        reason = "needs an id column in the reference and in the rows under test"
        return Unmeasured(question=question, reason=reason, cause=Cause.NEED)
    return _found_in(question, (units, [units.roles.id]), (reference, [reference.roles.id]), level)


def _leaked_content(subject: Subject, level: float) -> Answer:
    question, units, reference = _question("leaked_content_share"), subject.units, subject.reference
    columns = _content(units)
    if not columns:
        return _no_columns(question)
    known = reference.table.types if reference else {}
    if reference is None or any(column not in known for column in columns):
        lost = next(column for column in columns if column not in known)
        reason = "the reference has no column {column}"
        return Unmeasured(
            question=question, reason=reason, cause=Cause.NEED, params={"column": lost}
        )
    return _found_in(question, (units, columns), (reference, columns), level)


def _found_in(
    question: Question,
    test: tuple[Units, Sequence[str]],
    reference: tuple[Units, Sequence[str]],
    level: float,
) -> Answer:
    """Count the rows under test that the reference holds."""
    pairs = zip(test[1], reference[1], strict=True)
    as_text = [not (_is_number(test[0], a) and _is_number(reference[0], b)) for a, b in pairs]
    leaked = np.isin(digests(*test, as_text=as_text), digests(*reference, as_text=as_text))
    rows = amounts(test[0])
    share = float(rows[leaked].sum() / rows.sum())
    flawless = 0.0 if question.metric == "leaked_share" else None
    return Finding(
        question=question,
        estimate=exact_count(share, rows=int(rows.sum()), level=level, flawless=flawless),
    )


def _is_number(units: Units, column: str) -> bool:
    return units.table.is_numeric(column)


def _content(units: Units) -> tuple[str, ...]:
    """Return the text where there is one, or else the features, the label and the groups."""
    if units.roles.text:
        return (units.roles.text,)
    features = units.roles.features_of(units.table)
    label = [units.roles.label] if units.roles.label else []
    return tuple(dict.fromkeys([*features, *label, *units.groups]))


def _no_columns(question: Question) -> Unmeasured:
    reason = "needs features, a label or groups"
    return Unmeasured(question=question, reason=reason, cause=Cause.NEED)
