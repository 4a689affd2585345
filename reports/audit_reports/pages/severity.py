"""Numbers about probes of rising severity: a curve for each probe, and its table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from audit.record import CheckResult, Gate, Judgement
from audit.results import Answer, Finding, Question
from audit_reports.charts.severity import Severity, draw
from audit_reports.charts.svg import Span
from audit_reports.numbers import number, percent, written
from audit_reports.pages.held import number_in
from audit_reports.pages.parts import Cell, Column, Plot, Row, Table, one
from audit_reports.pages.strips import span
from audit_reports.pages.teller import PROBE, SEVERITY, Teller, finding

_DROP: Final = "accuracy_drop"
_MOST_DRAWN: Final = 4
"""Probes that no gate reads and that are drawn; more of them share a table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """One metric of one probe, from the mildest step to the hardest."""

    probe: str
    answers: tuple[Answer, ...]

    @property
    def metric(self) -> str:
        """The metric of every answer."""
        return self.answers[0].question.metric


def graded(question: Question) -> bool:
    """Say whether a question is about one step of a probe."""
    about = question.about
    return PROBE in about and number_in(about.get(SEVERITY)) is not None and len(about) == 2  # noqa: PLR2004


def severities(teller: Teller, check: CheckResult) -> tuple[Plot, ...]:
    """Draw each probe once, by the metric that a gate reads or else the first."""
    listed = unread(teller, check)
    probes = [every for every in probes_of(check) if every not in listed]
    return tuple(plot for every in probes for plot in _plots(teller, every))


def probes_of(check: CheckResult) -> list[list[Steps]]:
    """Return the metrics of each probe."""
    answers = [each for each in check.answers if graded(each.question)]
    probes = dict.fromkeys(str(each.question.about[PROBE]) for each in answers)
    return [_metrics(probe, answers) for probe in probes]


def unread(teller: Teller, check: CheckResult) -> list[list[Steps]]:
    """Return the probes that no gate reads, if they are too many to draw each of them."""
    free = [
        every
        for every in probes_of(check)
        if not any(_reading(teller, steps) for steps in every)
        and any(finding(answer) for steps in every for answer in steps.answers)
    ]
    return free if len(free) > _MOST_DRAWN else []


def _metrics(probe: str, answers: Sequence[Answer]) -> list[Steps]:
    mine = [each for each in answers if each.question.about[PROBE] == probe]
    metrics = dict.fromkeys(each.question.metric for each in mine)
    return [_steps(probe, metric, mine) for metric in metrics]


def _plots(teller: Teller, every: Sequence[Steps]) -> list[Plot]:
    read = [steps for steps in every if _reading(teller, steps)]
    drawn = [steps for steps in (read or every[:1]) if any(map(finding, steps.answers))]
    return [_plot(teller, steps, every) for steps in drawn]


def _steps(probe: str, metric: str, answers: Sequence[Answer]) -> Steps:
    mine = [each for each in answers if each.question.metric == metric]
    return Steps(probe=probe, answers=tuple(sorted(mine, key=_place)))


def _place(answer: Answer) -> float:
    return number_in(answer.question.about[SEVERITY]) or 0.0


def _reading(teller: Teller, steps: Steps) -> list[Judgement]:
    asked = [each.question for each in steps.answers]
    return [judged for judged in teller.record.gates if any(map(judged.gate.reads, asked))]


def _plot(teller: Teller, steps: Steps, every: Sequence[Steps]) -> Plot:
    words, judged = teller.words, _reading(teller, steps)
    metric, probe = teller.metric_name(steps.metric), probe_name(teller, steps.probe)
    hardest = [each for each in steps.answers if isinstance(each, Finding)][-1]
    said = teller.sentence(hardest.question, hardest.estimate)
    step = step_of(hardest)
    title = words("probed.title", probe=probe, metric=metric, said=said, step=step)
    gates = [each.gate for each in judged]
    before = _before(teller, steps)
    drawn = Severity(
        title=title,
        axis=words("probed.axis", metric=metric),
        steps=tuple(map(step_of, steps.answers)),
        now=tuple(_span(each) for each in steps.answers),
        before=before,
        names=(words("probed.now"), words("gates.before")),
        zone=_zone(gates),
        limits=tuple(dict.fromkeys(_ends(gates[:1]))),
        judged=_judged(steps, judged[:1]),
    )
    how = "probed.how_limit" if gates else "probed.how"
    return Plot(
        title=title,
        plotted=words("probed.plotted", metric=metric),
        chart=draw(drawn),
        how=words(how),
        table=_table(teller, steps, every),
        notes=_notes(teller, hardest),
    )


