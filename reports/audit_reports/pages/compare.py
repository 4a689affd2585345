"""A version beside its predecessor: paired changes, and the same questions side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from audit.record import Judgement, Record, Verdict
from audit.results import Better, Finding, Question
from audit_reports.charts import change, dumbbell, forest
from audit_reports.charts.svg import Span
from audit_reports.numbers import number
from audit_reports.pages.levels import group_of
from audit_reports.pages.overall import slice_of
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.severity import graded
from audit_reports.pages.teller import COLUMN, Teller

_MOST_ROWS: Final = 32
_OF_PEOPLE: Final = ("bias.", "performance.")
"""Families whose levels are people, not columns or probes."""
_COMPLEMENTS: Final = frozenset({"true_negative_rate", "false_negative_rate"})
"""Rates that another rate of the same rows says already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What changed since the predecessor."""

    lead: str
    gates: str
    """Which gates were gained and lost; "" if none can be compared."""
    paired: Table | None
    beside: Table | None
    more: str
    """How many pairs are not listed; "" if all are."""


def comparison(teller: Teller) -> Comparison:
    """Compare with the predecessor."""
    words, record = teller.words, teller.record
    if record.baseline is None:
        return Comparison(lead=words("compare.none"), gates="", paired=None, beside=None, more="")
    pairs = _pairs(record)
    paired = _paired_table(teller)
    more = words("compare.more", n=len(pairs) - _MOST_ROWS) if len(pairs) > _MOST_ROWS else ""
    return Comparison(
        lead=_lead(teller, len(pairs)),
        gates=_gates(teller),
        paired=paired,
        beside=_beside_table(teller, pairs[:_MOST_ROWS]),
        more=more,
    )


def _lead(teller: Teller, pairs: int) -> str:
    words, now = teller.words, teller.record.model.version
    if not pairs and not _paired(teller.record):
        return words("compare.nothing_in_common", version=teller.predecessor)
    return words("compare.lead", n=pairs, before=teller.predecessor, now=now)


def _gates(teller: Teller) -> str:
    """Name the gates that are met now and were not before, and those met before alone."""
    words, record = teller.words, teller.record
    before = {f.question: f for f in record.baseline.findings} if record.baseline else {}
    both = [(judged, then) for judged in record.gates if (then := _then(judged, before))]
    changes = {
        "gained": [j.gate.name for j, then in both if _met(j) and not _all_met(j, then)],
        "lost": [j.gate.name for j, then in both if not _met(j) and _all_met(j, then)],
    }
    said = [
        words(f"compare.gates_{key}", gates=words.join(tuple(names)))
        for key, names in changes.items()
        if names
    ]
    if both and not said:
        return words("compare.gates_same")
    return words("list.sentences").join(said)


def _then(judged: Judgement, before: Mapping[Question, Finding]) -> list[Finding]:
    """Return what the predecessor said to every question of a gate; empty if one is missing."""
    then = [before[each.question] for each in judged.answers if each.question in before]
    return then if len(then) == len(judged.answers) and not judged.gate.versus else []


def _met(judged: Judgement) -> bool:
    return judged.verdict is Verdict.PASS


def _all_met(judged: Judgement, then: list[Finding]) -> bool:
    return all(judged.gate.limit.met_by(each.estimate) for each in then)


def _paired(record: Record) -> list[Finding]:
    findings = [a for a in record.answers if isinstance(a, Finding)]
    return [found for found in findings if "versus" in found.question.about]


def _paired_table(teller: Teller) -> Table | None:
    words, found = teller.words, _paired(teller.record)
    if not found:
        return None
    return Table(
        caption=words("compare.paired"),
        columns=(
            Column(name=words("column.metric")),
            Column(name=teller.predecessor, numeric=True),
            Column(name=words("about.version", version=teller.record.model.version), numeric=True),
            Column(name="", chart=True, sides=(words("sides.worse"), words("sides.better"))),
            Column(name=words("column.change"), numeric=True),
        ),
        blocks=one(tuple(_paired_row(teller, each) for each in found)),
        how=words("compare.how_paired"),
    )


def _paired_row(teller: Teller, found: Finding) -> Row:
    question, estimate = found.question, found.estimate
    metric = teller.metric(question.check, question.metric)
    low = metric is not None and metric.better is Better.LOW
    value, interval = teller.numbers(question, estimate)
    name = teller.title(question)
    drawn = change.Change(
        title=teller.words("compare.change_title", name=name, value=value, interval=interval),
        span=Span(estimate.value, estimate.low, estimate.high),
        low_is_better=low,
        margin=_margin(teller, found),
    )
    details = found.details
    under = [teller.words("better.low" if low else "better.high")]
    under += [
        teller.words(f"compare.{key}", n=details[key])
        for key in ("lost", "new")
        if isinstance(details.get(key), int)
    ]
    cells = (
        Cell(text=name, under=tuple(under)),
        Cell(text=_kept(details, "value_before")),
        Cell(text=_kept(details, "value_now")),
        Cell(chart=change.draw(drawn)),
        Cell(text=value, under=(interval,)),
    )
    return Row(cells=cells)


def _kept(details: Mapping[str, object], key: str) -> str:
    value = details.get(key)
    return number(value) if isinstance(value, int | float) else ""


def _margin(teller: Teller, found: Finding) -> float | None:
    gates = (j.gate for j in teller.record.gates if j.gate.reads(found.question))
    for gate in gates:
        ends = [end for end in (gate.limit.low, gate.limit.high) if end is not None]
        return max(map(abs, ends))
    return None


def _pairs(record: Record) -> list[tuple[Finding, Finding]]:
    """Return the questions that both versions answered, columns left out.

    Levels of groups whose intervals moved apart come first, then the questions of gates.

    A step of a probe has a chart of its own, so it comes last unless it decided a gate.
    """
    before = {f.question: f for f in record.baseline.findings} if record.baseline else {}
    judged = {answer.question for judgement in record.gates for answer in judgement.answers}
    decided = {judgement.worst.question for judgement in record.gates if judgement.worst}
    now = [a for a in record.answers if isinstance(a, Finding) and _comparable(a.question)]
    pairs = [(before[found.question], found) for found in now if found.question in before]

    def place(pair: tuple[Finding, Finding]) -> tuple[bool, bool, bool, bool]:
        question, step = pair[1].question, graded(pair[1].question)
        read = question in (decided if step else judged)
        return not _moved(pair), not read, step, bool(group_of(pair[1]))

    return sorted(pairs, key=place)


def _moved(pair: tuple[Finding, Finding]) -> bool:
    """Say whether a level of a group has intervals that lie apart."""
    then, now = (each.estimate for each in pair)
    question = pair[1].question
    people = question.check.startswith(_OF_PEOPLE) and bool(group_of(pair[1]))
    first = people and len(question.about) == 1 and question.metric not in _COMPLEMENTS
    return first and (then.high < now.low or now.high < then.low)


def _comparable(question: Question) -> bool:
    return "versus" not in question.about and COLUMN not in question.about


def _beside_table(teller: Teller, pairs: list[tuple[Finding, Finding]]) -> Table | None:
    words = teller.words
    if not pairs:
        return None
    on_scale = [pair for pair in pairs if _on_scale(teller, pair)]
    values = [found.estimate.value for pair in on_scale for found in pair]
    scale = forest.shared(values) if values else None
    rows = [_beside_row(teller, pair, scale if pair in on_scale else None) for pair in pairs]
    return Table(
        caption=words("compare.beside", before=teller.predecessor),
        columns=(
            Column(name=words("column.metric")),
            Column(name=teller.predecessor, numeric=True),
            Column(name=words("compare.scale"), chart=True),
            Column(name=words("about.version", version=teller.record.model.version), numeric=True),
        ),
        blocks=one(tuple(rows)),
        axis=forest.axis(words("compare.axis"), scale) if scale else None,
        how=words("compare.how_beside"),
    )


def _on_scale(teller: Teller, pair: tuple[Finding, Finding]) -> bool:
    metric = teller.metric(pair[1].question.check, pair[1].question.metric)
    return metric is not None and metric.unit == "share" and metric.low >= 0


def _part(teller: Teller, pair: tuple[Finding, Finding]) -> str:
    """Name the rows that both numbers are about; a search may have chosen different ones."""
    old, new = (teller.slice(slice_of(each)) for each in pair)
    if new and not old:
        return teller.words("compare.slice", new=new)
    if old != new:
        return teller.words("compare.slices", old=old, new=new)
    return teller.part(pair[1].question.about) or teller.words("about.all")


def _beside_row(teller: Teller, pair: tuple[Finding, Finding], scale: forest.Shared | None) -> Row:
    before, now = pair
    name, question = teller.metric_name(now.question.metric), now.question
    old, old_interval = teller.numbers(question, before.estimate)
    new, new_interval = teller.numbers(question, now.estimate)
    chart = None
    if scale:
        title = teller.words("compare.dumbbell", name=teller.title(question), old=old, new=new)
        chart = dumbbell.draw(title, before.estimate.value, now.estimate.value, scale)
    cells = (
        Cell(text=name, under=(_part(teller, pair),)),
        Cell(text=old, under=(old_interval,)),
        Cell(chart=chart) if chart else Cell(text=teller.words("compare.own_unit")),
        Cell(text=new, under=(new_interval,)),
    )
    return Row(cells=cells)
