"""What a training has reached, on disk, so that one that was killed goes on to the same weights."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audit.errors import SubjectError
from audit.files import write_atomically

if TYPE_CHECKING:
    import torch

FOLDER: Final = "training-checkpoint"
_PLAN: Final = "plan.json"
_SAID: Final = "said"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """How far a network's training came."""

    tensors: "Mapping[str, torch.Tensor]"
    said: Mapping[str, Any]
    """What is no tensor, as JSON holds it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file for each network; a file is replaced as a whole.

    Attributes
    ----------
    folder : Path or None
        None keeps nothing.

    """

    folder: Path | None = None

    def load(self, name: str) -> Reached | None:
        """Return what was saved; None if nothing was, or if it is damaged."""
        from safetensors import SafetensorError, safe_open

        if self.folder is None:
            return None
        try:
            with safe_open(self.folder / f"{name}.safetensors", framework="pt") as file:
                tensors = {each: file.get_tensor(each) for each in file.keys()}  # noqa: SIM118
                return Reached(tensors=tensors, said=json.loads(file.metadata()[_SAID]))
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            return None

    def save(self, name: str, reached: Reached) -> None:
        """Keep what a network has reached."""
        from safetensors.torch import save

        if self.folder is not None:
            content = save(dict(reached.tensors), {_SAID: json.dumps(reached.said)})
            write_atomically(self.folder / f"{name}.safetensors", content)

    def clear(self) -> None:
        """Delete it."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def opened(
    folder: Path | None,
    fingerprint: str,
    *,
    resume: bool,
    what: str = "data, settings or versions",
) -> Checkpoint:
    """Return the checkpoint of a training, empty unless it is to be resumed.

    Parameters
    ----------
    folder : Path or None
        Of the model; None keeps nothing.
    fingerprint : str
        Of all that decides the weights.
    resume : bool
    what : str
        What the fingerprint is made of, for the message.

    Raises
    ------
    SubjectError
        If what is to be resumed is another training.

    """
    if folder is None:
        return Checkpoint()
    found = Checkpoint(folder / FOLDER)
    plan = folder / FOLDER / _PLAN
    if not resume:
        found.clear()
    elif plan.exists() and _fingerprint_in(plan) != fingerprint:
        msg = (
            f"{folder}: cannot resume: the training that was begun there had other {what}; train "
            "without resuming to begin anew"
        )
        raise SubjectError(msg)
    write_atomically(plan, json.dumps({"fingerprint": fingerprint}).encode())
    return found


def _fingerprint_in(plan: Path) -> str:
    try:
        return str(json.loads(plan.read_bytes())["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
