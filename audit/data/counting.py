"""Count rows by key: the one place where a table check touches rows.

Only the rows are grouped, by all keys at once; every sum follows from the few cells. This is the
form that DuckDB, Polars, pandas, PyArrow and Spark answer alike.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals as nw

from audit.data.keys import Key
from audit.data.tables import Frame
from audit.stats.counts import Count, weighted

Wanted: TypeAlias = Mapping[str, Collection[str]]
"""By key, the levels that are meant."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows, and the sum of their sampling weights and of the weights' squares."""

    rows: int = 0
    weight: float = 0.0
    squared: float = 0.0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.rows + other.rows, self.weight + other.weight, self.squared + other.squared
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cells:
    """A count table: the rows of each combination of levels that occurs."""

    keys: tuple[str, ...]
    cells: Mapping[tuple[str | None, ...], Cell]
    weighted: bool = False
    """Whether the rows carry sampling weights."""

    def of(self, wanted: Wanted) -> Cell:
        """Sum the cells whose levels are all wanted."""
        places = [(self.keys.index(key), levels) for key, levels in wanted.items()]
        return sum(
            (
                cell
                for levels, cell in self.cells.items()
                if all(levels[i] in meant for i, meant in places)
            ),
            Cell(),
        )

    def count(self, hits: Wanted, among: Wanted) -> Count:
        """Count the rows of `among` that are hits too.

        With sampling weights the count is the one of equal rows with the same information
        (Kish), so that it feeds the same intervals.
        """
        total, hit = self.of(among), self.of({**among, **hits})
        if not self.weighted:
            return Count(k=hit.rows, n=total.rows)
        return weighted(
            hits_weight=hit.weight,
            total_weight=total.weight,
            total_squared=total.squared,
            rows=total.rows,
        )

    def levels(self, key: str) -> dict[str | None, int]:
        """Return the rows of every level of one key, and of None where it is missing."""
        place, found = self.keys.index(key), defaultdict[str | None, int](int)
        for levels, cell in self.cells.items():
            found[levels[place]] += cell.rows
        return dict(sorted(found.items(), key=lambda item: (item[0] is None, item[0] or "")))

    def only(self, keys: Sequence[str]) -> "Cells":
        """Sum over all other keys."""
        places = [self.keys.index(key) for key in keys]
        found = defaultdict[tuple[str | None, ...], Cell](Cell)
        for levels, cell in self.cells.items():
            found[tuple(levels[i] for i in places)] += cell
        return Cells(keys=tuple(keys), cells=dict(found), weighted=self.weighted)


def count_cells(
    frame: Frame, keys: Mapping[str, Key], *, weight: str = "", count: str = ""
) -> Cells:
    """Count the rows of a frame by several keys at once.

    Parameters
    ----------
    frame : narwhals frame
        Of any engine.
    keys : mapping of str to Key
        By the name under which it is counted.
    weight, count : str
        Columns of sampling weights and of frequencies, "" if there are none.

    """
    columns = {name: f"k{i}" for i, name in enumerate(keys)}
    made = [keys[name].expr.alias(column) for name, column in columns.items()]
    amount = nw.col(count).cast(nw.Float64()) if count else nw.lit(1.0)
    if weight:
        each = nw.col(weight).cast(nw.Float64())
        made += [(each * amount).alias("w"), (each * each * amount).alias("ww")]
    if count:
        made.append(amount.alias("c"))
    sums = [
        nw.col(name).sum() for name in [*(["w", "ww"] if weight else []), *(["c"] if count else [])]
    ]
    grouped = (
        frame.lazy().select(*made).group_by(*columns.values()).agg(nw.len().alias("rows"), *sums)
    )
    found = defaultdict[tuple[str | None, ...], Cell](Cell)
    for row in _rows(grouped):
        levels = tuple(keys[name].level(row[column]) for name, column in columns.items())
        rows = round(row["c"]) if count else int(row["rows"])
        found[levels] += Cell(rows, float(row.get("w") or 0.0), float(row.get("ww") or 0.0))
    return Cells(keys=tuple(keys), cells=dict(found), weighted=bool(weight))


def _rows(frame: "nw.LazyFrame[Any]") -> Iterator[dict[str, Any]]:
    yield from frame.collect(backend="pyarrow").iter_rows(named=True)
