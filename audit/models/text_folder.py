"""A transformers folder as a model of texts: only safetensors, and no code from the folder."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from audit.errors import SubjectError
from audit.models.text_model import TextModel
from audit.packages import needing

RECORD: Final = "training.json"
SEEN: Final = "trained_on.npz"
"""Keys of the units, and digests of the texts, that a version was trained on."""
_MOST_TOKENS: Final = 512
"""That are read of a text where neither tokenizer nor network says it."""


def is_text_folder(folder: Path) -> bool:
    """Say whether a folder is one of transformers."""
    return (folder / "config.json").is_file()


def load_text_folder(folder: Path) -> TextModel:
    """Load a classifier and its tokenizer.

    Raises
    ------
    SubjectError
        If it holds pickled weights, needs code of its own, is no classifier, or is damaged.
    PackageMissingError
        If transformers is not installed.

    """
    said = _config(folder)
    _refuse_unfit(folder, said)
    with needing("a model of texts"):
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network = AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, RuntimeError) as problem:
        msg = f"{folder}: cannot be loaded as a transformers classifier ({_short(problem)})"
        raise SubjectError(msg) from problem
    return text_model(network, tokenizer, folder)


def text_model(network: Any, tokenizer: Any, folder: Path | None = None) -> TextModel:  # noqa: ANN401
    """Put a network and its tokenizer together; a folder may say how they came to be."""
    import torch

    record, keys, contents = {}, np.empty(0, np.uint64), np.empty(0, np.uint64)
    if folder is not None and (folder / RECORD).is_file():
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    if folder is not None and (folder / SEEN).is_file():
        with np.load(folder / SEEN, allow_pickle=False) as kept:
            keys, contents = kept["keys"], kept["contents"]
    if torch.cuda.is_available():
        network = network.to("cuda")
    return TextModel(
        network=network,
        tokenizer=tokenizer,
        classes=classes_of(network.config),
        max_length=_max_length(network.config, tokenizer),
        keys=keys,
        contents=contents,
        training_record=record,
    )


def classes_of(config: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return the classes in the order of the logits; unnamed ones are their numbers."""
    names = [str(config.id2label[place]) for place in range(config.num_labels)]
    unnamed = [f"LABEL_{place}" for place in range(len(names))]
    return tuple(map(str, range(len(names)))) if names == unnamed else tuple(names)


def _max_length(config: Any, tokenizer: Any) -> int:  # noqa: ANN401
    positions = getattr(config, "max_position_embeddings", None) or _MOST_TOKENS
    return int(min(tokenizer.model_max_length, positions))


def _config(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        msg = f"{folder / 'config.json'}: cannot be read; copy or write the folder once more"
        raise SubjectError(msg) from problem
    return said if isinstance(said, dict) else {}


def _refuse_unfit(folder: Path, said: dict[str, Any]) -> None:
    if said.get("auto_map"):
        msg = (
            f"{folder}: is built by code that lies in the folder, which is never run; use a "
            "network that transformers knows itself"
        )
        raise SubjectError(msg)
    if not any(folder.glob("*.safetensors")):
        pickled = any(folder.glob("pytorch_model*.bin"))
        what = "holds pickled weights, and loading those runs whatever code they hold"
        msg = (
            f"{folder}: {what if pickled else 'holds no weights'}; write it with "
            "save_pretrained, which writes safetensors"
        )
        raise SubjectError(msg)
    kinds = [str(each) for each in said.get("architectures") or ()]
    if not any(each.endswith("ForSequenceClassification") for each in kinds):
        msg = (
            f"{folder}: is no classifier but {', '.join(kinds) or 'of no kind that it names'}; "
            "fine-tune it with `audit train`, where train.base names it"
        )
        raise SubjectError(msg)


def _short(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200]
