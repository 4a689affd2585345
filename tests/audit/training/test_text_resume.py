import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit import SubjectError
from audit.models.text_folder import load_text_folder
from audit.training.checkpoint import FOLDER
from audit.training.texts.settings import TextSettings
from audit.training.texts.train import train_texts
from fixtures.planted.texts import reviews
from tests.audit.training.reviewing import CLASSES, ROWS, base, trained, weights

LIVES = (5, 7)
"""Steps between two kills: an epoch has five, or four without validation."""
PLAIN = reviews(60, 9).texts
STAGES: list[dict[str, Any]] = [
    {"method": "full", "patience": 3, "epochs": 4, "class_weight": "balanced"},
    {"method": "lora", "epochs": 2, "checkpoint_steps": 2},
    {"method": "last_layers", "validation": 0.0, "pretrain": "plain.txt", "pretrain_epochs": 2},
]


class KilledError(Exception):
    """The process ends here."""


class Killer:
    """Ends a training after some steps."""

    def __init__(self, after: int) -> None:
        self.after, self.calls = after, 0

    def __call__(self, _what: str, _done: int, _total: int) -> None:
        self.calls += 1
        if self.calls > self.after:
            raise KilledError


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TextSettings:
    return base(tmp_path_factory.mktemp("base"))


@pytest.mark.parametrize("stages", STAGES, ids=["full", "LoRA", "pretraining"])
def test_a_killed_training_resumes_to_the_same_weights(
    stages: dict[str, Any], settings: TextSettings, tmp_path: Path
) -> None:
    settings = replace(settings, **stages)
    moments = np.random.default_rng(0)
    whole = trained(settings, unlabelled=PLAIN)
    kills = 0
    for _ in range(20):
        try:
            killer = Killer(int(moments.integers(*LIVES)))
            found = trained(
                settings, unlabelled=PLAIN, folder=tmp_path, progress=killer, resume=True
            )
            break
        except KilledError:
            kills += 1
            assert not (tmp_path / "config.json").exists()
    else:
        pytest.fail("it never ended")
    assert kills > 1 or stages["method"] == "lora"
    assert kills > 0
    assert found.digest == whole.digest == load_text_folder(tmp_path).digest
    assert weights(found) == weights(whole)
    kept = ("metrics", "best_epoch", "fingerprint")
    assert [found.training_record[k] for k in kept] == [whole.training_record[k] for k in kept]
    assert not list(tmp_path.glob("*checkpoint*"))


@pytest.fixture
def begun(settings: TextSettings, tmp_path: Path) -> Path:
    """A training that was killed in its second epoch."""
    with pytest.raises(KilledError):
        trained(settings, folder=tmp_path, progress=Killer(7))
    assert [path.name for path in (tmp_path / FOLDER).glob("fine-tuning/checkpoint-*")] == [
        "checkpoint-5"
    ]
    return tmp_path


def test_adapters_are_drawn_alike_where_the_first_stage_is_not_repeated(
    settings: TextSettings, tmp_path: Path
) -> None:
    settings = replace(settings, method="lora", pretrain="plain.txt", epochs=1)
    with pytest.raises(KilledError):
        trained(settings, unlabelled=PLAIN, folder=tmp_path, progress=Killer(3))
    assert (tmp_path / FOLDER / "pretrained.safetensors").is_file()
    assert not [*(tmp_path / FOLDER).glob("fine-tuning/checkpoint-*")]
    found = trained(settings, unlabelled=PLAIN, folder=tmp_path, resume=True)
    assert weights(found) == weights(trained(settings, unlabelled=PLAIN))


@pytest.mark.parametrize("other", ["settings", "labels", "texts", "classes", "processes"])
def test_another_training_is_not_resumed(
    other: str, settings: TextSettings, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, labels, classes = ROWS.texts, ROWS.labels, CLASSES
    if other == "settings":
        settings = replace(settings, learning_rate=2e-3)
    elif other == "labels":
        labels = 1 - labels
    elif other == "texts":
        texts = texts.having([f"{each} dress" for each in texts.values])
    elif other == "classes":
        classes = CLASSES[::-1]
    else:
        monkeypatch.setattr("audit.training.texts.record.processes", lambda: 2)
    with pytest.raises(SubjectError, match="cannot resume: the training that was begun there had"):
        train_texts(texts, labels, classes=classes, settings=settings, folder=begun, resume=True)


def test_a_checkpoint_that_a_kill_left_half_written_is_not_used(
    settings: TextSettings, begun: Path
) -> None:
    kept = begun / FOLDER / "fine-tuning"
    later = kept / "checkpoint-10"
    shutil.copytree(kept / "checkpoint-5", later)
    (later / "optimizer.pt").write_bytes(b"half")
    found = trained(settings, folder=begun, resume=True)
    assert weights(found) == weights(trained(settings))


def test_a_training_that_is_not_resumed_begins_anew(settings: TextSettings, begun: Path) -> None:
    other = replace(settings, seed=3)
    assert weights(trained(other, folder=begun)) == weights(trained(other))
    assert len([*begun.glob("runs/*/events.out.tfevents.*")]) == 1


def test_a_training_that_was_stopped_early_and_then_killed_is_not_trained_on(
    settings: TextSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings, patience=1, learning_rate=0.03, epochs=9)
    whole = trained(settings)
    assert whole.training_record["best_epoch"] < whole.training_record["epochs"] < 9

    def never(*_: Any, **__: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("audit.training.texts.version.write_version", never)
        with pytest.raises(KilledError):
            trained(settings, folder=tmp_path)
    found = trained(settings, folder=tmp_path, resume=True, progress=never)
    assert weights(found) == weights(whole)
    again = trained(settings, folder=tmp_path, resume=True, progress=never)
    assert again.digest == found.digest


def test_the_model_before_stays_until_the_next_is_whole(
    settings: TextSettings, tmp_path: Path
) -> None:
    first = trained(settings, folder=tmp_path)
    other = replace(settings, seed=1)
    with pytest.raises(KilledError):
        trained(other, folder=tmp_path, progress=Killer(7))
    assert load_text_folder(tmp_path).digest == first.digest
    second = trained(other, folder=tmp_path, resume=True)
    assert load_text_folder(tmp_path).digest == second.digest != first.digest


def test_a_write_that_is_killed_leaves_no_model(
    settings: TextSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(settings, folder=tmp_path)
    other = replace(settings, seed=1)
    moved: list[Path] = []

    def flush(path: Path) -> None:
        moved.append(path)
        if len(moved) == 2:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("audit.training.texts.version._flush", flush)
        with pytest.raises(KilledError):
            trained(other, folder=tmp_path)
    assert not (tmp_path / "config.json").exists()
    found = trained(other, folder=tmp_path, resume=True)
    assert weights(found) == weights(trained(other)) != weights(whole)


@pytest.mark.slow
def test_real_kills_change_no_weight(settings: TextSettings, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    places = [settings.base, str(killed), str(whole)]
    command = [sys.executable, "-m", "tests.audit.training.text_killing", *places]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert len((killed / "kills").read_text()) >= 3
    assert load_text_folder(killed).digest == load_text_folder(whole).digest
    for name in ("model.safetensors", "config.json", "trained_on.npz"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
