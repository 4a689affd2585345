"""What must a transformers folder hold before any of it is loaded?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from audit.errors import SubjectError

ADAPTER: Final = "adapter_config.json"
AGAIN: Final = "copy or write the folder once more"
_VOCABULARY: Final = ("tokenizer.json", "vocab.*", "*.model")
"""One of these is a tokenizer; without any, transformers makes one that knows no word."""


def refuse_contents(folder: Path) -> None:
    """Refuse what runs code, or is no classifier with its weights and tokenizer.

    Raises
    ------
    SubjectError
        With one sentence.

    """
    _refuse(folder, _adapter, _own_code, _no_weights, _no_classifier, _no_tokenizer)


def refuse_base(folder: Path) -> None:
    """Refuse what runs code, or is no network with its weights and tokenizer, classifier or not.

    Raises
    ------
    SubjectError
        With one sentence.

    """
    _refuse(folder, _no_folder, _adapter, _own_code, _no_weights, _no_tokenizer)


def _refuse(folder: Path, *problems: Callable[[Path], str]) -> None:
    """Raise the first problem that there is; the later ones read what the earlier have found."""
    for each in problems:
        if problem := each(folder):
            msg = f"{folder}: {problem}"
            raise SubjectError(msg)


def _no_folder(folder: Path) -> str:
    if not folder.is_dir():
        return "there is no such folder; name one that save_pretrained wrote"
    if not (folder / "config.json").is_file():
        return "is no folder of transformers, which has a config.json"
    return ""


def json_object(path: Path) -> dict[str, Any]:
    """Read a file that must hold one JSON object.

    Raises
    ------
    OSError, ValueError

    """
    said = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(said, dict):
        msg = f"{path}: must hold one JSON object"
        raise ValueError(msg)  # noqa: TRY004 - it is the file that is wrong
    return said


def _said(path: Path) -> dict[str, Any]:
    try:
        return json_object(path)
    except (OSError, ValueError) as problem:
        msg = f"{path}: cannot be read; {AGAIN}"
        raise SubjectError(msg) from problem


def _adapter(folder: Path) -> str:
    if not (folder / ADAPTER).is_file():
        return ""
    return (
        "holds an adapter, whose base lies elsewhere and may be another one; put them together "
        "with merge_and_unload() and write that with save_pretrained"
    )


def _own_code(folder: Path) -> str:
    reader = folder / "tokenizer_config.json"
    files = [folder / "config.json", *([reader] if reader.is_file() else [])]
    if not any(_said(each).get("auto_map") for each in files):
        return ""
    return (
        "is built by code that lies in the folder, which is never run; use a network and a "
        "tokenizer that transformers knows itself"
    )


def _no_weights(folder: Path) -> str:
    if any(folder.glob("*.safetensors")):
        return ""
    pickled = any(folder.glob("pytorch_model*.bin"))
    what = "holds pickled weights, and loading those runs whatever code they hold"
    return (
        f"{what if pickled else 'holds no weights'}; write it with save_pretrained, which writes "
        "safetensors"
    )


def _no_classifier(folder: Path) -> str:
    kinds = [str(each) for each in _said(folder / "config.json").get("architectures") or ()]
    if any(each.endswith("ForSequenceClassification") for each in kinds):
        return ""
    return (
        f"is no classifier but {', '.join(kinds) or 'of no kind that it names'}; fine-tune it with "
        "`audit train`, where train.base names it"
    )


def _no_tokenizer(folder: Path) -> str:
    if any(path for name in _VOCABULARY for path in folder.glob(name)):
        return ""
    return "holds no tokenizer; write it there with tokenizer.save_pretrained"
