import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import ConfigError, Finding, jobs
from audit.gates import attains
from audit.runner import run
from audit.starting import write_config


def table(n: int, classes: tuple[Any, ...] = (0, 1), **names: str) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    y = rng.integers(0, len(classes), n)
    yhat = np.where(rng.random(n) < 0.8, y, rng.integers(0, len(classes), n))
    made = pd.DataFrame(
        {
            "case_id": np.arange(n),
            "label": np.array(classes)[y],
            "prediction": np.array(classes)[yhat],
            "prob_yes": np.clip(y * 0.6 + rng.random(n) * 0.4, 0, 1),
            "sex": rng.choice(["female", "male"], n),
            "race": rng.choice(["a", "b", "tiny"], n, p=[0.6, 0.396, 0.004]),
            "age": rng.integers(18, 80, n),
            "income": rng.normal(size=n),
        }
    )
    return made.rename(columns=names)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(table(3000), id="binary"),
        pytest.param(table(3000, ("x", "y", "z")), id="three classes"),
        pytest.param(table(60), id="few rows"),
        pytest.param(table(500).drop(columns="label"), id="no label"),
        pytest.param(
            table(500, income='in"come\n[x]', case_id="a'] = 1\n[evil]\nid"), id="hostile names"
        ),
    ],
)
def test_what_is_proposed_can_be_run_and_is_no_tighter_than_attainable(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    frame.to_parquet(tmp_path / "t.parquet")
    path = tmp_path / "audit.toml"
    write_config(tmp_path / "t.parquet", path)
    loaded = jobs.load(path, jobs.Options(), now=jobs.utc_now())
    for judged in run(loaded.job).gates:
        for answer in judged.answers:
            if isinstance(answer, Finding) and answer.estimate.flawless is not None:
                assert attains(answer.estimate, judged.gate.limit)


def test_roles_are_guessed_from_names_and_values(tmp_path: Path) -> None:
    table(3000).to_parquet(tmp_path / "t.parquet")
    write_config(tmp_path / "t.parquet", tmp_path / "audit.toml")
    data = tomllib.loads((tmp_path / "audit.toml").read_text())["data"]
    assert data["test"] == "t.parquet"
    assert {role: data[role] for role in ("label", "prediction", "id", "scores")} == {
        "label": "label",
        "prediction": "prediction",
        "id": "case_id",
        "scores": "prob_yes",
    }
    assert data["groups"] == {"sex": ["female", "male"], "race": ["a", "b"]}
    assert data["bands"] == {"age": [30, 45, 60]}


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "audit.toml"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        write_config(None, path)
    assert path.read_text() == "mine"


def test_without_a_table_a_commented_start_is_written(tmp_path: Path) -> None:
    write_config(None, tmp_path / "audit.toml")
    assert tomllib.loads((tmp_path / "audit.toml").read_text())["model"]["name"] == "my-model"
