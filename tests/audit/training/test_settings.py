import json
from typing import Any

import pytest

from audit import ConfigError
from audit.training.settings import TableSettings


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"epochs": 0}, "train.epochs: must be at least 1, but got 0"),
        ({"batch_size": 0}, "train.batch_size"),
        ({"learning_rate": 0.0}, "train.learning_rate: must be above 0"),
        ({"learning_rate": float("nan")}, "train.learning_rate"),
        ({"weight_decay": -1.0}, "train.weight_decay"),
        ({"dropout": 1.0}, "train.dropout"),
        ({"hidden": (4, 0)}, "train.hidden"),
        ({"patience": 0}, "train.patience"),
        ({"validation": 1.0}, "train.validation"),
        ({"folds": 1}, "train.folds: must be at least 2 or None"),
        ({"grid_size": 1}, "train.grid_size"),
        ({"grid_limit": 0.0}, "train.grid_limit"),
        ({"constraint_weight": 1.5}, "train.constraint_weight"),
        ({"constraint": "parity"}, "train.constraint: must be one of demographic_parity, "),
        ({"mitigation": "grid_search", "class_weight": "balanced"}, "leave one of the two out"),
    ],
)
def test_what_cannot_be_trained_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        TableSettings(**given)


def test_settings_come_back_from_their_json() -> None:
    made = TableSettings(folds=5, hidden=(9, 3, 2), patience=None, seed=4)
    assert TableSettings.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert TableSettings.from_dict({"later": 1}) == TableSettings()
