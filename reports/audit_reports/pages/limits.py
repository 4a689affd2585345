"""The limits, where they come from, and what changed since the predecessor's record."""

from audit.record import Gate, Record
from audit.results import About
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.teller import Teller


def changed_gates(record: Record) -> tuple[str, ...]:
    """Name the gates that are new, removed, or different from the predecessor's."""
    if record.baseline is None:
        return ()
    before = {gate.name: gate for gate in record.baseline.gates}
    now = {judged.gate.name: judged.gate for judged in record.gates}
    names = dict.fromkeys((*now, *before))
    return tuple(name for name in names if before.get(name) != now.get(name))


def limits_lead(teller: Teller) -> str:
    """Say what a limit is compared with."""
    key = "change" if teller.record.baseline else "not_established"
    first = teller.words("limits.lead")
    return teller.words("advice.and", first=first, then=teller.words(f"limits.{key}"))


def limits_table(teller: Teller) -> Table | None:
    """List every limit with its reason, or return None if there are none."""
    words, record = teller.words, teller.record
    before = {gate.name: gate for gate in record.baseline.gates} if record.baseline else {}
    names = {judged.gate.name for judged in record.gates}
    rows = [
        _row(
            teller,
            judged.gate,
            _change(teller, judged.gate, before.get(judged.gate.name)),
            f"g-{index}",
        )
        for index, judged in enumerate(record.gates, 1)
    ]
    gone = [gate for name, gate in before.items() if name not in names]
    rows += [_row(teller, gate, Cell(text=words("limits.removed"), strong=True)) for gate in gone]
    if not rows:
        return None
    keys = ("gate", "limit", "why", "severity", *(["changed"] if record.baseline else []))
    return Table(
        caption=words("limits.caption", n=len(rows)),
        columns=tuple(Column(name=words(f"limits.column.{key}")) for key in keys),
        blocks=one(tuple(rows)),
    )


def _row(teller: Teller, gate: Gate, change: Cell | None, anchor: str = "") -> Row:
    words = teller.words
    tolerated = gate.tolerate and words("limits.tolerate", limit=teller.allowed(gate.tolerate))
    default = words("limits.builtin") if gate.builtin else words("limits.no_reason")
    cells = (
        Cell(text=gate.name, link=anchor, under=() if anchor else (_reads(teller, gate),)),
        Cell(text=teller.limit(gate), under=(tolerated,) if tolerated else ()),
        Cell(text=words.told("whys", gate.why) if gate.why else default),
        Cell(text=words(f"severity.{gate.severity}")),
    )
    return Row(cells=(*cells, *([change] if change else [])))


def _reads(teller: Teller, gate: Gate) -> str:
    part = teller.part(gate.about or About())
    name = teller.metric_name(gate.metric)
    return teller.words.join((name, part)) if part else name


def _change(teller: Teller, gate: Gate, before: Gate | None) -> Cell | None:
    """Say what changed; None where nothing is known of a predecessor."""
    words = teller.words
    if teller.record.baseline is None:
        return None
    if before is None:
        return Cell(text=words("limits.new"), strong=True)
    if before == gate:
        return Cell(text=words("limits.unchanged"))
    return Cell(text=words("limits.changed"), strong=True, under=tuple(_old(teller, gate, before)))


def _old(teller: Teller, gate: Gate, before: Gate) -> list[str]:
    words, old = teller.words, []
    if (before.limit, before.versus) != (gate.limit, gate.versus):
        old.append(words("limits.was", was=teller.limit(before)))
    if before.severity != gate.severity:
        old.append(words("limits.was", was=words(f"severity.{before.severity}")))
    if before.tolerate != gate.tolerate:
        limit = teller.allowed(before.tolerate) if before.tolerate else words("limits.nothing")
        old.append(words("limits.was_tolerated", was=limit))
    if (before.check, before.metric, before.about) != (gate.check, gate.metric, gate.about):
        old.append(words("limits.was", was=f"{before.check}, {_reads(teller, before)}"))
    if before.why != gate.why:
        old.append(words("limits.was_why", was=before.why or words("limits.no_reason")))
    return old
