"""The shapes that checks and report formats have and get. Any object of the shape will do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, TypeAlias

import numpy as np

from audit.record import Record
from audit.results import Answer, Metric, Question
from audit.subjects import Subject


class Need(StrEnum):
    """What a subject must hold before a check can ask it anything."""

    LABELS = "labels"
    PREDICTIONS = "predictions"
    SCORES = "scores"
    GROUPS = "groups"
    REFERENCE = "reference"
    BASELINE = "baseline"
    FEATURES = "features"
    TEXT = "text"
    INPUTS = "features or a text"
    """Features or a text."""
    MODEL = "model"
    """Of a table or of texts."""
    TABLE_MODEL = "a model of tables"
    TEXT_MODEL = "a model of texts"
    GRADIENTS = "gradients"
    TRAINING = "training"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Context:
    """What the runner lends a check."""

    rng: np.random.Generator
    """Made from the run's seed and the check's id, so that other checks do not change it."""
    confidence: float
    """Two-sided level of every interval."""
    metrics: frozenset[str] = frozenset()
    """The metrics whose needs are met; the runner has answered for all others."""
    examples: bool = False
    """Whether details may hold texts of the data, as `audit.excerpts` writes them."""


class Check(Protocol):
    """One question in plain words, as numbers. Its fields are its settings."""

    id: ClassVar[str]
    """Its path: `audit_checks/bias/selection_rate.py` is `bias.selection_rate`."""
    question: ClassVar[str]
    metrics: ClassVar[tuple[Metric, ...]]
    needs: ClassVar[frozenset[Need]]

    def questions(self, subject: Subject) -> Iterable[Question]:
        """List what can be answered, if all needs are met.

        The runner asks only subjects that meet the needs of the check, and drops the questions
        about metrics whose own needs are not met.
        """
        ...

    def measure(self, subject: Subject, context: Context) -> Iterable[Answer]:
        """Answer each of the questions once, for the metrics in `context.metrics`."""
        ...


Render: TypeAlias = Callable[[Record, str], str]
"""A pure function of the record and a language, `en` or `zh-CN`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A way to show a record: a file of the bundle, or text for a terminal or a CI log."""

    render: Render
    file: str = ""
    """Name in the bundle, e.g. `junit.xml`; "" is not written."""
    per_language: bool = False
    """Whether each language gets a file of its own: `report.html`, `report.zh-CN.html`."""
