from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audit.data.roles import Roles
from audit.data.tables import read_files, read_frame
from audit.errors import SubjectError
from audit.units import units_of
from tests.audit.data.test_tables import ROLES

SECRET = "SECRET"
GOOD = "1,a\n" * 50


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.csv", b"", "a.csv is empty; it must hold a header and rows", id="no byte"),
        pytest.param("a.xlsx", b"PK", "must end in .arrow, .csv, .feather", id="a spreadsheet"),
        pytest.param("rows", b"y,zip\n1,a\n", "must end in .arrow", id="no suffix"),
        pytest.param("a.csv.gz", b"PK", "must end in .arrow", id="an archive"),
        pytest.param("a.parquet", SECRET.encode() * 9, "a Parquet file", id="text named parquet"),
        pytest.param("a.arrow", SECRET.encode() * 9, "an Arrow file", id="text named arrow"),
        pytest.param("a.jsonl", b'{"y": 1}\n{"y": "SECRET\n', "a JSON Lines file", id="json cut"),
        pytest.param("a.csv", bytes(range(256)) * 9, "line 2 must have", id="bytes named csv"),
        pytest.param("a.csv", b"y,zip\n1,SECR\xc9T\n", "(line 2)", id="not UTF-8"),
        pytest.param(
            "a.csv",
            f"y,zip\n{GOOD}1,{SECRET},x,y\n{GOOD}".encode(),
            "line 52 must have as many fields as the header",
            id="a field too many",
        ),
        pytest.param(
            "a.csv",
            f"y,zip\n{GOOD}{SECRET}\n{GOOD}".encode(),
            "line 52 must have as many fields as the header",
            id="a field too few",
        ),
        pytest.param("a.csv", b"y,zip,y\n1,a,0\n", "but column 3 has the name of", id="two names"),
        pytest.param("a.csv", b"zip;Zip \na;b\n", "capitals aside, but column 2", id="capitals"),
        pytest.param(
            "a.csv",
            f'y,zip\n{GOOD}1,"{SECRET}\n{GOOD}'.encode(),
            "a CSV file with a header",
            id="a quote that nobody closes",
        ),
    ],
)
def test_what_is_no_table_is_a_sentence_that_names_the_file_and_no_value(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SubjectError) as caught:
        read_files(name, base=tmp_path, text=("y", "zip"))
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert message in line
    assert SECRET not in line


@pytest.mark.parametrize("where", ["none.csv", "none*.csv", "none/a.csv"])
def test_a_file_that_is_not_there_is_named_with_the_folder(where: str, tmp_path: Path) -> None:
    with pytest.raises(SubjectError) as caught:
        read_files(where, base=tmp_path)
    assert str(caught.value) == (
        f"{where}: there is no such file; the path is taken from {tmp_path}"
    )


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        pytest.param("***/a.csv", "ValueError", id="no pattern"),
        pytest.param("a" * 300 + ".csv", "OSError", id="too long a name"),
    ],
)
def test_what_cannot_be_a_path_is_a_sentence(where: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(SubjectError) as caught:
        read_files(where, base=tmp_path)
    assert str(caught.value) == f"{where}: is no path or glob that can be looked for ({kind})"


def test_no_file_at_all_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match=r"must be one file or more, .* but the list is empty$"):
        read_files([], base=tmp_path)


def test_a_folder_without_tables_says_what_it_looked_for(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(SubjectError, match=r"^notes: holds no \.csv, \.tsv, \.parquet"):
        read_files("notes", base=tmp_path)


def test_one_empty_file_among_many_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("y\n1\n")
    (tmp_path / "b.csv").write_text("")
    with pytest.raises(SubjectError, match=r"^\*\.csv: b\.csv is empty"):
        read_files("*.csv", base=tmp_path)


def test_files_of_two_kinds_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("y\n1\n")
    (tmp_path / "b.jsonl").write_text('{"y": 1}\n')
    message = r"^a\.csv, b\.jsonl: must be files of one kind, but are csv, json$"
    with pytest.raises(SubjectError, match=message):
        read_files(["a.csv", "b.jsonl"], base=tmp_path)


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("y,zip\n")
    with pytest.raises(SubjectError, match=r"^a\.csv: must hold rows, but has a header only$"):
        units_of(read_files("a.csv", base=tmp_path), ROLES)


@pytest.mark.parametrize("native", [None, [1, 2], {"y": [1]}, "rows.csv", np.zeros((2, 2))])
def test_what_is_no_frame_is_refused_by_its_type(native: object) -> None:
    with pytest.raises(SubjectError, match=f"but got {type(native).__name__}$"):
        read_frame(native)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        pytest.param(
            pd.DataFrame([[1, 2]], columns=["a", "a"]), "a name of its own", id="two share a name"
        ),
        pytest.param(
            pd.DataFrame([[1, 2]]), "columns must be named by text, but 0 is not", id="numbers"
        ),
        pytest.param(
            pd.DataFrame({"y": [1, 0], "mixed": [1, SECRET]}),
            "column 'mixed' must hold values of one kind",
            id="numbers beside text",
        ),
    ],
)
def test_a_frame_that_no_table_can_be_is_a_sentence(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(SubjectError, match=f"^pandas frame: .*{message}") as caught:
        read_frame(frame)
    assert SECRET not in str(caught.value)


def test_a_file_without_a_header_shows_none_of_its_cells(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{SECRET},1,m\nother,0,f\n")
    table = read_files("t.csv", base=tmp_path)
    with pytest.raises(SubjectError, match="is the first line its header") as caught:
        units_of(table, Roles(prediction="hired", groups={"gender": ()}))
    assert SECRET not in str(caught.value)


def test_a_label_of_other_words_shows_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"name,score\n{SECRET},0.5\nother,0.5\n")
    table = read_files("t.csv", base=tmp_path)
    with pytest.raises(SubjectError, match="which of the 2 classes") as caught:
        units_of(table, Roles(label="name", scores=("score",)))
    assert SECRET not in str(caught.value)


def test_a_label_of_words_beside_a_prediction_of_numbers_is_refused() -> None:
    table = read_frame(pd.DataFrame({"y": [True, False, True], "yhat": [1, 0, 0]}))
    with pytest.raises(SubjectError, match="must be written alike"):
        units_of(table, Roles(label="y", prediction="yhat"))
