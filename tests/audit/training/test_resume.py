import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audit import SubjectError
from audit.models.tables import TableModel
from audit.training.settings import TableSettings
from tests.audit.training import killing
from tests.audit.training.applications import QUICK, applications, trained, weights

ROWS = applications(200)
FOLDS = replace(QUICK, epochs=8, folds=3, patience=None)
GRID = replace(QUICK, epochs=4, folds=2, mitigation="grid_search", grid_size=3, protected="group")


class KilledError(Exception):
    """The process ends here."""


class Killer:
    """Ends a training after some epochs, and counts those that were trained."""

    def __init__(self, after: int) -> None:
        self.after, self.calls = after, 0

    def __call__(self, _what: str, _done: int, _total: int) -> None:
        self.calls += 1
        if self.calls > self.after:
            raise KilledError


@pytest.mark.parametrize("settings", [FOLDS, GRID], ids=["folds", "grid search"])
@pytest.mark.parametrize("seed", range(3))
def test_a_killed_training_resumes_to_the_same_weights(
    settings: TableSettings, seed: int, tmp_path: Path
) -> None:
    moments = np.random.default_rng(seed)
    whole = trained(ROWS, settings, levels=ROWS.levels)
    kills = 0
    for _ in range(100):
        try:
            killer = Killer(int(moments.integers(1, 13)))
            found = trained(
                ROWS, settings, levels=ROWS.levels, folder=tmp_path, progress=killer, resume=True
            )
            break
        except KilledError:
            kills += 1
            assert not (tmp_path / "model.json").exists()
    else:
        pytest.fail("it never ended")
    assert kills > 1
    assert found.digest == whole.digest == TableModel.load(tmp_path).digest
    assert weights(found) == weights(whole)
    assert not list(tmp_path.glob("*checkpoint*"))


def test_what_was_trained_before_the_kill_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit.training import loop

    passes = []
    real = loop._Course._pass  # noqa: SLF001 - each is one epoch

    def counted(course: loop._Course) -> float:
        passes.append(course.lesson.name)
        return real(course)

    monkeypatch.setattr(loop._Course, "_pass", counted)  # noqa: SLF001
    with pytest.raises(KilledError):
        trained(ROWS, FOLDS, folder=tmp_path, progress=Killer(11))
    trained(ROWS, FOLDS, folder=tmp_path, resume=True)
    assert passes == ["fold-1"] * 8 + ["fold-2"] * 8 + ["fold-3"] * 8


def test_a_training_that_is_not_resumed_begins_anew(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        trained(ROWS, replace(FOLDS, seed=3), folder=tmp_path, progress=Killer(5))
    assert weights(trained(ROWS, FOLDS, folder=tmp_path)) == weights(trained(ROWS, FOLDS))


@pytest.mark.parametrize("other", ["settings", "labels", "rows", "levels"])
def test_another_training_is_not_resumed(tmp_path: Path, other: str) -> None:
    with pytest.raises(KilledError):
        trained(ROWS, GRID, folder=tmp_path, progress=Killer(3), levels=ROWS.levels)
    settings, given, levels = GRID, ROWS, ROWS.levels
    if other == "settings":
        settings = replace(GRID, learning_rate=2e-2)
    elif other == "labels":
        given = replace(ROWS, labels=1 - ROWS.labels)
    elif other == "rows":
        given = replace(ROWS, inputs=ROWS.inputs.changed("debt", 7.0))
    else:
        levels = 1 - levels
    with pytest.raises(SubjectError, match="cannot resume: the training that was begun there had"):
        trained(given, settings, folder=tmp_path, levels=levels, resume=True)


def test_a_damaged_checkpoint_is_trained_again(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        trained(ROWS, FOLDS, folder=tmp_path, progress=Killer(12))
    for path in (tmp_path / "training-checkpoint").glob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:500])
    found = trained(ROWS, FOLDS, folder=tmp_path, resume=True)
    assert weights(found) == weights(trained(ROWS, FOLDS))


def test_a_finished_training_is_only_read(tmp_path: Path) -> None:
    first = trained(ROWS, FOLDS, folder=tmp_path)

    def never(_what: str, _done: int, _total: int) -> None:
        raise KilledError

    again = trained(ROWS, FOLDS, folder=tmp_path, resume=True, progress=never)
    assert again.digest == first.digest


def test_the_model_before_stays_until_the_next_is_whole(tmp_path: Path) -> None:
    first = trained(ROWS, FOLDS, folder=tmp_path)
    with pytest.raises(KilledError):
        trained(ROWS, replace(FOLDS, seed=1), folder=tmp_path, progress=Killer(5))
    assert TableModel.load(tmp_path).digest == first.digest
    second = trained(ROWS, replace(FOLDS, seed=1), folder=tmp_path, resume=True)
    assert TableModel.load(tmp_path).digest == second.digest != first.digest


@pytest.mark.slow
def test_twenty_real_kills_change_no_weight(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.audit.training.killing", str(tmp_path)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert (tmp_path / "training-checkpoint").is_dir()
    rows = applications(killing.ROWS)
    resumed = trained(rows, killing.SETTINGS, folder=tmp_path, resume=True)
    assert resumed.digest == trained(rows, killing.SETTINGS).digest
    assert resumed.digest == TableModel.load(tmp_path).digest
