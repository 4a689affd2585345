"""From a config to what is audited: the rows, the model, the reference, the predecessor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from audit.answering import answered_subject
from audit.config import Config, ModelTable
from audit.data.roles import Roles, fitting
from audit.data.tables import Table, read_files
from audit.errors import ConfigError, SubjectError
from audit.evidence import read_baseline
from audit.models.cached import Cached
from audit.models.loading import load_model
from audit.models.store import Store
from audit.predicting import outcomes
from audit.predictors import Model
from audit.record import Predecessor
from audit.subjects import Baseline, Subject
from audit.units import Units, units_of

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where paths are taken from, and what the command line says beside the config."""

    folder: Path
    """Of the config."""
    baseline: Path | None = None
    """A bundle that replaces the one in the config."""
    store: Store = field(default_factory=Store)
    """Where the model's answers are kept."""
    model: Model[Any] | None = None
    """Answers in place of what model.path names."""


HERE: Final = Place(folder=Path())
"""The working directory."""


def open_subject(config: Config, place: Place) -> tuple[Subject, Predecessor | None]:
    """Read everything that a config names.

    Raises
    ------
    ConfigError, SubjectError
        With every problem, a line each.

    """
    if config.model.path is None and place.model is None:
        units, reference = _logged(config, place.folder)
        predecessor, baseline = _baseline(config, place)
        return Subject(units=units, reference=reference, baseline=baseline), predecessor
    tables = _tables(config, place.folder)
    model = open_model(config.model, config.data.roles(), tables[0], place)
    predecessor, baseline = _baseline(config, place)
    subject = answered_subject(
        model, tables[0], config.data.roles(), reference=tables[1], baseline=baseline
    )
    return subject, predecessor


def open_model(
    table: ModelTable, roles: Roles, rows: Table, place: Place = HERE, named: str = "model.path"
) -> Model[Any]:
    """Load the model and put the cache in front of it."""
    if place.model is not None:
        return Cached(place.model)
    classes, favorable = outcomes(rows, roles)
    try:
        loaded = load_model(
            table.path,
            base=place.folder,
            trusted=table.trusted,
            time_limit=table.time_limit,
            memory_limit=table.memory_limit,
            classes=classes,
            favorable=favorable,
            features=roles.features,
        )
    except SubjectError as problem:
        msg = f"{named}: {problem}"
        raise SubjectError(msg) from problem
    return Cached(loaded, place.store)


def _tables(config: Config, folder: Path) -> tuple[Table, Table | None]:
    text, found = config.data.roles().as_text(), config.data.reference
    problems: list[str] = []
    test = _attempt(lambda: read_files(config.data.test, base=folder, text=text), problems)
    reference = None
    if found is not None:
        reference = _attempt(lambda: read_files(found, base=folder, text=text), problems)
    if problems or test is None:
        raise SubjectError("\n".join(problems))
    return test, reference


def _logged(config: Config, folder: Path) -> tuple[Units, Units | None]:
    roles = config.data.roles()
    problems: list[str] = []
    units = _attempt(lambda: _units(config.data.test, roles, folder), problems)
    reference = None
    if config.data.reference is not None:
        found = config.data.reference
        reference = _attempt(lambda: _reference(found, roles, folder, units), problems)
    if problems or units is None:
        raise SubjectError("\n".join(problems))
    return units, reference


def _attempt(read: Callable[[], T], problems: list[str]) -> T | None:
    try:
        return read()
    except SubjectError as problem:
        problems.append(str(problem))
        return None


def _units(where: str | list[str], roles: Roles, folder: Path) -> Units:
    return units_of(read_files(where, base=folder, text=roles.as_text()), roles)


def _reference(where: str | list[str], roles: Roles, folder: Path, like: Units | None) -> Units:
    """Read it like the rows under test; if those are in a bad state, at least its own problems."""
    table = read_files(where, base=folder, text=roles.as_text())
    return units_of(table, fitting(roles, table), like=like)


def _baseline(config: Config, place: Place) -> tuple[Predecessor | None, Baseline | None]:
    if place.baseline is not None:
        return read_baseline(place.baseline)
    if config.baseline is None:
        return None, None
    try:
        return read_baseline(place.folder / config.baseline.bundle)
    except ConfigError as problem:
        msg = f"baseline.bundle: {config.baseline.bundle}: there is no bundle there"
        raise ConfigError(msg) from problem
