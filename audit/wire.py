"""The shapes of results.json: what other programs rely on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from audit.limits import Limit
from audit.record import (
    Advice,
    Decision,
    Disposition,
    NotAsked,
    Predecessor,
    Severity,
    Status,
    Verdict,
    Waiver,
)
from audit.results import About, Cause, Estimate, Json, Metric, Question
from audit.sources import DataUsed, ModelCard, Provenance, Training


@dataclass(frozen=True, kw_only=True)
class WireFinding:
    """A question of a check with a number."""

    metric: str
    about: About
    intersection: bool
    estimate: Estimate
    details: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class WireUnmeasured:
    """A question of a check without one."""

    metric: str
    about: About
    intersection: bool
    reason: str
    template: str
    params: Mapping[str, str]
    cause: Cause


@dataclass(frozen=True, kw_only=True)
class WireCheck:
    """One entry of `checks[]`."""

    id: str
    question: str
    status: Status
    metrics: tuple[Metric, ...]
    settings: Mapping[str, Json]
    findings: tuple[WireFinding, ...]
    unmeasured: tuple[WireUnmeasured, ...]
    seconds: float
    model_calls: int


@dataclass(frozen=True, kw_only=True)
class WireGate:
    """One entry of `gates[]`."""

    name: str
    check: str
    metric: str
    about: About | None
    versus: bool
    limit: Limit
    tolerate: Limit | None
    severity: Severity
    why: str
    questions: tuple[Question, ...]
    decided_by: Question | None
    estimate: Estimate | None
    verdict: Verdict
    disposition: Disposition
    attainable: float | None
    needed_n: int | None
    advice: Advice


@dataclass(frozen=True, kw_only=True)
class Document:
    """All of results.json."""

    schema: Literal["audit-record/1"]
    decision: Decision
    model: ModelCard
    data: DataUsed
    questions: tuple[Question, ...]
    gates: tuple[WireGate, ...]
    waivers: tuple[Waiver, ...]
    checks: tuple[WireCheck, ...]
    run: tuple[WireFinding | WireUnmeasured, ...]
    """What the runner itself answered: the questions of the built-in gates."""
    provenance: Provenance
    baseline: Predecessor | None
    not_asked: tuple[NotAsked, ...]
    only: tuple[str, ...]
    volatile: tuple[str, ...]
    training: Training | None = None
