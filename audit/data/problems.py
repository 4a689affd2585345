"""What is wrong with the values of a table, by column and first bad row, never by value."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from audit.data.keys import Key
from audit.data.roles import Roles
from audit.data.tables import Table

TOLERANCE: Final = 1e-3
"""How far the scores of a row may be from a sum of 1."""


def value_problems(
    roles: Roles, table: Table, keys: dict[str, Key], classes: Sequence[str]
) -> list[str]:
    """Name every column whose values cannot play its role."""
    return [
        *_missing(roles, table, keys),
        *_strangers(roles, table, keys, classes),
        *_scores(roles, table),
        *_amounts(roles, table),
        *_ids(roles, table),
        *_empty_groups(roles, table, keys),
    ]


def _missing(roles: Roles, table: Table, keys: dict[str, Key]) -> Iterator[str]:
    for role in ("label", "prediction"):
        column = getattr(roles, role)
        if column and (missing := keys[role].missing):
            row = _first(table, keys[role].expr.is_null() | _is_blank(table, column))
            yield (
                f"{table.source}: {role} {column!r} must have a value in every row, "
                f"but {missing:,} are missing, the first in row {row}"
            )


def _strangers(
    roles: Roles, table: Table, keys: dict[str, Key], classes: Sequence[str]
) -> Iterator[str]:
    for role in ("label", "prediction"):
        column = getattr(roles, role)
        named = keys[role].rows if column and classes else {}
        unknown = [level for level in named if level not in classes]
        if unknown:
            raw = [value for level in unknown for value in keys[role].raw[level]]
            row = _first(table, nw.col(column).is_in(raw))
            yield (
                f"{table.source}: {role} {column!r} must hold only the {len(classes)} classes that "
                f"have a score, but does not in row {row}"
            )


def _scores(roles: Roles, table: Table) -> Iterator[str]:
    sound = True
    for column in roles.scores:
        score = nw.col(column).cast(nw.Float64())
        bad = score.is_null() | ~((score >= 0) & (score <= 1))
        if row := _first(table, bad):
            sound = False
            yield (
                f"{table.source}: score {column!r} must lie in [0, 1] in every row, "
                f"but is missing, no number or outside in row {row}"
            )
    if len(roles.scores) > 1 and sound:
        total = nw.sum_horizontal(*(nw.col(column).cast(nw.Float64()) for column in roles.scores))
        if row := _first(table, (total - 1.0).abs() > TOLERANCE):
            yield (
                f"{table.source}: the scores {', '.join(map(repr, roles.scores))} must sum to 1 "
                f"in every row, but do not in row {row}"
            )


def _amounts(roles: Roles, table: Table) -> Iterator[str]:
    if roles.weight:
        weight = nw.col(roles.weight).cast(nw.Float64())
        if row := _first(table, weight.is_null() | ~((weight > 0) & (weight < np.inf))):
            yield (
                f"{table.source}: weight {roles.weight!r} must be a positive number in every row, "
                f"but is not in row {row}"
            )
    if roles.count:
        count = nw.col(roles.count).cast(nw.Float64())
        whole = count.is_null() | ~((count >= 1) & (count < np.inf)) | (count != count.floor())
        if row := _first(table, whole):
            yield (
                f"{table.source}: count {roles.count!r} must be a whole number of at least 1 "
                f"in every row, but is not in row {row}"
            )


def _ids(roles: Roles, table: Table) -> Iterator[str]:
    if not roles.id:
        return
    column = nw.col(roles.id)
    if row := _first(table, column.is_null() | _is_blank(table, roles.id)):
        yield f"{table.source}: id {roles.id!r} must have a value in every row, but not row {row}"
        return
    distinct = table.frame.lazy().select(column.n_unique().alias("n")).collect(backend="pyarrow")
    if (unique := int(distinct.item(0, "n"))) < table.rows:
        row = _first_repeat(table, roles.id)
        yield (
            f"{table.source}: id {roles.id!r} must not repeat, but {table.rows - unique:,} rows "
            f"have the id of an earlier one, the first in row {row}"
        )


def _empty_groups(roles: Roles, table: Table, keys: dict[str, Key]) -> Iterator[str]:
    for column in (*roles.groups, *roles.bands):
        if table.rows and not keys[column].rows:
            yield f"{table.source}: group {column!r} must have a value in some row, but has none"


def _is_blank(table: Table, column: str) -> nw.Expr:
    """Say where a value is there and yet stands for nothing."""
    if table.types[column].is_float():
        return nw.col(column).is_nan()
    if table.types[column] == nw.String():
        return nw.col(column) == ""
    return nw.col(column).is_null()


def _first(table: Table, bad: nw.Expr) -> int:
    """Return the number of the first bad row, counted from 1; 0 if there is none."""
    frame = table.frame.lazy()
    count = frame.select(bad.cast(nw.Int64()).sum().alias("n")).collect(backend="pyarrow")
    if not count.item(0, "n"):
        return 0
    flags = frame.select(bad.alias("bad")).collect(backend="pyarrow")
    return int(np.argmax(_numpy(flags, "bad").astype(bool))) + 1


def _first_repeat(table: Table, column: str) -> int:
    seen = table.frame.lazy().select(nw.col(column).alias("id")).collect(backend="pyarrow")
    values = seen.get_column("id").to_list()
    first: dict[Any, int] = {}
    for row, value in enumerate(values, start=1):
        if first.setdefault(value, row) != row:
            return row
    return 0


def _numpy(frame: "nw.DataFrame[Any]", column: str) -> NDArray[Any]:
    return frame.get_column(column).to_numpy()
