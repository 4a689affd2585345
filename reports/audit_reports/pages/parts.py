"""The pieces that sections are made of; no piece knows how it looks."""

from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Status:
    """A word and the key of its mark."""

    key: str
    word: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """The head of a column."""

    name: str
    numeric: bool = False
    chart: bool = False
    sides: tuple[str, str] | None = None
    """What the left and the right of its strips mean."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell: text, or a status, or a drawing, with smaller lines below."""

    text: str = ""
    under: tuple[str, ...] = ()
    status: Status | None = None
    chart: Markup | None = None
    link: str = ""
    code: bool = False
    strong: bool = False
    whole: str = ""
    """The text in full where it is cut."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row; its first cell is its heading."""

    cells: tuple[Cell, ...]
    anchor: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Rows that belong together, under a heading of their own if it has one."""

    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Numbers or sentences in rows."""

    caption: str
    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    axis: Markup | None = None
    """The scale below the column of drawings."""
    how: str = ""
    """One sentence on how to read it."""

    more: str = ""
    """How many rows are left to the record."""

    levels: bool = False
    """Whether it has the columns of levels: name, rows, drawing, value."""

    @property
    def before(self) -> int:
        """Count the columns before the one of drawings."""
        return [column.chart for column in self.columns].index(True)

    @property
    def charted(self) -> bool:
        """Whether a column holds drawings."""
        return any(column.chart for column in self.columns)

    @property
    def touching(self) -> bool:
        """Whether its drawings share a scale, so that rows must touch."""
        return self.axis is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plot:
    """A drawing beside the table of the same numbers."""

    title: str
    plotted: str
    chart: Markup
    how: str
    table: Table
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Multiple:
    """One of several small drawings."""

    title: str
    under: str
    chart: Markup
    table: Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Multiples:
    """Small drawings, the largest change first, and their numbers."""

    title: str
    each: tuple[Multiple, ...]
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A label and what it labels."""

    label: str
    text: str
    code: bool = False
    wide: bool = False
    under: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """Small facts below a figure."""

    title: str
    items: tuple[str, ...] = field(default_factory=tuple)


def one(rows: tuple[Row, ...]) -> tuple[Block, ...]:
    """Return rows that need no headings as the single block of a table."""
    return (Block(rows=rows),)
