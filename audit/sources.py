"""What was released, on which rows, and how to get the same record again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audit.results import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCard:
    """What is released."""

    name: str
    version: str
    digest: str = ""
    """sha256 of the model's files; "" when only its logged predictions are known."""
    purpose: str = ""
    owner: str = ""
    out_of_scope: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A level of a group, and whether it is compared with the others."""

    level: str
    rows: int
    judged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupUsed:
    """A group column: every level that occurs or is judged, and what is missing."""

    name: str
    levels: tuple[Level, ...]
    missing: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DataPart:
    """One table that was read."""

    role: str
    """test, reference or baseline."""
    source: str
    """Where it came from, as written in the config, or the kind of frame."""
    digest: str
    rows: int
    columns: tuple[str, ...] = ()
    """The columns that were used, with their roles, e.g. `label: approved`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataUsed:
    """The rows behind the numbers."""

    parts: tuple[DataPart, ...] = ()
    groups: tuple[GroupUsed, ...] = ()
    protocol: str = "logged predictions"
    classes: tuple[str, ...] = ()
    favorable: tuple[str, ...] = ()

    @property
    def test(self) -> DataPart | None:
        """The rows that were judged."""
        return next((part for part in self.parts if part.role == "test"), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """How the version under audit came to be, as its own training record says."""

    kind: str
    """What was trained, e.g. `table network`."""
    data_digest: str
    """sha256 of the rows that it was trained on."""
    rows: int
    seed: int
    settings: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Numbers of the training itself, such as its last validation loss; nothing gates them."""
    seconds: float = 0.0
    protocol: str = ""
    """`one network`, or e.g. `5-fold out of fold`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """How to get the same record again."""

    seed: int
    confidence: float
    tool: str
    """Version of release-audit."""
    versions: Mapping[str, str] = field(default_factory=dict)
    hardware: Mapping[str, str] = field(default_factory=dict)
    git_commit: str = ""
    config_digest: str = ""
    command: str = ""
    run_id: str = ""
    """When the run started, in UTC; volatile."""
    seconds: float = 0.0
    """Wall time; volatile."""
