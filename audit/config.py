"""audit.toml, read and checked: every problem at once, each with its path.

Only the shape is checked here. Whether a check or a metric exists, and whether a gate fits it,
is asked where the catalogue and the data are at hand.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from audit.config_gates import GateTable, Name, Number, Scalar, StrictTable, WaiverTable, Whole
from audit.config_problems import config_problems
from audit.data.levels import level_text
from audit.data.roles import Roles, judged_levels, level_texts, score_columns
from audit.errors import ConfigError
from audit.sources import ModelCard

Files = Name | Annotated[list[Name], Field(min_length=1)]


class ModelTable(StrictTable):
    """What is released."""

    name: Name
    version: Annotated[Name, Field(coerce_numbers_to_str=True)]
    path: str | None = None
    """A model folder, a skops file, or a Python callable as `module:function`."""
    trusted: tuple[str, ...] = ()
    """Types that a skops file may hold beyond those that skops trusts itself."""
    time_limit: Annotated[float, Field(gt=0)] = 60.0
    """Seconds that a callable may take for one batch."""
    memory_limit: Annotated[Whole, Field(ge=1)] | None = None
    """Megabytes that a callable may use."""
    purpose: str = ""
    owner: str = ""
    out_of_scope: tuple[str, ...] = ()

    def card(self) -> ModelCard:
        """Return what the record says of the model."""
        return ModelCard(
            name=self.name,
            version=self.version,
            purpose=self.purpose,
            owner=self.owner,
            out_of_scope=self.out_of_scope,
        )


class ExpectTable(StrictTable):
    """What must be there; anything less is inconclusive."""

    rows: Annotated[Whole, Field(ge=1)] | None = None


class DataTable(StrictTable):
    """The rows, and which column means what."""

    test: Files
    reference: Files | None = None
    label: str = ""
    prediction: str = ""
    scores: str | list[str] | dict[str, str] = ""
    favorable: Scalar | list[Scalar] | None = None
    id: str = ""
    weight: str = ""
    count: str = ""
    cluster: str = ""
    time: str = ""
    text: str = ""
    features: list[str] | None = None
    drop: tuple[str, ...] = ()
    intersections: tuple[tuple[str, ...], ...] = ()
    expect: ExpectTable = ExpectTable()
    groups: list[str] | dict[str, list[Scalar]] = Field(default_factory=dict)
    bands: dict[str, list[float]] = Field(default_factory=dict)

    @field_validator("cluster")
    @classmethod
    def _no_cluster(cls, value: str) -> str:
        if value:
            msg = (
                "clustered rows need intervals that are not there yet; give one row for each "
                "independent answer and leave cluster out"
            )
            raise ValueError(msg)
        return value

    @field_validator("favorable", "groups")
    @classmethod
    def _no_empty_level(cls, value: Any) -> Any:  # noqa: ANN401 - one level, or lists of them
        lists = value.values() if isinstance(value, dict) else [value]
        levels = [
            each for found in lists for each in (found if isinstance(found, list) else [found])
        ]
        if any(each is not None and level_text(each) is None for each in levels):
            msg = "must name levels, but one of them is empty"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _features_or_drop(self) -> "DataTable":
        if self.features is not None and self.drop:
            msg = "features and drop must not both be given"
            raise ValueError(msg)
        return self

    def roles(self) -> Roles:
        """Return the roles of the columns; levels and classes become text."""
        return Roles(
            label=self.label,
            prediction=self.prediction,
            scores=score_columns(self.scores),
            score_classes=level_texts([*self.scores]) if isinstance(self.scores, dict) else (),
            favorable=level_texts(self.favorable),
            groups=judged_levels(self.groups),
            bands={name: tuple(edges) for name, edges in self.bands.items()},
            intersections=self.intersections,
            id=self.id,
            weight=self.weight,
            count=self.count,
            time=self.time,
            text=self.text,
            features=None if self.features is None else tuple(self.features),
            drop=self.drop,
        )


class GridSearchTable(StrictTable):
    """What fairlearn's GridSearch is to even out, and between whom."""

    protected: Name
    """A group; only the training sees it, the model does not read it."""
    constraint: Literal[
        "demographic_parity",
        "true_positive_rate_parity",
        "false_positive_rate_parity",
        "equalized_odds",
        "error_rate_parity",
    ] = "demographic_parity"
    grid_size: Annotated[Whole, Field(ge=2)] = 7
    grid_limit: Annotated[float, Field(gt=0)] = 2.0
    """The largest weight that the constraint gets in the grid, against that of the errors."""
    constraint_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    """What an uneven rate counts against errors when the best of the grid is chosen."""


