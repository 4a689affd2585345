"""The numbers of a check that are about all rows, or compare groups with each other."""

from collections.abc import Sequence

from audit.record import CheckResult, Judgement
from audit.results import Answer, Finding
from audit_reports.pages.levels import Rates, group_of, level_of
from audit_reports.pages.parts import Block, Cell, Column, Row, Table, one
from audit_reports.pages.severity import graded
from audit_reports.pages.strips import gate_strip_again
from audit_reports.pages.teller import COLUMN, Teller


def overall_table(teller: Teller, check: CheckResult) -> Table | None:
    """List the numbers; those that decided a gate have its strip.

    None where there are none, or where each has decided a gate and stands in its line.
    """
    words = teller.words
    findings = [each for each in check.findings if _is_overall(each)]
    if all(_gate(teller, each) for each in findings):
        return None
    rows = [_row(teller, each) for each in findings]
    return Table(
        caption=words("overall.caption"),
        columns=(
            Column(name=words("column.metric")),
            Column(name="", chart=True, sides=(words("sides.breaks"), words("sides.meets"))),
            Column(name=words("column.value"), numeric=True),
            Column(name=words("column.attainable"), numeric=True),
        ),
        blocks=one(tuple(rows)),
        how=words("overall.how"),
    )


def _is_overall(answer: Answer) -> bool:
    about = answer.question.about
    apart = "versus" in about or COLUMN in about or graded(answer.question)
    return not group_of(answer) and not apart


def _row(teller: Teller, found: Finding) -> Row:
    words, judged = teller.words, _gate(teller, found)
    limits = (judged.gate.limit,) if judged else ()
    value, interval = teller.numbers(found.question, found.estimate, *limits)
    unit = teller.unit(teller.metric(found.question.check, found.question.metric))
    chart = gate_strip_again(teller, judged) if judged else None
    attainable = found.estimate.attainable
    reach = "" if attainable is None else teller.attainable(attainable, *limits)
    chosen = teller.slice(slice_of(found))
    whole = words("answer.slice_part", slice=chosen) if chosen else words("about.all")
    part = teller.part(found.question.about) or whole
    cells = (
        Cell(text=teller.metric_name(found.question.metric), under=(part,)),
        Cell(chart=chart) if chart else Cell(text=_why_no_strip(teller, found)),
        Cell(text=value, under=tuple(filter(None, (interval, unit, teller.sliced(found))))),
        Cell(text=reach),
    )
    return Row(cells=cells)


def slice_of(found: Finding) -> str:
    """Return the slice that a search chose, in words; "" for a number of other rows."""
    chosen = found.details.get("slice")
    return chosen if isinstance(chosen, str) else ""


def _why_no_strip(teller: Teller, found: Finding) -> str:
    reading = (j.gate.name for j in teller.record.gates if found in j.answers)
    name = next(reading, None)
    words = teller.words
    return words("overall.no_gate") if name is None else words("overall.read", gate=name)


def _gate(teller: Teller, found: Finding) -> Judgement | None:
    """Return the gate that this number decided."""
    deciding = (j for j in teller.record.gates if j.worst == found)
    return next(deciding, None)


def rates_list(teller: Teller, rates: Sequence[Rates]) -> Table | None:
    """List the metrics of levels that are not drawn; None if all are."""
    words = teller.words
    if not rates:
        return None
    metrics = list(dict.fromkeys(each.metric for each in rates))
    blocks = []
    for group in dict.fromkeys(each.group for each in rates):
        mine = {each.metric: each for each in rates if each.group == group}
        levels = list(dict.fromkeys(level_of(a) for each in mine.values() for a in each.answers))
        rows = tuple(_levels_row(teller, level, [mine.get(m) for m in metrics]) for level in levels)
        blocks.append(Block(title=group, rows=rows))
    return Table(
        caption=words("levels.listed"),
        columns=(
            Column(name=words("groups.column.level")),
            *(Column(name=teller.metric_name(metric), numeric=True) for metric in metrics),
        ),
        blocks=tuple(blocks),
    )


def _levels_row(teller: Teller, level: str, rates: Sequence[Rates | None]) -> Row:
    cells = [Cell(text=level)]
    for each in rates:
        answers = [a for a in each.answers if level_of(a) == level] if each else []
        cells.append(_number(teller, answers[0]) if answers else Cell())
    return Row(cells=tuple(cells))


def _number(teller: Teller, answer: Answer) -> Cell:
    if not isinstance(answer, Finding):
        return Cell(text=teller.words("none"))
    value, interval = teller.numbers(answer.question, answer.estimate)
    return Cell(text=value, under=(interval, teller.rows(answer.estimate)))
