"""What runs and what is left, on stderr: a bar where somebody looks on, else a few lines."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what runs, how much of it is done, and how much there is."""
_EVERY: Final = 10.0
"""Seconds between two lines where nobody looks on."""


def quiet(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


def complain(text: str) -> None:
    """Write to stderr, each line under our name; control characters are shown, not sent."""
    for line in text.splitlines():
        shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
        sys.stderr.write(f"audit: {shown}\n")


@contextmanager
def progress(unit: str = "checks") -> Iterator[Progress]:
    """Show what runs and what is left: a bar on a terminal, else a line every ten seconds.

    Parameters
    ----------
    unit : str
        What is counted, e.g. checks or epochs.

    """
    if has_bar():
        with _bar(unit) as show:
            yield show
    else:
        yield _lines(unit)


def has_bar() -> bool:
    """Say whether somebody looks on: at a terminal or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


@contextmanager
def _bar(unit: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    left = (MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn(compact=True))
    columns = (TextColumn("{task.description}"), BarColumn(), *left)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the data", total=None)

        def show(check: str, done: int, total: int) -> None:
            bar.update(task, description=check or "nearly done", completed=done, total=total)

        yield show


def _lines(unit: str) -> Progress:
    started = last = time.monotonic()

    def show(check: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY and check:
            last = now
            complain(f"{check} ({done} of {total} {unit} done, {now - started:.0f} s)")

    return show
