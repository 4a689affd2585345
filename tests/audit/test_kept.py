from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from audit import EvidenceError, kept
from audit.pairs import Paired, pair
from audit.subjects import Baseline
from audit.units import Units
from tests.audit.asking import units

ODD = "q\"'\n[x]"
COLUMNS: dict[str, Any] = {
    "case": [7, 8, 9],
    "y": ["c", "a", "b"],
    "yhat": ["a", "a", "b"],
    "pa": [0.5, 0.6, 0.1],
    "pb": [0.3, 0.2, 0.8],
    "pc": [0.2, 0.2, 0.1],
    ODD: ["u", None, "w"],
    "group x": ["u", "v", "v"],
    "score 0": [1.0, 2.0, 1.0],
    "age": [20.0, float("nan"), 40.0],
    "secret": ["SECRET"] * 3,
}
ROLES: dict[str, Any] = {
    "label": "y",
    "prediction": "yhat",
    "scores": ("pc", "pa", "pb"),
    "score_classes": ("c", "a", "b"),
    "groups": {ODD: ("u", "nobody"), "group x": (), "score 0": ()},
    "bands": {"age": (30.0,)},
    "id": "case",
}


def again(found: Units, folder: Path) -> Units:
    kept.write(found, folder / "predictions.parquet")
    return kept.read(folder / "predictions.parquet", source="before", digest="of before")


def test_what_a_paired_comparison_needs_comes_back(tmp_path: Path) -> None:
    found = units(COLUMNS, **ROLES)
    back = again(found, tmp_path)
    assert back.rows == 3
    assert (back.table.source, back.table.digest) == ("before", "of before")
    assert (back.classes, back.favorable) == (found.classes, found.favorable)
    assert back.text("id").tolist() == ["7", "8", "9"]
    for role in ("label", "prediction"):
        assert (back.keys[role].rows, back.keys[role].missing) == (found.keys[role].rows, 0)
    for target in found.targets:
        scores = (each.scored(target).score.tolist() for each in (found, back))
        assert next(scores) == next(scores)


def test_the_favourable_class_that_was_named_comes_back(tmp_path: Path) -> None:
    found = units(COLUMNS, label="y", favorable=("b", "c"))
    assert again(found, tmp_path).favorable == ("b", "c")


@pytest.mark.parametrize("name", [ODD, "group x", "score 0", "age"])
def test_a_group_comes_back_whatever_its_name(name: str, tmp_path: Path) -> None:
    found = units(COLUMNS, **ROLES)
    one, back = found.groups[name], again(found, tmp_path).groups[f"group {name}"]
    assert (back.judged, back.rows, back.missing) == (one.judged, one.rows, one.missing)


def test_no_other_column_is_in_the_file(tmp_path: Path) -> None:
    kept.write(units(COLUMNS, **ROLES), tmp_path / "p.parquet")
    groups = [f"group {name}" for name in (*ROLES["groups"], "age")]
    names = ["id", "label", "prediction", "score 0", "score 1", "score 2", *groups]
    assert parquet.read_schema(tmp_path / "p.parquet").names == names
    assert b"SECRET" not in (tmp_path / "p.parquet").read_bytes()


def test_a_version_is_paired_with_what_it_kept(tmp_path: Path) -> None:
    found = units(COLUMNS, **ROLES)
    pairs = pair(found, Baseline(name="before", units=again(found, tmp_path)))
    assert isinstance(pairs, Paired)
    assert (pairs.lost, pairs.new) == (0, 0)
    assert pairs.now.tolist() == pairs.before.tolist() == [1, 1, 2]  # of c, a, b


@pytest.mark.parametrize(
    "roles",
    [
        pytest.param({"groups": {"group x": ()}}, id="groups alone"),
        pytest.param({}, id="nothing"),
        pytest.param({"label": "y"}, id="labels alone"),
        pytest.param({"label": "y", "weight": "pa", "favorable": ("a",)}, id="weights"),
        pytest.param({"label": "y", "count": "score 0", "favorable": ("a",)}, id="frequencies"),
    ],
)
def test_less_comes_back_as_less(roles: dict[str, Any], tmp_path: Path) -> None:
    found = units(COLUMNS, **roles)
    back = again(found, tmp_path)
    assert (back.rows, back.classes) == (3, found.classes)
    names = {f"group {name}" if name in found.groups else name: name for name in found.keys}
    for kept_name, name in names.items():
        assert back.cells(kept_name).cells == found.cells(name).cells


def test_a_column_of_many_levels_is_kept_where_a_few_are_judged(tmp_path: Path) -> None:
    columns = {"y": [1, 0] * 1500, "zip": range(3000)}
    found = units(columns, label="y", groups={"zip": ("1", "2")})
    group = again(found, tmp_path).groups["group zip"]
    assert (group.judged, len(group.rows)) == (("1", "2"), 3000)


def no_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def text(path: Path) -> None:
    path.write_text("no parquet")


def another_table(path: Path) -> None:
    parquet.write_table(pa.table({"label": [1]}), path)


def other_words(path: Path) -> None:
    table = pa.table({"label": [1]}).replace_schema_metadata({b"release-audit": "{}"})
    parquet.write_table(table, path)


def no_json(path: Path) -> None:
    table = pa.table({"label": [1]}).replace_schema_metadata({b"release-audit": "{"})
    parquet.write_table(table, path)


@pytest.mark.parametrize("damage", [no_file, text, another_table, other_words, no_json])
def test_what_is_no_predictions_of_a_bundle_is_refused(damage: Any, tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    damage(path)
    with pytest.raises(EvidenceError, match="must hold the predictions of a bundle"):
        kept.read(path, source="before", digest="")
