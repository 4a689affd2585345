import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from audit import SubjectError
from audit.files import sha256
from audit.models.tables import TableModel
from tests.audit.training.applications import QUICK, applications, trained

WEIGHTS = "model.safetensors"


@cache
def model() -> TableModel:
    return trained(applications(200))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model().save(tmp_path / "model")
    return tmp_path / "model"


def said(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "model.json"
        held = json.loads(path.read_text()) | changes
        path.write_text(json.dumps({k: v for k, v in held.items() if v is not ...}))

    return change


def weighed(change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Path], None]:
    """Change the tensors and describe the new ones."""

    def changed(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        change(tensors)
        save_file(tensors, folder / WEIGHTS)
        said(weights=sha256([folder / WEIGHTS]))(folder)

    return changed


def cut(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])


def spoil(folder: Path) -> None:
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)


def pickled(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(pickle.dumps({"weights": 1}))


def saved_by_torch(folder: Path) -> None:
    torch.save({"weights": torch.zeros(1)}, folder / WEIGHTS)


def nan(tensors: dict[str, torch.Tensor]) -> None:
    tensors["network.0.layers.0.weight"][0, 0] = float("nan")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        pytest.param(shutil.rmtree, "model: there is no such folder", id="no folder"),
        pytest.param(
            lambda f: (f / WEIGHTS).unlink(),
            "must hold its weights, but there is no",
            id="no weights",
        ),
        pytest.param(
            lambda f: (f / "model.json").unlink(), "must hold its description", id="no description"
        ),
        pytest.param(cut, "must be safetensors, but is cut off or damaged", id="truncated"),
        pytest.param(lambda f: (f / WEIGHTS).write_bytes(b""), "cut off or damaged", id="empty"),
        pytest.param(
            lambda f: (f / WEIGHTS).write_bytes(b"\xff" * 64), "cut off or damaged", id="noise"
        ),
        pytest.param(spoil, "these are not the weights that model.json describes", id="one bit"),
        pytest.param(pickled, "but is a pickle, which can run code", id="pickle"),
        pytest.param(saved_by_torch, "but is a pickle, which can run code", id="torch.save"),
        pytest.param(
            lambda f: (f / "model.json").write_text("{"), "must be JSON, but is not", id="no JSON"
        ),
        pytest.param(
            lambda f: (f / "model.json").write_bytes(b"\xff\xfe"), "must be JSON", id="no text"
        ),
        pytest.param(
            lambda f: (f / "model.json").write_text("[1]"), "describes something else", id="a list"
        ),
        pytest.param(
            said(kind="transformers"), "must describe a .* something else", id="another kind"
        ),
        pytest.param(
            said(format=2), "format must be 1, but is 2; read it with", id="other version"
        ),
        pytest.param(said(hidden=...), "hidden: field required", id="a key is missing"),
        pytest.param(said(hidden=[10**12]), "hidden.0: .* less than or equal to", id="too wide"),
        pytest.param(said(classes=["yes"]), "classes: .* at least 2", id="one class"),
        pytest.param(said(extra=1), "extra: extra inputs", id="an unknown key"),
        pytest.param(said(hidden=[9]), "the weights do not fit model.json", id="other widths"),
        pytest.param(said(folds=3), "the weights do not fit model.json", id="more networks"),
        pytest.param(said(features=[]), "features: .* at least 1", id="no features"),
        pytest.param(weighed(nan), "the weights do not fit model.json", id="NaN"),
        pytest.param(weighed(lambda t: t.pop("keys")), "do not fit model.json", id="no keys"),
    ],
)
def test_a_folder_that_is_no_model_is_refused_with_one_sentence(
    folder: Path, harm: Callable[[Path], Any], sentence: str
) -> None:
    harm(folder)
    with pytest.raises(SubjectError, match=sentence) as caught:
        TableModel.load(folder)
    assert "\n" not in str(caught.value)


def test_folds_that_are_no_networks_are_refused(tmp_path: Path) -> None:
    trained(applications(200), replace(QUICK, folds=2, epochs=1)).save(tmp_path)

    def beyond(tensors: dict[str, torch.Tensor]) -> None:
        tensors["folds"][0] = 2

    weighed(beyond)(tmp_path)
    with pytest.raises(SubjectError, match="do not fit"):
        TableModel.load(tmp_path)


def test_saving_over_a_model_leaves_the_new_one(folder: Path) -> None:
    other = trained(applications(200, seed=5))
    other.save(folder)
    assert TableModel.load(folder).digest == other.digest != model().digest


def test_a_save_that_fails_leaves_no_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audit.models.table_folder.write_atomically", full)
    with pytest.raises(OSError, match="No space"):
        trained(applications(200, seed=5)).save(folder)
    assert not (folder / "model.json").exists()
