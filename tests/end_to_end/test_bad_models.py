"""A model that cannot be relied on gets a sentence and status 2; no bundle is written."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audit.cli import main

RNG = np.random.default_rng(3)
ROWS = pd.DataFrame({"a": RNG.normal(size=240), "b": RNG.normal(size=240)})
ROWS = ROWS.assign(
    y=(ROWS["a"] + ROWS["b"] > 0).astype(int),
    sex=np.where(np.arange(240) % 2, "f", "m"),
    id=np.arange(240),
)
CONFIG = """
[model]
name = "m"
version = "1"
path = "{path}"
time_limit = 2
[data]
test = "rows.parquet"
label = "{label}"
id = "id"
groups = ["sex"]
{data}
[[gate]]
check = "performance.classification"
metric = "accuracy"
about = {{}}
at_least = 0.5
"""
TRAIN = """
[model]
name = "m"
version = "1"
path = "made"
[data]
test = "rows.parquet"
label = "y"
id = "id"
groups = ["sex"]
[train]
data = "rows.parquet"
folds = 2
epochs = 2
"""
SERVING = """
import time
import numpy as np

def right(rows):
    return 1 / (1 + np.exp(-rows["a"] - rows["b"]))

def raises(rows):
    raise KeyError(rows["a"].iloc[0])

def hangs(rows):
    time.sleep(60)

def nothing(rows):
    return np.full(len(rows), np.nan)

def short(rows):
    return np.full(len(rows) - 1, 0.5)

def large(rows):
    return np.full(len(rows), 1.5)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    ROWS.to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "serving.py").write_text(SERVING)
    return tmp_path


def run(project: Path, path: str, *, label: str = "y", data: str = "") -> int:
    (project / "audit.toml").write_text(CONFIG.format(path=path, label=label, data=data))
    return main(["run", str(project / "audit.toml"), "--out", str(project / "out"), "--lang", "en"])


def bundles(project: Path) -> list[Path]:
    return [*(project / "out").rglob("results.json")]


def trained(project: Path) -> Path:
    (project / "train.toml").write_text(TRAIN)
    assert main(["train", str(project / "train.toml")]) == 0
    return project / "made"


def test_a_function_is_audited_in_a_process_of_its_own(project: Path) -> None:
    assert run(project, "serving:right") == 0
    assert len(bundles(project)) == 1
    assert not [*(project / "out").rglob(".unfinished")]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("serving:raises", "raised KeyError"),
        ("serving:hangs", "2 s"),
        ("serving:nothing", "finite"),
        ("serving:short", "239"),
        ("serving:large", "in [0, 1]"),
        ("serving:absent", "'absent'"),
        ("absent:predict", "absent"),
    ],
)
def test_a_function_that_cannot_answer_gets_a_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], path: str, said: str
) -> None:
    assert run(project, path) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown
    assert str(ROWS["a"].iloc[0]) not in shown
    assert not bundles(project)


def test_a_pickle_is_refused_whatever_its_name(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "model.safetensors").write_bytes(pickle.dumps({"a": 1}))
    assert run(project, "model.safetensors") == 2
    assert "pickle" in capsys.readouterr().err


def _without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _truncated(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def _other_version(folder: Path) -> None:
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(described | {"version": 99}))


@pytest.mark.parametrize("spoil", [_without_weights, _truncated, _other_version])
def test_a_folder_that_is_not_whole_gets_a_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None]
) -> None:
    spoil(trained(project))
    assert run(project, "made") == 2
    shown = capsys.readouterr().err
    assert "made" in shown
    assert "Traceback" not in shown
    assert not bundles(project)


def test_a_model_with_other_features_than_the_data_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(project)
    ROWS.drop(columns="b").to_parquet(project / "rows.parquet")
    assert run(project, "made") == 2
    assert "there is no column 'b' for a feature" in capsys.readouterr().err


def test_labels_that_a_model_never_saw_are_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(project)
    ROWS.assign(y=np.where(ROWS["y"], "yes", "no")).to_parquet(project / "rows.parquet")
    assert run(project, "made") == 2
    assert "must hold classes of the model (0, 1)" in capsys.readouterr().err


def test_rows_that_were_trained_on_are_refused_without_folds(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "train.toml").write_text(TRAIN.replace("folds = 2", ""))
    assert main(["train", str(project / "train.toml")]) == 0
    assert run(project, "made") == 2
    assert "240 of 240 rows were trained on" in capsys.readouterr().err


@pytest.mark.parametrize("folds", ["folds = 2", ""])
@pytest.mark.parametrize("ids", ["gone", "others"])
def test_rows_that_were_trained_on_are_known_by_their_values_too(
    project: Path, capsys: pytest.CaptureFixture[str], folds: str, ids: str
) -> None:
    (project / "train.toml").write_text(TRAIN.replace("folds = 2", folds))
    assert main(["train", str(project / "train.toml")]) == 0
    rows = ROWS.drop(columns="id") if ids == "gone" else ROWS.assign(id=ROWS["id"] + 5000)
    rows.to_parquet(project / "rows.parquet")
    config = CONFIG.format(path="made", label="y", data="")
    config = config.replace('id = "id"\n', "") if ids == "gone" else config
    (project / "audit.toml").write_text(config)
    assert main(["run", str(project / "audit.toml"), "--out", str(project / "out")]) == 2
    said = "240 of 240 rows have the values of rows that were trained on"
    assert said in capsys.readouterr().err


def test_a_model_that_is_there_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = (trained(project) / "model.safetensors").read_bytes()
    assert main(["train", str(project / "train.toml")]) == 0
    (project / "train.toml").write_text(TRAIN.replace("epochs = 2", "epochs = 3"))
    assert main(["train", str(project / "train.toml")]) == 2
    assert "holds a model of another training; name another folder" in capsys.readouterr().err
    assert (project / "made" / "model.safetensors").read_bytes() == held


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "id"\n', "", "data.id: folds need an id column"),
        ("epochs = 2", "epochs = 2\nmethod = 'lora'", "train.method: a network for tables has no"),
        ("epochs = 2", "epochs = 2\nmitigation = 'grid_search'", "must name the protected group"),
        ('path = "made"\n', "", "training needs the table [train] and model.path"),
        ('label = "y"\n', "", "data.label: must name the column to learn"),
    ],
)
def test_a_training_that_cannot_be_done_is_refused_before_it_begins(
    project: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    (project / "train.toml").write_text(TRAIN.replace(old, new))
    assert main(["train", str(project / "train.toml")]) == 2
    assert said in capsys.readouterr().err
    assert not (project / "made").exists()
