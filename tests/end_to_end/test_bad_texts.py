"""Texts and models of texts that cannot be relied on get a sentence; nothing is half-written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from audit.cli import main
from fixtures.planted.texts import network, reviews, tokenizer, write_base

CONFIG = """
[model]
name = "m"
version = "1"
path = "made"
[data]
test = "rows.parquet"
text = "review"
label = "y"
id = "id"
{data}
{train}
[[gate]]
check = "performance.classification"
metric = "accuracy"
about = {{}}
at_least = 0.9
[checks.data.quality]
"""
TRAIN = '[train]\ndata = "rows.parquet"\nbase = "base"\nepochs = 1\n'
TERMS = """
attribute = "household"
groups = ["alone", "together"]
source = "chosen for this test"
templates = ["My {term} says: "]
fronts = [["neighbour", "partner"]]
[[swaps]]
terms = [["neighbour", "partner"]]
"""
ROWS = reviews(60, seed=2)


def frame(**changed: Any) -> pd.DataFrame:
    made = {"review": ROWS.texts.values, "y": ROWS.labels, "id": range(60)}
    return pd.DataFrame(made | changed)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    network(0).save_pretrained(tmp_path / "made")
    tokenizer().save_pretrained(tmp_path / "made")
    return tmp_path


def written(project: Path, rows: pd.DataFrame, *, data: str = "", train: str = "") -> str:
    rows.to_parquet(project / "rows.parquet")
    config = project / "audit.toml"
    config.write_text(CONFIG.format(data=data, train=train))
    return str(config)


def said(capfd: pytest.CaptureFixture[str]) -> str:
    out = capfd.readouterr()
    assert "Traceback" not in out.err + out.out
    return out.err


def forget(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def with_code(folder: Path) -> None:
    said = json.loads((folder / "config.json").read_text())
    said["auto_map"] = {"AutoModel": "evil.Model"}
    (folder / "config.json").write_text(json.dumps(said))


def a_base(folder: Path) -> None:
    write_base(folder)


def cut_off(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (pickled, "holds pickled weights"),
        (with_code, "code that lies in the folder, which is never run"),
        (a_base, "fine-tune it with `audit train`"),
        (cut_off, "made"),
        (forget("model.safetensors"), "holds no weights"),
        (forget("tokenizer.json", "tokenizer_config.json"), "made"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused_with_status_two(
    spoil: Callable[[Path], None],
    sentence: str,
    project: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    spoil(project / "made")
    config = written(project, frame())
    assert main(["run", config, "--out", str(project / "out")]) == 2
    told = said(capfd)
    assert sentence in told
    assert "model.path" in told
    assert not [*(project / "out").rglob("results.json")]


@pytest.mark.parametrize(
    ("rows", "data", "sentence"),
    [
        (frame(review=["", *ROWS.texts.values[1:]]), "", "1 of 60 rows have none"),
        (frame(review=[None, *ROWS.texts.values[1:]]), "", "1 of 60 rows have none"),
        (frame().drop(columns="review"), "", "review"),
        (frame(), 'prediction = "y"', "must be left out where there is a model"),
        (frame(y=["a", "b"] * 30), "", "must hold classes of the model"),
    ],
    ids=["empty", "missing", "no column", "predictions", "other classes"],
)
def test_rows_that_cannot_be_read_are_refused_with_status_two(
    rows: pd.DataFrame,
    data: str,
    sentence: str,
    project: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    config = written(project, rows, data=data)
    assert main(["run", config, "--out", str(project / "out")]) == 2
    assert sentence in said(capfd)


def test_a_long_text_and_a_strange_language_are_read_and_named(project: Path) -> None:
    texts = [*ROWS.texts.values]
    texts[0], texts[1] = "dress " * 20_000, "这条裙子非常好看"
    config = written(project, frame(review=texts))
    assert main(["run", config, "--out", str(project / "out")]) in {1, 4}
    record = json.loads((project / "out/m/1/latest/results.json").read_text())
    found = {
        each["metric"]: each["estimate"]["value"]
        for check in record["checks"]
        if check["id"] == "data.quality"
        for each in check["findings"]
    }
    assert found["truncated_share"] == pytest.approx(1 / 60)
    assert found["unknown_token_share"] > 0
    assert "裙子" not in json.dumps(record, ensure_ascii=False)


@pytest.mark.parametrize(
    ("spoil", "settings", "sentence"),
    [
        (lambda _: None, 'method = "head"\nper_class = 1000', "per_class"),
        (lambda _: None, "folds = 3", "folds"),
        (lambda _: None, 'pretrain = "nowhere.txt"', "nowhere.txt"),
        (pickled, "", "pickled"),
        (with_code, "", "never run"),
        (forget("config.json"), "", "base"),
    ],
    ids=["per class", "folds", "pretrain", "pickled", "code", "no base"],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(
    spoil: Callable[[Path], None],
    settings: str,
    sentence: str,
    project: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    spoil(write_base(project / "base"))
    config = written(project, frame(), train=TRAIN + settings)
    before = (project / "made" / "model.safetensors").read_bytes()
    assert main(["train", config]) == 2
    assert sentence in said(capfd)
    assert (project / "made" / "model.safetensors").read_bytes() == before


def test_a_file_that_a_setting_names_lies_beside_the_config(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "terms.toml").write_text(TERMS)
    checks = '[checks.bias.counterfactual_swap]\nattributes = []\nterms = "{name}"\n'
    for name, status in (("terms.toml", {1, 4}), ("nowhere.toml", {2, 3})):
        config = written(project, frame(), train=checks.format(name=name))
        assert main(["run", config, "--out", str(project / "out" / name)]) in status
    assert "nowhere.toml" in said(capfd)
