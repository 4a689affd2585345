"""What a search for failures found: how many rows hold, by how far it may go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from audit.record import CheckResult
from audit.results import Finding, Json
from audit_reports.charts.severity import Severity, draw
from audit_reports.charts.svg import Span
from audit_reports.numbers import number, written
from audit_reports.pages.held import number_in, table_in
from audit_reports.pages.parts import Cell, Column, Plot, Row, Table, one
from audit_reports.pages.teller import Teller

_REACHES: Final = ("eps", "queries", "words", "words changed")
"""How far a search may go: in standard deviations, in questions to the model, in words."""
_HELD: Final = "robust accuracy"


@dataclass(frozen=True, slots=True)
class Curve:
    """The share that held at each reach, with its upper bound."""

    reach: str
    steps: tuple[str, ...]
    held: tuple[Span, ...]


def attack_curves(teller: Teller, check: CheckResult) -> tuple[Plot, ...]:
    """Draw each curve of the findings once."""
    drawn: dict[Curve, Plot] = {}
    for found, curve in _curves(check):
        drawn.setdefault(curve, _plot(teller, found, curve))
    return tuple(drawn.values())


def _curves(check: CheckResult) -> Iterator[tuple[Finding, Curve]]:
    for found in check.findings:
        for value in found.details.values():
            if curve := reach_curve(value):
                yield found, curve


def reach_curve(value: Json) -> Curve | None:
    """Return each reach with the share that held; None for anything else."""
    rows = table_in(value)
    reach = next((key for key in _REACHES if rows and key in rows[0]), None)
    if reach is None:
        return None
    points = [point for row in rows if (point := _point(row, reach))]
    if len(points) < len(rows):
        return None
    return Curve(reach, tuple(step for step, _ in points), tuple(span for _, span in points))


def _point(row: Mapping[str, Json], reach: str) -> tuple[str, Span] | None:
    at, held, high = (number_in(row.get(key)) for key in (reach, _HELD, "high"))
    if at is None or held is None:
        return None
    return written(at), Span(held, held, held if high is None else high)


def _plot(teller: Teller, found: Finding, curve: Curve) -> Plot:
    words, held = teller.words, curve.held
    name = teller.title(found.question)
    title = words(
        "attack.title", name=name, first=number(held[0].value), last=number(held[-1].value)
    )
    reach = words(f"attack.by.{curve.reach.replace(' ', '_')}")
    chart = Severity(title=title, axis=reach, steps=curve.steps, now=held)
    return Plot(
        title=title,
        plotted=words("attack.plotted", reach=reach),
        chart=draw(chart),
        how=words("attack.how"),
        table=_table(teller, found, curve, reach[:1].upper() + reach[1:]),
    )


def _table(teller: Teller, found: Finding, curve: Curve, reach: str) -> Table:
    words = teller.words
    rows = [
        Row(cells=(Cell(text=step), Cell(text=number(span.value)), Cell(text=number(span.high))))
        for step, span in zip(curve.steps, curve.held, strict=True)
    ]
    columns = (
        Column(name=reach),
        Column(name=teller.metric_name(found.question.metric), numeric=True),
        Column(name=words("attack.most"), numeric=True),
    )
    return Table(caption=words("attack.table"), columns=columns, blocks=one(tuple(rows)))
