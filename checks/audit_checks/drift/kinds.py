"""Which columns are compared, and whether each is read as numbers or as categories."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import narwhals as nw
import numpy as np

from audit.units import Units

_LOOK_AT: Final = 1000
"""Rows that often show enough distinct values; if not, all rows are counted."""


class Kind(StrEnum):
    """How a column is read."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


def columns_compared(reference: Units, test: Units) -> tuple[str, ...]:
    """Return the features and groups of both sides: one that is lost on a side is asked too."""
    parts = {column for units in (reference, test) for column in _parts(units)}
    lost = [
        column
        for column in reference.roles.features_of(reference.table)
        if column not in {*parts, *test.roles.drop}
    ]
    features = [*test.roles.features_of(test.table), *lost]
    return tuple(dict.fromkeys([*features, *test.groups]))


def _parts(units: Units) -> set[str]:
    """Return the columns that play a part other than that of a feature."""
    return {column for role, column in units.roles.named() if role != "features"}


def kinds_of(
    columns: Sequence[str], reference: Units, test: Units, *, categories_up_to: int
) -> dict[str, Kind]:
    """Say how each column is read, alike on both sides.

    A column is numeric if the engine holds it as numbers wherever it occurs and one side has
    more than `categories_up_to` distinct values. Fewer numbers are as a rule codes (a branch, a
    rating, yes or no); as categories no order among them is assumed, and a change of their
    shares is never smaller than the distance of the distribution functions.
    """
    numbers = [
        column
        for column in columns
        if column not in test.groups and _held_as_numbers(column, reference, test)
    ]
    many: set[str] = set()
    for units in (reference, test):
        open_ones = [c for c in numbers if c not in many and c in units.table.types]
        many |= _with_many(units, open_ones, categories_up_to)
    return {column: Kind.NUMERIC if column in many else Kind.CATEGORICAL for column in columns}


def _held_as_numbers(column: str, *sides: Units) -> bool:
    return all(units.table.is_numeric(column) for units in sides if column in units.table.types)


def _with_many(units: Units, columns: Sequence[str], few: int) -> set[str]:
    """Return the columns with more than a few distinct numbers."""
    if not columns:
        return set()
    frame = units.table.frame.lazy()
    exprs = {f"c{i}": _number(column) for i, column in enumerate(columns)}
    made = [expr.alias(name) for name, expr in exprs.items()]
    top = frame.select(*made).head(_LOOK_AT).collect(backend="pyarrow")
    seen = {name: _distinct(top.get_column(name).to_numpy()) for name in exprs}
    unsure = [name for name in exprs if seen[name] <= few]
    if unsure and units.rows > _LOOK_AT:
        asked = [exprs[name].n_unique().alias(name) for name in unsure]
        nulls = [exprs[name].is_null().any().alias(f"{name} missing") for name in unsure]
        found = frame.select(*asked, *nulls).collect(backend="pyarrow")
        for name in unsure:
            seen[name] = int(found.item(0, name)) - bool(found.item(0, f"{name} missing"))
    return {column for name, column in zip(exprs, columns, strict=True) if seen[name] > few}


def _number(column: str) -> nw.Expr:
    value = nw.col(column).cast(nw.Float64())
    return nw.when(value.is_finite()).then(value)


def _distinct(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> int:
    return len(np.unique(values[np.isfinite(values)]))
