"""The approved exceptions, and what became of each."""

from audit.record import Judgement, Waiver
from audit_reports.numbers import written
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.teller import Teller


def waivers_table(teller: Teller) -> Table | None:
    """List every waiver, used or not; None if there are none."""
    words, waivers = teller.words, teller.record.waivers
    if not waivers:
        return None
    keys = ("gate", "state", "verdict", "measured", "ceiling", "reason", "people", "expires")
    numeric = {"measured", "ceiling"}
    return Table(
        caption=words("waivers.caption", n=len(waivers)),
        columns=tuple(
            Column(name=words(f"waivers.column.{key}"), numeric=key in numeric) for key in keys
        ),
        blocks=one(tuple(_row(teller, waiver) for waiver in waivers)),
    )


def _row(teller: Teller, waiver: Waiver) -> Row:
    words = teller.words
    numbered = enumerate(teller.record.gates, 1)
    found = next(((n, j) for n, j in numbered if j.gate.name == waiver.gate), None)
    ceiling = words("waivers.no_ceiling") if waiver.ceiling is None else written(waiver.ceiling)
    cells = (
        Cell(text=waiver.gate, link=f"g-{found[0]}" if found else ""),
        Cell(text=words(f"waivers.state.{waiver.state}"), strong=waiver.state != "used"),
        Cell(text=words(f"verdict.{found[1].verdict}") if found else words("waivers.no_gate")),
        _measured(teller, found[1]) if found else Cell(),
        Cell(text=ceiling),
        Cell(text=waiver.reason),
        Cell(text=words("waivers.people", owner=waiver.owner, approver=waiver.approver)),
        Cell(text=waiver.expires.isoformat()),
    )
    return Row(cells=cells)


def _measured(teller: Teller, judged: Judgement) -> Cell:
    if judged.estimate is None or judged.worst is None:
        return Cell(text=teller.words("none"))
    limit = judged.gate.limit
    value, interval = teller.numbers(judged.worst.question, judged.estimate, limit)
    return Cell(text=value, under=(interval,))
