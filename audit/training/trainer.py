"""A copy of a model, trained on other rows."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Inputs
from audit.models.tables import TableModel
from audit.training.settings import TableSettings
from audit.training.tables import train_tables


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

    def train(self, inputs: Inputs, labels: NDArray[np.int64], *, seed: int) -> TableModel:
        """Train a copy on other rows, which may have other features."""
        alone = replace(self.settings, folds=None, mitigation=None, seed=seed)
        return train_tables(inputs, labels, classes=self.classes, settings=alone)
