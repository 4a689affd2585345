"""The levels of a group side by side, on one scale, with those that are not judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from audit.record import CheckResult, Gate
from audit.results import Answer, Finding
from audit_reports.charts import forest
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.severity import graded
from audit_reports.pages.strips import span
from audit_reports.pages.teller import CLASS, COLUMN, DIMENSIONS, FEW_ROWS, TIMES, Teller

_RESERVED: Final = frozenset({"across", "versus", COLUMN})
RATE_BEHIND: Final = {
    "demographic_parity_difference": ("selection_rate",),
    "demographic_parity_ratio": ("selection_rate",),
    "equal_opportunity_difference": ("true_positive_rate",),
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
}
"""The rate of each level that a comparison across levels is made of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """One metric, level by level of one group."""

    group: str
    metric: str
    answers: tuple[Answer, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The levels with a number."""
        return tuple(each for each in self.answers if isinstance(each, Finding))

    @property
    def values(self) -> tuple[float, ...]:
        """Every number that the shared scale must hold."""
        estimates = [each.estimate for each in self.findings]
        return tuple(v for e in estimates for v in (e.value, e.low, e.high))


def rates_of(check: CheckResult) -> tuple[Rates, ...]:
    """Sort the answers about levels by group and metric, in the order of the check's metrics."""
    found: dict[tuple[str, str], list[Answer]] = {}
    for answer in check.answers:
        if group := group_of(answer):
            found.setdefault((group, answer.question.metric), []).append(answer)
    return tuple(
        Rates(group=group, metric=metric, answers=tuple(answers))
        for (group, metric), answers in found.items()
    )


def group_of(answer: Answer) -> str:
    """Name the group of which an answer is about one level; "" if it is about none."""
    about = answer.question.about
    if not about or _RESERVED & set(about) or graded(answer.question):
        return ""
    return TIMES.join(about)


def level_of(answer: Answer) -> str:
    """Name the level that an answer is about."""
    return TIMES.join(map(str, answer.question.about.values()))


def group_name(teller: Teller, group: str) -> str:
    """Name a group: as it is written, or in words where the check made it."""
    if group == CLASS:
        return teller.words("about.class_title")
    parts = group.split(TIMES)
    if not set(parts) <= DIMENSIONS:
        return group
    return TIMES.join(map(teller.dimension, parts))


def _head(written: str, named: str) -> str:
    """Head a column: a group stays as it is written, words begin with a capital."""
    made = set(written.split(TIMES)) <= DIMENSIONS
    return named[:1].upper() + named[1:] if made else named


def level_name(teller: Teller, answer: Answer) -> str:
    """Name a level: as it is written, or in words where the check made it."""
    about = answer.question.about
    return TIMES.join(teller.value(name, str(value)) for name, value in about.items())


def rates_table(teller: Teller, check: CheckResult, rates: Rates, key: str) -> Table | None:
    """Draw the levels on one scale; None where no level has a number.

    `key` names the ground of their drawings on the page.
    """
    words = teller.words
    if not rates.findings:
        return None
    group = group_name(teller, rates.group)
    zone, limits, why = _zone(teller, check, rates)
    scale = forest.shared((*rates.values, *limits))
    name = teller.metric_name(rates.metric)
    ground = forest.Ground(key=key, zone=_inside(zone, scale), limits=limits)
    first = rates.findings[0]
    rows = [_row(teller, each, (scale, ground), first=each == first) for each in rates.answers]
    return Table(
        caption=words("levels.caption", metric=name, group=group),
        columns=(
            Column(name=_head(rates.group, group)),
            Column(name=words("column.rows"), numeric=True),
            Column(name=words("levels.scale"), chart=True),
            Column(name=words("column.value"), numeric=True),
        ),
        blocks=one((*rows, *_not_judged(teller, rates))),
        axis=forest.axis(words("levels.axis", metric=name), scale),
        levels=True,
        how=why or words("levels.how"),
    )


def _row(
    teller: Teller,
    answer: Answer,
    drawing: tuple[forest.Shared, forest.Ground],
    *,
    first: bool,
) -> Row:
    words, level = teller.words, level_name(teller, answer)
    if not isinstance(answer, Finding):
        reason = Cell(text=teller.sentence_of(answer))
        return Row(cells=(Cell(text=level), Cell(), reason, Cell(text=words("none"))))
    estimate, question = answer.estimate, answer.question
    value, interval = teller.numbers(question, estimate)
    few = estimate.n < FEW_ROWS
    drawn = forest.Row(
        title=words("levels.row_title", level=level, value=value),
        span=span(estimate),
        few=few,
    )
    cells = (
        Cell(text=level, under=(words("groups.few"),) if few else ()),
        Cell(text=teller.n(estimate.n)),
        Cell(chart=forest.draw(drawn, *drawing, first=first)),
        Cell(text=value, under=(interval,)),
    )
    return Row(cells=cells)


def _inside(zone: tuple[float, float] | None, scale: forest.Shared) -> tuple[float, float] | None:
    low, high = scale.ticks[0], scale.ticks[-1]
    return (max(zone[0], low), min(zone[1], high)) if zone else None


def _not_judged(teller: Teller, rates: Rates) -> Iterator[Row]:
    """Show the levels that are not judged, and the missing rows, with their counts."""
    words, not_judged = teller.words, teller.words("groups.not_judged")
    answered = {level_of(answer) for answer in rates.answers}
    for group in teller.record.data.groups:
        if group.name != rates.group:
            continue
        unjudged = [level for level in group.levels if level.level not in answered]
        for level in unjudged:
            said = words("groups.no_answer") if level.judged else not_judged
            yield _counted(level.level, teller.n(level.rows), said)
        if group.missing:
            yield _counted(words("groups.missing"), teller.n(group.missing), not_judged)


def _counted(level: str, rows: str, said: str) -> Row:
    return Row(cells=(Cell(text=level), Cell(text=rows), Cell(text=said), Cell()))


def _zone(
    teller: Teller, check: CheckResult, rates: Rates
) -> tuple[tuple[float, float] | None, tuple[float, ...], str]:
    """Return where the rates meet the limit of a gate, its ends, and how to read it."""
    gates = [j.gate for j in teller.record.gates if j.gate.check == check.id and not j.gate.versus]
    highest = max(each.estimate.value for each in rates.findings)
    for gate in gates:
        if _reads_levels(gate, rates):
            ends = [end for end in (gate.limit.low, gate.limit.high) if end is not None]
            low = -inf if gate.limit.low is None else gate.limit.low
            high = inf if gate.limit.high is None else gate.limit.high
            return (low, high), tuple(ends), teller.words("levels.how_limit")
        start = _start(gate, rates, highest)
        if start is not None:
            how = teller.words("levels.how_across", gate=gate.name)
            return (start, inf), (start,), how
    return None, (), ""


def _reads_levels(gate: Gate, rates: Rates) -> bool:
    read = [answer.question for answer in rates.answers]
    return gate.metric == rates.metric and any(map(gate.reads, read))


def _start(gate: Gate, rates: Rates, highest: float) -> float | None:
    """Return the lowest rate that meets a gate on the comparison across the levels."""
    if rates.metric not in RATE_BEHIND.get(gate.metric, ()):
        return None
    if gate.about is not None and gate.about.get("across") != rates.group:
        return None
    if gate.limit.low is not None:
        return gate.limit.low * highest
    return None if gate.limit.high is None else highest - gate.limit.high


def drawn_rates(teller: Teller, check: CheckResult) -> Sequence[Rates]:
    """Choose the metrics that are drawn: two, or those behind a gate; the rest are listed."""
    rates, order = rates_of(check), [metric.name for metric in check.metrics]
    judged = [j.gate.metric for j in teller.record.gates if j.gate.check == check.id]
    behind = {name for metric in judged for name in (metric, *RATE_BEHIND.get(metric, ()))}
    names = sorted({each.metric for each in rates}, key=lambda n: (n not in behind, _at(order, n)))
    chosen = names[: max(2, len(behind & set(names)))]
    kept = [each for each in rates if each.metric in chosen]
    return sorted(kept, key=lambda each: chosen.index(each.metric))


def _at(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
