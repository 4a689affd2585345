"""Probes that no gate reads, where they are many: a table for each metric, a row a probe."""

from collections.abc import Sequence
from typing import Final

from audit.record import CheckResult
from audit.results import Answer
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.severity import Steps, probe_name, size_of, step_of, unread
from audit_reports.pages.teller import Teller, finding

_NO_CELL: Final = Cell()


def probe_tables(teller: Teller, check: CheckResult) -> tuple[Table, ...]:
    """List each metric of the probes that are not drawn, from the mildest step to the hardest."""
    every = [steps for probe in unread(teller, check) for steps in probe]
    metrics = dict.fromkeys(steps.metric for steps in every)
    tables = [_table(teller, [each for each in every if each.metric == name]) for name in metrics]
    return tuple(tables)


def _table(teller: Teller, probes: Sequence[Steps]) -> Table:
    words = teller.words
    answers = [each for steps in probes for each in steps.answers]
    places = dict.fromkeys(map(step_of, answers))
    steps = sorted(places, key=float)
    heads = (_head(teller, step, answers) for step in steps)
    return Table(
        caption=words("probed.unread", metric=teller.metric_name(probes[0].metric)),
        columns=(
            Column(name=words("probed.probe")),
            Column(name=words("column.rows"), numeric=True),
            *(Column(name=head, numeric=True) for head in heads),
        ),
        blocks=one(tuple(_row(teller, each, steps) for each in probes)),
        how=words("probed.how_unread"),
    )


def _head(teller: Teller, step: str, answers: Sequence[Answer]) -> str:
    """Name a step, with its size where all probes share one."""
    sizes = {size_of(teller, each) for each in answers if finding(each) and step_of(each) == step}
    same = [size for each in sizes for size in each] if len(sizes) == 1 else []
    head = teller.words("about.level", name=teller.words("probed.column"), value=step)
    return teller.words("number.inline", value=head, interval=same[0]) if same else head


def _row(teller: Teller, probe: Steps, steps: Sequence[str]) -> Row:
    known = [found for each in probe.answers if (found := finding(each))]
    rows = teller.n(max((found.estimate.n for found in known), default=0))
    cells = [Cell(text=probe_name(teller, probe.probe)), Cell(text=rows)]
    for step in steps:
        answer = next((each for each in probe.answers if step_of(each) == step), None)
        cells.append(_number(teller, answer) if answer else _NO_CELL)
    return Row(cells=tuple(cells))


def _number(teller: Teller, answer: Answer) -> Cell:
    found = finding(answer)
    if found is None:
        return Cell(text=teller.words("none"))
    value, interval = teller.numbers(found.question, found.estimate)
    return Cell(text=value, under=(interval,))
