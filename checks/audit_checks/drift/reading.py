"""Columns of either engine, read as sorted numbers or as counted categories."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from audit.data.keys import Key
from audit.data.levels import level_text
from audit.stats.arrays import Floats
from audit.units import Units

_CELLS_AT_ONCE: Final = 20_000_000
"""Numbers fetched in one pass, which are 160 MB."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Numbers:
    """The finite values of a column, sorted, and the rows that have none."""

    values: Floats
    missing: int

    @property
    def present(self) -> int:
        """Rows with a value."""
        return len(self.values)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Categories:
    """The rows of each category, and the rows that have none."""

    rows: Mapping[str, int]
    """Empty where there are more than were asked for."""
    distinct: int
    present: int
    missing: int


def read_numbers(units: Units, exprs: Mapping[str, nw.Expr]) -> Iterator[tuple[str, Numbers]]:
    """Fetch each column once, in as few passes as memory allows."""
    names = list(exprs)
    step = max(1, _CELLS_AT_ONCE // units.rows)
    for start in range(0, len(names), step):
        yield from _pass(units, {name: exprs[name] for name in names[start : start + step]})


def _pass(units: Units, exprs: Mapping[str, nw.Expr]) -> Iterator[tuple[str, Numbers]]:
    wanted = {f"c{i}": expr for i, expr in enumerate(exprs.values())}
    count = units.roles.count
    if count:
        wanted["count"] = nw.col(count).cast(nw.Int64())
    found = units.arrays(wanted)
    amounts = found.get("count")
    for i, name in enumerate(exprs):
        yield name, _numbers(found.pop(f"c{i}"), amounts)


def _numbers(column: NDArray[Any], amounts: NDArray[np.int64] | None) -> Numbers:
    values = np.asarray(column, dtype=np.float64)
    if amounts is not None:
        values = np.repeat(values, amounts)
    finite = values[np.isfinite(values)]
    return Numbers(values=np.sort(finite), missing=len(values) - len(finite))


def read_categories(units: Units, column: str, *, at_most: int) -> Categories:
    """Count the rows by category in the engine; a group is read as its levels."""
    if column in units.groups:
        return key_categories(units.keys[column])
    count = units.roles.count
    amount = nw.col(count).cast(nw.Float64()) if count else nw.lit(1.0)
    made = units.table.frame.lazy().select(nw.col(column).alias("k"), amount.alias("c"))
    counted = made.group_by("k").agg(nw.col("c").sum()).collect(backend="pyarrow")
    if len(counted) > at_most + 1:
        return _too_many(counted)
    return _by_level(counted.iter_rows())


def key_categories(key: Key) -> Categories:
    """Take the rows of a column that was counted when it was read."""
    return _categories(key.rows, key.missing)


def _by_level(counted: Iterable[tuple[Any, ...]]) -> Categories:
    rows, missing = defaultdict[str, int](int), 0
    for value, amount in counted:
        level = level_text(value)
        if level is None or (isinstance(value, float) and not isfinite(value)):
            missing += round(amount)
        else:
            rows[level] += round(amount)
    return _categories(rows, missing)


def _categories(rows: Mapping[str, int], missing: int) -> Categories:
    return Categories(
        rows=dict(rows), distinct=len(rows), present=sum(rows.values()), missing=missing
    )


def _too_many(counted: "nw.DataFrame[Any]") -> Categories:
    """Count without a look at each category."""
    values = counted.get_column("k")
    empty = values.is_null()
    if values.dtype == nw.String():
        empty = empty | (values == "").fill_null(value=False)
    rows = counted.get_column("c").to_numpy()
    missing = round(float(rows[empty.to_numpy().astype(np.bool_)].sum()))
    return Categories(
        rows={}, distinct=len(counted), present=round(float(rows.sum())) - missing, missing=missing
    )


def side_by_side(reference: Categories, test: Categories) -> tuple[tuple[str, ...], Floats, Floats]:
    """Match the counts of two sides, the largest category first; names change no order of draws."""
    a, b = reference.rows, test.rows
    levels = sorted(
        {*a, *b},
        key=lambda name: (-a.get(name, 0) - b.get(name, 0), -a.get(name, 0), name),
    )
    return tuple(levels), _row(a, levels), _row(b, levels)


def _row(rows: Mapping[str, int], levels: Sequence[str]) -> Floats:
    return np.array([rows.get(level, 0) for level in levels], dtype=np.float64)
