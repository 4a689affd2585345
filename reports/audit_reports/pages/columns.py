"""Numbers about columns: a table of all, and the distributions that moved most."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audit.record import CheckResult
from audit.results import Answer, Finding
from audit_reports.charts.overlay import draw
from audit_reports.numbers import number, short
from audit_reports.pages.parts import Cell, Column, Multiple, Multiples, Row, Table, one
from audit_reports.pages.teller import COLUMN, DESCRIPTOR, Teller

_DRAWN: Final = 5
_EXPONENT: Final = re.compile(r"-?\d[\d.]*e[+-]\d+")


@dataclass(frozen=True, slots=True)
class Shift:
    """A finding with the shares of both tables over the same bins."""

    found: Finding
    labels: tuple[str, ...]
    reference: tuple[float, ...]
    test: tuple[float, ...]


def columns_table(teller: Teller, check: CheckResult) -> Table | None:
    """List every column with every metric, the worst first; None if there are none."""
    words = teller.words
    answers = [a for a in check.answers if COLUMN in a.question.about]
    if not answers:
        return None
    metrics = list(dict.fromkeys(answer.question.metric for answer in answers))
    by_place = {(str(a.question.about[COLUMN]), a.question.metric): a for a in answers}
    large = _worse_if_large(teller, check)
    named = dict.fromkeys(name for name, _ in by_place)
    names = sorted(named, key=lambda name: _size(by_place, name, large))
    rows = [
        Row(
            cells=(
                Cell(text=teller.column(name)),
                *(_number(teller, by_place.get((name, metric))) for metric in metrics),
            )
        )
        for name in names
    ]
    return Table(
        caption=words("columns.caption", n=len(names)),
        columns=(
            Column(name=words("columns.column")),
            *(Column(name=teller.metric_name(metric), numeric=True) for metric in metrics),
        ),
        blocks=one(tuple(rows)),
    )


def _size(
    answers: Mapping[tuple[str, str], Answer], name: str, worse_if_large: Sequence[str]
) -> tuple[float, str]:
    values = [
        found.estimate.value
        for metric in worse_if_large
        if isinstance(found := answers.get((name, metric)), Finding)
    ]
    return (-max(values, default=0.0), name)


def _worse_if_large(teller: Teller, check: CheckResult) -> list[str]:
    """Name the metrics that a gate holds below a limit; a large value of one comes first."""
    gates = [j.gate for j in teller.record.gates if j.gate.check == check.id]
    return [gate.metric for gate in gates if gate.limit.low is None]


def _number(teller: Teller, answer: Answer | None) -> Cell:
    if answer is None:
        return Cell()
    if not isinstance(answer, Finding):
        return Cell(text=teller.words("none"))
    value, interval = teller.numbers(answer.question, answer.estimate)
    return Cell(text=value, under=(interval,))


def shifts(teller: Teller, check: CheckResult) -> Multiples | None:
    """Draw the columns that moved most; None where no finding carries both distributions."""
    words = teller.words
    found = sorted(_shifts(check), key=lambda each: -each.found.estimate.value)
    drawn = list({_name(teller, each): each for each in reversed(found)}.items())[::-1][:_DRAWN]
    if not drawn:
        return None
    return Multiples(
        title=words("shift.title", n=len(drawn)),
        each=tuple(_multiple(teller, name, shift) for name, shift in drawn),
        how=words("shift.how"),
    )


def _name(teller: Teller, shift: Shift) -> str:
    about = shift.found.question.about
    if COLUMN in about:
        return teller.column(str(about[COLUMN]))
    if DESCRIPTOR in about:
        return teller.value(DESCRIPTOR, str(about[DESCRIPTOR]))
    return teller.title(shift.found.question)


def _shifts(check: CheckResult) -> list[Shift]:
    made = []
    for found in check.findings:
        bins = found.details.get("bins")
        if isinstance(bins, list | tuple) and bins and all(map(_is_pair, bins)):
            shares = [(float(each["reference"]), float(each["test"])) for each in bins]
            labels = tuple(str(each["label"]) for each in bins)
            reference, test = zip(*shares, strict=True)
            made.append(Shift(found, labels, reference, test))
    return made


def _is_pair(each: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(each, Mapping) and {"label", "reference", "test"} <= set(each)


def _multiple(teller: Teller, name: str, shift: Shift) -> Multiple:
    question, estimate = shift.found.question, shift.found.estimate
    metric = teller.metric_name(question.metric)
    said = teller.words("shift.under", metric=metric, value=teller.numbers(question, estimate)[0])
    title = teller.words("shift.svg_title", name=name, said=said)
    ends = (_label(teller, shift, 0), _label(teller, shift, -1))
    chart = draw(title, shift.reference, shift.test, ends)
    return Multiple(title=name, under=said, chart=chart, table=_bins_table(teller, shift))


def _label(teller: Teller, shift: Shift, at: int) -> str:
    """Name a bin of numbers in words; a category stands as it is written."""
    label = shift.labels[at]
    if shift.found.details.get("kind") != "numeric":
        return label
    return teller.words.told("bins", _EXPONENT.sub(lambda each: short(float(each[0])), label))


def _bins_table(teller: Teller, shift: Shift) -> Table:
    words = teller.words
    labels = [_label(teller, shift, at) for at in range(len(shift.labels))]
    bins = zip(labels, shift.reference, shift.test, strict=True)
    rows = [
        Row(cells=(Cell(text=label), Cell(text=number(then)), Cell(text=number(now))))
        for label, then, now in bins
    ]
    return Table(
        caption=words("shift.table"),
        columns=(
            Column(name=words("shift.column.bin")),
            Column(name=words("shift.column.reference"), numeric=True),
            Column(name=words("shift.column.test"), numeric=True),
        ),
        blocks=one(tuple(rows)),
    )
