"""The command `audit` as a process of its own; `python -m audit` is the same."""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

from audit.cli import main


def command() -> NoReturn:
    """Run the command as a process of its own, and end it before libraries are torn down.

    What stays to be done at exit is done. The interpreter's own teardown is left out: with torch
    and DuckDB in one process it prints lines about leaks that mean nothing to a user.
    """
    status = main()
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way to run them now
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    command()
