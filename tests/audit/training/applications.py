"""Small tables of which the truth is known, to train on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.draws import keys_of
from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.models.tables import TableModel
from audit.training.settings import TableSettings
from audit.training.tables import train_tables

FEATURES = (
    Feature(name="income"),
    Feature(name="region", kind=Kind.CATEGORY, levels=("east", "north", "west")),
    Feature(name="debt"),
)
QUICK = TableSettings(epochs=6, hidden=(8,), batch_size=32, learning_rate=1e-2)


@dataclass(frozen=True, kw_only=True)
class Applications:
    inputs: Inputs
    labels: NDArray[np.int64]
    levels: NDArray[np.int64]


def applications(rows: int = 300, *, seed: int = 0, first: int = 0) -> Applications:
    """Income and a region decide; a tenth of the debts is missing; group 1 earns less."""
    rng = np.random.default_rng(seed)
    levels = (rng.random(rows) < 0.4).astype(np.int64)
    income = 50 + 10 * rng.standard_normal(rows) - 8 * levels
    region = rng.integers(0, 3, rows)
    debt = rng.exponential(2000, rows)
    debt[rng.random(rows) < 0.1] = np.nan
    logit = (income - 45) / 4 + 1.5 * (region == 2)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.int64)
    return Applications(
        inputs=Inputs(
            features=FEATURES,
            values=np.column_stack([income, region, debt]),
            keys=keys_of(map(str, range(first, first + rows))),
        ),
        labels=labels,
        levels=levels,
    )


def trained(given: Applications, settings: TableSettings = QUICK, **how: Any) -> TableModel:
    return train_tables(given.inputs, given.labels, classes=("no", "yes"), settings=settings, **how)


def weights(model: TableModel) -> bytes:
    return model.files()["model.safetensors"]


def by_network(model: TableModel, part: int, inputs: Inputs) -> Matrix:
    """Ask one part of the model without its routing."""
    import torch

    logits = model.logits(part)(torch.as_tensor(model.represent(inputs).values))
    found: Matrix = torch.softmax(logits, dim=1).detach().numpy()
    return found
