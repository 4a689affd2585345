"""From a config to what a model of texts is trained with: the rows, the base, the settings."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from audit.config import Config, TrainTable
from audit.data.roles import Roles, fitting
from audit.data.tables import Table, read_files
from audit.draws import keys_of
from audit.encoding import texts_of
from audit.errors import ConfigError, SubjectError
from audit.files import sha256
from audit.texts import Texts, as_array
from audit.training.texts.examples import Labelled, TextExamples, refuse_untrainable
from audit.training.texts.pretrained import open_base
from audit.training.texts.settings import TextSettings
from audit.training.texts.train import mark_of, need
from audit.training.texts.version import is_there
from audit.units import Units, units_of

T = TypeVar("T")
_OF_TABLES: Final = ("folds", "mitigation", "grid_search", "hidden", "dropout")


@dataclass(frozen=True, kw_only=True, slots=True)
class TextLesson:
    """What is trained with what."""

    examples: TextExamples
    settings: TextSettings

    def is_in(self, folder: Path) -> bool | None:
        """Say whether a folder holds the model of this training; None if it holds none at all."""
        refuse_untrainable(self.examples, self.settings)
        need(self.settings)
        base = open_base(Path(self.settings.base), self.settings.max_length)
        return is_there(folder, mark_of(self.examples.in_order(), self.settings, base))


def text_lesson(config: Config, train: TrainTable, folder: Path) -> TextLesson:
    """Read all that a config names for the training of a model of texts.

    Parameters
    ----------
    config : Config
    train : TrainTable
        Which names a base.
    folder : Path
        Of the config.

    Raises
    ------
    ConfigError, SubjectError
        With every problem, a line each.

    """
    refuse_table_settings(train)
    settings = text_settings_of(train, config.run.seed, folder)
    open_base(Path(settings.base), settings.max_length)
    roles = config.data.roles()
    for name, column in (("text", roles.text), ("label", roles.label)):
        if not column:
            what = "holds the texts" if name == "text" else "is to be learned"
            msg = f"data.{name}: must name the column that {what}"
            raise ConfigError(msg)
    table = read_files(train.data, base=folder, text=roles.as_text())
    rows, units = _labelled(table, roles, None)
    other = None
    if isinstance(train.validation, str):
        held = read_files(train.validation, base=folder, text=roles.as_text())
        other, _ = _named("train.validation", lambda: _labelled(held, roles, units))
    plain = None
    if train.pretrain:
        plain = _named("train.pretrain", lambda: unlabelled(folder / str(train.pretrain), roles))
    examples = TextExamples(
        rows=rows,
        classes=units.classes,
        validation=other,
        unlabelled=plain,
        data_digest=table.digest,
    )
    return TextLesson(examples=examples, settings=settings)


def text_settings_of(table: TrainTable, seed: int, folder: Path) -> TextSettings:
    """Return what the table [train] says of a network for texts."""
    known = {each.name for each in fields(TextSettings)}
    given = table.model_dump(exclude_unset=True)
    kept = {name: value for name, value in given.items() if name in known and value is not None}
    return TextSettings(**kept | {"base": str(folder / str(table.base)), "seed": seed})


def refuse_table_settings(table: TrainTable) -> None:
    """Refuse what fine-tuning has no use for."""
    problems = [
        f"train.{name}: is for models of tables, and train.base makes this one of texts"
        for name in _OF_TABLES
        if getattr(table, name) is not None
    ]
    if problems:
        raise ConfigError("\n".join(problems))


def unlabelled(path: Path, roles: Roles) -> Texts:
    """Read texts without labels: a line each of a `.txt` file, or the text column of a table.

    Raises
    ------
    SubjectError
        If there is no such file, or no text in it.

    """
    if path.suffix != ".txt":
        table = read_files(path.name, base=path.parent, text=roles.as_text())
        return texts_of(table, roles.text, roles.id if roles.id in table.types else "")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        msg = f"{path}: must be a file of UTF-8 text, but cannot be read as one"
        raise SubjectError(msg) from problem
    held = [line.strip() for line in lines if line.strip()]
    if not held:
        msg = f"{path}: must hold a text in each line, but is empty"
        raise SubjectError(msg)
    digest = sha256([path])
    keys = keys_of(f"{digest} {row}" for row in range(len(held)))
    return Texts(values=as_array(held), keys=keys)


def _labelled(table: Table, roles: Roles, like: Units | None) -> tuple[Labelled, Units]:
    for name, column in (("label", roles.label), ("text", roles.text)):
        if problem := table.require(column, name):
            raise SubjectError(problem)
    fitted = fitting(roles, table)
    units = units_of(table, fitted, like=like)
    texts = texts_of(table, roles.text, fitted.id)
    codes = units.arrays({"code": units.keys["label"].codes(units.classes)})["code"]
    return Labelled(texts=texts, labels=np.asarray(codes, dtype=np.int64)), units


def _named(name: str, read: Callable[[], T]) -> T:
    """Read something, and name the setting in what is wrong with it."""
    try:
        return read()
    except SubjectError as problem:
        msg = "\n".join(f"{name}: {line}" for line in str(problem).splitlines())
        raise SubjectError(msg) from problem
