"""The gates that do not pass as workflow commands of GitHub, shown beside the change."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from audit.protocol import Format
from audit.record import Decision, Judgement, Record, WaiverState
from audit_reports.escapes import clipped, command_data, command_property, shown
from audit_reports.gate_words import (
    STOPPING,
    advice,
    counts,
    idle_waiver,
    obstacles,
    outcome,
    standing,
    waiver_of,
    worst_first,
)

MOST: Final = 10
"""GitHub shows so many of a kind for a step and drops the others in silence."""
_TITLE: Final = 100
_MESSAGE: Final = 500
_Note: TypeAlias = tuple[str, str]
"""A title and a message."""


def render(record: Record, language: str) -> str:  # noqa: ARG001 - commands are read in English
    """Return one command a line; nothing if all gates pass and each waiver was used."""
    stopping: list[_Note] = []
    other: list[_Note] = []
    for judged in worst_first(record):
        word = standing(judged)
        if word != "pass":
            notes = stopping if word in STOPPING else other
            notes.append((f"{word}: {judged.gate.name}", _message(judged, record)))
    if record.decision is not Decision.PASSED and not stopping:
        stopping.append((f"audit: {record.decision.upper()}", _decision(record)))
    return "".join([*_commands("error", stopping), *_commands("warning", [*other, *_idle(record)])])


def _commands(kind: str, notes: list[_Note]) -> Iterator[str]:
    shown_here = notes if len(notes) <= MOST else notes[: MOST - 1]
    for title, message in shown_here:
        yield _command(kind, title, message)
    if hidden := len(notes) - len(shown_here):
        yield _command(kind, f"and {hidden} more", f"{hidden} more are in the report")


def _command(kind: str, title: str, message: str) -> str:
    title, message = clipped(shown(title), _TITLE), clipped(shown(message), _MESSAGE)
    return f"::{kind} title={command_property(title)}::{command_data(message)}\n"


def _decision(record: Record) -> str:
    return " ".join([counts(record), *obstacles(record)])


def _message(judged: Judgement, record: Record) -> str:
    said = outcome(judged)
    waiver = waiver_of(judged, record)
    if waiver and standing(judged) == "waived":
        return f"{judged.verdict}: {said}; waived until {waiver.expires}, owner {waiver.owner}"
    text = advice(judged)
    return f"{said}; {text}" if text else said


def _idle(record: Record) -> Iterator[_Note]:
    for waiver in record.waivers:
        if waiver.state is not WaiverState.USED:
            yield f"{waiver.state} waiver: {waiver.gate}", idle_waiver(waiver)


FORMAT: Final = Format(render=render)
