"""What a search for failures found: how many rows hold, by how far it may move them."""

from collections.abc import Sequence
from typing import Final

from audit.record import CheckResult
from audit.results import Finding, Json
from audit_reports.charts.severity import Severity, draw
from audit_reports.charts.svg import Span
from audit_reports.numbers import number, written
from audit_reports.pages.held import number_in, rows_in
from audit_reports.pages.parts import Cell, Column, Plot, Row, Table, one
from audit_reports.pages.teller import Teller

_REACH: Final = "eps"
_HELD: Final = "robust accuracy"


def attack_curves(teller: Teller, check: CheckResult) -> tuple[Plot, ...]:
    """Draw the curve of each finding that has one."""
    made = ((found, _curve(found.details.get("curve"))) for found in check.findings)
    return tuple(_plot(teller, found, curve) for found, curve in made if curve)


def _curve(value: Json) -> tuple[tuple[float, Span], ...]:
    """Return each reach with the share that held; empty for anything else."""
    points = []
    for row in rows_in(value):
        reach, held, high = (number_in(row.get(key)) for key in (_REACH, _HELD, "high"))
        if reach is None or held is None:
            return ()
        points.append((reach, Span(held, held, held if high is None else high)))
    return tuple(points)


def _plot(teller: Teller, found: Finding, curve: Sequence[tuple[float, Span]]) -> Plot:
    words, steps = teller.words, tuple(written(reach) for reach, _ in curve)
    held = [span for _, span in curve]
    name = teller.title(found.question)
    title = words(
        "attack.title", name=name, first=number(held[0].value), last=number(held[-1].value)
    )
    chart = Severity(
        title=title,
        axis=words("attack.axis"),
        steps=steps,
        now=tuple(held),
    )
    rows = [
        Row(cells=(Cell(text=step), Cell(text=number(span.value)), Cell(text=number(span.high))))
        for step, span in zip(steps, held, strict=True)
    ]
    columns = (
        Column(name=words("attack.reach")),
        Column(name=teller.metric_name(found.question.metric), numeric=True),
        Column(name=words("attack.most"), numeric=True),
    )
    return Plot(
        title=title,
        plotted=words("attack.plotted"),
        chart=draw(chart),
        how=words("attack.how"),
        table=Table(caption=words("attack.table"), columns=columns, blocks=one(tuple(rows))),
    )
