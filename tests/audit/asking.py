"""Small real subjects and jobs for the tests of the engine."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from audit import Check, Demand, Subject
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.record import Predecessor, Waiver
from audit.runner import Job
from audit.sources import Provenance
from audit.subjects import Baseline
from audit.units import Units, units_of

TODAY = dt.date(2026, 11, 24)


def units(columns: Mapping[str, Any], **roles: Any) -> Units:
    return units_of(read_frame(pd.DataFrame(dict(columns)), source="by hand"), Roles(**roles))


def job(
    checks: Sequence[Check],
    subject: Subject,
    demands: Sequence[Demand] = (),
    *,
    waivers: Sequence[Waiver] = (),
    expected_rows: int | None = None,
    predecessor: Predecessor | None = None,
    only: tuple[str, ...] = (),
) -> Job:
    return Job(
        checks=checks,
        subject=subject,
        demands=demands,
        waivers=waivers,
        expected_rows=expected_rows,
        predecessor=predecessor,
        only=only,
        provenance=Provenance(seed=7, confidence=0.95, tool="test"),
        today=TODAY,
    )


def paired_subject(now: Units, before: Units) -> Subject:
    return Subject(units=now, baseline=Baseline(name="before", units=before))
