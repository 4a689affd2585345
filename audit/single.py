"""`audit check`: one check on one file."""

from dataclasses import dataclass
from pathlib import Path

from audit import jobs
from audit.answering import answered_subject
from audit.catalogue import make_check
from audit.config import ModelTable
from audit.data.roles import Roles, fitting
from audit.data.tables import Table, read_files
from audit.demands import Demand
from audit.errors import ConfigError
from audit.opening import open_model
from audit.record import Record
from audit.runner import Job, run
from audit.subjects import Subject
from audit.units import units_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the command line says."""

    check_id: str
    data: str
    model: str = ""
    """A model folder, a skops file or `module:function`, from the working directory."""
    reference: str = ""
    label: str = ""
    prediction: str = ""
    scores: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    favorable: tuple[str, ...] = ()
    id: str = ""
    text: str = ""
    weight: str = ""
    metric: str = ""
    at_most: float | None = None
    at_least: float | None = None

    def demands(self) -> list[Demand]:
        """Return the gate that was asked for, if one was."""
        limits = [limit for limit in (self.at_most, self.at_least) if limit is not None]
        if not self.metric and not limits:
            return []
        if not self.metric or len(limits) != 1:
            msg = "--metric and exactly one of --at-most and --at-least must be given together"
            raise ConfigError(msg)
        return [
            Demand(
                check=self.check_id,
                metric=self.metric,
                at_most=self.at_most,
                at_least=self.at_least,
            )
        ]

    def roles(self) -> Roles:
        """Return the roles of the columns."""
        return Roles(
            label=self.label,
            prediction=self.prediction,
            scores=self.scores,
            favorable=self.favorable,
            groups=dict.fromkeys(self.groups, ()),
            id=self.id,
            text=self.text,
            weight=self.weight,
        )


def check_file(request: Request) -> Record:
    """Run one check on one file."""
    demands, roles, here = request.demands(), request.roles(), Path()
    check = make_check(request.check_id, {})
    rows = read_files(request.data, base=here, text=roles.as_text())
    compared = None
    if request.reference:
        compared = read_files(request.reference, base=here, text=roles.as_text())
    subject, now = _subject(request, rows, compared), jobs.utc_now()
    job = Job(
        checks=[check],
        subject=subject,
        demands=demands,
        data=jobs.data_used(subject),
        provenance=jobs.provenance(0, 0.95, now=now, subject=subject),
        today=now.date(),
    )
    return run(job)


def _subject(request: Request, rows: Table, compared: Table | None) -> Subject:
    roles = request.roles()
    if request.model:
        table = ModelTable(name="model", version="0", path=request.model)
        model = open_model(table, roles, rows, named="--model")
        return answered_subject(model, rows, roles, reference=compared)
    units = units_of(rows, roles)
    if compared is None:
        return Subject(units=units)
    return Subject(units=units, reference=units_of(compared, fitting(roles, compared), like=units))
