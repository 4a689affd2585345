"""What `audit train` does: from a config to a model version in a folder."""

from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.config import Config, TrainTable, read
from audit.data.roles import fitting
from audit.data.tables import Table, read_files
from audit.encoding import encode
from audit.errors import ConfigError
from audit.inputs import Inputs
from audit.models.table_folder import DESCRIPTION
from audit.models.tables import TableModel
from audit.models.text_model import TextModel
from audit.packages import needing
from audit.progress import Progress
from audit.training.examples import Examples
from audit.training.settings import TableSettings
from audit.training.tables import train_tables
from audit.training.texts.making import text_lesson
from audit.training.texts.train import train_texts
from audit.training.training_record import is_finished
from audit.units import Group, Units, units_of

_OF_TEXTS: Final = (
    "pretrain",
    "pretrain_epochs",
    "per_class",
    "max_length",
    "mixed_precision",
    "checkpoint_steps",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """The rows to learn from."""

    inputs: Inputs
    labels: NDArray[np.int64]
    levels: NDArray[np.int64] | None
    """Places of the protected levels; only the mitigation sees them."""
    names: tuple[str, ...]
    """Those levels."""
    classes: tuple[str, ...]
    favorable: int
    """Place of the favourable class."""
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A model version and where it lies."""

    model: TableModel | TextModel
    folder: Path


def train_version(
    path: Path, *, today: date, resume: bool, progress: Progress, replace: bool = False
) -> Trained:
    """Train the version that a config describes.

    A model that is there already is kept: it is the one that this very training gives, or the
    config is refused. `replace` lets another one take its place.

    Raises
    ------
    ConfigError, SubjectError
        With every problem, a line each.

    """
    config, base = read(path, today=today), path.resolve().parent
    if config.train is None or config.model.path is None:
        msg = f"{path.name}: training needs the table [train] and model.path, where to put it"
        raise ConfigError(msg)
    wanted = _Wanted(
        name=path.name,
        config=config,
        train=config.train,
        folder=base,
        path=base / config.model.path,
    )
    made = _text_version if config.train.base else _table_version
    model = made(wanted, resume=resume, progress=progress, replace=replace)
    return Trained(model=model, folder=wanted.path)


def unit_of(path: Path, *, today: date) -> str:
    """Return what the progress of a training counts: the epochs of networks, or steps."""
    config = read(path, today=today)
    return "steps" if config.train is not None and config.train.base else "epochs"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What is to be trained, and where."""

    name: str
    """Of the config's file."""
    config: Config
    train: TrainTable
    folder: Path
    """Of the config."""
    path: Path
    """Of the model."""


def _table_version(
    wanted: _Wanted, *, resume: bool, progress: Progress, replace: bool
) -> TableModel:
    refuse_text_settings(wanted.train)
    lesson = _lesson(wanted.config, wanted.train, wanted.folder)
    folder = wanted.path
    settings = settings_of(wanted.train, wanted.config.run.seed, lesson.favorable)
    with needing("training a model of tables"):
        there = _is_there(lesson, settings, folder)
    _refuse_other(wanted, there, replace=replace)
    return train_tables(
        lesson.inputs,
        lesson.labels,
        classes=lesson.classes,
        settings=settings,
        folder=folder,
        levels=lesson.levels,
        names=lesson.names,
        data_digest=lesson.digest,
        resume=resume or bool(there),
        progress=progress,
    )


def _text_version(wanted: _Wanted, *, resume: bool, progress: Progress, replace: bool) -> TextModel:
    lesson = text_lesson(wanted.config, wanted.train, wanted.folder)
    there = lesson.is_in(wanted.path)
    _refuse_other(wanted, there, replace=replace)
    return train_texts(
        lesson.examples.rows.texts,
        lesson.examples.rows.labels,
        classes=lesson.examples.classes,
        settings=lesson.settings,
        folder=wanted.path,
        validation=lesson.examples.validation,
        unlabelled=lesson.examples.unlabelled,
        data_digest=lesson.examples.data_digest,
        resume=resume or bool(there),
        progress=progress,
    )


def _refuse_other(wanted: _Wanted, there: bool | None, *, replace: bool) -> None:  # noqa: FBT001
    """Refuse a folder that holds the model of another training."""
    if there is False and not replace:
        msg = (
            f"{wanted.name}: model.path: {wanted.config.model.path} holds a model of another "
            "training; name another folder for this one, or delete it"
        )
        raise ConfigError(msg)


def settings_of(table: TrainTable, seed: int, favorable: int) -> TableSettings:
    """Return what the table [train] says of a network for tables."""
    known = {each.name for each in fields(TableSettings)}
    given = table.model_dump(exclude_unset=True, exclude={"grid_search"})
    if table.grid_search:
        given |= table.grid_search.model_dump(exclude_unset=True)
    kept = {name: value for name, value in given.items() if name in known and value is not None}
    return TableSettings(**kept, seed=seed, favorable=favorable)


def refuse_text_settings(table: TrainTable) -> None:
    """Refuse what a network for tables has no use for."""
    problems = [
        f"train.{name}: is for models of texts, which train.base makes"
        for name in _OF_TEXTS
        if getattr(table, name) is not None
    ]
    if table.method != "full":
        problems.append(f"train.method: a network for tables has no method {table.method!r}")
    if isinstance(table.validation, str):
        problems.append("train.validation: must be a share of the rows, for a table")
    if table.mitigation and table.grid_search is None:
        problems.append("train.grid_search: must name the protected group")
    if problems:
        raise ConfigError("\n".join(problems))


def _is_there(lesson: Lesson, settings: TableSettings, folder: Path) -> bool | None:
    """Say whether the folder holds the model of this training; None if it holds none at all."""
    if not (folder / DESCRIPTION).is_file():
        return None
    examples = Examples(
        inputs=lesson.inputs,
        labels=lesson.labels,
        classes=lesson.classes,
        levels=lesson.levels,
        names=lesson.names,
        data_digest=lesson.digest,
    )
    return is_finished(folder, examples.in_order().fingerprint(settings))


def _lesson(config: Config, train: TrainTable, base: Path) -> Lesson:
    roles = config.data.roles()
    table = read_files(train.data, base=base, text=roles.as_text())
    if not roles.label:
        msg = "data.label: must name the column to learn"
        raise ConfigError(msg)
    if train.folds and not roles.id:
        msg = "data.id: folds need an id column, so that each row finds the network without it"
        raise ConfigError(msg)
    fitted = fitting(roles, table)
    units = units_of(table, fitted)
    protected = _protected(units, train, table)
    return Lesson(
        inputs=encode(table, fitted.features_of(table), roles.id),
        labels=_codes(units, "label", units.classes),
        levels=_codes(units, protected.name, protected.judged) if protected else None,
        names=protected.judged if protected else (),
        classes=units.classes,
        favorable=units.classes.index(units.favorable[0]) if units.favorable else 1,
        digest=table.digest,
    )


def _protected(units: Units, train: TrainTable, table: Table) -> Group | None:
    if train.grid_search is None:
        return None
    name = train.grid_search.protected
    if name not in units.groups:
        msg = f"train.grid_search.protected: {table.source} has no group {name!r} in [data.groups]"
        raise ConfigError(msg)
    return units.groups[name]


def _codes(units: Units, name: str, levels: tuple[str, ...]) -> NDArray[np.int64]:
    found = units.arrays({"code": units.keys[name].codes(levels)})["code"]
    return np.asarray(found, dtype=np.int64)
