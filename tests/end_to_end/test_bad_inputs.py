"""Bad input gets sentences, the documented exit status, no traceback, and nothing is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from audit.cli import main

SECRET = "s3cret"
HEAD = "id,deserved,hired,score,sex"
ROWS = [
    f"{i},{i % 2},{(i % 2) ^ (i % 7 == 0)},{0.25 + (i % 2) / 2},{'mf'[i % 3 == 0]}"
    for i in range(400)
]
CONFIG = """
[model]
name = "hiring"
version = "1"
[data]
test = "t.csv"
label = "deserved"
prediction = "hired"
scores = "score"
id = "id"
[data.groups]
sex = ["f", "m"]
[[gate]]
name = "gap"
check = "bias.selection_rate"
metric = "demographic_parity_difference"
at_most = 0.5
"""
WAIVER = """
[[waiver]]
gate = "gap"
reason = "soon"
owner = "a"
approver = "a"
expires = 2027-01-01
"""
GATE = CONFIG[CONFIG.index("[[gate]]") :]


def table(rows: list[str] = ROWS) -> bytes:
    return "\n".join([HEAD, *rows]).encode()


@pytest.mark.parametrize(
    ("data", "config", "status", "said"),
    [
        pytest.param(table(), CONFIG, 0, "", id="nothing is wrong"),
        pytest.param(None, CONFIG, 2, "t.csv: there is no such file", id="missing file"),
        pytest.param(b"", CONFIG, 2, "t.csv is empty", id="empty file"),
        pytest.param(b"\x89PNG\x00\x01\xff", CONFIG, 2, "t.csv: ", id="binary file"),
        pytest.param(table([]), CONFIG, 2, "must hold rows", id="header only"),
        pytest.param(
            table(), CONFIG.replace('"hired"', '"hierd"'), 2, "did you mean 'hired'", id="column"
        ),
        pytest.param(
            table([*ROWS[:4], f"{SECRET},1,1,nan,f"]), CONFIG, 2, "in row 5", id="NaN scores"
        ),
        pytest.param(
            table([row for row in ROWS if row.split(",")[1] == "1"]),
            CONFIG
            + GATE.replace('"gap"', '"auc"')
            .replace("bias.selection_rate", "performance.classification")
            .replace("demographic_parity_difference", "balanced_accuracy")
            .replace("at_most", "at_least"),
            4,
            "",
            id="one class",
        ),
        pytest.param(
            table([row for row in ROWS if row.endswith("m")]), CONFIG, 4, "", id="an absent level"
        ),
        pytest.param(
            table(),
            CONFIG.replace('sex = ["f", "m"]', 'sex = ["m"]'),
            4,
            "",
            id="one judged level",
        ),
        pytest.param(
            table([*ROWS, ROWS[0]]),
            CONFIG,
            2,
            "id of an earlier one, the first in row 401",
            id="ids",
        ),
        pytest.param(
            table(), CONFIG.replace("at_most", "at_mots"), 2, "did you mean 'at_most'", id="key"
        ),
        pytest.param(table(), CONFIG.replace("0.5", "50"), 2, "did you mean 0.5?", id="percent"),
        pytest.param(
            table(), CONFIG + 'about = { across = "race" }', 2, "about must match", id="no match"
        ),
        pytest.param(
            table(),
            CONFIG[: CONFIG.index("[[gate]]")] + "[checks.bias.selection_rate]",
            4,
            "",
            id="zero gates",
        ),
        pytest.param(table(), CONFIG + WAIVER, 2, "somebody else than owner", id="waiver"),
        pytest.param(
            table(),
            CONFIG + '[baseline]\nbundle = "none"',
            2,
            "baseline.bundle: none: there is no bundle there",
            id="baseline",
        ),
        pytest.param(
            table(),
            CONFIG.replace("id =", 'path = "m"\nid =').replace("[data]", "[data]"),
            2,
            "data.path: there is no such key",
            id="a key of another table",
        ),
        pytest.param(
            table(),
            CONFIG.replace("[data]", 'path = "m"\n[data]'),
            2,
            "model.path: m: there is no such file or folder",
            id="a model that is not there",
        ),
    ],
)
def test_a_mistake_gets_a_sentence_and_its_status(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    data: bytes | None,
    config: str,
    status: int,
    said: str,
) -> None:
    if data is not None:
        (tmp_path / "t.csv").write_bytes(data)
    (tmp_path / "audit.toml").write_text(config)
    out = tmp_path / "out"
    assert main(["run", str(tmp_path / "audit.toml"), "--out", str(out)]) == status
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert SECRET not in shown.err
    assert (out / "hiring").exists() is (status != 2)
    assert bool(shown.out) is (status != 2)


def test_a_run_on_predictions_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(table())
    (tmp_path / "audit.toml").write_text(CONFIG)
    run = ["run", str(tmp_path / "audit.toml"), "--out", str(tmp_path)]
    script = f"import sys; from audit.cli import main; main({run!r}); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert {"torch", "transformers", "evidently", "shap"}.isdisjoint(done.stdout.split())
