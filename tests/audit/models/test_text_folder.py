import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from audit.errors import SubjectError
from audit.models.loading import load_model
from audit.models.text_folder import RECORD, SEEN, load_text_folder
from audit.models.text_model import TextModel
from audit.predictors import reads_texts
from audit.text_predictors import DifferentiableTexts
from fixtures.planted.texts import network, reviews, tokenizer

TEXTS = reviews(20, 0).texts


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    network(0).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "model")
    return tmp_path / "model"


def change(path: Path, **values: Any) -> None:
    said = json.loads(path.read_text())
    for name, value in values.items():
        if value is None:
            said.pop(name)
        else:
            said[name] = value
    path.write_text(json.dumps(said))


def change_weights(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_folder_answers_as_the_network_that_was_saved(folder: Path) -> None:
    model = load_model("model", base=folder.parent)
    assert isinstance(model, TextModel)
    assert isinstance(model, DifferentiableTexts)
    assert reads_texts(model)
    pair = load_model((network(0), tokenizer()))
    np.testing.assert_array_equal(model.predict(TEXTS), pair.predict(TEXTS))
    assert model.classes == ("0", "1")


def test_a_network_has_the_same_digest_in_memory_and_in_its_folder(folder: Path) -> None:
    pair = load_model((network(0), tokenizer()))
    pair.predict(TEXTS)  # which asks the tokenizer for truncation and fillings
    assert load_text_folder(folder).digest == pair.digest != ""


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.network.classifier.bias.data.add_(1.0),
        lambda model: setattr(model.network.config, "pad_token_id", 1),
        lambda model: setattr(model.network.config, "layer_norm_eps", 1e-3),
        lambda model: setattr(model, "classes", ("1", "0")),
        lambda model: setattr(model, "max_length", 12),
        lambda model: setattr(model.tokenizer, "truncation_side", "left"),
    ],
    ids=["weights", "filling", "structure", "classes", "length", "side"],
)
def test_what_changes_an_answer_changes_the_digest(
    folder: Path, change: Callable[[TextModel], object]
) -> None:
    model = load_text_folder(folder)
    before = load_text_folder(folder).digest
    change(model)
    assert model.digest != before


def test_weights_in_several_files_are_the_same_model(folder: Path) -> None:
    whole = load_text_folder(folder).digest
    (folder / "model.safetensors").unlink()
    network(0).save_pretrained(folder, max_shard_size="20KB")
    assert (folder / "model.safetensors.index.json").is_file()
    assert load_text_folder(folder).digest == whole


def test_beside_pickled_weights_the_safe_ones_are_read(folder: Path) -> None:
    whole = load_text_folder(folder).digest
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04no pickle is read")
    assert load_text_folder(folder).digest == whole


def test_half_precision_is_computed_in_float32(folder: Path) -> None:
    network(0).to(torch.bfloat16).save_pretrained(folder)
    assert load_text_folder(folder).network.dtype == torch.float32


def test_what_a_version_was_trained_on_is_known(folder: Path) -> None:
    np.savez(folder / SEEN, keys=TEXTS.keys[:3], contents=TEXTS.digests[5:7, 0])
    (folder / RECORD).write_text('{"seed": 3}')
    model = load_text_folder(folder)
    assert model.trained_on(TEXTS.keys).tolist() == [True] * 3 + [False] * 17
    assert np.flatnonzero(model.familiar(TEXTS)).tolist() == [5, 6]
    assert model.training_record == {"seed": 3}


def cut_off(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-500])


def without_a_shard(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    network(0).save_pretrained(folder, max_shard_size="20KB")
    next(folder.glob("model-00002-*")).unlink()


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def encoder_alone(folder: Path) -> None:
    network(0).bert.save_pretrained(folder)


def another_size(folder: Path) -> None:
    change_weights(
        folder, lambda weights: weights.update({"classifier.weight": torch.zeros(3, 32)})
    )


def unpadded(folder: Path) -> None:
    change(folder / "tokenizer_config.json", pad_token=None)
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"padding": None}))


def config(**values: Any) -> Callable[[Path], None]:
    return lambda folder: change(folder / "config.json", **values)


def content(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_off, "cannot be loaded as a transformers classifier"),
        (content("model.safetensors", b"no weights at all"), "cannot be loaded as a transf"),
        (without_a_shard, "cannot be loaded .*/model-00002"),
        (pickled, "holds pickled weights, and loading those runs whatever code they hold"),
        (lambda folder: (folder / "model.safetensors").unlink(), "holds no weights; write it"),
        (encoder_alone, "is no classifier but BertModel; fine-tune it"),
        (
            lambda folder: change_weights(folder, lambda held: held.pop("classifier.bias")),
            r"holds no weights for classifier.bias, which would be drawn by chance",
        ),
        (another_size, "holds weights of another size than config.json says for classifier.weig"),
        (config(auto_map={"AutoConfig": "own.Config"}), "built by code that lies in the folder"),
        (
            lambda folder: change(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": 1}),
            "built by code that lies in the folder",
        ),
        (config(model_type="strange"), "cannot be loaded as a transformers classifier"),
        (config(problem_type="multi_label_classification"), "a text may have several classes"),
        (config(id2label={"0": "a", "1": "a"}, label2id={"a": 1}), "name each class once"),
        (lambda folder: network(0, classes=1).save_pretrained(folder), "a regression and not a"),
        (content("config.json", b"{"), r"config.json: cannot be read; copy or write the folder"),
        (content("config.json", b"[]"), r"config.json: cannot be read; copy or write the folder"),
        (content("tokenizer.json", b"{"), "cannot be loaded as a transformers classifier"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "holds no tokenizer; write it"),
        (
            unpadded,
            "its tokenizer has no padding token, so that texts cannot pass together; set",
        ),
        (content("adapter_config.json", b"{}"), r"holds an adapter, .* merge_and_unload\(\)"),
        (content(RECORD, b"[1"), "which say what it was trained on, cannot be read"),
        (content(RECORD, b"[]"), "which say what it was trained on, cannot be read"),
        (content(SEEN, b"PK\x03\x04"), "which say what it was trained on, cannot be read"),
        (content(SEEN, b""), "which say what it was trained on, cannot be read"),
        (
            lambda folder: np.savez(folder / SEEN, keys=np.array([object()])),
            "which say what it was trained on, cannot be read",
        ),
    ],
)
def test_what_is_no_safe_and_whole_classifier_is_refused(
    folder: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(folder)
    with pytest.raises(SubjectError, match=said) as told:
        load_model(folder)
    assert "\n" not in str(told.value)


def test_a_folder_of_an_adapter_alone_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(SubjectError, match="holds an adapter"):
        load_model(tmp_path)


def test_nothing_is_said_while_a_folder_is_loaded_or_asked(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging

    level = logging.get_verbosity()
    capfd.readouterr()
    load_text_folder(folder).predict(reviews(3, 0, words=200).texts)
    assert capfd.readouterr() == ("", "")
    assert logging.get_verbosity() == level
    assert logging.is_progress_bar_enabled()
