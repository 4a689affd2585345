"""What the command says: progress and errors on stderr, results and the last line on stdout."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from audit.record import Record

_EVERY: Final = 10.0
"""Seconds between two lines of progress where there is no terminal."""
COUNTED: Final = ("pass", "fail", "inconclusive", "tolerated", "warned", "waived", "error")


def say(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write to stderr, each line under our name; control characters are shown, not sent."""
    for line in text.splitlines():
        shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
        sys.stderr.write(f"audit: {shown}\n")


def last_line(record: "Record", report: Path | None = None, *, word: str = "") -> str:
    """Return the line that a script reads: the decision, each gate counted once, the evidence."""
    from audit.record_json import digest

    tally = record.tally()
    counts = " ".join(f"{each}={tally[each]}" for each in COUNTED)
    where = f" report={report} sha256={digest(record)}" if report else ""
    return f"audit: {word or record.decision.upper()} {counts}{where}"


@contextmanager
def progress() -> Iterator["Callable[[str, int, int], None]"]:
    """Show which check runs: a bar on a terminal, else a line every ten seconds at most."""
    if sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator["Callable[[str, int, int], None]"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the data", total=None)

        def show(check: str, done: int, total: int) -> None:
            bar.update(task, description=check or "judging", completed=done, total=total)

        yield show


def _lines() -> "Callable[[str, int, int], None]":
    started = last = time.monotonic()

    def show(check: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY and check:
            last = now
            complain(f"{check} ({done} of {total} checks done, {now - started:.0f} s)")

    return show


def annotate(record: "Record", summary: Path) -> None:
    """Speak to GitHub where the run is one of its workflows."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from audit.catalogue import load_format

    if text := load_format("annotations").render(record, "en"):
        say(text.rstrip("\n"))
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(summary.read_text(encoding="utf-8"))
