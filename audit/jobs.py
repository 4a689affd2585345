"""From a config to a job that can be run: every problem of config and data is found here."""

import datetime as dt
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from audit.catalogue import check_ids, load_check, make_check
from audit.config import Config, read
from audit.data.roles import Roles, fitting
from audit.data.tables import read_files
from audit.errors import ConfigError, SubjectError, nearest
from audit.evidence import git_commit, read_baseline, run_id
from audit.files import sha256_of
from audit.protocol import Check
from audit.record import NotAsked, Predecessor
from audit.runner import Job
from audit.sources import DataPart, DataUsed, GroupUsed, Level, Provenance
from audit.subjects import Baseline, Subject, Units, units_of

_VERSIONS: Final = (
    "numpy",
    "scipy",
    "pandas",
    "narwhals",
    "duckdb",
    "pyarrow",
    "pydantic",
    "jinja2",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the command line says beside the config."""

    baseline: Path | None = None
    only: tuple[str, ...] = ()
    command: str = ""
    progress: Callable[[str, int, int], None] = lambda _check, _done, _total: None


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A config, its bytes, and the job that it describes."""

    config: Config
    content: bytes
    job: Job


def load(path: Path, options: Options, *, now: dt.datetime) -> Loaded:
    """Read a config and everything that it names."""
    config = read(path, today=now.date())
    content = path.read_bytes()
    folder = path.resolve().parent
    checks = _checks(config, options.only)
    subject, predecessor = _subject(config, folder, options)
    asked = {check.id for check in checks}
    job = Job(
        checks=checks,
        subject=subject,
        demands=[gate.demand() for gate in config.gate if gate.check in asked],
        waivers=[w.waiver() for w in config.waiver if _waives(w.gate, config, asked)],
        model=config.model.card(),
        data=data_used(subject),
        provenance=replace(
            provenance(config.run.seed, config.run.confidence, now=now),
            config_digest=sha256_of(content),
            git_commit=git_commit(folder),
            command=options.command,
        ),
        today=now.date(),
        expected_rows=config.data.expect.rows,
        predecessor=predecessor,
        not_asked=not_asked(config.check_settings()),
        only=options.only,
        progress=options.progress,
    )
    return Loaded(config=config, content=content, job=job)


def _waives(gate: str, config: Config, asked: set[str]) -> bool:
    """Say whether a waiver is about a gate that is kept, or about none that is known."""
    titles = {each.demand().title: each.check for each in config.gate}
    return gate not in titles or titles[gate] in asked


def _checks(config: Config, only: Sequence[str]) -> list[Check]:
    settings = config.check_settings()
    if config.model.path is not None:
        msg = (
            "model.path: this version audits logged predictions only; "
            "leave path out and name the prediction column in [data]"
        )
        raise ConfigError(msg)
    problems = [
        f"--only: no check {check!r} is asked for by the config{nearest(check, settings)}"
        for check in only
        if check not in settings
    ]
    made = []
    for check, values in sorted(settings.items()):
        try:
            made.append(make_check(check, values))
        except ConfigError as problem:
            problems.append(str(problem))
    if problems:
        raise ConfigError("\n".join(problems))
    return [check for check in made if not only or check.id in only]


def not_asked(asked: Mapping[str, Any]) -> tuple[NotAsked, ...]:
    """List the installed checks that nothing names."""
    return tuple(
        NotAsked(id=check, question=load_check(check).question)
        for check in check_ids()
        if check not in asked
    )


def _subject(config: Config, folder: Path, options: Options) -> tuple[Subject, Predecessor | None]:
    roles = config.data.roles()
    problems: list[str] = []
    units = _attempt(lambda: _units(config.data.test, roles, folder), problems)
    reference = None
    if config.data.reference is not None:
        found = config.data.reference
        reference = _attempt(lambda: _reference(found, roles, folder, units), problems)
    if problems or units is None:
        raise SubjectError("\n".join(problems))
    predecessor, baseline = _baseline(config, folder, options)
    return Subject(units=units, reference=reference, baseline=baseline), predecessor


def _attempt(read_units: Callable[[], Units], problems: list[str]) -> Units | None:
    try:
        return read_units()
    except SubjectError as problem:
        problems.append(str(problem))
        return None


def _units(where: str | list[str], roles: Roles, folder: Path) -> Units:
    return units_of(read_files(where, base=folder, text=roles.as_text()), roles)


def _reference(where: str | list[str], roles: Roles, folder: Path, like: Units | None) -> Units:
    """Read it like the rows under test; if those are in a bad state, at least its own problems."""
    table = read_files(where, base=folder, text=roles.as_text())
    return units_of(table, fitting(roles, table), like=like)


def _baseline(
    config: Config, folder: Path, options: Options
) -> tuple[Predecessor | None, Baseline | None]:
    if options.baseline is not None:
        return read_baseline(options.baseline)
    if config.baseline is None:
        return None, None
    try:
        return read_baseline(folder / config.baseline.bundle)
    except ConfigError as problem:
        msg = f"baseline.bundle: {config.baseline.bundle}: there is no bundle there"
        raise ConfigError(msg) from problem


def data_used(subject: Subject) -> DataUsed:
    """Say which rows are behind the numbers."""
    units, reference = subject.units, subject.reference
    parts = [_part("test", units)]
    if reference is not None:
        parts.append(_part("reference", reference))
    if subject.baseline is not None and subject.baseline.units is not None:
        parts.append(_part("baseline", subject.baseline.units))
    return DataUsed(
        parts=tuple(parts),
        groups=tuple(_group(units, name) for name in units.groups),
        classes=units.classes,
        favorable=units.favorable,
    )


def _part(role: str, units: Units) -> DataPart:
    columns = tuple(f"{named}: {column}" for named, column in units.roles.named())
    return DataPart(
        role=role,
        source=units.table.source,
        digest=units.table.digest,
        rows=units.rows,
        columns=columns,
    )


def _group(units: Units, name: str) -> GroupUsed:
    group = units.groups[name]
    others = [level for level in group.rows if level not in group.judged]
    return GroupUsed(
        name=name,
        levels=tuple(
            Level(level=level, rows=group.rows.get(level, 0), judged=level in group.judged)
            for level in (*group.judged, *others)
        ),
        missing=group.missing,
    )


def utc_now() -> dt.datetime:
    """Return the time from which a run is named."""
    return dt.datetime.now(dt.UTC)


def provenance(seed: int, confidence: float, *, now: dt.datetime) -> Provenance:
    """Say what a run rests on."""
    return Provenance(
        seed=seed,
        confidence=confidence,
        tool=version("release-audit"),
        versions={"python": platform.python_version(), **_installed()},
        hardware={"cpu_count": str(os.cpu_count()), "machine": platform.machine()},
        run_id=run_id(now),
    )


def _installed() -> dict[str, str]:
    found = {}
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
