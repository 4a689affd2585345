"""Packages that need not be installed, and the command that installs each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Final

from audit.errors import MissingError

EXTRAS: Final = {
    "accelerate": "[models]",
    "captum": "[explain]",
    "evidently": "[evidently]",
    "fairlearn": "",
    "peft": "[models]",
    "py3langid": "[models]",
    "safetensors": "[models]",
    "shap": "[explain]",
    "sklearn": "[models]",
    "skops": "[models]",
    "tensorboard": "[models]",
    "torch": "[models]",
    "transformers": "[models]",
}
"""By package, the extra that holds it; "" where it came with the tool and was taken away."""


LACKING: Final = "needs {package}, which is not installed; run: {command}"
"""Why something is not measured then."""


class PackageMissingError(MissingError):
    """A package is not installed; the message is the command that installs it."""

    def __init__(self, package: str, what: str = "") -> None:
        self.package = "scikit-learn" if package == "sklearn" else package
        extra = EXTRAS.get(package, "")
        self.command = "pip install " + (f"'release-audit{extra}'" if extra else self.package)
        missing = f"{what} needs {self.package}, which" if what else self.package
        super().__init__(f"{missing} is not installed; run: {self.command}")

    @property
    def params(self) -> dict[str, str]:
        """What fills `LACKING`."""
        return {"package": self.package, "command": self.command}


def installed(package: str) -> bool:
    """Say whether a package is there, without loading it."""
    return find_spec(package) is not None


def needed(package: str) -> ModuleType:
    """Load a package.

    Raises
    ------
    PackageMissingError
        If it is not installed.

    """
    with needing():
        return import_module(package)


@contextmanager
def needing(what: str = "") -> Iterator[None]:
    """Turn a failed import of such a package into the command that mends it.

    Examples
    --------
    >>> with needing("reading a skops file"):
    ...     raise ModuleNotFoundError(name="skops.io")
    Traceback (most recent call last):
    audit.packages.PackageMissingError: reading a skops file needs skops, which is not \
installed; run: pip install 'release-audit[models]'

    """
    try:
        yield
    except ImportError as problem:
        if (missing := missing_package(problem)) is None:
            raise
        raise PackageMissingError(missing, what) from problem


def missing_package(problem: ImportError) -> str | None:
    """Return the package of `EXTRAS` that an import did not find, None if it is another."""
    package = (problem.name or "").partition(".")[0]
    return package if package in EXTRAS else None
