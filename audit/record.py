"""What the gates demand and said, and the record of one audit: the only source of every page."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from audit.limits import Limit
from audit.results import (
    About,
    Answer,
    Cause,
    Estimate,
    Finding,
    Json,
    Metric,
    Question,
    Unmeasured,
)
from audit.sources import DataUsed, ModelCard, Provenance, Training

SCHEMA: Final = "audit-record/1"
RUN: Final = "run"
"""Stands where a question names its check, for what the runner itself answers."""
EXPECTED_ROWS: Final = "expected rows"
ANSWERED_BEFORE: Final = "answered before"
"""Names of the built-in gates."""


class Severity(StrEnum):
    """What a gate may do."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """A limit on one metric of one check."""

    name: str
    check: str
    metric: str
    limit: Limit
    about: About | None = None
    """Which question it reads; None is every question not `on_request`, and the worst counts."""
    versus: bool = False
    """Whether it reads the paired differences with the predecessor instead."""
    tolerate: Limit | None = None
    """Inconclusive is tolerated while the whole interval lies within this wider limit."""
    severity: Severity = Severity.BLOCK
    why: str = ""

    @property
    def builtin(self) -> bool:
        """Whether the runner made it; such a gate is no evidence that anything was gated."""
        return self.check == RUN

    def reads(self, question: Question) -> bool:
        """Say whether the gate judges the answer to this question."""
        if (question.check, question.metric) != (self.check, self.metric):
            return False
        if ("versus" in question.about) is not self.versus:
            return False
        if self.about is None:
            return self.versus or not question.on_request
        return question.about == (self.about.versus_baseline if self.versus else self.about)


class Verdict(StrEnum):
    """What a gate says, from best to worst."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    FAIL = "fail"


class Disposition(StrEnum):
    """What becomes of a verdict."""

    ENFORCED = "enforced"
    TOLERATED = "tolerated"
    WARNED = "warned"
    WAIVED = "waived"


class Advice(StrEnum):
    """What would settle or unblock a gate; a page puts it into words."""

    NOTHING = "nothing"
    CHANGE_MODEL = "change_model"  # or a waiver
    MORE_ROWS = "more_rows"  # needed_n says how many
    LOOSER_OR_MORE = "looser_or_more"  # these rows cannot prove the limit; attainable says which
    CLOSER_TO_FLAWLESS = "closer_to_flawless"  # the rows would do for a flawless model
    GIVE_WHAT_IS_NEEDED = "give_what_is_needed"
    COMPLETE_DATA = "complete_data"
    MEND_CHECK = "mend_check"


class Decision(StrEnum):
    """What the run says about the release."""

    PASSED = "passed"
    BLOCKED = "blocked"
    ERROR = "error"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_status(self) -> int:
        """Exit status of the command; 2 is kept for usage and input errors."""
        return {"passed": 0, "blocked": 1, "error": 3, "inconclusive": 4}[self]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What one gate said, and the answers that it read."""

    gate: Gate
    answers: tuple[Answer, ...]
    worst: Answer | None
    """The answer that decided; None when the gate read nothing."""
    verdict: Verdict
    disposition: Disposition
    needed_n: int | None = None
    """Rows with which a flawless model would pass in 8 of 10 runs, if below 20 times those here."""
    advice: Advice = Advice.NOTHING

    @property
    def estimate(self) -> Estimate | None:
        """The number that decided, if there is one."""
        return self.worst.estimate if isinstance(self.worst, Finding) else None

    @property
    def counted_as(self) -> str:
        """The one word under which the last line and the page count this gate."""
        if self.disposition is Disposition.ENFORCED or self.verdict is Verdict.PASS:
            return str(self.verdict)
        return str(self.disposition)

    @property
    def unmeasured(self) -> bool:
        """Whether it is inconclusive because there is no number."""
        return self.verdict is Verdict.INCONCLUSIVE and not isinstance(self.worst, Finding)


class WaiverState(StrEnum):
    """What a waiver did in this run."""

    USED = "used"
    UNUSED = "unused"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """An approved exception: the verdict stays, the release is not stopped by it."""

    gate: str
    reason: str
    owner: str
    approver: str
    expires: dt.date
    ceiling: float | None = None
    """The worst value covered; None only for the gate `answered before`."""
    state: WaiverState = WaiverState.UNUSED


class Status(StrEnum):
    """How far a check got."""

    MEASURED = "measured"
    PARTLY = "partly"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """One check and its answers."""

    id: str
    question: str
    metrics: tuple[Metric, ...]
    answers: tuple[Answer, ...]
    settings: Mapping[str, Json] = field(default_factory=dict)
    seconds: float = 0.0
    model_calls: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The questions with a number."""
        return tuple(a for a in self.answers if isinstance(a, Finding))

    @property
    def unmeasured(self) -> tuple[Unmeasured, ...]:
        """The questions without one."""
        return tuple(a for a in self.answers if isinstance(a, Unmeasured))

    @property
    def status(self) -> Status:
        """How far the check got."""
        causes = {each.cause for each in self.unmeasured}
        if Cause.ERROR in causes:
            return Status.ERROR
        if not causes and self.answers:
            return Status.MEASURED
        return Status.PARTLY if self.findings or causes != {Cause.NEED} else Status.NOT_APPLICABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class Predecessor:
    """What is kept of the record of the version before."""

    model: ModelCard
    run_id: str
    digest: str
    """sha256 of its results.json."""
    decision: Decision
    findings: tuple[Finding, ...]
    gates: tuple[Gate, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotAsked:
    """An installed check that neither a gate nor a table of the config names."""

    id: str
    question: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One audit."""

    decision: Decision
    model: ModelCard
    data: DataUsed
    questions: tuple[Question, ...]
    gates: tuple[Judgement, ...]
    waivers: tuple[Waiver, ...]
    checks: tuple[CheckResult, ...]
    provenance: Provenance
    baseline: Predecessor | None = None
    not_asked: tuple[NotAsked, ...] = ()
    only: tuple[str, ...] = ()
    """The checks that `--only` kept; such a record never says passed."""
    training: Training | None = None
    """How the version was trained; None where its training left no record."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every answer, check by check."""
        return tuple(answer for check in self.checks for answer in check.answers)

    @property
    def measured(self) -> bool:
        """Whether there were questions and each has a number."""
        return bool(self.answers) and all(isinstance(each, Finding) for each in self.answers)

    def tally(self) -> Counter[str]:
        """Count each gate once: pass, fail, inconclusive, tolerated, warned, waived, error."""
        return Counter(judgement.counted_as for judgement in self.gates)
