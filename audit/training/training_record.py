"""What `training.json` says: how a model came to be."""

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from audit.models.table_folder import DESCRIPTION, read_record
from audit.models.tables import TableModel
from audit.training.examples import Examples
from audit.training.settings import TableSettings

_VERSIONS: Final = ("release-audit", "torch", "numpy", "fairlearn")
_SMALLEST: Final = 1e-300
"""A probability below it counts as this one, so that the log loss stays a number."""


def record_of(
    model: TableModel,
    examples: Examples,
    settings: TableSettings,
    networks: list[dict[str, Any]],
    seconds: float,
) -> dict[str, Any]:
    """Return what is to be told of a training.

    `out_of_fold` is how the rows are answered, each by the network that never saw it.
    """
    return {
        "fingerprint": examples.fingerprint(settings),
        "data": {
            "digest": examples.data_digest,
            "rows": len(examples),
            "classes": _counts(examples.labels, examples.classes),
            "levels": {} if examples.levels is None else _counts(examples.levels, examples.names),
            "without_level": 0 if examples.levels is None else int((examples.levels < 0).sum()),
        },
        "seed": settings.seed,
        "hyperparameters": settings.to_dict(),
        "versions": {name: _version(name) for name in _VERSIONS},
        "metrics": {"out_of_fold": _answered(model, examples)} if settings.folds else {},
        "networks": networks,
        "seconds": seconds,
    }


def write_ready(record: dict[str, Any]) -> bytes:
    """Return the bytes of the file."""
    return (json.dumps(record, indent=1, allow_nan=False) + "\n").encode()


def is_finished(folder: Path, fingerprint: str) -> bool:
    """Say whether the folder holds the whole model of this very training."""
    held = read_record(folder)
    return (folder / DESCRIPTION).is_file() and held.get("fingerprint") == fingerprint


def _answered(model: TableModel, examples: Examples) -> dict[str, float]:
    probabilities = model.predict(examples.inputs)
    own = probabilities[np.arange(len(examples)), examples.labels]
    return {
        "log_loss": float(-np.log(np.maximum(own, _SMALLEST)).mean()),
        "accuracy": float((probabilities.argmax(axis=1) == examples.labels).mean()),
    }


def _counts(places: np.ndarray[Any, np.dtype[np.int64]], names: tuple[str, ...]) -> dict[str, int]:
    return {name: int((places == place).sum()) for place, name in enumerate(names)}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
