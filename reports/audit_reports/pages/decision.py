"""The decision in words, with its counts: what a reader sees first."""

from dataclasses import dataclass
from typing import Final

from audit.record import Decision, Disposition, Judgement, Record, Severity, Verdict
from audit_reports.numbers import percent
from audit_reports.pages.blocking import blockers, said
from audit_reports.pages.parts import Status
from audit_reports.pages.teller import Teller

ORDER: Final = (
    "fail",
    "error",
    "inconclusive",
    "unmeasured",
    "tolerated",
    "warned",
    "waived",
    "pass",
)
_EXCUSED: Final = ("tolerated", "warned", "waived")
_SHOWN_DIGITS: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many gates have a status."""

    status: Status
    n: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionPart:
    """The plate, the title, the sentence, the counts."""

    key: str
    word: str
    title: str
    lead: str
    identity: tuple[str, ...]
    notes: tuple[str, ...]
    counts: tuple[Count, ...]
    zeros: str


def decision_part(teller: Teller, record_digest: str) -> DecisionPart:
    """Put the decision into words."""
    record, words = teller.record, teller.words
    name = {"model": record.model.name, "version": record.model.version}
    counts = _counts(teller)
    return DecisionPart(
        key=record.decision,
        word=words(f"decision.word.{record.decision}"),
        title=words(f"decision.title.{record.decision}", **name),
        lead=_lead(teller),
        identity=_identity(teller, record_digest),
        notes=tuple(_notes(teller)),
        counts=tuple(
            Count(status=Status(key, words(f"status.{key}")), n=teller.n(n))
            for key, n in counts.items()
            if n
        ),
        zeros=_zeros(teller, counts),
    )


def _counts(teller: Teller) -> dict[str, int]:
    keys = [teller.status(judged).key for judged in teller.record.gates]
    return {key: keys.count(key) for key in ORDER}


def _zeros(teller: Teller, counts: dict[str, int]) -> str:
    words = teller.words
    none = tuple(words(f"tally.{key}", n=0) for key, n in counts.items() if not n)
    said = words("tally.zeros", none=words.join(none)) if none else ""
    level = percent(teller.record.provenance.confidence)
    stops = any(counts[key] for key in ("inconclusive", "unmeasured", "error"))
    shown = [words("tally.stops")] if stops else []
    shown += [words(f"tally.means.{key}") for key in _EXCUSED if counts[key]]
    return "".join((said, *shown, words("tally.explained", level=level)))


def _lead(teller: Teller) -> str:
    record, words = teller.record, teller.words
    blocking = blockers(record)
    if not record.gates:
        return words("decision.no_gate")
    if blocking:
        first = said(teller, blocking[0])
        return words("decision.lead.blocked", n=len(blocking), first=first)
    if record.decision is Decision.ERROR:
        return words("decision.lead.broke")
    if record.decision is Decision.PASSED:
        return _passed(teller)
    return words("decision.lead.nothing_enforced")


def _passed(teller: Teller) -> str:
    gates, words = teller.record.gates, teller.words
    own = [j for j in gates if not j.gate.builtin and j.verdict is Verdict.PASS]
    excused = [j for j in gates if j.verdict is not Verdict.PASS]
    if excused:
        return words("decision.lead.passed_with", n=len(own), excused=teller.n(len(excused)))
    return words("decision.lead.passed", n=len(own))


def _notes(teller: Teller) -> list[str]:
    record, words = teller.record, teller.words
    notes = []
    if record.only:
        notes.append(words("decision.only", checks=words.join(record.only)))
    if record.gates and not blockers(record) and _only_warnings(record):
        notes.append(words("decision.only_warnings"))
    return notes


def _only_warnings(record: Record) -> bool:
    return all(_warns(j) for j in record.gates if not j.gate.builtin)


def _warns(judged: Judgement) -> bool:
    return judged.gate.severity is Severity.WARN or judged.disposition is Disposition.WARNED


def _identity(teller: Teller, record_digest: str) -> tuple[str, ...]:
    record, words = teller.record, teller.words
    test = record.data.test
    line = [words("identity.line.record", digest=record_digest[:_SHOWN_DIGITS])]
    if record.model.digest:
        line.append(words("identity.line.model", digest=record.model.digest[:_SHOWN_DIGITS]))
    if test:
        line.append(words("identity.line.data", n=test.rows, source=test.source))
    if record.baseline:
        line.append(words("identity.line.after", version=record.baseline.model.version))
    if record.provenance.run_id:
        line.append(words("identity.line.run", run=record.provenance.run_id))
    return tuple(line)
