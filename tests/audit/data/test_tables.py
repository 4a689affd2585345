import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from audit.data.counting import Cells
from audit.data.roles import Roles
from audit.data.tables import Table, read_files, read_frame
from audit.errors import SubjectError
from audit.units import units_of

ROWS = {
    "y": [1, 0, 1, 0],
    "zip": ["01", "1", "01", None],
    "note": ["a,b", "c", 'say "x"', None],
}
CSV = 'y,zip,note\n1,01,"a,b"\n0,1,c\n1,01,"say ""x"""\n0,,\n'
LINES = (
    '{"y": 1, "zip": "01", "note": "a,b"}\n{"y": 0, "zip": "1", "note": "c"}\n'
    '{"y": 1, "zip": "01", "note": "say \\"x\\""}\n{"y": 0, "zip": null}\n'
)
ROLES = Roles(label="y", groups={"zip": ()})
COUNTS = {("1", "01"): 2, ("0", "1"): 1, ("0", None): 1}


def write_parquet(path: Path) -> None:
    parquet.write_table(pa.table(ROWS), path)


def write_arrow(path: Path) -> None:
    feather.write_feather(pa.table(ROWS), path)


def write_csv(path: Path) -> None:
    path.write_text(CSV)


def write_tabs(path: Path) -> None:
    path.write_text(CSV.replace('"a,b"', "a;b").replace(",", "\t"))


def write_lines(path: Path) -> None:
    path.write_text(LINES)


KINDS: list[tuple[str, Callable[[Path], None]]] = [
    ("rows.csv", write_csv),
    ("ROWS.CSV", write_csv),
    ("rows.tsv", write_tabs),
    ("rows.parquet", write_parquet),
    ("rows.pq", write_parquet),
    ("rows.jsonl", write_lines),
    ("rows.ndjson", write_lines),
    ("rows.arrow", write_arrow),
    ("rows.feather", write_arrow),
]


def relation(rows: dict[str, list[object]]) -> duckdb.DuckDBPyRelation:
    return duckdb.from_arrow(pa.table(rows))


def read(where: str | list[str], base: Path) -> Table:
    return read_files(where, base=base, text=ROLES.as_text())


def rows_of(cells: Cells) -> dict[tuple[str | None, ...], int]:
    return {levels: cell.rows for levels, cell in cells.cells.items()}


def counts(table: Table) -> dict[tuple[str | None, ...], int]:
    return rows_of(units_of(table, ROLES).cells("label", "zip"))


