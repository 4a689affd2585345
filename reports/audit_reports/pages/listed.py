"""Lists that stand beside a number: shares as bars, candidates as rows, rates before and after."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from audit.record import CheckResult
from audit.results import Finding, Json
from audit_reports.charts import amount, dumbbell, forest
from audit_reports.numbers import count, number, written
from audit_reports.pages.attacks import reach_curve
from audit_reports.pages.fates import fates_in
from audit_reports.pages.held import number_in, rows_in, shares_in, table_in
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.row_lists import (
    MOST_ROWS,
    RowList,
    caption,
    cut,
    name_of,
    row_table,
    together,
)
from audit_reports.pages.teller import Teller

_MOST_TABLES: Final = 6
_DRAWN: Final = frozenset({"bins", "curve", "examples"})
"""What is drawn as a curve, or as a text."""
_SCALES: Final = {"auc": (0.5, 1.0)}
"""Where a bar starts and ends, if not at nothing and at the largest of the list."""
_BEFORE, _AFTER = " before", " after"
_PAIR: Final = 2

Amounts = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The tables of a check's lists, and how many more there are."""

    tables: tuple[Table, ...]
    more: str


def lists(teller: Teller, check: CheckResult) -> Listed:
    """Show every list of a check once, those of the numbers that decided a gate first."""
    deciding = [judged.worst for judged in teller.record.gates]
    found = sorted(check.findings, key=lambda each: each not in deciding)
    shown: dict[str, Table | RowList] = {}
    for each in found:
        for key, table in _tables(teller, each):
            shown.setdefault(key, table)
    tables = tuple(_joined(teller, tuple(shown.values())))
    more = len(tables) - _MOST_TABLES
    return Listed(
        tuple(_said_once(tables[:_MOST_TABLES])),
        teller.words("listed.more", n=more) if more > 0 else "",
    )


def _joined(teller: Teller, shown: Iterable[Table | RowList]) -> Iterator[Table]:
    """Put rows of one kind into one table, where the first of them stood."""
    groups = together(each for each in shown if isinstance(each, RowList))
    for each in shown:
        if isinstance(each, Table):
            yield each
            continue
        for group in groups:
            if group[0] is each:
                yield row_table(teller, group)


def _said_once(tables: Iterable[Table]) -> Iterator[Table]:
    """Leave out what an earlier table with the same kind of scale said about how to read it."""
    said: set[str] = set()
    for table in tables:
        again = table.axis is not None and table.how in said
        yield replace(table, how="") if again else table
        said.add(table.how)


def _tables(teller: Teller, found: Finding) -> Iterator[tuple[str, Table | RowList]]:
    """Name each table by what it holds, so that the same list is shown once."""
    details = found.details
    if fates := fates_in(details):
        amounts = tuple((fate, float(n)) for fate, n in fates)
        yield repr(fates), _bars(teller, found, "fates", amounts)
    for key, value in details.items():
        if key in _DRAWN or reach_curve(value):
            continue
        rates, rows = _before_after(value), table_in(value)
        if rates:
            for rate, pairs in rates.items():
                yield repr((rate, pairs)), _dumbbells(teller, found, rate, pairs)
        elif amounts := _amounts(value):
            signed = any(each < 0 for _, each in amounts)  # no bar points below 0
            listed = tuple({"name": name, "value": each} for name, each in amounts)
            made = (
                RowList(found, key, listed)
                if signed
                else _bars(teller, found, key, amounts, _scale(rows))
            )
            yield repr((key, amounts)), made
        elif rows:
            yield repr((key, rows)), RowList(found, key, rows)


def _amounts(value: Json) -> Amounts:
    """Return names with amounts; empty for anything else."""
    rows = rows_in(value)
    if rows and len(rows[0]) == _PAIR:
        value = [sorted(row.values(), key=lambda each: not isinstance(each, str)) for row in rows]
    return shares_in(value)


