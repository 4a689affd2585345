"""The packages of explanation methods, which need not be installed."""

from importlib.util import find_spec
from types import ModuleType
from typing import Final

from audit.errors import MissingError

COMMAND: Final = "pip install 'release-audit[explain]'"


class PackageMissingError(MissingError):
    """A package that an explanation needs is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed; run: {COMMAND}")
        self.package = package


def installed(package: str) -> bool:
    """Say whether a package is there, without loading it."""
    return find_spec(package) is not None


def needed(package: str) -> ModuleType:
    """Load a package.

    Raises
    ------
    PackageMissingError
        If it is not installed; the message is the command that installs it.

    """
    from importlib import import_module

    root = package.partition(".")[0]
    try:
        return import_module(package)
    except ImportError as problem:
        if (problem.name or "").partition(".")[0] != root:
            raise
        raise PackageMissingError(root) from problem
