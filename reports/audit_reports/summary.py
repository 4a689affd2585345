"""The record as Markdown for a pull request: what stops the release first, and never too long."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from audit.protocol import Format
from audit.record import Decision, Judgement, Record, Waiver, WaiverState
from audit.record_json import digest
from audit_reports.escapes import cell, code
from audit_reports.gate_words import (
    COUNTED,
    STOPPING,
    advice,
    ends,
    exact,
    idle_waiver,
    interval,
    limit,
    lost,
    number,
    obstacles,
    outcome,
    says,
    standing,
    worst_first,
)

MOST_BYTES: Final = 60_000
"""Longest summary; GitHub refuses a comment of more than 65,536 characters."""
_GATES: Final = 30_000
_ADVICE: Final = 10_000
_LOST: Final = 9_000
_WAIVERS: Final = 8_000
"""Bytes for the rows of each section; together they leave room for the sentences between."""
_Item = TypeVar("_Item")


def render(record: Record, language: str) -> str:  # noqa: ARG001 - the summary is in English
    """Return the decision, the gates worst first, and what would unblock the release."""
    model = record.model
    lines = [
        f"## {record.decision.upper()}: {code(model.name)}, version {code(model.version)}",
        "",
        _counts(record),
        *_gates(record),
        *_unblock(record),
        *_lost(record),
        *_waivers(record),
        "",
        f"sha256 of results.json: {code(digest(record))}",
        "",
        "The whole report is report.html in the bundle; `audit render BUNDLE` writes it again.",
    ]
    return "\n".join(lines) + "\n"


def _counts(record: Record) -> str:
    tally = record.tally()
    missing = sum(standing(judged) == "not measured" for judged in record.gates)
    words = [f"{tally[word]} {word}" for word in COUNTED]
    return f"Gates: {', '.join(words)}. Inconclusive because not measured: {missing}."


def _gates(record: Record) -> list[str]:
    if not record.gates:
        return []
    head = ["| Says | Gate | Value | Interval | Limit |", "| --- | --- | ---: | --- | --- |"]
    return ["", *head, *_fitting(_gate, worst_first(record), _GATES, "gates")]


def _gate(judged: Judgement) -> str:
    gate = judged.gate
    value, around = "", ""
    if judged.estimate:
        others = ends(gate)
        value, around = number(judged.estimate.value, *others), interval(judged.estimate, *others)
    return f"| {says(judged)} | {cell(gate.name)} | {value} | {around} | {limit(gate.limit)} |"


def _unblock(record: Record) -> list[str]:
    if record.decision is Decision.PASSED:
        return []
    general = [f"- {sentence}" for sentence in obstacles(record)]
    stopping = [judged for judged in worst_first(record) if standing(judged) in STOPPING]
    rows = _fitting(_advice, stopping, _ADVICE, "gates")
    return ["", "### What would unblock it", "", *general, *rows]


def _advice(judged: Judgement) -> str:
    said = f"- {standing(judged)}, {code(judged.gate.name)}: {advice(judged) or 'see the report'}"
    return said if judged.estimate else f"{said}: {code(outcome(judged))}"


def _lost(record: Record) -> list[str]:
    rows = _fitting(_lost_question, lost(record), _LOST, "questions")
    return ["", "### Not measured", "", *rows] if rows else []


def _lost_question(what_and_why: tuple[str, str]) -> str:
    what, why = what_and_why
    return f"- {code(what)}: {code(why)}"


def _waivers(record: Record) -> list[str]:
    if not record.waivers:
        return []
    head = [
        "| Waiver | Gate | Until | Owner | Approver | Covers up to | Reason |",
        "| --- | --- | --- | --- | --- | ---: | --- |",
    ]
    used_last = sorted(record.waivers, key=lambda waiver: waiver.state is WaiverState.USED)
    return ["", "### Waivers", "", *head, *_fitting(_waiver, used_last, _WAIVERS, "waivers")]


def _waiver(waiver: Waiver) -> str:
    used = waiver.state is WaiverState.USED
    people = f"{cell(waiver.owner)} | {cell(waiver.approver)}"
    covers = "" if waiver.ceiling is None else exact(waiver.ceiling)
    state = "used" if used else idle_waiver(waiver)
    return (
        f"| {state} | {cell(waiver.gate)} | {waiver.expires} | {people} | {covers} "
        f"| {cell(waiver.reason)} |"
    )


def _fitting(
    written: Callable[[_Item], str], items: Sequence[_Item], room: int, what: str
) -> list[str]:
    """Write the items that fit, a line each, and say how many do not."""
    kept: list[str] = []
    for row in map(written, items):
        room -= len(row.encode()) + 1
        if room < 0:
            break
        kept.append(row)
    left_out = len(items) - len(kept)
    sentence = f"Left out here for want of room: {left_out} more {what}. The report has them all."
    return [*kept, "", sentence] if left_out else kept


FORMAT: Final = Format(render=render, file="summary.md")