def _notes(teller: Teller, found: Finding) -> tuple[str, ...]:
    """Say how right the model is on the same rows before they are probed."""
    clean = _detail(found, "accuracy clean")
    if clean is None:
        return ()
    n = found.estimate.n
    return (teller.words("probed.clean", n=n, accuracy=number(clean)),)


def _span(answer: Answer) -> Span | None:
    return span(answer.estimate) if isinstance(answer, Finding) else None


def step_of(answer: Answer) -> str:
    """Print the severity that an answer is about."""
    return written(number_in(answer.question.about[SEVERITY]) or 0.0)


def probe_name(teller: Teller, probe: str) -> str:
    """Name a probe."""
    named = teller.words.find("about_values", probe) or probe
    return named[:1].upper() + named[1:]


def _zone(gates: Sequence[Gate]) -> tuple[float, float] | None:
    if not gates:
        return None
    limit = gates[0].limit
    return (
        -inf if limit.low is None else limit.low,
        inf if limit.high is None else limit.high,
    )


def _ends(gates: Sequence[Gate]) -> list[float]:
    ends = [end for gate in gates for end in (gate.limit.low, gate.limit.high)]
    return [end for end in ends if end is not None]


def _judged(steps: Steps, gates: Sequence[Judgement]) -> tuple[int, ...]:
    """Return the step that a gate names, or the one that decided it."""
    places = []
    for place, answer in enumerate(steps.answers):
        for judged in gates:
            named = judged.gate.about is not None and judged.gate.reads(answer.question)
            decided = judged.worst is not None and judged.worst.question == answer.question
            if named or decided:
                places.append(place)
    return tuple(dict.fromkeys(places))


def _before(teller: Teller, steps: Steps) -> tuple[float | None, ...]:
    """Return what the predecessor's record says about the same questions."""
    baseline = teller.record.baseline
    kept = {each.question: each for each in baseline.findings} if baseline else {}
    found = [kept.get(each.question) for each in steps.answers]
    return tuple(each.estimate.value if each else None for each in found)


def _table(teller: Teller, steps: Steps, every: Sequence[Steps]) -> Table:
    words, old = teller.words, _before(teller, steps)
    others = [each for each in every if each is not steps]
    columns = [Column(name=words("probed.column"))]
    columns.append(Column(name=teller.metric_name(steps.metric), numeric=True))
    shown = any(value is not None for value in old)
    if shown:
        columns.append(Column(name=teller.predecessor, numeric=True))
    columns += [Column(name=teller.metric_name(each.metric), numeric=True) for each in others]
    rows = []
    for answer, value in zip(steps.answers, old, strict=True):
        then = Cell(text=words("none") if value is None else number(value))
        cells = [_heading(teller, answer), _cell(teller, answer), *([then] if shown else [])]
        cells += [_other(teller, each, answer) for each in others]
        rows.append(Row(cells=tuple(cells)))
    caption = words("probed.table", probe=probe_name(teller, steps.probe))
    return Table(caption=caption, columns=tuple(columns), blocks=one(tuple(rows)))


def _heading(teller: Teller, answer: Answer) -> Cell:
    return Cell(text=step_of(answer), under=size_of(teller, answer))


def size_of(teller: Teller, answer: Answer) -> tuple[str, ...]:
    """Say how large a step is, in the unit of its probe."""
    if not isinstance(answer, Finding):
        return ()
    size, unit = _detail(answer, "size"), answer.details.get("size in")
    if size is None:
        return ()
    if not isinstance(unit, str):
        return (written(size),)
    known = teller.words.find("probe_units", unit) or f"{{size}} {unit}"
    return (teller.words.fill(known, {"size": written(size), "percent": percent(size)}),)


def _detail(answer: Answer, key: str) -> float | None:
    return number_in(answer.details.get(key)) if isinstance(answer, Finding) else None


def _cell(teller: Teller, answer: Answer) -> Cell:
    if not isinstance(answer, Finding):
        return Cell(text=teller.words("none"))
    value, interval = teller.numbers(answer.question, answer.estimate)
    return Cell(text=value, under=(interval, *_beside(teller, answer)))


def _beside(teller: Teller, answer: Finding) -> Iterator[str]:
    """Say what limit these rows could prove, and how right the model still is."""
    reach, left = answer.estimate.attainable, _detail(answer, "accuracy perturbed")
    if reach is not None:
        yield teller.words("probed.attainable", attainable=teller.attainable(reach))
    if left is not None and answer.question.metric == _DROP:
        yield teller.words("probed.left", accuracy=number(left))


def _other(teller: Teller, steps: Steps, like: Answer) -> Cell:
    same = (each for each in steps.answers if each.question.about == like.question.about)
    answer = next(same, None)
    return Cell() if answer is None else _cell(teller, answer)
