"""What the command says: errors on stderr, results and the last line on stdout."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from audit.record import Record

COUNTED: Final = ("pass", "fail", "inconclusive", "tolerated", "warned", "waived", "error")


def say(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def last_line(record: "Record", report: Path | None = None, *, word: str = "") -> str:
    """Return the line that a script reads: the decision, each gate counted once, the evidence."""
    from audit.record_json import digest

    tally = record.tally()
    counts = " ".join(f"{each}={tally[each]}" for each in COUNTED)
    where = f" report={report} sha256={digest(record)}" if report else ""
    return f"audit: {word or record.decision.upper()} {counts}{where}"


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
