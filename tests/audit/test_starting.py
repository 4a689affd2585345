import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import ConfigError, Record, SubjectError, jobs
from audit.config import read
from audit.record import Judgement, Severity, Verdict
from audit.runner import run
from audit.starting import write_config
from tests.audit.applicants import applicants

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
ROWS = applicants()
HOSTILE = 'p_"x"\n[data] = \\ #'


def started(frame: pd.DataFrame, folder: Path, name: str = "rows.csv") -> Path:
    """Let `audit init` look at a file, and return what it wrote."""
    if name.endswith(".csv"):
        frame.to_csv(folder / name, index=False)
    else:
        frame.to_parquet(folder / name)
    write_config(folder / name, folder / "audit.toml")
    return folder / "audit.toml"


def audited(config: Path) -> Record:
    return run(jobs.load(config, jobs.Options(), now=NOW).job)


def unproven(record: Record) -> list[str]:
    """Name the blocking gates that ask for more than these rows could prove."""
    return [each.gate.name for each in record.gates if not each.gate.builtin and not _proven(each)]


def _proven(each: Judgement) -> bool:
    estimate, limit = each.estimate, each.gate.limit
    if each.gate.severity is not Severity.BLOCK or estimate is None or estimate.attainable is None:
        return False
    low, high = limit.low, limit.high
    attainable = estimate.attainable
    return (low is None or low <= attainable) and (high is None or attainable <= high)


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_plain_table_gets_gates_that_a_sound_model_passes(name: str, tmp_path: Path) -> None:
    record = audited(started(ROWS, tmp_path, name))
    assert unproven(record) == []
    assert len(record.gates) == 9
    assert {each.verdict for each in record.gates} == {Verdict.PASS}
    race = next(group for group in record.data.groups if group.name == "race")
    assert {level.level: level.judged for level in race.levels} == {
        "black": True,
        "white": True,
        "rare": False,
    }


@pytest.mark.parametrize(
    ("changed", "rows"),
    [
        pytest.param({"y_true": np.resize(list("abc"), len(ROWS))}, None, id="many classes"),
        pytest.param(
            {"y_true": ROWS["y_true"] == 1, "y_pred": ROWS["y_pred"] == 1}, None, id="bool"
        ),
        pytest.param({"y_true": ROWS["y_true"] * 1.0}, None, id="a class as a float"),
        pytest.param({"age": np.where(ROWS["age"] > 70, np.nan, ROWS["age"])}, None, id="no age"),
        pytest.param({"race": np.resize(["01", "1", "x"], len(ROWS))}, None, id="codes"),
        pytest.param({"sex": np.resize(["across", "versus"], len(ROWS))}, None, id="our words"),
        pytest.param(
            {"race": np.resize(['a"\n[x]\\', "b\x7f"], len(ROWS))}, None, id="hostile levels"
        ),
        pytest.param({}, 40, id="few rows"),
        pytest.param({}, 1, id="one row"),
    ],
)
def test_what_is_written_can_be_run_and_asks_for_nothing_that_cannot_be_proven(
    changed: dict[str, Any], rows: int | None, tmp_path: Path
) -> None:
    assert (
        unproven(audited(started(ROWS.assign(**changed).head(rows or len(ROWS)), tmp_path))) == []
    )


@pytest.mark.parametrize(("no", "yes"), [("No", "Yes"), ("Denied", "Approved"), ("bad", "good")])
def test_classes_in_words_are_audited_as_they_are_written(
    no: str, yes: str, tmp_path: Path
) -> None:
    columns = {name: np.where(ROWS[name] == 1, yes, no) for name in ("y_true", "y_pred")}
    record = audited(started(ROWS.assign(**columns), tmp_path))
    assert set(record.data.classes) == {no, yes}
    assert record.data.favorable == (() if yes == "good" else (yes,))


def test_levels_are_judged_as_they_are_written(tmp_path: Path) -> None:
    config = started(ROWS.assign(race=np.resize(["01", "1", "02"], len(ROWS))), tmp_path)
    assert read(config, today=NOW.date()).data.roles().groups["race"] == ("01", "02", "1")


@pytest.mark.parametrize(
    ("columns", "gates"),
    [
        pytest.param(["y_pred", "sex"], ["demographic_parity_ratio"], id="no label"),
        pytest.param(["y_true", "y_pred"], ["accuracy"], id="no group"),
        pytest.param(["age", "prob"], [], id="no answer"),
    ],
)
def test_a_table_with_less_is_audited_as_far_as_it_goes(
    columns: list[str], gates: list[str], tmp_path: Path
) -> None:
    record = audited(started(ROWS[columns], tmp_path))
    assert unproven(record) == []
    assert [each.gate.metric for each in record.gates if not each.gate.builtin] == gates


def test_columns_with_hostile_names_stay_names(tmp_path: Path) -> None:
    frame = ROWS.rename(columns={"prob": HOSTILE, "case_id": 'a"]\n_id'})
    config = started(frame, tmp_path)
    roles = read(config, today=NOW.date()).data.roles()
    assert (roles.scores, roles.id) == ((HOSTILE,), 'a"]\n_id')
    assert unproven(audited(config)) == []


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text("mine")
    for data in (None, tmp_path / "rows.csv"):
        with pytest.raises(ConfigError, match="is there already; use --out or move it away"):
            write_config(data, tmp_path / "audit.toml")
    assert (tmp_path / "audit.toml").read_text() == "mine"


def test_a_table_with_a_problem_leaves_no_file(tmp_path: Path) -> None:
    frame = ROWS.assign(y_true=np.where(ROWS["age"] > 70, np.nan, ROWS["y_true"]))
    with pytest.raises(SubjectError, match="label 'y_true' must have a value in every row"):
        started(frame, tmp_path)
    assert not (tmp_path / "audit.toml").exists()


def test_the_data_are_named_from_where_the_file_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    ROWS.head(50).to_csv(tmp_path / "data" / "rows.csv", index=False)
    write_config(tmp_path / "data" / "rows.csv", tmp_path / "above.toml")
    (tmp_path / "beside").mkdir()
    write_config(tmp_path / "data" / "rows.csv", tmp_path / "beside" / "audit.toml")
    above, beside = (
        read(tmp_path / name, today=NOW.date()).data.test
        for name in ("above.toml", "beside/audit.toml")
    )
    assert (above, beside) == ("data/rows.csv", str(tmp_path / "data" / "rows.csv"))
    assert audited(tmp_path / "beside" / "audit.toml").data.parts[0].rows == 50


def test_without_a_table_a_skeleton_is_written_that_can_be_read(tmp_path: Path) -> None:
    said = write_config(None, tmp_path / "audit.toml")
    assert said.endswith(f"then run: audit run {tmp_path / 'audit.toml'}")
    config = read(tmp_path / "audit.toml", today=NOW.date())
    assert config.data.roles().groups == {"sex": ("female", "male")}
