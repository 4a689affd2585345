import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import SubjectError
from audit.inputs import Feature, Kind
from audit.models.tables import TableModel
from audit.training.splits import held_back
from audit.training.tables import train_tables
from tests.audit.training.applications import (
    QUICK,
    Applications,
    applications,
    trained,
    weights,
)

ROWS = applications(300)


def shuffled(given: Applications, order: Any) -> Applications:
    return Applications(
        inputs=given.inputs.take(np.array(order)),
        labels=given.labels[order],
        levels=given.levels[order],
    )


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    for given_ in (QUICK, replace(QUICK, folds=2)):
        first = weights(trained(ROWS, given_))
        torch.manual_seed(3)
        torch.rand(5)
        assert weights(trained(ROWS, given_)) == first
        assert weights(trained(ROWS, replace(given_, seed=1))) != first


@settings(max_examples=5)
@given(order=st.permutations(range(300)))
def test_the_order_of_the_rows_changes_no_weight(order: list[int]) -> None:
    short = replace(QUICK, epochs=2, folds=2)
    assert weights(trained(shuffled(ROWS, order), short)) == weights(trained(ROWS, short))


def test_training_leaves_torch_as_it_was() -> None:
    threads = torch.get_num_threads()
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    trained(ROWS)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()

    def stop(_what: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(ROWS, progress=stop)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_it_learns_what_the_rows_say() -> None:
    model = trained(applications(1500), replace(QUICK, epochs=30))
    new = applications(4000, seed=1, first=10_000)
    found = model.predict(new.inputs)
    truth = 1 / (
        1 + np.exp(-((new.inputs.values[:, 0] - 45) / 4 + 1.5 * (new.inputs.values[:, 1] == 2)))
    )
    assert np.abs(found[:, 1] - truth).mean() < 0.05


def test_every_epoch_of_every_fold_is_shuffled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    orders: list[tuple[int, ...]] = []
    shuffle = torch.randperm

    def kept(rows: int) -> torch.Tensor:
        order = shuffle(rows)
        orders.append(tuple(order[order < 100].tolist()))
        return order

    monkeypatch.setattr(torch, "randperm", kept)
    trained(ROWS, replace(QUICK, epochs=4, folds=2, patience=None))
    assert len(set(orders)) == len(orders) == 8


def test_three_classes_are_learnt() -> None:
    three = np.digitize(ROWS.inputs.values[:, 0], [42, 52]).astype(np.int64)
    model = train_tables(
        ROWS.inputs, three, classes=("a", "b", "c"), settings=replace(QUICK, epochs=40)
    )
    assert (model.predict(ROWS.inputs).argmax(axis=1) == three).mean() > 0.9


def test_balanced_classes_count_alike() -> None:
    rare = (ROWS.inputs.values[:, 0] > np.quantile(ROWS.inputs.values[:, 0], 0.9)).astype(np.int64)
    noise = np.random.default_rng(0).random(300) < 0.3
    labels = np.where(noise, 0, rare)
    given_ = Applications(inputs=ROWS.inputs, labels=labels, levels=ROWS.levels)
    plain = trained(given_, QUICK).predict(ROWS.inputs)[:, 1].mean()
    even = (
        trained(given_, replace(QUICK, class_weight="balanced")).predict(ROWS.inputs)[:, 1].mean()
    )
    assert plain < 0.15
    assert even > 0.3


def test_the_loss_that_says_when_to_stop_is_weighted_as_the_training_is(tmp_path: Path) -> None:
    uneven = replace(ROWS, labels=(ROWS.inputs.values[:, 0] > 58).astype(np.int64))
    even = replace(QUICK, class_weight="balanced")
    found = trained(uneven, even, folder=tmp_path).predict(ROWS.inputs)
    back = held_back(ROWS.inputs.keys, even.validation, even.seed, 0)
    weight = (1 / np.bincount(uneven.labels[~back]))[uneven.labels]
    losses = -np.log(found[np.arange(300), uneven.labels])
    [told] = json.loads((tmp_path / "training.json").read_text())["networks"]
    best = told["curves"]["validation_loss"][told["best_epoch"] - 1]
    assert best == pytest.approx(np.average(losses[back], weights=weight[back]), rel=1e-5)
    assert told["validation_log_loss"] == pytest.approx(losses[back].mean(), rel=1e-5)
    assert best != pytest.approx(losses[back].mean(), rel=1e-2)


def test_it_stops_when_the_validation_loss_is_no_better_and_keeps_the_best(tmp_path: Path) -> None:
    lucky = np.random.default_rng(0).integers(0, 2, 300)
    given_ = Applications(inputs=ROWS.inputs, labels=lucky, levels=ROWS.levels)
    trained(given_, replace(QUICK, epochs=200, patience=4), folder=tmp_path)
    [told] = json.loads((tmp_path / "training.json").read_text())["networks"]
    losses = told["curves"]["validation_loss"]
    assert told["epochs"] == len(losses) == told["best_epoch"] + 4 < 200
    assert losses[told["best_epoch"] - 1] == min(losses)
    assert told["validation_log_loss"] == pytest.approx(min(losses), rel=1e-6)


def test_without_validation_rows_all_epochs_are_trained(tmp_path: Path) -> None:
    trained(ROWS, replace(QUICK, epochs=9, patience=1, validation=0.0), folder=tmp_path)
    [told] = json.loads((tmp_path / "training.json").read_text())["networks"]
    assert (told["epochs"], told["best_epoch"], told["validation_rows"]) == (9, 9, 0)


def test_a_level_that_was_never_seen_and_a_missing_value_are_answered() -> None:
    model = trained(ROWS)
    region = Feature(name="region", kind=Kind.CATEGORY, levels=("south",))
    features = (ROWS.inputs.features[0], region, ROWS.inputs.features[2])
    strange = replace(ROWS.inputs.take(slice(0, 3)), features=features)
    strange = strange.having(
        np.array([[50.0, 0, 9e9], [np.nan, np.nan, np.nan], [-1e9, 0, np.nan]])
    )
    assert np.isfinite(model.predict(strange)).all()
    unknown, missing = (
        strange.take(slice(0, 1)),
        strange.take(slice(0, 1)).changed("region", np.nan),
    )
    assert np.array_equal(model.predict(unknown), model.predict(missing))  # neither was ever seen


def test_a_missing_value_says_what_it_said_in_training() -> None:
    rng = np.random.default_rng(0)
    values = ROWS.inputs.values.copy()
    gone = rng.random(300) < 0.4
    values[:, 2] = np.where(gone, np.nan, 1000 + rng.standard_normal(300))
    given_ = Applications(
        inputs=ROWS.inputs.having(values), labels=gone.astype(np.int64), levels=ROWS.levels
    )
    long = replace(QUICK, epochs=60, weight_decay=0.0)
    found = trained(given_, long).predict(given_.inputs)[:, 1]
    assert found[gone].min() > 0.8
    assert found[~gone].max() < 0.2


def test_progress_knows_its_total_and_reaches_it() -> None:
    calls: list[tuple[str, int, int]] = []
    trained(
        ROWS,
        replace(QUICK, epochs=50, patience=1, folds=3),
        progress=lambda what, done, total: calls.append((what, done, total)),
    )
    assert {total for _, _, total in calls} == {150}
    assert [done for _, done, _ in calls] == sorted(done for _, done, _ in calls)
    assert calls[0][:2] == ("fold 1 of 3", 1)
    assert calls[-1] == ("fold 3 of 3", 150, 150)


def test_the_record_says_how_the_model_came_to_be(tmp_path: Path) -> None:
    model = trained(
        ROWS,
        replace(QUICK, folds=3, seed=11),
        folder=tmp_path,
        data_digest="ab12",
        levels=ROWS.levels,
        names=("first", "second"),
    )
    told = json.loads((tmp_path / "training.json").read_text())
    assert told["seed"] == 11
    assert told["hyperparameters"]["hidden"] == [8]
    assert told["data"] == {
        "digest": "ab12",
        "rows": 300,
        "classes": {"no": int((ROWS.labels == 0).sum()), "yes": int(ROWS.labels.sum())},
        "levels": {"first": int((ROWS.levels == 0).sum()), "second": int(ROWS.levels.sum())},
        "without_level": 0,
    }
    assert told["versions"]["torch"] == torch.__version__
    assert {"numpy", "fairlearn"} <= told["versions"].keys()
    assert told["seconds"] > 0
    assert len(told["networks"]) == 3
    assert all(len(each["curves"]["train_loss"]) == each["epochs"] for each in told["networks"])
    found = model.predict(ROWS.inputs)
    own = found[np.arange(300), ROWS.labels]
    assert told["metrics"]["out_of_fold"]["log_loss"] == pytest.approx(-np.log(own).mean())
    right = (found.argmax(axis=1) == ROWS.labels).mean()
    assert told["metrics"]["out_of_fold"]["accuracy"] == pytest.approx(right)
    assert TableModel.load(tmp_path).digest == model.digest


def test_curves_are_there_for_tensorboard(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (tmp_path / "runs" / "fold-1").mkdir(parents=True)
    (tmp_path / "runs" / "fold-1" / "events.out.tfevents.1.old").write_bytes(b"old")
    (tmp_path / "runs" / "notes.txt").write_text("mine")
    trained(ROWS, replace(QUICK, folds=2), folder=tmp_path)
    told = json.loads((tmp_path / "training.json").read_text())["networks"][0]
    shown = EventAccumulator(str(tmp_path / "runs" / "fold-1"))
    shown.Reload()
    points = shown.Scalars("loss/validation")
    assert [point.step for point in points] == list(range(1, told["epochs"] + 1))
    assert [p.value for p in points] == pytest.approx(told["curves"]["validation_loss"])
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == [
        "fold-1",
        "fold-2",
        "notes.txt",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model.json",
        "model.safetensors",
        "runs",
        "training.json",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": np.where(np.arange(300) < 2, -1, ROWS.labels)}, "but 2 of 300 have none"),
        ({"labels": np.full(300, 2)}, "but 300 of 300 have none"),
        ({"labels": np.ones(300, dtype=np.int64)}, "needs two classes, but 300 rows hold 1"),
        (
            {"labels": np.array([], dtype=np.int64), "inputs": ROWS.inputs.take(slice(0, 0))},
            "needs two classes, but 0 rows hold 0",
        ),
        (
            {
                "inputs": ROWS.inputs.having(
                    np.where(np.arange(900).reshape(300, 3) == 0, np.inf, 1.0)
                )
            },
            "needs finite numbers",
        ),
        (
            {"inputs": replace(ROWS.inputs, features=(), values=np.empty((300, 0)))},
            "needs at least one feature",
        ),
    ],
)
def test_rows_that_teach_nothing_are_refused(change: dict[str, Any], sentence: str) -> None:
    given_ = replace(ROWS, **change)
    with pytest.raises(SubjectError, match=sentence):
        trained(given_)


def test_a_training_that_runs_away_is_said() -> None:
    with pytest.raises(SubjectError, match=r"ran away in epoch .* lower the learning rate"):
        trained(ROWS, replace(QUICK, learning_rate=1e30))
