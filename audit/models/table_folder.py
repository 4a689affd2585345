"""The folder of a model of tables: what it holds, and a sentence for whatever is wrong with it.

`model.json` describes the networks and is written last, so a folder that has one is whole;
`model.safetensors` holds the weights and the keys of the rows that were trained on; `training.json`
says how it was trained. Nothing in it can run code.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audit.errors import SubjectError
from audit.files import sha256_of, write_atomically
from audit.inputs import Feature, Kind
from audit.packages import needing

if TYPE_CHECKING:
    import torch

KIND: Final = "release-audit model of tables"
FORMAT: Final = 1
DESCRIPTION: Final = "model.json"
WEIGHTS: Final = "model.safetensors"
RECORD: Final = "training.json"

_PICKLES: Final = (b"PK\x03\x04", b"\x80")
"""How torch's own files and pickles begin; safetensors with the length of its header in 8 bytes,
which may look like them, and then a brace."""

_Size = Annotated[int, Field(ge=1, le=1_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeatureEntry(_Strict):
    """A feature, as `model.json` writes it."""

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()

    def feature(self) -> Feature:
        """Return what it describes."""
        return Feature(name=self.name, kind=self.kind, levels=self.levels)


class Description(_Strict):
    """What `model.json` says."""

    kind: Literal["release-audit model of tables"] = KIND
    format: Literal[1] = FORMAT
    protocol: str
    folds: Annotated[int, Field(ge=2, le=1000)] | None
    classes: Annotated[tuple[str, ...], Field(min_length=2)]
    hidden: tuple[_Size, ...]
    features: Annotated[tuple[FeatureEntry, ...], Field(min_length=1)]
    weights: str = ""
    """sha256 of the weights that it describes."""

    def bytes(self, weights: bytes) -> bytes:
        """Return the file's content."""
        named = self.model_copy(update={"weights": sha256_of(weights)})
        return (json.dumps(named.model_dump(mode="json"), indent=2) + "\n").encode()


def read_folder(folder: Path) -> tuple[Description, "dict[str, torch.Tensor]", str]:
    """Return the description, the tensors and the digest of both files.

    Raises
    ------
    SubjectError
        If the folder is not there, or not one that `write_folder` left.

    """
    described = _content(folder, DESCRIPTION)
    description = _described(folder / DESCRIPTION, described)
    weights = _content(folder, WEIGHTS)
    tensors = _tensors(folder / WEIGHTS, weights)
    if sha256_of(weights) != description.weights:
        msg = (
            f"{folder / WEIGHTS}: these are not the weights that {DESCRIPTION} describes; "
            "one of the two was changed or replaced since the model was saved"
        )
        raise SubjectError(msg)
    return description, tensors, sha256_of(described + weights)


def read_record(folder: Path) -> dict[str, Any]:
    """Return what the file of a folder says; nothing if there is none, or it is damaged."""
    try:
        found = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files; the folder holds the old model, the new one, or none."""
    (folder / DESCRIPTION).unlink(missing_ok=True)
    for name, content in files.items():
        if name != DESCRIPTION:
            write_atomically(folder / name, content)
    write_atomically(folder / DESCRIPTION, files[DESCRIPTION])


def _content(folder: Path, name: str) -> bytes:
    if not folder.is_dir():
        msg = f"{folder}: there is no such folder"
        raise SubjectError(msg)
    if not (folder / name).is_file():
        what = "weights" if name == WEIGHTS else "description"
        msg = f"{folder}: a model's folder must hold its {what}, but there is no {name}"
        raise SubjectError(msg)
    try:
        return (folder / name).read_bytes()
    except OSError as problem:
        msg = f"{folder / name}: cannot be read: {problem.strerror}"
        raise SubjectError(msg) from problem


def _described(path: Path, content: bytes) -> Description:
    try:
        parsed: Any = json.loads(content)
    except (ValueError, RecursionError) as problem:
        msg = f"{path}: must be JSON, but is not"
        raise SubjectError(msg) from problem
    if not isinstance(parsed, dict) or parsed.get("kind") != KIND:
        msg = f"{path}: must describe a {KIND}, but describes something else"
        raise SubjectError(msg)
    if parsed.get("format") != FORMAT:
        msg = (
            f"{path}: format must be {FORMAT}, but is {parsed.get('format')!r}; "
            "read it with the version of release-audit that wrote it"
        )
        raise SubjectError(msg)
    try:
        return Description.model_validate_json(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        msg = f"{path}: {place}: {first['msg'][0].lower()}{first['msg'][1:]}"
        raise SubjectError(msg) from problem


def _tensors(path: Path, content: bytes) -> "dict[str, torch.Tensor]":
    if content.startswith(_PICKLES) and content[8:9] != b"{":
        msg = (
            f"{path}: must be safetensors, but is a pickle, which can run code when it is read; "
            "save the weights with safetensors"
        )
        raise SubjectError(msg)
    with needing("a model of tables"):
        from safetensors import SafetensorError
        from safetensors.torch import load
    try:
        return load(content)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as problem:
        msg = f"{path}: must be safetensors, but is cut off or damaged"
        raise SubjectError(msg) from problem
