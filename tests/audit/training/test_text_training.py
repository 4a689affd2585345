"""What each method trains, what is drawn to learn from, and what a version says of itself."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.errors import ConfigError, SubjectError
from audit.models.cached import Cached
from audit.models.text_folder import RECORD, load_text_folder
from audit.models.text_model import TextModel
from audit.training.known import text_trainer_of, training_of
from audit.training.texts.examples import Labelled
from audit.training.texts.settings import TextSettings
from fixtures.planted.texts import Reviews, reviews
from tests.audit.training.reviewing import CLASSES, ROWS, base, learnable, trained, weights

HELD = reviews(200, 8)
METHODS = ("full", "last_layers", "lora", "head")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TextSettings:
    return base(tmp_path_factory.mktemp("base"))


def accuracy(model: Any, rows: Reviews = HELD) -> float:
    return float((model.predict(rows.texts).argmax(axis=1) == rows.labels).mean())


def moved(first: dict[str, bytes], second: dict[str, bytes]) -> set[str]:
    return {name for name in first if first[name] != second[name]}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_trains_its_own_weights_alone(
    method: Any, settings: TextSettings, tmp_path: Path
) -> None:
    given = replace(settings, method=method, epochs=1, learning_rate=1e-2)
    one = trained(given, folder=tmp_path / "one")
    other = trained(replace(given, learning_rate=2e-2))
    names = moved(weights(one), weights(other))
    inside = {name for name in names if "encoder.layer" in name}
    assert any("classifier" in name for name in names)
    assert bool(inside) == (method != "head")
    assert any("embeddings" in name for name in names) == (method == "full")
    if method == "lora":
        assert all(name.endswith("weight") and "LayerNorm" not in name for name in inside)
        assert not [*(tmp_path / "one").glob("adapter*")]
    told = json.loads((tmp_path / "one" / RECORD).read_text())
    assert 0 < told["trained_parameters"] <= told["parameters"]
    assert told["hyperparameters"]["method"] == method


def test_the_words_are_learned_and_the_version_is_a_plain_folder(
    settings: TextSettings, tmp_path: Path
) -> None:
    made = trained(learnable(settings), reviews(400, 1), folder=tmp_path)
    assert accuracy(made) > 0.95
    again = load_text_folder(tmp_path)
    assert again.digest == made.digest
    assert again.classes == CLASSES
    assert again.max_length == settings.max_length
    assert again.trained_on(reviews(400, 1).texts.keys).all()
    assert not again.trained_on(HELD.texts.keys).any()
    assert [*tmp_path.glob("runs/**/events*")] or [*tmp_path.rglob("events*")]


def test_the_same_seed_gives_the_same_weights_in_any_order(settings: TextSettings) -> None:
    order = np.random.default_rng(0).permutation(len(ROWS.labels))
    first, second = trained(settings), trained(settings, ROWS.take(order))
    assert first.digest == second.digest
    assert trained(replace(settings, seed=1)).digest != first.digest


def test_few_rows_of_each_class_are_learned_from(settings: TextSettings, tmp_path: Path) -> None:
    trained(replace(settings, per_class=10, epochs=1, validation=0.0), folder=tmp_path)
    said = json.loads((tmp_path / RECORD).read_text())
    assert said["data"]["fit"] == {"bad": 10, "good": 10}
    with pytest.raises(SubjectError, match=r"train\.per_class: must be at most the rows"):
        trained(replace(settings, per_class=1000))


def test_classes_count_alike_where_they_are_balanced(settings: TextSettings) -> None:
    rare = np.flatnonzero((ROWS.labels == 1) | (np.arange(160) % 8 == 0))
    rows = ROWS.take(rare)
    plain, balanced = (
        trained(replace(settings, epochs=2, class_weight=each), rows) for each in (None, "balanced")
    )
    bad = HELD.take(HELD.labels == 0).texts
    assert balanced.predict(bad)[:, 0].mean() > plain.predict(bad)[:, 0].mean()


def test_a_first_stage_on_masked_words_changes_the_encoder(
    settings: TextSettings, tmp_path: Path
) -> None:
    plain = reviews(120, 9).texts
    first = trained(replace(settings, method="head", epochs=1))
    given = replace(settings, method="head", epochs=1, pretrain="plain.txt")
    second = trained(given, unlabelled=plain, folder=tmp_path)
    assert any("encoder.layer" in name for name in moved(weights(first), weights(second)))
    told = json.loads((tmp_path / RECORD).read_text())["pretrain"]
    assert told["rows"] == 120
    assert np.isfinite(told["loss"]).all()


def test_the_best_epoch_is_kept_and_waiting_ends(settings: TextSettings, tmp_path: Path) -> None:
    given = replace(learnable(settings), epochs=12, patience=1, learning_rate=2e-2)
    trained(given, reviews(300, 1), folder=tmp_path)
    said = json.loads((tmp_path / RECORD).read_text())
    losses = said["curves"]["validation_log_loss"]
    assert said["best_epoch"] == int(np.argmin(losses)) + 1
    assert said["epochs"] < 12
    assert said["metrics"]["validation_log_loss"] == min(losses)


def test_a_validation_file_is_never_learned_from(settings: TextSettings, tmp_path: Path) -> None:
    beside = Labelled(texts=HELD.texts, labels=HELD.labels)
    given = replace(settings, epochs=1, validation="held.csv")
    trained(given, validation=beside, folder=tmp_path)
    said = json.loads((tmp_path / RECORD).read_text())
    assert sum(said["data"]["validation"].values()) == 200
    assert sum(said["data"]["fit"].values()) == 160
    same = Labelled(texts=ROWS.texts, labels=ROWS.labels)
    with pytest.raises(SubjectError, match="all 160 are among them"):
        trained(given, validation=same)


def test_a_copy_is_trained_from_the_base_that_the_version_names(
    settings: TextSettings, tmp_path: Path
) -> None:
    version = trained(learnable(settings), reviews(300, 1), folder=tmp_path / "version")
    found = load_text_folder(tmp_path / "version")
    trainer = text_trainer_of(Cached(found))
    assert trainer is not None
    copy = trainer.train(HELD.texts, HELD.labels, seed=3)
    assert copy.classes == version.classes
    assert accuracy(copy) > 0.8
    told = training_of(Cached(found))
    assert told is not None
    assert (told.rows, told.seed) == (300, 0)
    assert "full" in told.kind or "text" in told.kind


@pytest.mark.parametrize(
    ("learnt", "epochs", "copied", "repeated"),
    [
        pytest.param(480, 2, 40, 10, id="60 steps, 3 an epoch: 30"),
        pytest.param(200, 1, 40, 5, id="13 steps, 3 an epoch: 15"),
        pytest.param(200, 4, 200, 4, id="52 steps, 13 an epoch: as many epochs"),
    ],
)
def test_a_copy_of_few_rows_takes_as_many_steps_up_to_thirty(
    learnt: int, epochs: int, copied: int, repeated: int, settings: TextSettings, tmp_path: Path
) -> None:
    given = replace(settings, epochs=epochs, batch_size=16, validation=0.0)
    trained(given, reviews(learnt, 1), folder=tmp_path)
    trainer = text_trainer_of(load_text_folder(tmp_path))
    assert trainer is not None
    copy = trainer.train(HELD.texts.take(slice(copied)), HELD.labels[:copied], seed=3)
    assert isinstance(copy, TextModel)
    assert copy.training_record["epochs"] == repeated


def test_a_version_whose_base_is_gone_trains_no_copies(tmp_path: Path) -> None:
    given = base(tmp_path / "base")
    trained(replace(given, epochs=1), folder=tmp_path / "version")
    for each in (tmp_path / "base").iterdir():
        each.unlink()
    assert text_trainer_of(load_text_folder(tmp_path / "version")) is None


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("method", "all", "one of"),
        ("epochs", 0, "at least 1"),
        ("batch_size", 0, "at least 1"),
        ("learning_rate", 0.0, "above 0"),
        ("learning_rate", float("inf"), "above 0"),
        ("max_length", 2, "at least 8"),
        ("patience", 0, "at least 1 or None"),
        ("per_class", 0, "at least 1 or None"),
        ("validation", 1.0, r"in \[0, 1\)"),
        ("class_weight", "some", "balanced or None"),
        ("weight_decay", -1.0, "at least 0"),
        ("base", "", "the folder"),
    ],
)
def test_settings_that_cannot_be_trained_name_themselves(name: str, value: Any, rule: str) -> None:
    with pytest.raises(ConfigError, match=rf"train\.{name}: must be {rule}"):
        TextSettings(**{"base": "b", name: value})


def test_settings_survive_being_written() -> None:
    made = TextSettings(base="b", method="lora", per_class=3, seed=4)
    assert TextSettings.from_dict(json.loads(json.dumps(made.to_dict()))) == made


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.zeros(160, dtype=np.int64), "two classes"),
        (np.where(np.arange(160) < 2, -1, ROWS.labels), "2 of 160 have none"),
    ],
)
def test_labels_that_teach_nothing_are_refused(
    labels: Any, sentence: str, settings: TextSettings
) -> None:
    with pytest.raises(SubjectError, match=sentence):
        trained(settings, Reviews(texts=ROWS.texts, labels=labels))


def test_a_text_of_a_hundred_thousand_letters_is_cut_off_and_counted(
    settings: TextSettings, tmp_path: Path
) -> None:
    texts = ["dress " * 17_000, *ROWS.texts.values[1:]]
    trained(replace(settings, epochs=1), ROWS.with_texts(texts), folder=tmp_path)
    said = json.loads((tmp_path / RECORD).read_text())
    assert said["data"]["truncated_share"] == pytest.approx(1 / 160)


def test_memory_that_does_not_suffice_names_what_to_lower(
    settings: TextSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import Trainer

    def full(*_: Any, **__: Any) -> None:
        message = "CUDA out of memory."
        raise torch.OutOfMemoryError(message)

    monkeypatch.setattr(Trainer, "training_step", full)
    with pytest.raises(SubjectError, match=r"batch_size.*max_length|max_length.*batch_size"):
        trained(settings)
