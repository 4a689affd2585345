"""Two processes that torchrun starts train one network together."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from audit.models.text_folder import RECORD, load_text_folder
from fixtures.planted.texts import reviews, write_base

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
[train]
data = "rows.parquet"
base = "base"
epochs = 4
batch_size = 16
learning_rate = 3e-3
max_length = 32
"""


@pytest.mark.slow
def test_two_processes_train_one_model(tmp_path: Path) -> None:
    write_base(tmp_path / "base")
    rows = reviews(400, 1)
    frame = pd.DataFrame({"review": rows.texts.values, "y": rows.labels, "id": range(400)})
    frame.to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "audit.toml").write_text(CONFIG)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--standalone", "-m", "audit", "train", str(tmp_path / "audit.toml")]
    done = subprocess.run(
        command,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("audit: TRAINED") == 1
    model, held = load_text_folder(tmp_path / "made"), reviews(200, 8)
    assert (model.predict(held.texts).argmax(axis=1) == held.labels).mean() > 0.9
    said = json.loads((tmp_path / "made" / RECORD).read_text())
    assert said["machine"]["processes"] == 2
