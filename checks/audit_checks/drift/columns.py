"""Do the columns still look as they did in the reference?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import narwhals as nw

from audit.errors import ConfigError
from audit.protocol import Context, Need
from audit.results import About, Answer, Better, Cause, Metric, Question
from audit.subjects import Subject
from audit.units import MOST_LEVELS, Units
from audit_checks.drift.asking import Asking, askings, both_sides, is_weighted
from audit_checks.drift.comparing import (
    METRICS,
    compare_categories,
    compare_numbers,
    missing_change,
    refuse,
    refuse_all,
    too_few,
)
from audit_checks.drift.kinds import Kind, columns_compared, kinds_of
from audit_checks.drift.reading import Categories, Numbers, read_categories, read_numbers
from audit_checks.refusals import weighted

_PREFIX: Final = "evidently:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The distance of each feature and group from the reference."""

    id: ClassVar[str] = "drift.columns"
    question: ClassVar[str] = "Do the columns still look as they did in the reference?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name="ks_distance", better=Better.LOW, function="audit.stats.shift.ks_distance"),
        Metric(
            name="total_variation",
            better=Better.LOW,
            function="audit.stats.shift.total_variation",
        ),
        Metric(
            name="missing_change",
            better=Better.ZERO,
            function="audit.stats.proportions.rate_difference",
            low=-1.0,
        ),
        Metric(name="new_categories", better=Better.LOW, function="audit.stats.proportions.rate"),
        Metric(
            name="population_stability_index",
            better=Better.NEITHER,
            function="audit.stats.shift.population_stability_index",
            unit="index",
            high=None,
        ),
        Metric(
            name="wasserstein_over_iqr",
            better=Better.NEITHER,
            function="audit.stats.shift.wasserstein_over_iqr",
            unit="quartile ranges",
            high=None,
        ),
        Metric(
            name="evidently_score",
            better=Better.NEITHER,
            function="audit_checks.drift.evidently_scores.score",
            unit="score",
            high=None,
        ),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.REFERENCE})

    categories_up_to: int = 10
    """Numbers with so many distinct values or fewer are codes, and read as categories."""
    categories_at_most: int = 1000
    """A column with more categories is not compared."""
    near_unique_from: float = 0.9
    """Distinct values, as a share of the rows, from which on a text names its row."""
    method: str = ""
    """`evidently:NAME` adds the score of Evidently's stat test of that name."""

    def __post_init__(self) -> None:
        """Refuse a method of another kind."""
        if self.method and not self.method.startswith(_PREFIX):
            msg = f"drift.columns: method must be 'evidently:NAME', but got {self.method!r}"
            raise ConfigError(msg)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask of each column what its kind allows."""
        if self.method:
            from audit_checks.drift.evidently_scores import refuse_unknown

            refuse_unknown(self._test)
        for column, kind in self._kinds(subject).items():
            for metric in (*METRICS[kind], *(["evidently_score"] if self.method else [])):
                yield Question(check=self.id, metric=metric, about=About({"column": column}))

    def measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        """Fetch each column once from either side; all its answers follow from that."""
        if is_weighted(subject):
            yield from map(weighted, self.questions(subject))
            return
        kinds = self._kinds(subject)
        asked = askings(self.id, {each: About({"column": each}) for each in kinds}, context)
        reference, test = both_sides(subject)
        whole = {}
        for column, kind in kinds.items():
            if reason := _why_not(column, subject):
                yield from self._refuse_all(asked[column], kind, reason)
            else:
                whole[column] = kind
        numeric = [column for column, kind in whole.items() if kind is Kind.NUMERIC]
        for column, before, now in _numbers(reference, test, numeric):
            yield from self._numeric(before, now, asked[column])
        for column, kind in whole.items():
            if kind is Kind.CATEGORICAL:
                yield from self._categorical(
                    self._categories(reference, column),
                    self._categories(test, column),
                    asked[column],
                )

    @property
    def _test(self) -> str:
        return self.method.removeprefix(_PREFIX)

    def _kinds(self, subject: Subject) -> dict[str, Kind]:
        sides = both_sides(subject)
        columns = columns_compared(*sides)
        return kinds_of(columns, *sides, categories_up_to=self.categories_up_to)

    def _categories(self, units: Units, column: str) -> Categories:
        return read_categories(units, column, at_most=self.categories_at_most)

    def _numeric(self, reference: Numbers, test: Numbers, asking: Asking) -> Iterator[Answer]:
        yield from compare_numbers(reference, test, asking)
        if not self.method:
            return
        if reason := too_few(reference, test):
            yield asking.not_measured("evidently_score", reason)
        else:
            from audit_checks.drift.evidently_scores import score_numbers

            yield score_numbers(self._test, reference, test, asking)

    def _categorical(
        self, reference: Categories, test: Categories, asking: Asking
    ) -> Iterator[Answer]:
        reason = self._why_too_many(reference, test)
        params = {"most": str(self.categories_at_most)} if "{most}" in reason else {}
        if reason:
            yield missing_change(reference, test, asking)
            yield from refuse(asking, Kind.CATEGORICAL, reason, params)
        else:
            yield from compare_categories(reference, test, asking)
        if self.method and (reason := reason or too_few(reference, test)):
            yield asking.not_measured("evidently_score", reason, params=params)
        elif self.method:
            from audit_checks.drift.evidently_scores import score_categories

            yield score_categories(self._test, reference, test, asking)

    def _why_too_many(self, *sides: Categories) -> str:
        if any(
            side.distinct > max(MOST_LEVELS, self.near_unique_from * side.present) for side in sides
        ):
            return "column {column} has a different value in almost every row"
        if any(side.distinct > self.categories_at_most for side in sides):
            return "column {column} has more than {most} categories"
        return ""

    def _refuse_all(self, asking: Asking, kind: Kind, reason: str) -> Iterator[Answer]:
        yield from refuse_all(asking, kind, reason)
        if self.method:
            yield asking.not_measured("evidently_score", reason, cause=Cause.NEED)


def _why_not(column: str, subject: Subject) -> str:
    reference, test = both_sides(subject)
    if not _has(reference, column, test.groups):
        return "the reference has no column {column}"
    if not _has(test, column, test.groups):
        return "the rows under test have no column {column}"
    if any(_is_nested(units, column) for units in (reference, test)):
        return "column {column} holds lists or structures"
    return ""


def _has(units: Units, column: str, groups: Mapping[str, object]) -> bool:
    return column in units.groups if column in groups else column in units.table.types


def _is_nested(units: Units, column: str) -> bool:
    kind = units.table.types[column]
    return kind.is_nested() or kind == nw.Object()


def _numbers(
    reference: Units, test: Units, columns: Sequence[str]
) -> Iterator[tuple[str, Numbers, Numbers]]:
    exprs = {column: nw.col(column).cast(nw.Float64()) for column in columns}
    sides = zip(read_numbers(reference, exprs), read_numbers(test, exprs), strict=True)
    for (column, before), (_, now) in sides:
        yield column, before, now
