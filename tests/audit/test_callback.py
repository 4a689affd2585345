"""The network that a Trainer is training is audited, and its training is none the wiser."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import audit
from audit.errors import ConfigError, SubjectError
from audit.files import sha256
from fixtures.planted import plain_trainer
from fixtures.planted.texts import reviews

CONFIG = """
[model]
name = "reviews"
version = "1"
[data]
test = "test.parquet"
text = "review"
label = "y"
id = "id"
[[gate]]
name = "accuracy"
check = "performance.classification"
metric = "accuracy"
about = {}
at_least = 0.8
[[gate]]
name = "mistyped"
check = "robustness.typos"
metric = "flip_rate"
about = { probe = "mixed", severity = 1 }
at_most = 0.9
[checks.robustness.typos]
rows = 40
draws = 1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    rows = reviews(200, 5, name="test")
    frame = pd.DataFrame({"review": rows.texts.values, "y": rows.labels, "id": range(200)})
    frame.to_parquet(tmp_path / "test.parquet")
    (tmp_path / "audit.toml").write_text(CONFIG)
    return tmp_path


def trainer(folder: Path, *callbacks: Any, epochs: int = 3) -> Any:
    from transformers import Trainer, TrainingArguments
    from transformers.trainer_callback import PrinterCallback

    from fixtures.planted.texts import network, tokenizer

    reader, sets = tokenizer(), []
    for seed in (0, 1):
        drawn = reviews(256, seed)
        ids = reader([*drawn.texts.values], truncation=True)["input_ids"]
        sets.append([{"input_ids": a, "label": b} for a, b in zip(ids, drawn.labels, strict=True)])
    args = TrainingArguments(
        output_dir=str(folder / "trained"),
        num_train_epochs=epochs,
        per_device_train_batch_size=32,
        learning_rate=3e-3,
        eval_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    made = Trainer(network(0), args, None, *sets, processing_class=reader)
    made.remove_callback(PrinterCallback)
    for each in callbacks:
        made.add_callback(each)
    return made


def weights(of: Any) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in of.model.state_dict().items()}


def test_an_ordinary_script_logs_its_gates_by_one_line_more(project: Path) -> None:
    script = Path(plain_trainer.__file__)
    done = subprocess.run(
        [sys.executable, str(script), str(project), "evaluate"],
        cwd=script.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("audit: ")]
    assert len(lines) == 3
    assert all("step=" in line and "pass=" in line for line in lines)
    state = json.loads((project / "trained" / "trainer_state.json").read_text())
    logged = [each for each in state["log_history"] if "audit/accuracy" in each]
    assert [each["step"] for each in logged] == [16, 32, 48]
    assert logged[-1]["audit/accuracy low"] <= logged[-1]["audit/accuracy"] <= 1
    assert logged[-1]["audit/accuracy verdict"] == 0
    assert logged[-1]["audit/decision"] == 0
    assert len({each.resolve() for each in project.rglob("results.json")}) == 3
    assert [*project.rglob("*.audit")]
    assert len(script.read_text().split("def main")[1].splitlines()) <= 35


def test_the_weights_are_those_of_a_training_without_it(project: Path) -> None:
    plain, audited = (
        trainer(project),
        trainer(
            project, callback := audit.TrainerCallback(project / "audit.toml", when="evaluate")
        ),
    )
    plain.train()
    audited.train()
    assert weights(plain) == weights(audited)
    assert len(callback.records) == 3
    assert callback.problem == ""
    assert audited.model.training == plain.model.training


def test_what_is_beyond_repair_is_stopped(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = CONFIG.replace("at_most = 0.9", "at_most = 0.000001")
    (project / "audit.toml").write_text(text.replace("at_least = 0.8", "at_least = 0.9999"))
    callback = audit.TrainerCallback(
        project / "audit.toml", when="evaluate", stop_beyond={"accuracy": 0.9995}
    )
    run = trainer(project, callback)
    run.model.classifier.bias.data[0] = 50.0  # it decides for one class, whatever it reads
    run.model.requires_grad_(requires_grad=False)
    run.model.classifier.bias.requires_grad_(requires_grad=True)
    run.train()
    assert run.state.global_step == 8
    assert "audit: the training stops: beyond repair are accuracy" in capsys.readouterr().err


def test_an_audit_that_breaks_loses_no_training(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from transformers import TrainerCallback

    class Spoils(TrainerCallback):  # type: ignore[misc] # transformers has no types
        def on_step_end(self, *_: Any, **__: Any) -> None:
            (project / "test.parquet").write_bytes(b"spoilt")

    callback = audit.TrainerCallback(project / "audit.toml")
    run = trainer(project, callback, Spoils(), epochs=1)
    run.train()
    assert run.state.global_step == 8
    assert callback.problem
    assert callback.records == []
    assert run.state.log_history[-1]["audit/decision"] == 3
    assert "audit: ERROR step=8" in capsys.readouterr().err


def test_what_is_logged_may_go_elsewhere(project: Path) -> None:
    told: list[dict[str, float]] = []
    run = trainer(project, audit.TrainerCallback(project / "audit.toml", log=told.append), epochs=1)
    run.train()
    [values] = told
    assert {"audit/decision", "audit/accuracy", "audit/mistyped verdict"} <= set(values)


def test_where_logging_is_what_fails_the_history_says_so(project: Path) -> None:
    def broken(_: dict[str, float]) -> None:
        raise OSError

    run = trainer(project, audit.TrainerCallback(project / "audit.toml", log=broken), epochs=1)
    run.train()
    assert run.state.global_step == 8
    assert run.state.log_history[-1]["audit/decision"] == 3


def test_an_audit_that_breaks_is_logged_where_its_numbers_would_be(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError

    told: list[dict[str, float]] = []
    monkeypatch.setattr("audit.callback.run", broken)
    run = trainer(project, audit.TrainerCallback(project / "audit.toml", log=told.append), epochs=1)
    run.train()
    assert told == [{"audit/decision": 3.0}]


def test_data_that_cannot_be_audited_end_the_training_before_its_first_step(project: Path) -> None:
    (project / "audit.toml").write_text(CONFIG.replace('text = "review"', 'text = "revue"'))
    run = trainer(project, audit.TrainerCallback(project / "audit.toml"))
    with pytest.raises(SubjectError, match="revue"):
        run.train()
    assert run.state.global_step == 0


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"stop_beyond": {"accuracy": 0.1}}, 'needs when="evaluate"'),
        ({"when": "evaluate", "stop_beyond": {"acuracy": 0.1}}, "did you mean 'accuracy'"),
        ({"when": "evaluate", "stop_beyond": {"accuracy": 0.9}}, "as loose as its limit"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    how: dict[str, Any], sentence: str, project: Path
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        audit.TrainerCallback(project / "audit.toml", **how)


def test_a_bundle_is_written_where_it_is_asked_for(project: Path) -> None:
    callback = audit.TrainerCallback(project / "audit.toml", out=project / "out")
    trainer(project, callback, epochs=1).train()
    [bundle] = {each.resolve() for each in (project / "out").rglob("results.json")}
    assert sha256([bundle])
    assert (bundle.parent / "report.html").is_file()
