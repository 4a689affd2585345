"""The rows behind the numbers: where they came from, and who is in them."""

from collections.abc import Iterator
from typing import Final

from audit.sources import DataPart, GroupUsed
from audit_reports.pages.examples import any_shown
from audit_reports.pages.parts import Block, Cell, Column, Fact, Row, Table, one
from audit_reports.pages.protocols import protocol
from audit_reports.pages.teller import FEW_ROWS, Teller

_FEATURES: Final = "features"
_TEXT: Final = "text: "


def data_facts(teller: Teller) -> tuple[Fact, ...]:
    """List how the rows were read."""
    words, data = teller.words, teller.record.data
    none = words("fact.not_stated")
    return (
        Fact(label=words("data.protocol"), text=protocol(words, data.protocol)),
        Fact(label=words("data.classes"), text=words.join(data.classes) or none),
        Fact(label=words("data.favorable"), text=words.join(data.favorable) or none),
    )


def parts_table(teller: Teller) -> Table | None:
    """List the tables that were read, or return None if there are none."""
    words, parts = teller.words, teller.record.data.parts
    if not parts:
        return None
    keys = ("role", "source", "rows", "columns", "digest")
    return Table(
        caption=words("data.caption", n=len(parts)),
        columns=tuple(
            Column(name=words(f"data.column.{key}"), numeric=key == "rows") for key in keys
        ),
        blocks=one(
            tuple(
                _part(teller, part, said)
                for part, said in zip(parts, _columns(teller, parts), strict=True)
            )
        ),
    )


def texts_note(teller: Teller) -> str:
    """Say how texts come to be shown where the data have some and the record holds none."""
    test = teller.record.data.test
    columns = test.columns if test else ()
    read = any(column.startswith(_TEXT) for column in columns)
    return teller.words("examples.hidden") if read and not any_shown(teller) else ""


def _columns(teller: Teller, parts: tuple[DataPart, ...]) -> Iterator[str]:
    """Say which columns each table was read for; the same features are listed once."""
    words, listed = teller.words, ""
    for part in parts:
        roles = []
        for column in part.columns:
            role, _, names = column.partition(": ")
            if role != _FEATURES:
                roles.append(_role(teller, role, names))
                continue
            key = "data.features_again" if names == listed else "data.features"
            n, listed = len(names.split(", ")), names
            roles.append(words(key, n=n, **({} if key.endswith("again") else {"listed": names})))
        yield words("list.semicolon").join(roles)


def _role(teller: Teller, role: str, names: str) -> str:
    """Name a role and the columns that play it."""
    if not names:
        return role
    named = teller.words.find("column_roles", role) or role
    columns = teller.words.join(tuple(map(teller.column, names.split(", "))))
    return teller.words("details.pair", name=named, value=columns)


def _part(teller: Teller, part: DataPart, columns: str) -> Row:
    words = teller.words
    cells = (
        Cell(text=words.find("roles", part.role) or part.role),
        Cell(text=part.source, code=True),
        Cell(text=teller.n(part.rows)),
        Cell(text=columns),
        Cell(text=part.digest or words("fact.not_stated"), code=bool(part.digest)),
    )
    return Row(cells=cells)


def groups_table(teller: Teller) -> Table | None:
    """List every level with its rows, and the missing ones; None if there are no groups."""
    words, groups = teller.words, teller.record.data.groups
    if not groups:
        return None
    keys = ("level", "rows", "judged")
    return Table(
        caption=words("groups.caption"),
        columns=tuple(
            Column(name=words(f"groups.column.{key}"), numeric=key == "rows") for key in keys
        ),
        blocks=tuple(Block(title=group.name, rows=_levels(teller, group)) for group in groups),
    )


def _levels(teller: Teller, group: GroupUsed) -> tuple[Row, ...]:
    words = teller.words
    rows = []
    for level in group.levels:
        said = words("groups.judged" if level.judged else "groups.not_judged")
        few = (words("groups.few"),) if level.rows < FEW_ROWS else ()
        told = (Cell(text=level.level), Cell(text=teller.n(level.rows)))
        rows.append(Row(cells=(*told, Cell(text=said, under=few))))
    missing = (
        Cell(text=words("groups.missing")),
        Cell(text=teller.n(group.missing)),
        Cell(text=words("groups.not_judged")),
    )
    return (*rows, Row(cells=missing))
