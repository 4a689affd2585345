"""A list of rows that stands beside numbers; those about several parts share a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audit.results import Finding, Json
from audit_reports.numbers import count, number
from audit_reports.pages.held import number_in
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.teller import TIMES, Teller

MOST_ROWS: Final = 12
"""Rows of a list on the page."""
_MOST_OF_A_PART: Final = 5
"""Rows of one part, where several share a table."""
_P: Final = "p of "
_LEAST_P: Final = 0.001


@dataclass(frozen=True, slots=True)
class RowList:
    """The rows that a finding holds under a key."""

    found: Finding
    key: str
    rows: tuple[Mapping[str, Json], ...]

    @property
    def kind(self) -> tuple[str, ...]:
        """What lists that fit into one table have in common."""
        return (self.key, *sorted(self.rows[0]), "", *self.found.question.about)


def together(lists: Iterable[RowList]) -> list[list[RowList]]:
    """Put lists of one kind about several parts of the data together, in order."""
    groups: list[list[RowList]] = []
    for each in lists:
        fits = (group for group in groups if _fits(each, group))
        group = next(fits, None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return groups


def _fits(one: RowList, group: Sequence[RowList]) -> bool:
    """Say whether a list is of the same kind, about a part that the group does not hold yet."""
    parts = {each.found.question.about for each in group}
    return group[0].kind == one.kind and one.found.question.about not in parts


def row_table(teller: Teller, lists: Sequence[RowList]) -> Table:
    """Show lists of one kind; where there are several, each row says what part it is about."""
    first = lists[0]
    if len(lists) == 1:
        return _table(teller, lists, caption(teller, first.found, first.key), MOST_ROWS)
    title, listed = teller.metric_name(first.found.question.metric), name_of(teller, first.key)
    said = teller.words("listed.caption", title=title, listed=listed)
    return _table(teller, lists, said, _MOST_OF_A_PART)


def _table(teller: Teller, lists: Sequence[RowList], said: str, most: int) -> Table:
    every = [row for each in lists for row in each.rows]
    ends = {f"{name} {end}" for name in every[0] for end in ("low", "high")}
    names = [name for name in every[0] if name not in ends]
    numeric = {name for name in names if _is_numeric([row[name] for row in every])}
    names.sort(key=lambda name: name in numeric)  # a row is headed by a word, not by a number
    parts = _parts(teller, lists)
    rows = [
        Row(cells=(*part, *(_cell(teller, row, name) for name in names)))
        for each, part in zip(lists, parts, strict=True)
        for row in each.rows[:most]
    ]
    dimensions = lists[0].found.question.about if parts[0] else ()
    columns = [Column(name=_capital(teller.dimension(name))) for name in dimensions]
    columns += [Column(name=_head(teller, n), numeric=n in numeric) for n in names]
    return Table(
        caption=said,
        columns=tuple(columns),
        blocks=one(tuple(rows)),
        more=cut(teller, sum(max(0, len(each.rows) - most) for each in lists)),
    )


def _parts(teller: Teller, lists: Sequence[RowList]) -> list[tuple[Cell, ...]]:
    """Return what each list is about, where there are several."""
    if len(lists) == 1:
        return [()]
    return [
        tuple(Cell(text=_part(teller, *part)) for part in each.found.question.about.items())
        for each in lists
    ]


def _part(teller: Teller, name: str, value: Json) -> str:
    shown = TIMES.join(map(str, value)) if isinstance(value, tuple) else str(value)
    return teller.value(name, shown)


def _is_numeric(values: Sequence[Json]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(number_in(value) is not None for value in known)


def caption(teller: Teller, found: Finding, key: str) -> str:
    """Name a list and the number that it stands beside."""
    listed = name_of(teller, key)
    return teller.words("listed.caption", title=teller.title(found.question), listed=listed)


def name_of(teller: Teller, key: str) -> str:
    """Name a detail."""
    return teller.detail(key)


def cut(teller: Teller, n: int) -> str:
    """Say how many rows are left to the record; "" if none is."""
    return teller.words("listed.cut", n=n) if n > 0 else ""


def _head(teller: Teller, key: str) -> str:
    return _capital(name_of(teller, key))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _cell(teller: Teller, row: Mapping[str, Json], name: str) -> Cell:
    """Print a value, with its interval below where the row holds its ends."""
    low, high = (number_in(row.get(f"{name} {end}")) for end in ("low", "high"))
    said = _probability(row[name]) if name.startswith(_P) else ""
    said = said or _said(teller, row[name])
    if low is None or high is None:
        return Cell(text=said)
    interval = teller.words("number.interval", low=number(low), high=number(high))
    return Cell(text=said, under=(interval,))


def _probability(value: Json) -> str:
    """Print a p-value that three decimals would call nothing; "" for any other."""
    known = number_in(value)
    return f"< {_LEAST_P}" if known is not None and known < _LEAST_P else ""


def _said(teller: Teller, value: Json) -> str:
    if isinstance(value, bool):
        return teller.words("listed.yes" if value else "listed.no")
    known = number_in(value)
    if known is None:
        return teller.told(str(value)) if value is not None else teller.words("none")
    return count(value) if isinstance(value, int) else number(known)
