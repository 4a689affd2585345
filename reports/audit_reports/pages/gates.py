"""All gates at a glance, grouped by family."""

from itertools import groupby

from audit.record import Judgement, Verdict
from audit.results import Finding
from audit_reports.pages.parts import Block, Cell, Column, Row, Table
from audit_reports.pages.strips import gate_strip
from audit_reports.pages.teller import Teller


def family(check: str) -> str:
    """Return the family of a check: the first part of its id."""
    return check.partition(".")[0]


def family_name(teller: Teller, key: str) -> str:
    """Name a family in plain words."""
    return teller.words.find("families", key) or key[:1].upper() + key[1:].replace("_", " ")


def gates_table(teller: Teller) -> Table | None:
    """List every gate, or return None if there are none."""
    words, gates = teller.words, teller.record.gates
    if not gates:
        return None
    numbered = sorted(enumerate(gates, 1), key=lambda each: _place(teller, each[1]))
    blocks = [
        Block(title=family_name(teller, key), rows=tuple(_row(teller, n, j) for n, j in group))
        for key, group in groupby(numbered, key=lambda each: family(each[1].gate.check))
    ]
    return Table(
        caption=words("gates.caption", n=len(gates)),
        columns=(
            Column(name=words("column.verdict")),
            Column(name=words("gates.column")),
            Column(name="", chart=True, sides=(words("sides.breaks"), words("sides.meets"))),
            Column(name=words("column.estimate"), numeric=True),
        ),
        blocks=tuple(blocks),
        how=words("gates.how"),
    )


def _place(teller: Teller, judged: Judgement) -> int:
    """Order families as they first occur; the runner's own gates come last."""
    if judged.gate.builtin:
        return len(teller.record.gates)
    families = [family(each.gate.check) for each in teller.record.gates]
    return families.index(family(judged.gate.check))


def _row(teller: Teller, index: int, judged: Judgement) -> Row:
    words = teller.words
    under = [teller.gate_metric(judged), words("gates.limit", limit=teller.limit(judged.gate))]
    if read := teller.read(judged):
        under.append(read)
    cells = (
        Cell(status=teller.status(judged), under=_notes(teller, judged)),
        Cell(text=judged.gate.name, under=tuple(under)),
        Cell(chart=gate_strip(teller, judged)),
        _estimate(teller, judged),
    )
    return Row(cells=cells, anchor=f"g-{index}")


def _notes(teller: Teller, judged: Judgement) -> tuple[str, ...]:
    """Say the verdict and the expiry of what is not enforced, in words."""
    found = (teller.words("gates.searched"),) if _in_vain(teller, judged) else ()
    return (*_standing(teller, judged), *found)


def _in_vain(teller: Teller, judged: Judgement) -> bool:
    """Say whether a gate reads a search that found no failure."""
    return judged.estimate is not None and teller.searched(judged)


def _standing(teller: Teller, judged: Judgement) -> tuple[str, ...]:
    words, key = teller.words, judged.counted_as
    if key not in {"tolerated", "warned", "waived"}:
        warns = judged.gate.severity.value == "warn" and judged.verdict is Verdict.PASS
        return (words("gates.warn_gate"),) if warns else ()
    verdict = "unmeasured" if judged.unmeasured else judged.verdict
    notes = [words("gates.verdict", verdict=words(f"verdict.{verdict}"))]
    if key == "waived":
        waivers = (w for w in teller.record.waivers if w.gate == judged.gate.name)
        notes += [words("gates.until", day=w.expires.isoformat()) for w in waivers]
    if key == "tolerated" and judged.gate.tolerate:
        notes.append(words("gates.tolerated", limit=teller.allowed(judged.gate.tolerate)))
    return tuple(notes)


def _estimate(teller: Teller, judged: Judgement) -> Cell:
    match judged.worst:
        case Finding(question=question, estimate=estimate) as found:
            value, interval = teller.numbers(question, estimate, judged.gate.limit)
            unit = teller.unit(teller.metric(question.check, question.metric))
            under = [interval, *([unit] if unit else []), teller.sliced(found)]
            return Cell(text=value, strong=True, under=tuple(under))
        case _:
            return Cell(text=teller.words("gates.no_estimate"), strong=True)