@pytest.mark.parametrize(("name", "write"), KINDS, ids=[name for name, _ in KINDS])
def test_every_kind_of_file_gives_the_same_counts(
    name: str, write: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path / name)
    table = read(name, tmp_path)
    assert (table.rows, table.columns, table.source) == (4, ("y", "zip", "note"), name)
    assert counts(table) == COUNTS


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, relation])
def test_every_engine_gives_the_counts_of_the_files(make: Callable[[object], object]) -> None:
    assert counts(read_frame(make(ROWS))) == COUNTS


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufeff" + CSV, id="a byte order mark"),
        pytest.param(CSV.replace("\n", "\r\n"), id="lines of Windows"),
        pytest.param(CSV.replace('"a,b"', "ab").replace(",", ";"), id="semicolons"),
        pytest.param(CSV.rstrip("\n"), id="no line end at the end"),
        pytest.param(CSV.replace('"a,b"', '"a\nb"'), id="a line end in quotes"),
        pytest.param(CSV.replace("y,zip", '"y","zip"'), id="a header in quotes"),
    ],
)
def test_a_csv_file_is_read_however_it_was_written(content: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(content, encoding="utf-8", newline="")
    assert counts(read("rows.csv", tmp_path)) == COUNTS


@pytest.mark.parametrize(
    "roles",
    [
        pytest.param(Roles(label="answer"), id="label"),
        pytest.param(Roles(prediction="answer"), id="prediction"),
        pytest.param(Roles(groups={"answer": ()}), id="group"),
        pytest.param(Roles(id="answer"), id="id"),
    ],
)
def test_an_answer_in_a_csv_file_is_read_as_it_is_written(roles: Roles, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("answer\nYes\nNo\n")  # DuckDB would say true and false
    table = read_files("rows.csv", base=tmp_path, text=roles.as_text())
    assert table.frame.lazy().collect()["answer"].to_list() == ["Yes", "No"]


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("parts", id="a folder"),
        pytest.param("parts/*.csv", id="a glob"),
        pytest.param(["parts/a.csv", "parts/b.csv"], id="a list"),
    ],
)
def test_parts_are_one_table(where: str | list[str], tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.csv").write_text(CSV)
    (tmp_path / "parts" / "b.csv").write_text(CSV)
    (tmp_path / "parts" / "notes.txt").write_text("not a table")
    table = read(where, tmp_path)
    assert counts(table) == {levels: 2 * rows for levels, rows in COUNTS.items()}


def test_a_glob_may_be_absolute(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    assert read(str(tmp_path / "*.csv"), Path()).rows == 4


@pytest.mark.parametrize("name", ["[x].csv", "a*.csv", "a?.csv"])
def test_a_file_with_the_marks_of_a_glob_is_that_very_file(name: str, tmp_path: Path) -> None:
    for other in ("x.csv", "ab.csv"):
        (tmp_path / other).write_text("y,zip,note\n1,another,file\n")
    write_csv(tmp_path / name)
    assert counts(read(name, tmp_path)) == COUNTS


@pytest.mark.parametrize("name", ["csv", "parquet", "arrow", "jsonl"])
def test_parts_with_other_columns_are_refused(name: str, tmp_path: Path) -> None:
    for part, columns in (("a", ["y", "g"]), ("b", ["g", "y"])):
        frame = pd.DataFrame({column: ["SECRET"] for column in columns})
        path = tmp_path / f"{part}.{name}"
        match name:
            case "csv":
                frame.to_csv(path, index=False)
            case "parquet":
                frame.to_parquet(path)
            case "arrow":
                frame.to_feather(path)
            case _:  # JSON names every value, so that the order does not matter
                frame.to_json(path, orient="records", lines=True)
    if name == "jsonl":
        assert read(f"*.{name}", tmp_path).rows == 2
        return
    message = rf"^b\.{name}: must have the same columns as a\.{name}, in the same order$"
    with pytest.raises(SubjectError, match=message):
        read(f"*.{name}", tmp_path)


def test_parts_with_other_types_are_refused_without_their_values(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"y": [1]}), tmp_path / "a.parquet")
    parquet.write_table(pa.table({"y": ["SECRET"]}), tmp_path / "b.parquet")
    with pytest.raises(SubjectError, match=r"^b\.parquet: must have the same columns") as caught:
        read("*.parquet", tmp_path)
    assert "SECRET" not in str(caught.value)


def test_numbers_beside_text_in_json_are_read_as_they_are_written(tmp_path: Path) -> None:
    late = '{"y": 1, "zip": 1}\n' * 30_000 + '{"y": 0, "zip": "01"}\n'
    (tmp_path / "rows.jsonl").write_text(late)
    assert counts(read("rows.jsonl", tmp_path)) == {("1", "1"): 30_000, ("0", "01"): 1}


def test_a_digest_is_of_the_bytes_and_of_a_frame_of_its_values(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    write_csv(tmp_path / "b.csv")
    (tmp_path / "c.csv").write_text(CSV.replace("0,1,c", "0,2,c"))
    a, b, c = (read(f"{name}.csv", tmp_path).digest for name in "abc")
    assert a == b != c
    one, same, other = pd.DataFrame(ROWS), pd.DataFrame(ROWS), pd.DataFrame({**ROWS, "y": 0})
    assert read_frame(one).digest == read_frame(same).digest != read_frame(other).digest
    assert read_frame(pl.LazyFrame(ROWS)).digest == ""


# a column of which no value could be read as what it says: whoever touches it, fails
def test_an_unused_column_of_a_parquet_file_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    columns = {**ROWS, "unused": [dt.datetime(2026, 1, i + 1, tzinfo=dt.UTC) for i in range(4)]}
    parquet.write_table(pa.table(columns), path, compression="none", use_dictionary=False)
    start = parquet.read_metadata(path).row_group(0).column(3).data_page_offset
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.urandom(24))
    assert counts(read("rows.parquet", tmp_path)) == COUNTS
    with pytest.raises(duckdb.Error):
        duckdb.read_parquet(str(path)).fetchall()


def test_rows_that_cannot_be_read_to_the_end_are_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table(ROWS), path, compression="none", use_dictionary=False)
    start = parquet.read_metadata(path).row_group(0).column(0).data_page_offset
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xff" * 24)
    table = read("rows.parquet", tmp_path)
    with pytest.raises(SubjectError, match=r"^rows\.parquet: the rows cannot be read to the end"):
        units_of(table, ROLES)
