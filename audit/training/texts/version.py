"""A model version's folder: a plain one of transformers, and beside it how it came to be."""

import json
import os
import shutil
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from audit.files import write_atomically
from audit.models.text_folder import RECORD, SEEN
from audit.texts import Texts
from audit.training.training_record import write_ready

if TYPE_CHECKING:
    from audit.training.texts.course import Taught

_LAST: Final = "config.json"
"""A folder without it holds no model, so it goes first and comes last."""
_STAGED: Final = "version"


def write_version(
    folder: Path, taught: "Taught", record: Mapping[str, Any], seen: Texts, staging: Path
) -> None:
    """Write the files beside the folder and move them in; it holds the old model, the new, or none.

    Parameters
    ----------
    folder : Path
    taught : Taught
    record : mapping
        What `training.json` is to say.
    seen : Texts
        All that it was trained on.
    staging : Path
        A folder on the same disk that may be written to.

    """
    made = staging / _STAGED
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    taught.network.config._name_or_path = ""  # noqa: SLF001 - a place on this machine
    taught.network.save_pretrained(made)
    taught.tokenizer.name_or_path = ""
    taught.tokenizer.save_pretrained(made)
    write_atomically(made / RECORD, write_ready(dict(record)))
    write_atomically(made / SEEN, _keys(seen))
    _move(made, folder)


def is_there(folder: Path, fingerprint: str) -> bool | None:
    """Say whether the folder holds the model of this training; None if it holds none at all."""
    if not (folder / _LAST).is_file():
        return None
    try:
        held = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(held, dict) and held.get("fingerprint") == fingerprint


def _move(made: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(path.name for path in made.iterdir() if path.name != _LAST)
    (folder / _LAST).unlink(missing_ok=True)
    for old in folder.glob("*.safetensors*"):
        old.unlink()
    for name in [*names, _LAST]:
        _flush(made / name)
        (made / name).chmod(0o644)
        (made / name).replace(folder / name)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _keys(seen: Texts) -> bytes:
    content = BytesIO()
    np.savez(content, keys=np.unique(seen.keys), contents=np.unique(seen.digests[:, 0]))
    return content.getvalue()
