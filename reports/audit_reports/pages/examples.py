"""Texts of the data that a record holds because its config asked for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from audit.record import CheckResult
from audit.results import Finding, Json
from audit_reports.numbers import number
from audit_reports.pages.held import number_in
from audit_reports.pages.pieces import Piece, pieces
from audit_reports.pages.teller import SEVERITY, Teller

KEY: Final = "examples"
_MOST: Final = 4
"""Examples of one check on the page; the record may hold more."""

Met = dict[tuple[Piece, ...], str]
"""Texts that the page shows so far, with the number of the article that shows them."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text, and what the model said of it."""

    pieces: tuple[Piece, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Group:
    """The examples of one number."""

    title: str
    each: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of a check, how to read them, and where others are."""

    groups: tuple[Group, ...]
    elsewhere: str
    how: tuple[str, ...]
    more: str


def examples(teller: Teller, check: CheckResult, number: str, met: Met) -> Examples:
    """Show some texts of as many numbers as possible, each text once on the page.

    `number` is that of the check's article; `met` gains what it shows.
    """
    held = _held(teller, check)
    rounds = zip_longest(*([(found, each) for each in some] for found, some in held))
    every = [turn for each in rounds for turn in each if turn]
    turns = [turn for turn in every if turn[1].pieces not in met]
    above = dict.fromkeys(met[each.pieces] for _, each in every if each.pieces in met)
    shown = turns[: max(0, _MOST - (len(every) - len(turns)))]
    met |= {each.pieces: number for _, each in shown}
    groups = []
    for found, _ in held:
        if mine := tuple(example for other, example in shown if other is found):
            groups.append(Group(teller.title(found.question), mine))
    more = len(turns) - len(shown)
    return Examples(
        tuple(groups),
        _elsewhere(teller, tuple(above)),
        tuple(_how(teller, shown)),
        teller.words("examples.more", n=more) if more else "",
    )


def _elsewhere(teller: Teller, articles: tuple[str, ...]) -> str:
    """Say under which articles the other texts of a check stand; "" if all stand here."""
    listed = teller.words.join(articles)
    return teller.words("examples.elsewhere", articles=listed) if articles else ""


def any_shown(teller: Teller) -> bool:
    """Say whether the record holds any text of the data."""
    return any(
        list(_texts(teller, found)) for check in teller.record.checks for found in check.findings
    )


def _held(teller: Teller, check: CheckResult) -> list[tuple[Finding, list[Example]]]:
    """Return the numbers with texts: those that decided a gate first, then the hardest probes."""
    deciding = [judged.worst for judged in teller.record.gates]

    def place(found: Finding) -> tuple[bool, float]:
        return found not in deciding, -(number_in(found.question.about.get(SEVERITY)) or 0.0)

    met: dict[tuple[Piece, ...], Finding] = {}
    held = []
    for found in sorted(check.findings, key=place):
        texts = {each.pieces: each for each in _texts(teller, found)}
        fresh = [each for each in texts.values() if met.setdefault(each.pieces, found) is found]
        held.append((found, fresh))
    return held


def _texts(teller: Teller, found: Finding) -> Iterator[Example]:
    listed = found.details.get(KEY)
    for each in listed if isinstance(listed, list | tuple) else ():
        if isinstance(each, Mapping) and (parts := pieces(each.get("parts"))):
            yield Example(parts, _said(teller, each))


def _said(teller: Teller, example: Mapping[str, Json]) -> str:
    """Say what the model answered, and what would have been right."""
    words, said = teller.words, []
    then, now = (_answer(example.get(key)) for key in ("before", "after"))
    if then and now:
        key = "held" if then[0] == now[0] else "turned"
        scores = {"then_score": then[1], "now_score": now[1]}
        said.append(words(f"examples.{key}", then=then[0], now=now[0], **scores))
    elif alone := now or then or _answer(example):
        said.append(words("examples.answer", answer=alone[0], score=alone[1]))
    label = example.get("label")
    if isinstance(label, str | int):
        said.append(words("examples.label", label=str(label)))
    return words("list.semicolon").join(said)


def _answer(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("class"), str):
        return None
    score = number_in(value.get("score"))
    return None if score is None else (str(value["class"]), number(score))


def _how(teller: Teller, shown: list[tuple[Finding, Example]]) -> Iterator[str]:
    every = [piece for _, example in shown for piece in example.pieces]
    if any(piece.edited for piece in every):
        yield teller.words("examples.how_changed")
    if any(piece.value for piece in every):
        yield teller.words("examples.how_marked")
