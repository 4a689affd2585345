"""The results, one article a check: question, answer, numbers, and what they do not tell."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from audit.record import CheckResult, Judgement, Status, Verdict
from audit.results import Finding, Json
from audit_reports.pages.attacks import attack_curves
from audit_reports.pages.blocking import said
from audit_reports.pages.columns import columns_table, shifts
from audit_reports.pages.curves import curves, not_drawn
from audit_reports.pages.details import details
from audit_reports.pages.examples import Examples, Met, examples
from audit_reports.pages.gates import family, family_name
from audit_reports.pages.levels import drawn_rates, rates_of, rates_table
from audit_reports.pages.listed import Listed, lists
from audit_reports.pages.overall import overall_table, rates_list, slice_of
from audit_reports.pages.parts import Multiples, Plot, Table
from audit_reports.pages.parts import Status as Word
from audit_reports.pages.probes import probe_tables
from audit_reports.pages.removals import removals
from audit_reports.pages.severity import severities
from audit_reports.pages.teller import Teller

_ORDER: Final = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS)


@dataclass(frozen=True, kw_only=True, slots=True)
class GateLink:
    """A gate that reads a check."""

    status: Word
    name: str
    anchor: str
    numbers: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One check."""

    anchor: str
    number: str
    check: str
    family: str
    question: str
    answer: str
    gates: tuple[GateLink, ...]
    overall: Table | None
    levels: tuple[Table, ...]
    listed: Table | None
    plots: tuple[Plot, ...]
    probes: tuple[Table, ...]
    not_drawn: str
    lists: Listed
    multiples: Multiples | None
    columns: Table | None
    examples: Examples
    details: tuple[str, ...]
    settings: str
    unmeasured: str
    caution: str


def articles(teller: Teller, section: int) -> tuple[Article, ...]:
    """Write one article for each check; `section` is the number of their section."""
    checks, met = teller.record.checks, Met()
    return tuple(
        _article(teller, check, (f"c-{index}", f"{section}.{index}"), met)
        for index, check in enumerate(checks, 1)
    )


def _article(teller: Teller, check: CheckResult, place: tuple[str, str], met: Met) -> Article:
    anchor, number = place
    drawn = drawn_rates(teller, check)
    listed = [each for each in rates_of(check) if each not in drawn]
    tables = (rates_table(teller, check, rates, f"f{anchor}-{n}") for n, rates in enumerate(drawn))
    return Article(
        anchor=anchor,
        number=number,
        check=check.id,
        family=family_name(teller, family(check.id)),
        question=teller.question(check.id, check.question),
        answer=_answer(teller, check),
        gates=tuple(_links(teller, check)),
        overall=overall_table(teller, check),
        levels=tuple(table for table in tables if table),
        listed=rates_list(teller, listed),
        plots=tuple(_plots(teller, check)),
        probes=probe_tables(teller, check),
        not_drawn=not_drawn(teller, check),
        lists=lists(teller, check),
        multiples=shifts(teller, check),
        columns=columns_table(teller, check),
        examples=examples(teller, check, number, met),
        details=details(teller, check),
        settings=_settings(teller, check),
        unmeasured=_unmeasured(teller, check),
        caution=teller.caution(check.id),
    )


def _plots(teller: Teller, check: CheckResult) -> Iterator[Plot]:
    """Draw every curve; what an earlier one said about how to read it is not said again."""
    said: set[str] = set()
    for draw in (severities, attack_curves, removals, curves):
        for plot in draw(teller, check):
            fresh = tuple(note for note in plot.notes if note not in said)
            yield replace(plot, how="" if plot.how in said else plot.how, notes=fresh)
            said |= {plot.how, *plot.notes}


def _answer(teller: Teller, check: CheckResult) -> str:
    """Answer with the numbers, and with the rows that they are about where a search chose them."""
    chosen = next(filter(slice_of, check.findings), None)
    rows = _chosen(teller, chosen) if chosen else ""
    return teller.words("advice.and", first=_said(teller, check), then=rows).strip()


def _chosen(teller: Teller, found: Finding) -> str:
    """Say which rows a search chose, and how many of them confirm the number."""
    rows, chosen = found.details.get("rows confirmed"), teller.slice(slice_of(found))
    if not isinstance(rows, int):
        return teller.words("answer.slice_only", slice=chosen)
    return teller.words("answer.slice", slice=chosen, n=rows, all=found.estimate.n)


def _said(teller: Teller, check: CheckResult) -> str:
    """Answer with the worst gate, or with what was measured where no gate reads it."""
    words = teller.words
    judged = sorted(_judgements(teller, check), key=lambda j: _ORDER.index(j.verdict))
    if not judged:
        if check.status is Status.ERROR:
            return words("answer.broke")
        return words("answer.no_gate" if check.findings else "answer.nothing")
    worst = judged[0]
    if worst.estimate is not None and teller.searched(worst):
        return said(teller, worst)
    if worst.verdict is Verdict.PASS:
        return words("answer.pass", n=len(judged), first=said(teller, worst))
    return words(f"answer.{worst.verdict}", said=said(teller, worst))


def _judgements(teller: Teller, check: CheckResult) -> list[Judgement]:
    return [judged for judged in teller.record.gates if judged.gate.check == check.id]


def _links(teller: Teller, check: CheckResult) -> Iterator[GateLink]:
    several = len(_judgements(teller, check)) > 1
    for index, judged in enumerate(teller.record.gates, 1):
        if judged.gate.check == check.id:
            status = teller.status(judged)
            yield GateLink(
                status=status,
                name=judged.gate.name,
                anchor=f"g-{index}",
                numbers=_numbers(teller, judged) if several else "",
            )


def _numbers(teller: Teller, judged: Judgement) -> str:
    words, limit = teller.words, teller.limit(judged.gate)
    if judged.estimate is None or judged.worst is None:
        return words("results.gate_without", limit=limit)
    numbers = teller.sentence(judged.worst.question, judged.estimate, judged.gate.limit)
    attainable = judged.estimate.attainable
    if attainable is None:
        return words("results.gate", numbers=numbers, limit=limit)
    reach = teller.attainable(attainable, judged.gate.limit)
    return words("results.gate_attainable", numbers=numbers, limit=limit, attainable=reach)


def _settings(teller: Teller, check: CheckResult) -> str:
    listed = tuple(f"{n} = {_setting(value)}" for n, value in check.settings.items() if value != "")
    return teller.words("results.settings", listed=teller.words.join(listed)) if listed else ""


def _setting(value: Json) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)


def _unmeasured(teller: Teller, check: CheckResult) -> str:
    missing = len(check.unmeasured)
    asked = teller.n(len(check.answers))
    return teller.words("results.unmeasured", n=missing, asked=asked) if missing else ""
