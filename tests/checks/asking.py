"""Ask one check, as the runner does, and read the answers."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.demands import Demand
from audit.protocol import Check
from audit.record import Judgement, Record
from audit.results import About, Estimate, Finding, Question, Unmeasured
from audit.runner import Job, run
from audit.sources import Provenance
from audit.subjects import Baseline, Subject
from audit.units import units_of

RUN = Provenance(seed=7, confidence=0.95, tool="test")


def subject(columns: Mapping[str, Sequence[Any]], **roles: Any) -> Subject:
    """Take columns; `label`, `prediction`, `count` and so on stand for themselves."""
    named = {role: role for role in ("label", "prediction", "id", "weight", "count")}
    known = {role: column for role, column in named.items() if column in columns}
    return Subject(units=units_of(read_frame(pd.DataFrame(columns)), Roles(**known | roles)))


def after(now: Subject, before: Subject) -> Subject:
    """Give a subject its predecessor."""
    return replace(now, baseline=Baseline(name="before", units=before.units))


def ask(check: Check, of: Subject, *demands: Demand, seed: int = 7) -> Record:
    """Run one check."""
    job = Job(
        checks=[check],
        subject=of,
        demands=demands,
        provenance=replace(RUN, seed=seed),
        today=dt.date(2027, 1, 1),
    )
    return run(job)


def verdict(check: Check, of: Subject, demand: Demand) -> str:
    """Return what one gate says."""
    [judgement] = ask(check, of, demand).gates
    assert isinstance(judgement, Judgement)
    return str(judgement.verdict)


def question(check: Check, metric: str, about: Mapping[str, Any] | None = None) -> Question:
    """Address one answer."""
    return Question(check=check.id, metric=metric, about=About(about or {}))


def findings(record: Record) -> dict[Question, Finding]:
    """Return the answers with a number."""
    return {a.question: a for a in record.answers if isinstance(a, Finding)}


def estimates(record: Record) -> dict[Question, Estimate]:
    """Return the numbers."""
    return {question: found.estimate for question, found in findings(record).items()}


def refusals(record: Record) -> dict[Question, Unmeasured]:
    """Return the answers without a number."""
    return {a.question: a for a in record.answers if isinstance(a, Unmeasured)}


def twice(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Write every row twice."""
    return {name: [value for value in values for _ in (0, 1)] for name, values in columns.items()}


def shuffled(columns: Mapping[str, Sequence[Any]], order: Sequence[int]) -> dict[str, list[Any]]:
    """Write the rows in another order."""
    return {name: [values[i] for i in order] for name, values in columns.items()}
