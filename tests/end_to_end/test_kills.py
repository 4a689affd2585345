"""A run that is killed, whenever that is, leaves no bundle, and resumes to the same record."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit.cli import main
from fixtures.planted.texts import reviews, write_base

CONFIG = """
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
epochs = 4
[run]
seed = 3
[checks.robustness.feature_noise]
[checks.robustness.worst_slice]
[checks.explanation.faithfulness]
rows = 60
[checks.explanation.shortcut]
rows = 60
[[gate]]
check = "performance.classification"
metric = "accuracy"
about = {}
at_least = 0.5
"""
TEXTS = """
[model]
name = "m"
version = "1"
path = "made"
[data]
test = "test.parquet"
reference = "train.parquet"
text = "review"
label = "y"
id = "id"
[train]
data = "train.parquet"
base = "base"
epochs = 2
learning_rate = 3e-3
max_length = 48
[run]
seed = 3
[checks.drift.embeddings]
[checks.robustness.typos]
rows = 100
[checks.bias.counterfactual_swap]
[checks.explanation.completeness]
rows = 40
[checks.explanation.faithfulness]
rows = 40
[[gate]]
check = "performance.classification"
metric = "accuracy"
about = {}
at_least = 0.5
"""
KILLS = 20


def tables(folder: Path) -> Path:
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({name: rng.normal(size=600) for name in "abcd"})
    rows = rows.assign(
        y=(rows["a"] + rows["b"] * rows["c"] > 0).astype(int),
        sex=np.where(np.arange(600) % 2, "f", "m"),
        id=np.arange(600),
    )
    rows.to_parquet(folder / "rows.parquet")
    (folder / "audit.toml").write_text(CONFIG)
    assert main(["train", str(folder / "audit.toml")]) == 0
    return folder


def texts(folder: Path) -> Path:
    write_base(folder / "base")
    for seed, (name, rows) in enumerate({"train": 600, "test": 300}.items()):
        held = reviews(rows, seed=seed, name=name)
        ids = [f"{name} {row}" for row in range(rows)]
        made = pd.DataFrame({"review": held.texts.values, "y": held.labels, "id": ids})
        made.to_parquet(folder / f"{name}.parquet")
    (folder / "audit.toml").write_text(TEXTS)
    assert main(["train", str(folder / "audit.toml")]) == 0
    return folder


def command(folder: Path, out: Path) -> list[str]:
    words = ["run", str(folder / "audit.toml"), "--out", str(out), "--resume", "--lang", "en"]
    return [sys.executable, "-m", "audit", *words]


def record(out: Path) -> dict[str, Any]:
    """Return the record without what may differ between two runs."""
    held: dict[str, Any] = json.loads((out / "m" / "1" / "latest" / "results.json").read_text())
    for check in held["checks"]:
        del check["seconds"]
    for name in ("run_id", "seconds", "command"):
        del held["provenance"][name]
    return held


@pytest.mark.slow
@pytest.mark.parametrize("project", [tables, texts])
def test_an_audit_killed_twenty_times_resumes_to_the_record_of_one_that_was_not(
    project: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder, draw = project(tmp_path), np.random.default_rng(20)
    started = time.monotonic()
    subprocess.run(command(folder, tmp_path / "whole"), check=False, capture_output=True)
    seconds = time.monotonic() - started
    expected, killed = record(tmp_path / "whole"), 0
    for round_ in range(KILLS):
        out = tmp_path / f"killed-{round_ // 4}"
        with subprocess.Popen(
            command(folder, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            time.sleep(draw.uniform(0.2, 0.95) * seconds)
            killed += run.poll() is None
            run.kill()
        for bundle in out.rglob("manifest.json"):
            if ".incomplete" not in str(bundle):
                assert record(out) == expected
        if round_ % 4 == 3:
            subprocess.run(command(folder, out), check=False, capture_output=True)
            assert record(out) == expected
            assert not [*out.rglob(".unfinished")]
    assert killed > KILLS / 2
