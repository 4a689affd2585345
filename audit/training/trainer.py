"""A copy of a model, trained on other rows."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.inputs import Inputs
from audit.models.tables import TableModel
from audit.training.settings import TableSettings
from audit.training.tables import train_tables
from audit.training.training_record import read_record


@dataclass(frozen=True, kw_only=True, slots=True)
class TableTrainer:
    """Trains copies as the model under audit was trained: one network in memory, no mitigation.

    Attributes
    ----------
    settings : TableSettings
        Of the model under audit.
    classes : tuple of str

    """

    settings: TableSettings
    classes: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path | str, classes: tuple[str, ...]) -> Self:
        """Return the trainer of the model in a folder.

        Raises
        ------
        SubjectError
            If the folder does not say how its model was trained.

        """
        held = read_record(Path(folder)).get("hyperparameters")
        if not isinstance(held, dict):
            msg = f"{folder}: must say in training.json how the model was trained, but does not"
            raise SubjectError(msg)
        return cls(settings=TableSettings.from_dict(held), classes=classes)

    def train(self, inputs: Inputs, labels: NDArray[np.int64], *, seed: int) -> TableModel:
        """Train a copy on other rows, which may have other features."""
        alone = replace(self.settings, folds=None, mitigation=None, seed=seed)
        return train_tables(inputs, labels, classes=self.classes, settings=alone)
