"""From a config to a job that can be run: every problem of config and data is found here."""

import datetime as dt
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from audit.catalogue import check_ids, load_check, make_check
from audit.config import Config, read
from audit.errors import ConfigError, nearest
from audit.evidence import git_commit, run_id, unfinished
from audit.files import paths_from, sha256_of
from audit.models.store import Store
from audit.opening import Place, open_subject
from audit.predictors import Model
from audit.progress import Progress, quiet
from audit.protocol import Check
from audit.record import NotAsked
from audit.runner import Job
from audit.sources import DataPart, DataUsed, GroupUsed, Level, Provenance
from audit.subjects import Subject
from audit.training.known import training_of
from audit.units import Units

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
_MODEL_VERSIONS: Final = (
    "torch",
    "transformers",
    "tokenizers",
    "accelerate",
    "peft",
    "safetensors",
    "scikit-learn",
    "skops",
    "fairlearn",
    "shap",
    "captum",
)
"""What a measurement rests on where there is a model; recorded where it is installed."""
_TEXT_VERSIONS: Final = ("py3langid",)
"""And where there are texts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the command line says beside the config."""

    baseline: Path | None = None
    only: tuple[str, ...] = ()
    command: str = ""
    out: Path | None = None
    """Where bundles are written, and the model's answers until then; None keeps none on disk."""
    resume: bool = False
    """Whether the answers of a run that was killed are used."""
    model: Model[Any] | None = None
    """Answers in place of what model.path names, and leaves no answers on disk."""
    progress: Progress = quiet


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A config, its bytes, and the job that it describes."""

    config: Config
    content: bytes
    job: Job
    store: Store
    """The model's answers, to be cleared once the bundle is written."""


def load(path: Path, options: Options, *, now: dt.datetime) -> Loaded:
    """Read a config and everything that it names."""
    config = read(path, today=now.date())
    content = path.read_bytes()
    folder = path.resolve().parent
    with paths_from(folder):
        checks = _checks(config, options.only)
    place = Place(
        folder=folder,
        baseline=options.baseline,
        store=_store(config, options),
        model=options.model,
    )
    subject, predecessor = open_subject(config, place)
    asked = {check.id for check in checks}
    job = Job(
        checks=checks,
        subject=subject,
        demands=[gate.demand() for gate in config.gate if gate.check in asked],
        waivers=[w.waiver() for w in config.waiver if _waives(w.gate, config, asked)],
        model=replace(
            config.model.card(), digest=subject.answerer.digest if subject.answerer else ""
        ),
        data=data_used(subject),
        training=training_of(subject.answerer) if subject.answerer else None,
        provenance=replace(
            provenance(config.run.seed, config.run.confidence, now=now, subject=subject),
            config_digest=sha256_of(content),
            git_commit=git_commit(folder),
            command=options.command,
        ),
        today=now.date(),
        expected_rows=config.data.expect.rows,
        predecessor=predecessor,
        not_asked=not_asked(config.check_settings()),
        only=options.only,
        examples=config.report.examples,
        folder=folder,
        progress=options.progress,
    )
    return Loaded(config=config, content=content, job=job, store=place.store)


def _store(config: Config, options: Options) -> Store:
    """Return where the model's answers go; what a run that was killed left is used or deleted."""
    if options.out is None or config.model.path is None or options.model is not None:
        return Store()
    store = Store(folder=unfinished(options.out, config.model.name, config.model.version))
    if not options.resume:
        store.clear()
    return store


def _waives(gate: str, config: Config, asked: set[str]) -> bool:
    """Say whether a waiver is about a gate that is kept, or about none that is known."""
    titles = {each.demand().title: each.check for each in config.gate}
    return gate not in titles or titles[gate] in asked


def _checks(config: Config, only: Sequence[str]) -> list[Check]:
    settings = config.check_settings()
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
        protocol=subject.answerer.protocol if subject.answerer else "logged predictions",
        classes=units.classes,
        favorable=units.favorable,
    )


def _part(role: str, units: Units) -> DataPart:
    by_role: dict[str, list[str]] = {}
    for named, column in units.roles.named():
        by_role.setdefault(named, []).append(column)
    columns = tuple(f"{named}: {', '.join(found)}" for named, found in by_role.items())
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


def provenance(seed: int, confidence: float, *, now: dt.datetime, subject: Subject) -> Provenance:
    """Say what a run rests on."""
    texts = _TEXT_VERSIONS if subject.units.roles.text else ()
    names = (*_VERSIONS, *(_MODEL_VERSIONS if subject.answerer else ()), *texts)
    return Provenance(
        seed=seed,
        confidence=confidence,
        tool=version("release-audit"),
        versions={"python": platform.python_version(), **_installed(names)},
        hardware={"cpu_count": str(os.cpu_count()), "machine": platform.machine()},
        run_id=run_id(now),
    )


def _installed(names: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
