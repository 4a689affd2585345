"""Values that are not there, and how many others differ, for many columns in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw

from audit.stats.counts import Count, weighted
from audit.units import Units


@dataclass(frozen=True, kw_only=True, slots=True)
class Distinct:
    """What occurs in a column."""

    values: int
    """Different values, those that are missing aside."""
    present: int
    """Rows with a value; a frequency is not multiplied in."""


def missing(units: Units, columns: Sequence[str]) -> dict[str, Count]:
    """Count the rows without a value in each column.

    Missing is null, no finite number, or a text of no length.
    """
    rows = nw.col(units.roles.count).cast(nw.Float64()) if units.roles.count else nw.lit(1.0)
    weight = nw.col(units.roles.weight).cast(nw.Float64()) if units.roles.weight else None
    mass = rows if weight is None else rows * weight
    flags = {f"c{i}": _is_missing(units, column) for i, column in enumerate(columns)}
    amounts = {"rows": rows, "mass": mass, "squared": mass if weight is None else mass * weight}
    made = [expr.alias(name) for name, expr in amounts.items()]
    made += [
        nw.when(flag).then(mass).otherwise(nw.lit(0.0)).alias(name) for name, flag in flags.items()
    ]
    sums = [nw.col(name).sum() for name in (*amounts, *flags)]
    found = units.table.frame.lazy().select(*made).select(*sums).collect(backend="pyarrow")
    total = {name: float(found.item(0, name)) for name in (*amounts, *flags)}
    return {
        column: _count(total[name], total, is_weighted=weight is not None)
        for name, column in zip(flags, columns, strict=True)
    }


def distinct(units: Units, columns: Sequence[str]) -> dict[str, Distinct]:
    """Count the different values of each column."""
    flags = {f"c{i}": _is_missing(units, column) for i, column in enumerate(columns)}
    if not flags:
        return {}
    made: list[nw.Expr] = []
    for (name, flag), column in zip(flags.items(), columns, strict=True):
        made.append(nw.when(~flag).then(nw.col(column)).alias(name))
        made.append(flag.cast(nw.Int64()).alias(f"{name} missing"))
    asked = [nw.col(name).n_unique() for name in flags]
    asked += [nw.col(f"{name} missing").sum() for name in flags]
    found = units.table.frame.lazy().select(*made).select(*asked).collect(backend="pyarrow")
    gone = {name: int(found.item(0, f"{name} missing")) for name in flags}
    return {
        column: Distinct(
            values=int(found.item(0, name)) - bool(gone[name]), present=units.rows - gone[name]
        )
        for name, column in zip(flags, columns, strict=True)
    }


def _count(hits: float, total: dict[str, float], *, is_weighted: bool) -> Count:
    rows = round(total["rows"])
    if not is_weighted:
        return Count(k=round(hits), n=rows)
    return weighted(
        hits_weight=hits, total_weight=total["mass"], total_squared=total["squared"], rows=rows
    )


def _is_missing(units: Units, column: str) -> nw.Expr:
    value, kind = nw.col(column), units.table.types[column]
    if kind.is_float():
        return nw.when(value.is_null()).then(nw.lit(value=True)).otherwise(~value.is_finite())
    if kind in {nw.String(), nw.Categorical()} or isinstance(kind, nw.Enum):
        text = value.cast(nw.String())
        return nw.when(value.is_null()).then(nw.lit(value=True)).otherwise(text == "")
    return value.is_null()