class TrainTable(StrictTable):
    """What `audit train` does; what is left out is chosen by the kind of model."""

    data: Files
    validation: Annotated[float, Field(ge=0, lt=1)] | str = 0.15
    base: str | None = None
    method: Literal["full", "last_layers", "lora", "head"] = "full"
    pretrain: str | None = None
    """A file of texts without labels, on which the base first goes on to learn masked words."""
    pretrain_epochs: Annotated[Whole, Field(ge=1)] | None = None
    max_length: Annotated[Whole, Field(ge=8)] | None = None
    mixed_precision: bool | None = None
    checkpoint_steps: Annotated[Whole, Field(ge=1)] | None = None
    per_class: Annotated[Whole, Field(ge=1)] | None = None
    folds: Annotated[Whole, Field(ge=2)] | None = None
    patience: Annotated[Whole, Field(ge=1)] | None = None
    class_weight: Literal["balanced"] | None = None
    mitigation: Literal["grid_search"] | None = None
    grid_search: GridSearchTable | None = None
    epochs: Annotated[Whole, Field(ge=1)] | None = None
    batch_size: Annotated[Whole, Field(ge=1)] | None = None
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    hidden: tuple[Annotated[Whole, Field(ge=1)], ...] | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _grid_with_mitigation(self) -> "TrainTable":
        if self.grid_search is not None and self.mitigation is None:
            msg = 'grid_search is read only with mitigation = "grid_search"'
            raise ValueError(msg)
        return self


class RunTable(StrictTable):
    """How it is measured."""

    seed: Annotated[Whole, Field(ge=0)] = 0
    confidence: Number = 0.95
    keep_predictions: bool = True

    @field_validator("confidence")
    @classmethod
    def _two_sided(cls, value: float) -> float:
        if not 0 < value < 1:
            hint = f"; did you mean {value / 100:g}?" if 1 < value < 100 else ""  # noqa: PLR2004
            msg = f"must lie in (0, 1), but got {value:g}{hint}"
            raise ValueError(msg)
        return value


class ReportTable(StrictTable):
    """What the evidence shows."""

    examples: bool = False
    """Whether texts of the data are shown, and so stand in the record, which others may read."""


class BaselineTable(StrictTable):
    """The version before."""

    bundle: str


class Config(StrictTable):
    """All of audit.toml."""

    model: ModelTable
    data: DataTable
    train: TrainTable | None = None
    run: RunTable = RunTable()
    report: ReportTable = ReportTable()
    baseline: BaselineTable | None = None
    checks: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)
    gate: tuple[GateTable, ...] = ()
    waiver: tuple[WaiverTable, ...] = ()

    @field_validator("waiver")
    @classmethod
    def _one_for_each_gate(cls, waivers: tuple[WaiverTable, ...]) -> tuple[WaiverTable, ...]:
        names = [each.gate for each in waivers]
        if twice := [name for i, name in enumerate(names) if name in names[:i]]:
            msg = f"must hold one waiver for each gate, but {twice[0]!r} has two"
            raise ValueError(msg)
        return waivers

    def check_settings(self) -> dict[str, dict[str, Any]]:
        """Return the settings of every check that a gate or a table names, by id."""
        named = {
            f"{family}.{name}": settings
            for family, checks in self.checks.items()
            for name, settings in checks.items()
        }
        return {**{gate.check: {} for gate in self.gate}, **named}


def read(path: Path, *, today: dt.date) -> Config:
    """Read audit.toml.

    Parameters
    ----------
    path : Path
    today : date
        The day from which the longest life of a waiver is counted.

    Raises
    ------
    ConfigError
        With every problem, a line each.

    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as problem:
        msg = f"{path}: there is no such file; `audit init` writes one"
        raise ConfigError(msg) from problem
    except (OSError, UnicodeDecodeError) as problem:
        msg = f"{path}: cannot be read as text ({type(problem).__name__})"
        raise ConfigError(msg) from problem
    except tomllib.TOMLDecodeError as problem:
        msg = f"{path.name}: is no TOML: {problem}"
        raise ConfigError(msg) from problem
    return parse(values, name=path.name, today=today)


def parse(values: Mapping[str, Any], *, name: str, today: dt.date) -> Config:
    """Check the values of a config."""
    try:
        return Config.model_validate(values, context={"today": today})
    except ValidationError as problem:
        lines = [f"{name}: {each}" for each in config_problems(problem, Config)]
        raise ConfigError("\n".join(lines)) from problem
