"""What was not measured, and why; what nobody asked for; who is not judged."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.record import RUN, Record
from audit.results import Cause, Question, Unmeasured
from audit_reports.pages.blocking import stops
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.teller import Teller


@dataclass(frozen=True, kw_only=True, slots=True)
class NotMeasured:
    """Three kinds of gaps, and a sentence for each that is empty."""

    answers: Table | None
    not_asked: Table | None
    levels: Table | None
    none: str


def not_measured(teller: Teller) -> NotMeasured:
    """List every gap of the evidence."""
    answers = _answers_table(teller)
    return NotMeasured(
        answers=answers,
        not_asked=_not_asked_table(teller),
        levels=_levels_table(teller),
        none="" if answers else teller.words("unmeasured.none"),
    )


def _answers_table(teller: Teller) -> Table | None:
    words, rows = teller.words, tuple(_rows(teller))
    if not rows:
        return None
    keys = ("question", "reason", "remedy", "effect")
    return Table(
        caption=words("unmeasured.caption", n=len(rows)),
        columns=tuple(Column(name=words(f"unmeasured.column.{key}")) for key in keys),
        blocks=one(rows),
    )


def _rows(teller: Teller) -> Iterator[Row]:
    words, record = teller.words, teller.record
    for answer in _all_answers(record):
        question = answer.question
        cells = (
            Cell(text=teller.title(question), under=(question.check,)),
            Cell(text=teller.sentence_of(answer)),
            Cell(text=words(f"unmeasured.remedy.{_remedy(record, answer)}")),
            Cell(text=words(f"unmeasured.effect.{_effect(record, question)}")),
        )
        yield Row(cells=cells)
    for question in _unanswered(record):
        cells = (
            Cell(text=teller.title(question), under=(question.check,)),
            Cell(text=words("unmeasured.silent")),
            Cell(text=words("unmeasured.remedy.error")),
            Cell(text=words("unmeasured.effect.stops")),
        )
        yield Row(cells=cells)


def _remedy(record: Record, answer: Unmeasured) -> str:
    """Name what would give a number: data differ by who reads the answer."""
    if answer.cause is not Cause.DATA:
        return answer.cause
    if answer.question.check == RUN:
        return "run"
    return "shown" if _effect(record, answer.question) == "shown" else "data"


def _all_answers(record: Record) -> list[Unmeasured]:
    """Return what the checks, and the runner itself, could not measure."""
    own = [answer for judged in record.gates for answer in judged.answers]
    answers = dict.fromkeys(a.question for a in (*record.answers, *own))
    found = {a.question: a for a in (*own, *record.answers) if isinstance(a, Unmeasured)}
    return [found[question] for question in answers if question in found]


def _unanswered(record: Record) -> list[Question]:
    judged = {a.question for j in record.gates for a in j.answers}
    answered = {answer.question for answer in record.answers} | judged
    return [question for question in record.questions if question not in answered]


def _effect(record: Record, question: Question) -> str:
    reading = [j for j in record.gates if any(a.question == question for a in j.answers)]
    if any(stops(judged) for judged in reading):
        return "stops"
    return "read" if reading else "shown"


def _not_asked_table(teller: Teller) -> Table | None:
    words, checks = teller.words, teller.record.not_asked
    if not checks:
        return None
    rows = [
        Row(cells=(Cell(text=each.id, code=True), Cell(text=asked)))
        for each in checks
        for asked in [teller.question(each.id, each.question)]
    ]
    return Table(
        caption=words("not_asked.caption", n=len(rows)),
        columns=(
            Column(name=words("not_asked.column.check")),
            Column(name=words("not_asked.column.question")),
        ),
        blocks=one(tuple(rows)),
    )


def _levels_table(teller: Teller) -> Table | None:
    words, rows = teller.words, []
    for group in teller.record.data.groups:
        unjudged = [(each.level, each.rows, "unnamed") for each in group.levels if not each.judged]
        if group.missing:
            unjudged.append((words("groups.missing"), group.missing, "missing"))
        for level, n, why in unjudged:
            said = words(f"unjudged.why.{why}")
            cells = (
                Cell(text=group.name),
                Cell(text=level),
                Cell(text=said),
                Cell(text=teller.n(n)),
            )
            rows.append(Row(cells=cells))
    if not rows:
        return None
    return Table(
        caption=words("unjudged.caption"),
        columns=(
            Column(name=words("unjudged.column.group")),
            Column(name=words("groups.column.level")),
            Column(name=words("unjudged.column.why")),
            Column(name=words("column.rows"), numeric=True),
        ),
        blocks=one(tuple(rows)),
    )
