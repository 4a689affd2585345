"""What `training.json` says of a model of texts: how it came to be."""

import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from audit.texts import joined
from audit.training.texts.course import Taught
from audit.training.texts.examples import Labelled, TextExamples
from audit.training.texts.pretrained import Base
from audit.training.texts.processes import processes
from audit.training.texts.settings import TextSettings
from audit.training.texts.splits import Parts

_DECIDE: Final = ("torch", "transformers", "accelerate", "peft", "tokenizers")
_TOLD: Final = ("release-audit", *_DECIDE, "numpy")


def record_of(  # noqa: PLR0913 - a training has this many sides
    taught: Taught,
    *,
    examples: TextExamples,
    parts: Parts,
    settings: TextSettings,
    base: Base,
    fingerprint: str,
    folder: Path | None,
    seconds: float,
) -> dict[str, Any]:
    """Return what is to be told of a training."""
    told, classes = taught.told, examples.classes
    curves = {name: held for name, held in told["curves"].items() if name != "train_loss"}
    best = told["best_epoch"] - 1
    return {
        "fingerprint": fingerprint,
        "data": {
            "digest": examples.data_digest,
            "rows": len(examples.rows),
            "classes": _counts(examples.rows, classes),
            "fit": _counts(parts.fit, classes),
            "validation": {} if parts.held is None else _counts(parts.held, classes),
            "validation_left_out": parts.left_out,
            **_reading(taught, parts),
        },
        "base": {"digest": base.digest, "path": _relative(base.folder, folder)},
        "seed": settings.seed,
        "hyperparameters": settings.to_dict() | {"base": base.folder.name},
        "versions": versions(_TOLD),
        "machine": machine(settings),
        "metrics": {name: held[best] for name, held in curves.items()},
        "seconds": seconds,
        **told,
    }


def versions(names: tuple[str, ...] = _DECIDE) -> dict[str, str]:
    """Return the versions of the packages that decide the weights."""
    return {name: _version(name) for name in names}


def machine(settings: TextSettings) -> dict[str, Any]:
    """Return where it is trained; another machine gives slightly other weights."""
    import torch

    gpu = torch.cuda.is_available()
    half = gpu and settings.mixed_precision
    bf16 = half and torch.cuda.is_bf16_supported()
    return {
        "device": torch.cuda.get_device_name(0) if gpu else "cpu",
        "precision": "bf16" if bf16 else "fp16" if half else "fp32",
        "processes": processes(),
        "threads": torch.get_num_threads(),
    }


def _reading(taught: Taught, parts: Parts) -> dict[str, float]:
    """Say what share of the texts is cut off, and of the tokens unknown."""
    texts = [parts.fit.texts] + ([] if parts.held is None else [parts.held.texts])
    values = [*joined(texts).values]
    found = taught.tokenizer(values, add_special_tokens=False, truncation=False, verbose=False)
    lengths = np.array([len(ids) for ids in found["input_ids"]])
    unknown = sum(ids.count(taught.tokenizer.unk_token_id) for ids in found["input_ids"])
    most = taught.tokenizer.model_max_length - taught.tokenizer.num_special_tokens_to_add()
    return {
        "truncated_share": float((lengths > most).mean()),
        "unknown_share": float(unknown / max(lengths.sum(), 1)),
    }


def _counts(part: Labelled, classes: tuple[str, ...]) -> Mapping[str, int]:
    held = np.bincount(part.labels, minlength=len(classes))
    return {name: int(n) for name, n in zip(classes, held, strict=True)}


def _relative(base: Path, folder: Path | None) -> str:
    """Return the way from a version to its base, so that both can move together."""
    where = base.resolve()
    return str(where) if folder is None else os.path.relpath(where, folder.resolve())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
