from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audit import SubjectError
from audit.inputs import Feature
from audit.predictors import Trains
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
    trainer = TableTrainer.of(tmp_path, model.classes)
    assert trainer.settings == replace(QUICK, seed=5)
    assert weights(trainer.train(ROWS.inputs, ROWS.labels, seed=5)) == weights(model)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"hyperparameters": 1}'])
def test_a_folder_that_does_not_say_it_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "training.json").write_text(content)
    with pytest.raises(SubjectError, match="must say in training.json how the model was trained"):
        TableTrainer.of(tmp_path, ("no", "yes"))
