"""A column read as levels: what occurs in it, and each row's level as a small number."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import narwhals as nw

from audit.data.levels import level_text
from audit.data.tables import Frame, Table


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Key:
    """A column, or the bands of a numeric one, as levels."""

    name: str
    expr: nw.Expr
    rows: Mapping[str, int]
    """The rows of each level that occurs."""
    missing: int
    raw: Mapping[str, Sequence[Any]]
    """The values of the engine behind each level."""
    bands: tuple[str, ...] = ()
    """The names of the bands, where the values of the engine are their numbers."""

    def level(self, value: object) -> str | None:
        """Return the level that a value of the engine stands for, None if it is missing."""
        return _level(value, self.bands)

    def codes(self, levels: Sequence[str]) -> nw.Expr:
        """Return the place of each row's level among `levels`, -1 for any other."""
        none = nw.lit(-1)
        made = nw.when(self.expr.is_null()).then(none).otherwise(none)  # as long as the column
        for i, level in reversed(list(enumerate(levels))):
            if level in self.raw:
                made = nw.when(self.expr.is_in(self.raw[level])).then(nw.lit(i)).otherwise(made)
        return made.cast(nw.Int16())


def column_key(table: Table, column: str, *, count: str = "") -> Key:
    """Read a column as it is."""
    return _scan(table.frame, column, nw.col(column), (), count)


def band_key(table: Table, column: str, edges: Sequence[float], *, count: str = "") -> Key:
    """Cut a numeric column at the edges; an edge belongs to the band above it."""
    value = nw.col(column).cast(nw.Float64())
    passed = [(value >= edge).cast(nw.Int16()) for edge in edges]
    band = passed[0]
    for each in passed[1:]:
        band += each
    expr = nw.when(~(value.is_null() | value.is_nan())).then(band)  # pandas: NaN >= 30 is False
    return _scan(table.frame, column, expr, band_names(edges), count)


def band_names(edges: Sequence[float]) -> tuple[str, ...]:
    """Name the bands between ascending edges.

    Examples
    --------
    >>> band_names([30, 45])
    ('under 30', '30 to under 45', '45 and over')

    """
    texts = [level_text(float(edge)) for edge in edges]
    between = [f"{low} to under {high}" for low, high in pairwise(texts)]
    return (f"under {texts[0]}", *between, f"{texts[-1]} and over")


def _scan(frame: Frame, name: str, expr: nw.Expr, bands: tuple[str, ...], count: str) -> Key:
    amount = nw.col(count).cast(nw.Float64()) if count else nw.lit(1.0)
    found = frame.lazy().select(expr.alias("k"), amount.alias("c")).group_by("k")
    counted = found.agg(nw.col("c").sum()).collect(backend="pyarrow")
    rows, raw, missing = defaultdict[str, int](int), defaultdict[str, list[Any]](list), 0
    for value, amount_found in counted.iter_rows():
        level = _level(value, bands)
        if level is None:
            missing += _whole(amount_found)
            continue
        rows[level] += _whole(amount_found)
        raw[level].append(value)
    return Key(
        name=name,
        expr=expr,
        rows=dict(sorted(rows.items())),
        missing=missing,
        raw=dict(raw),
        bands=bands,
    )


def _whole(amount: float | None) -> int:
    """Round a sum of frequencies; one that is none is a problem of the values, found later."""
    return round(amount) if amount is not None and math.isfinite(amount) else 0


def _level(value: object, bands: tuple[str, ...]) -> str | None:
    level = level_text(value)
    return bands[int(level)] if bands and level is not None else level
