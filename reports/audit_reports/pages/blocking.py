"""Which gates stop the release, what each says, and what would unblock it."""

from typing import Final

from audit.record import Advice, Disposition, Judgement, Record, Severity, Status, Verdict
from audit.results import Cause, Finding, Unmeasured
from audit_reports.numbers import number, written
from audit_reports.pages.fates import fates_in
from audit_reports.pages.mitigated import mitigated
from audit_reports.pages.parts import Block, Cell, Column, Row, Table
from audit_reports.pages.parts import Status as Word
from audit_reports.pages.strips import gate_strip_again
from audit_reports.pages.teller import Teller

_ABOUT_COLUMNS: Final = "bias.proxies"
"""Its numbers change with the columns, not with the model."""
_ORDER: Final = ("fail", "error", "inconclusive", "unmeasured")


def blockers(record: Record) -> tuple[Judgement, ...]:
    """Return the gates that stop the release, failures first."""
    stopping = [judged for judged in record.gates if stops(judged)]
    return tuple(sorted(stopping, key=_rank))


def stops(judged: Judgement) -> bool:
    """Say whether a gate stops the release."""
    return judged.verdict is not Verdict.PASS and judged.disposition is Disposition.ENFORCED


def _rank(judged: Judgement) -> int:
    return _ORDER.index("unmeasured" if judged.unmeasured else str(judged.verdict))


def said(teller: Teller, judged: Judgement) -> str:
    """Say in one sentence what a gate found."""
    gate, words = judged.gate, teller.words
    name = teller.gate_metric(judged)
    limit = teller.limit(gate)
    match judged.worst:
        case Finding(question=question, estimate=estimate):
            numbers = teller.sentence(question, estimate, gate.limit)
            if changed := _changed(teller, judged):
                broken, right = changed
                shown = {"name": name, "numbers": numbers, "limit": limit}
                return words("said.changed", n=broken, right=right, **shown)
            key = "searched" if teller.searched(judged) else judged.verdict
            return words(f"said.{key}", name=name, numbers=numbers, limit=limit)
        case Unmeasured(cause=cause) as answer:
            key = "broke" if cause is Cause.ERROR else "no_number"
            return words(f"said.{key}", name=name, reason=_end(teller.reason(answer)), limit=limit)
        case None:
            return words("said.read_nothing", name=name)


def _changed(teller: Teller, judged: Judgement) -> tuple[int, int] | None:
    """Return how many right answers a search changed, of how many, where it broke no limit."""
    if not teller.searched(judged) or not isinstance(judged.worst, Finding):
        return None
    fates = dict(fates_in(judged.worst.details))
    right = sum(fates.values()) - fates.get("wrong before", 0)
    return (fates["broken"], right) if fates else None


def _end(sentence: str) -> str:
    return sentence.rstrip(".。")


def unblock(teller: Teller, judged: Judgement) -> str:
    """Say in one sentence what would settle or unblock a gate."""
    words, estimate = teller.words, judged.estimate
    if estimate is not None and teller.searched(judged):
        warns = judged.gate.severity is Severity.WARN
        return words("advice.searched_warns" if warns else "advice.searched")
    if estimate is not None and judged.gate.check == _ABOUT_COLUMNS:
        return words("advice.proxies")
    said = _advice(teller, judged)
    helped = mitigated(teller, judged)
    return words("advice.and", first=said, then=helped) if helped else said


def _advice(teller: Teller, judged: Judgement) -> str:
    words, estimate = teller.words, judged.estimate
    params: dict[str, str | int] = {}
    if judged.advice is Advice.CHANGE_MODEL and estimate is not None:
        params = {"ceiling": _ceiling(judged)}
    if judged.advice is Advice.MORE_ROWS and estimate is not None:
        params = {"n": judged.needed_n or estimate.n, "rows": estimate.n, **_ideal(teller, judged)}
    if judged.advice is Advice.CLOSER_TO_FLAWLESS and estimate is not None:
        params = _ideal(teller, judged)
    if judged.advice is Advice.LOOSER_OR_MORE and estimate is not None:
        if estimate.attainable is None:
            return words("advice.more_unknown")
        ends = (judged.gate.limit.low, judged.gate.limit.high)
        known = [end for end in ends if end is not None]
        params = {"attainable": number(estimate.attainable, *known)}
    if not params and judged.advice in _NUMERIC:
        return words("advice.more_unknown")
    if judged.advice is Advice.COMPLETE_DATA and not judged.gate.builtin:
        return words("advice.more_of")
    return words(f"advice.{judged.advice}", **params)


_NUMERIC: Final = (
    Advice.CHANGE_MODEL,
    Advice.MORE_ROWS,
    Advice.LOOSER_OR_MORE,
    Advice.CLOSER_TO_FLAWLESS,
)


def _ideal(teller: Teller, judged: Judgement) -> dict[str, str | int]:
    """Name the value of a number that has nothing to mend; empty where none is known."""
    ideal = judged.estimate.flawless if judged.estimate else None
    if ideal is None:
        return {}
    change = judged.gate.versus and not ideal
    return {"ideal": teller.words("advice.no_change") if change else written(ideal)}


def _ceiling(judged: Judgement) -> str:
    """Return the worse end of the interval, which a waiver would have to cover."""
    estimate, limit = judged.estimate, judged.gate.limit
    if estimate is None:
        return ""
    above = limit.high is not None and estimate.value > limit.high
    return number(estimate.high if above else estimate.low)


def blocks_table(teller: Teller) -> Table | None:
    """List what stops the release, or return None if nothing does."""
    words, record = teller.words, teller.record
    judged = blockers(record)
    rows = [_row(teller, each) for each in judged] + _broken(teller)
    if not rows:
        return None
    return Table(
        caption=words("blocks.caption", n=len(rows)),
        columns=(
            Column(name=words("column.verdict")),
            Column(name=words("blocks.column")),
            Column(name="", chart=True, sides=(words("sides.breaks"), words("sides.meets"))),
        ),
        blocks=(Block(rows=tuple(rows)),),
    )


def _row(teller: Teller, judged: Judgement) -> Row:
    index = teller.record.gates.index(judged)
    says = Cell(
        text=judged.gate.name,
        link=f"g-{index + 1}",
        under=(said(teller, judged), unblock(teller, judged)),
    )
    status = Cell(status=teller.status(judged))
    return Row(cells=(status, says, Cell(chart=gate_strip_again(teller, judged))))


def _broken(teller: Teller) -> list[Row]:
    """List the checks that broke without a gate that reads them; they stop the release too."""
    words = teller.words
    read = {j.worst.question.check for j in teller.record.gates if j.worst and stops(j)}
    rows = []
    for index, check in enumerate(teller.record.checks, 1):
        if check.status is not Status.ERROR or check.id in read:
            continue
        answer = next(each for each in check.unmeasured if each.cause is Cause.ERROR)
        reason = words("said.broke", name=check.id, reason=_end(teller.reason(answer)), limit="")
        says = Cell(text=check.id, link=f"c-{index}", under=(reason, words("advice.mend_check")))
        status = Cell(status=Word("error", words("status.error")))
        rows.append(Row(cells=(status, says, Cell())))
    return rows
