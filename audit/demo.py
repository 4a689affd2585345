"""`audit demo`: two versions of a real model, audited one against the other."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit import jobs
from audit.config import read
from audit.console import last_line, say
from audit.errors import ConfigError, MissingError
from audit.evidence import refuse_unwritable
from audit.progress import progress
from audit.projects import NAMES, QUICK, copy_project, project_configs
from audit.record import Record
from audit.runner import run
from audit.saving import save


@dataclass(frozen=True, kw_only=True, slots=True)
class Audited:
    """One version and its evidence."""

    record: Record
    folder: Path


def run_demo(name: str, out: Path, languages: Sequence[str], *, quick: bool = False) -> None:
    """Copy the example project, prepare its data, audit each version, print a table."""
    if quick and name in NAMES and name not in QUICK:
        msg = f"--quick: {name} has no quick form; leave it out"
        raise ConfigError(msg)
    refuse_unwritable(out)
    project = copy_project(name, out / "projects" / name)
    prepare(project)
    configs = project_configs(project, quick=quick)
    _train_all(configs)
    done = [_audit(config, out, languages) for config in configs]
    say("\n".join(_table(done)))
    for each in done:
        say(last_line(each.record, each.folder / "report.html"))


def prepare(project: Path) -> None:
    """Let the project's own script write its data."""
    script = project / "prepare.py"
    command = [sys.executable, str(script)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        problem = done.stderr.strip().splitlines() or ["no message"]
        msg = f"{shlex.join(command)} failed: {problem[-1].partition(': ')[2] or problem[-1]}"
        raise MissingError(msg)


def _train_all(configs: Sequence[Path]) -> None:
    """Train the versions whose configs say how."""
    today = jobs.utc_now().date()
    for config in configs:
        if read(config, today=today).train is None:
            continue
        from audit.making import train_version, unit_of

        with progress(unit_of(config, today=today)) as show:
            train_version(config, today=today, resume=True, progress=show, replace=True)


def _audit(config: Path, out: Path, languages: Sequence[str]) -> Audited:
    command = shlex.join(["audit", "run", str(config), "--out", str(out)])
    with progress() as show:
        options = jobs.Options(command=command, out=out, progress=show)
        loaded = jobs.load(config, options, now=jobs.utc_now())
        record = run(loaded.job)
        folder = save(loaded, record, out, languages)
    return Audited(record=record, folder=folder)


def _table(done: Sequence[Audited]) -> Iterator[str]:
    head = ("version", "decision", "pass", "fail", "inconclusive", "tolerated", "warned", "waived")
    rows = [head, *(_row(each) for each in done)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(each: Audited) -> tuple[str, ...]:
    record, tally = each.record, each.record.tally()
    counts = ("pass", "fail", "inconclusive", "tolerated", "warned", "waived")
    name = f"{record.model.name} {record.model.version}"
    return (name, str(record.decision), *(str(tally[word]) for word in counts))
