"""CSV files: which mark divides them, what their columns are called, where a line breaks."""

import csv
import re
from collections.abc import Iterator, Sequence
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audit.errors import SubjectError

if TYPE_CHECKING:
    import duckdb

_MARKS: Final = (",", "\t", ";", "|")
_QUOTED: Final = re.compile(r'"[^"]*"')


def read_csv(paths: Sequence[Path], text: Sequence[str]) -> "duckdb.DuckDBPyRelation":
    """Open CSV files lazily; the columns of `text` are read as they are written.

    Raises
    ------
    SubjectError
        With the first line that has not as many fields as the header.

    """
    import duckdb

    options: dict[str, Any] = {"header": True, "quotechar": '"', "escapechar": '"'}
    options["delimiter"] = mark = _mark(paths[0])
    for path in paths:
        _refuse_twins(path, mark)
    names = [escape(str(path)) for path in paths]
    try:
        heads = [duckdb.read_csv(name, all_varchar=True, **options).columns for name in names]
        refuse_other_columns(paths, heads)
        types = {column: "VARCHAR" for column in text if column in heads[0]}
        return duckdb.read_csv(names, sample_size=-1, dtype=types or None, **options)
    except duckdb.Error as problem:
        for path in paths:
            for line in _broken_lines(path, mark):
                msg = (
                    f"{path.name}: line {line} must have as many fields as the header, but has not"
                )
                raise SubjectError(msg) from problem
        raise


def refuse_other_columns(paths: Sequence[Path], columns: Sequence[Sequence[Any]]) -> None:
    """Refuse files that cannot be read as one table."""
    for path, found in zip(paths, columns, strict=True):
        if list(found) != list(columns[0]):
            msg = f"{path.name}: must have the same columns as {paths[0].name}, in the same order"
            raise SubjectError(msg)


def _mark(path: Path) -> str:
    """Return the mark that divides the header; a comma if there is none."""
    with path.open(encoding="utf-8", errors="replace") as file:
        header = _QUOTED.sub("", file.readline())
    return max(_MARKS, key=header.count)


def _refuse_twins(path: Path, mark: str) -> None:
    """Refuse a header that names a column twice, which the engine would rename in silence."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            names = [name.strip().casefold() for name in next(csv.reader(file, delimiter=mark), [])]
        except csv.Error:
            return
    if twice := [
        place for place, name in enumerate(names, 1) if name and names.index(name) < place - 1
    ]:
        msg = (
            f"{path.name}: every column must have a name of its own, capitals aside, but column "
            f"{twice[0]} has the name of an earlier one; rename it"
        )
        raise SubjectError(msg)


def _broken_lines(path: Path, mark: str) -> Iterator[int]:
    """Yield the lines with more or fewer fields than the header."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=mark)
        width = len(next(rows, []))
        try:
            yield from (rows.line_num for row in rows if row and len(row) != width)
        except csv.Error:
            yield rows.line_num
