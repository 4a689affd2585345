"""The record as plain aligned text for a terminal or a CI log."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Final

from audit.protocol import Format
from audit.record import Judgement, Record, WaiverState
from audit.results import Finding
from audit_reports.escapes import clipped, columns, shown
from audit_reports.gate_words import (
    STOPPING,
    advice,
    ends,
    estimated,
    idle_waiver,
    limit,
    lost,
    obstacles,
    says,
    standing,
    worst_first,
)

WIDEST: Final = 100
_LONGEST: Final = 1000
_NARROWEST: Final = 24
"""Columns that a name gets even if the line then grows wider."""


def render(record: Record, language: str) -> str:  # noqa: ARG001 - a terminal reads English
    """Return one line a gate, what was not measured, and the findings if there is no gate.

    Each line begins with blanks and a word or mark of our own, so that no text from data can
    stand where a CI server looks for a command.
    """
    gated = any(not judged.gate.builtin for judged in record.gates)
    sections = (
        _gates(record),
        _notes("What would unblock it", _ways_out(record) if record.gates else ()),
        _notes("Not measured", (f"{what}: {reason}" for what, reason in lost(record))),
        _notes("Waivers", _idle(record)),
        () if gated else _findings(record),
    )
    return "".join(f"{line}\n" for section in sections for line in section)


def _gates(record: Record) -> Iterator[str]:
    order = worst_first(record)
    rows = [[says(each).capitalize(), each.gate.name, *_numbers(each)] for each in order]
    return _aligned("  ", rows, name=1)


def _numbers(judged: Judgement) -> tuple[str, str]:
    others = ends(judged.gate)
    value = estimated(judged.estimate, *others) if judged.estimate else "no number"
    return value, limit(judged.gate.limit)


def _ways_out(record: Record) -> Iterator[str]:
    yield from obstacles(record)
    for judged in worst_first(record):
        if standing(judged) in STOPPING and (text := advice(judged)):
            yield f"{judged.gate.name}: {text}"


def _idle(record: Record) -> Iterator[str]:
    for waiver in record.waivers:
        if waiver.state is not WaiverState.USED:
            yield f"{waiver.gate}: {idle_waiver(waiver)}"


def _notes(title: str, texts: Iterable[str]) -> Iterator[str]:
    for place, text in enumerate(texts):
        if not place:
            yield f"  {title}"
        yield from _wrapped("    - ", text)


def _findings(record: Record) -> Iterator[str]:
    for check in record.checks:
        yield from _wrapped("  Check ", f"{check.id}: {check.question}")
        yield from _aligned("    - ", list(map(_finding, check.findings)), name=1)


def _finding(finding: Finding) -> list[str]:
    estimate, question = finding.estimate, finding.question
    return [question.metric, str(question.about), estimated(estimate, 0, 1), f"n = {estimate.n:,}"]


def _aligned(start: str, rows: Sequence[Sequence[str]], *, name: int) -> Iterator[str]:
    """Set rows in columns, cutting only the long names of one column."""
    cells = [[shown(text) for text in row] for row in rows]
    widths = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    if widths:
        others = sum(widths) - widths[name] + 2 * (len(widths) - 1) + len(start)
        widths[name] = min(widths[name], max(_NARROWEST, WIDEST - others))
    for row in cells:
        cut = [clipped(text, widths[name]) if at == name else text for at, text in enumerate(row)]
        padded = (
            text + " " * (width - columns(text)) for text, width in zip(cut, widths, strict=True)
        )
        yield start + "  ".join(padded).rstrip()


def _wrapped(start: str, text: str) -> list[str]:
    """Set a long text in lines that all begin with our own mark, never with its words."""
    room = WIDEST - len(start)
    lines = wrap(clipped(shown(text), _LONGEST), room, break_on_hyphens=False) or ["(empty)"]
    more = " " * (len(start) - 2) + "| "
    return [f"{more if place else start}{line}" for place, line in enumerate(lines)]


FORMAT: Final = Format(render=render)