def _scale(rows: tuple[Mapping[str, Json], ...]) -> tuple[float, float] | None:
    keys = rows[0] if rows else ()
    return next((_SCALES[key] for key in keys if key in _SCALES), None)


def _bars(
    teller: Teller,
    found: Finding,
    key: str,
    amounts: Amounts,
    scale: tuple[float, float] | None = None,
) -> Table:
    words, largest = teller.words, max(value for _, value in amounts)
    origin, end = scale or (0.0, largest)
    declared = _declared(found, key)
    counted = largest > 1 and all(value.is_integer() for _, value in amounts)
    rows = []
    for name, value in amounts[:MOST_ROWS]:
        shown = count(int(value)) if counted else number(value)
        said = name_of(teller, name) if key == "fates" else teller.column(name)
        if name in declared:
            said = words("listed.declared", name=said)
        title = words("listed.bar", name=said, value=shown)
        bar = amount.draw(title, value - origin, end - origin)
        rows.append(Row(cells=(Cell(text=said), Cell(chart=bar), Cell(text=shown))))
    return Table(
        caption=caption(teller, found, key),
        columns=(
            Column(name=words("listed.name")),
            Column(name=_scaled(teller, scale), chart=True),
            Column(name=words("column.value"), numeric=True),
        ),
        blocks=one(tuple(rows)),
        more=cut(teller, len(amounts) - MOST_ROWS),
    )


def _declared(found: Finding, key: str) -> tuple[Json, ...]:
    """Name the features, among all whose shares are listed, that the number counts."""
    declared = found.details.get("sensitive features")
    return tuple(declared) if key == "shares" and isinstance(declared, list | tuple) else ()


def _scaled(teller: Teller, scale: tuple[float, float] | None) -> str:
    if scale is None:
        return teller.words("listed.scale")
    low, high = map(written, scale)
    return teller.words("number.interval", low=low, high=high)


def _before_after(value: Json) -> dict[str, tuple[tuple[str, float, float], ...]]:
    """Return, for each rate, levels with its value before and after; empty for anything else."""
    found: dict[str, list[tuple[str, float, float]]] = {}
    for row in value if isinstance(value, list | tuple) else ():
        match _rate_of(row):
            case (rate, level, float() as then, float() as now):
                found.setdefault(rate, []).append((level, then, now))
            case _:
                return {}
    return {rate: tuple(rows) for rate, rows in found.items()}


def _rate_of(row: Json) -> tuple[str, str, float | None, float | None] | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("level"), str):
        return None
    rates = [key.removesuffix(_BEFORE) for key in row if key.endswith(_BEFORE)]
    if len(rates) != 1:
        return None
    both = (number_in(row.get(rates[0] + end)) for end in (_BEFORE, _AFTER))
    return rates[0], row["level"], *both


def _dumbbells(
    teller: Teller, found: Finding, rate: str, pairs: tuple[tuple[str, float, float], ...]
) -> Table:
    words = teller.words
    scale = forest.shared(value for _, then, now in pairs for value in (then, now))
    rows = []
    for level, then, now in pairs:
        old, new = number(then), number(now)
        drawn = dumbbell.draw(
            words("mitigated.row", level=level, old=old, new=new), then, now, scale
        )
        cells = (Cell(text=level), Cell(text=old), Cell(chart=drawn), Cell(text=new))
        rows.append(Row(cells=cells))
    title = teller.part(found.question.about) or words("about.all")
    return Table(
        caption=words("mitigated.caption", part=title, rate=teller.metric_name(rate)),
        columns=(
            Column(name=words("groups.column.level")),
            Column(name=words("mitigated.before"), numeric=True),
            Column(name=words("listed.scale"), chart=True),
            Column(name=words("mitigated.after"), numeric=True),
        ),
        blocks=one(tuple(rows)),
        axis=forest.axis(words("mitigated.axis"), scale),
        how=words("mitigated.how"),
    )
