"""Digests of files, and writes that leave the old file, the new one, and nothing between."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

_BLOCK: Final = 1 << 20
_FOLDER: Final = ContextVar("folder", default=Path())


@contextmanager
def paths_from(folder: Path) -> Iterator[None]:
    """Let files that settings name lie in a folder within, such as that of the config."""
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def located(path: str) -> Path:
    """Return where a file lies that a setting names.

    Examples
    --------
    >>> with paths_from(Path("project")):
    ...     located("terms.toml").as_posix()
    'project/terms.toml'

    """
    return _FOLDER.get() / path


def sha256(paths: Iterable[Path]) -> str:
    """Return one digest over the bytes of the files, in the order given."""
    found = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
    return found.hexdigest()


def sha256_of(content: bytes) -> str:
    """Return the digest of some bytes."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Write a temporary file beside `path`, flush it to the disk, rename it.

    Without the flush, which takes the disk its time, a file survives the death of the process, and
    of the machine perhaps not.

    Raises
    ------
    OSError
        If the folder cannot be written; then nothing has changed.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if flush:
                os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def link_atomically(link: Path, target: str) -> None:
    """Let `link` point to a name beside it; a reader sees the old target or the new one."""
    made = link.with_name(f".{link.name}.{os.getpid()}")
    made.unlink(missing_ok=True)
    made.symlink_to(target)
    made.replace(link)
