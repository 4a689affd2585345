"""A transformers folder as a model of texts: only safetensors, and no code from the folder."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from audit.draws import Keys
from audit.errors import SubjectError
from audit.models.quiet import quiet_transformers
from audit.models.text_contents import ADAPTER, AGAIN, json_object, refuse_contents
from audit.models.text_fit import classes_of, max_length, refuse_unfit, unwrapped
from audit.models.text_gradients import DifferentiableTextModel
from audit.models.text_model import TextModel
from audit.packages import needing

RECORD: Final = "training.json"
SEEN: Final = "trained_on.npz"
"""Keys of the units, and digests of the texts, that a version was trained on."""


def is_text_folder(folder: Path) -> bool:
    """Say whether a folder is one of transformers."""
    return (folder / "config.json").is_file() or (folder / ADAPTER).is_file()


def load_text_folder(folder: Path) -> TextModel:
    """Load a classifier and its tokenizer, in float32, onto the accelerator if there is one.

    Raises
    ------
    SubjectError
        If it holds pickled weights, needs code of its own, is no classifier, or is damaged.
    PackageMissingError
        If transformers is not installed.

    """
    refuse_contents(folder)
    history = _history(folder)
    with needing("a model of texts"):
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(folder, **local)
            network, found = AutoModelForSequenceClassification.from_pretrained(
                folder,
                use_safetensors=True,
                dtype=torch.float32,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                **local,
            )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as problem:
        msg = f"{folder}: cannot be loaded as a transformers classifier ({_short(problem)})"
        raise SubjectError(msg) from problem
    _refuse_drawn_weights(folder, found)
    if torch.cuda.is_available():
        network = network.to("cuda")
    return text_model(network, tokenizer, history=history, who=str(folder))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class History:
    """How a version came to be, as far as its folder says."""

    record: dict[str, Any] = field(default_factory=dict)
    keys: Keys = field(default_factory=lambda: np.empty(0, np.uint64))
    contents: Keys = field(default_factory=lambda: np.empty(0, np.uint64))


def text_model(
    network: Any,  # noqa: ANN401 - transformers types say little
    tokenizer: Any,  # noqa: ANN401
    *,
    history: History | None = None,
    who: str = "",
) -> TextModel:
    """Put a network and its tokenizer together, with what is known of how they came to be.

    Raises
    ------
    SubjectError
        If they are no classifier of texts.

    """
    network = unwrapped(network)
    refuse_unfit(network, tokenizer, who or f"the {type(network).__name__}")
    history = history or History()
    parts: dict[str, Any] = {
        "network": network,
        "tokenizer": tokenizer,
        "classes": classes_of(network.config),
        "max_length": max_length(network, tokenizer),
        "keys": history.keys,
        "contents": history.contents,
        "training_record": history.record,
    }
    found = DifferentiableTextModel(**parts)
    return found if found.answers_vectors() else TextModel(**parts)


def _history(folder: Path) -> History:
    try:
        record = json_object(folder / RECORD) if (folder / RECORD).is_file() else {}
        if not (folder / SEEN).is_file():
            return History(record=record)
        with np.load(folder / SEEN, allow_pickle=False) as kept:
            return History(record=record, keys=kept["keys"], contents=kept["contents"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        msg = (
            f"{folder}: {RECORD} or {SEEN}, which say what it was trained on, cannot be read; "
            f"{AGAIN}"
        )
        raise SubjectError(msg) from problem


def _refuse_drawn_weights(folder: Path, found: Mapping[str, Any]) -> None:
    """Refuse weights that transformers draws by chance, where the files do not hold them."""
    other = sorted(str(name) for name, *_ in found["mismatched_keys"])
    if lacking := other or sorted(found["missing_keys"]):
        what = "weights of another size than config.json says" if other else "no weights"
        msg = (
            f"{folder}: holds {what} for {', '.join(lacking[:3])}, which would be drawn by chance; "
            "write it with save_pretrained after it was trained"
        )
        raise SubjectError(msg)


def _short(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200]
