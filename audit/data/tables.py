"""Open a table: files through DuckDB, lazily, or any frame that narwhals knows."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import narwhals as nw

from audit.data.delimited import read_csv, refuse_other_columns
from audit.errors import SubjectError, close_to
from audit.files import sha256, sha256_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Frame: TypeAlias = "nw.LazyFrame[Any] | nw.DataFrame[Any]"

_SUFFIXES: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".arrow": "arrow",
    ".feather": "arrow",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Table:
    """A table of one engine, and where it came from."""

    frame: Frame
    source: str
    """How messages and the record name it."""
    digest: str
    """sha256 of the files' bytes, or of a frame's columns; "" for a lazy frame."""
    rows: int
    types: Mapping[str, nw.dtypes.DType]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(self.types)

    def require(self, column: str, role: str) -> str | None:
        """Return what is wrong if there is no such column, with the nearest one that there is."""
        if column in self.types:
            return None
        hint = (
            close_to(column, self.types)
            or f" among its {len(self.types)}; is the first line its header?"
        )
        return f"{self.source}: there is no column {column!r} for {role}{hint}"

    def is_numeric(self, column: str) -> bool:
        """Whether the engine holds the column as numbers."""
        return self.types[column].is_numeric()


def read_files(where: str | Sequence[str], *, base: Path, text: Sequence[str] = ()) -> Table:
    """Open a CSV, Parquet, JSON Lines or Arrow file, a folder of them, or a glob.

    Parameters
    ----------
    where : str or sequence of str
        Paths; a relative one is taken from `base`.
    base : Path
        A folder.
    text : sequence of str
        Columns of a CSV file to be read as written, so that "01" stays "01".

    Raises
    ------
    SubjectError
        With one sentence, if a file is missing, empty, or not what its name says.

    """
    wanted = [where] if isinstance(where, str) else where
    shown = ", ".join(wanted)
    if not wanted:
        msg = f"the data must be one file or more, taken from {base}, but the list is empty"
        raise SubjectError(msg)
    paths = [path for each in wanted for path in _paths(each, base)]
    [kind, *others] = sorted({_kind(path) for path in paths})
    if others:
        msg = f"{shown}: must be files of one kind, but are {', '.join([kind, *others])}"
        raise SubjectError(msg)
    relation = _guarded(lambda: _OPEN[kind](paths, text), shown, kind)
    frame = nw.from_native(relation).lazy()
    types = _guarded(frame.collect_schema, shown, kind)
    rows = _guarded(lambda: _rows(frame), shown, kind)
    return Table(frame=frame, source=shown, digest=sha256(paths), rows=rows, types=dict(types))


def read_frame(native: Any, *, source: str = "") -> Table:  # noqa: ANN401 - any engine's frame
    """Take a frame of pandas, Polars, PyArrow, DuckDB, Spark …, as narwhals knows them."""
    source = source or f"{type(native).__module__.partition('.')[0]} frame"
    try:
        frame: Frame = nw.from_native(native)
    except TypeError as problem:
        msg = (
            "the data must be a frame that narwhals knows (pandas, Polars, PyArrow, DuckDB, "
            f"Spark …), but got {type(native).__name__}"
        )
        raise SubjectError(msg) from problem
    except nw.exceptions.DuplicateError as problem:
        msg = f"{source}: every column must have a name of its own; rename those that share one"
        raise SubjectError(msg) from problem
    types = dict(frame.collect_schema())
    if numbers := [str(name) for name in types if not _is_text(name)]:
        msg = f"{source}: columns must be named by text, but {numbers[0]} is not; rename it"
        raise SubjectError(msg)
    return Table(
        frame=frame,
        source=source,
        digest=_frame_digest(frame, source),
        rows=len(frame) if isinstance(frame, nw.DataFrame) else _rows(frame),
        types=types,
    )


def _frame_digest(frame: Frame, source: str) -> str:
    """Digest the values of an eager frame; a lazy one is not pulled here for that."""
    if isinstance(frame, nw.LazyFrame):
        return ""
    import pyarrow as pa

    try:
        arrow = frame.to_arrow().combine_chunks()
    except (pa.ArrowException, TypeError) as problem:
        said = str(problem.args[-1])
        column = next((name for name in frame.columns if f"column {name} " in said), "")
        msg = (
            f"{source}: column {column!r} must hold values of one kind; convert it or leave it out"
        )
        raise SubjectError(msg) from problem
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, arrow.schema.remove_metadata()) as writer:
        writer.write_table(arrow.replace_schema_metadata(None))
    return sha256_of(sink.getvalue().to_pybytes())


def _paths(where: str, base: Path) -> list[Path]:
    try:
        return _found(where, base)
    except (OSError, ValueError) as problem:  # a name too long, a pattern that is none
        msg = f"{where}: is no path or glob that can be looked for ({type(problem).__name__})"
        raise SubjectError(msg) from problem


def _found(where: str, base: Path) -> list[Path]:
    path = base / where
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in _SUFFIXES)
    elif path.is_file():
        found = [path]
    elif any(mark in where for mark in "*?["):
        found = sorted(base.glob(where)) if not Path(where).is_absolute() else _absolute(where)
    else:
        found = []
    if not found:
        what = f"holds no {', '.join(_SUFFIXES)}" if path.is_dir() else "there is no such file"
        msg = f"{where}: {what}; the path is taken from {base}"
        raise SubjectError(msg)
    if empty := [each.name for each in found if each.stat().st_size == 0]:
        msg = f"{where}: {empty[0]} is empty; it must hold a header and rows"
        raise SubjectError(msg)
    return found


def _absolute(where: str) -> list[Path]:
    root = Path(where).anchor
    return sorted(Path(root).glob(where.removeprefix(root)))


def _kind(path: Path) -> str:
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        msg = f"{path.name}: must end in {', '.join(sorted(_SUFFIXES))}, so that its kind is known"
        raise SubjectError(msg)
    return kind


def _parquet(paths: Sequence[Path], _: Sequence[str]) -> "duckdb.DuckDBPyRelation":
    import duckdb

    opened = [duckdb.read_parquet(escape(str(path))) for path in paths]
    refuse_other_columns(paths, [[*zip(each.columns, each.types, strict=True)] for each in opened])
    return duckdb.read_parquet([escape(str(path)) for path in paths])


def _json(paths: Sequence[Path], _: Sequence[str]) -> "duckdb.DuckDBPyRelation":
    import duckdb

    names = [escape(str(path)) for path in paths]
    found = duckdb.read_json(names, format="newline_delimited", sample_size=-1)
    plain = [
        f"{name} ->> '$' AS {name}" if str(kind) == "JSON" else name  # numbers beside text
        for name, kind in zip(map(_identifier, found.columns), found.types, strict=True)
    ]
    return found.select(*map(duckdb.SQLExpression, plain))


def _identifier(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _arrow(paths: Sequence[Path], _: Sequence[str]) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import feather

    tables = [feather.read_table(path, memory_map=True) for path in paths]
    refuse_other_columns(paths, [list(each.schema) for each in tables])
    return pa.concat_tables(tables)


_OPEN: Final[Mapping[str, Callable[[Sequence[Path], Sequence[str]], Any]]] = {
    "csv": read_csv,
    "parquet": _parquet,
    "json": _json,
    "arrow": _arrow,
}
_KINDS: Final = {
    "csv": "a CSV file with a header",
    "parquet": "a Parquet file",
    "json": "a JSON Lines file",
    "arrow": "an Arrow file",
}


@contextmanager
def reading(source: str) -> Iterator[None]:
    """Turn what a lazy engine meets in the rows of a file into a sentence without a value."""
    import duckdb

    try:
        yield
    except duckdb.Error as problem:
        msg = f"{source}: the rows cannot be read to the end; write the file once more"
        raise SubjectError(msg) from problem


def _guarded(read: Callable[[], Any], shown: str, kind: str) -> Any:  # noqa: ANN401
    """Turn an engine's message, which may quote rows, into a sentence that does not."""
    try:
        return read()
    except SubjectError:
        raise
    except Exception as problem:
        line = re.search(r"(?:CSV Error on )?[Ll]ine:? (\d+)", str(problem))
        at = f" (line {line[1]})" if line else ""
        msg = f"{shown}: cannot be read as {_KINDS[kind]}{at}; is the file what its name says?"
        raise SubjectError(msg) from problem


def _rows(frame: Frame) -> int:
    counted = frame.lazy().select(nw.len().alias("rows")).collect(backend="pyarrow")
    return int(counted.item(0, "rows"))


def _is_text(name: object) -> bool:
    """Ask it of an object: pandas may hold numbers where narwhals promises text."""
    return isinstance(name, str)
