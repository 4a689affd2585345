from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audit.inputs import Feature
from audit.models.tables import TableModel
from audit.predictors import Trains
from audit.training.known import trainer_of
from audit.training.trainer import TableTrainer
from tests.audit.training.applications import QUICK, applications, trained, weights

ROWS = applications(200)


def test_a_copy_is_trained_on_other_features_as_one_network() -> None:
    trainer: Trains = TableTrainer(
        settings=replace(QUICK, folds=3, mitigation="grid_search"), classes=("no", "yes")
    )
    wider = replace(
        ROWS.inputs,
        features=(*ROWS.inputs.features, Feature(name="mark")),
        values=np.column_stack([ROWS.inputs.values, ROWS.labels]),
    )
    first = trainer.train(wider, ROWS.labels, seed=1)
    assert first.features == wider.features
    assert (first.protocol, first.classes) == ("one network", ("no", "yes"))
    assert first.digest == trainer.train(wider, ROWS.labels, seed=1).digest
    assert first.digest != trainer.train(wider, ROWS.labels, seed=2).digest


def test_a_folder_says_how_copies_of_its_model_are_trained(tmp_path: Path) -> None:
    model = trained(ROWS, replace(QUICK, seed=5), folder=tmp_path)
    trainer = trainer_of(TableModel.load(tmp_path))
    assert isinstance(trainer, TableTrainer)
    assert trainer.settings == replace(QUICK, seed=5)
    assert weights(trainer.train(ROWS.inputs, ROWS.labels, seed=5)) == weights(model)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_folder_that_does_not_say_it_trains_no_copies(
    tmp_path: Path, content: str | None
) -> None:
    trained(ROWS, folder=tmp_path)
    (tmp_path / "training.json").unlink()
    if content is not None:
        (tmp_path / "training.json").write_text(content)
    assert trainer_of(TableModel.load(tmp_path)) is None
