"""A package that is not there, said in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from audit.errors import MissingError


@contextmanager
def needing(what: str, extra: str = "models") -> Iterator[None]:
    """Turn a failed import into the command that mends it.

    Examples
    --------
    >>> with needing("reading a model of tables"):
    ...     import no_such_package
    Traceback (most recent call last):
    audit.errors.MissingError: reading a model of tables needs no_such_package, which is not \
installed; run: pip install 'release-audit[models]'

    """
    try:
        yield
    except ImportError as problem:
        package = (problem.name or "a package").split(".")[0]
        msg = (
            f"{what} needs {package}, which is not installed; "
            f"run: pip install 'release-audit[{extra}]'"
        )
        raise MissingError(msg) from problem
