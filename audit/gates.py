"""Answers and limits to verdicts, verdicts to the decision. Pure: nothing is measured here."""

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from audit.limits import Limit
from audit.record import (
    ANSWERED_BEFORE,
    Advice,
    Decision,
    Disposition,
    Gate,
    Judgement,
    Severity,
    Verdict,
    Waiver,
    WaiverState,
)
from audit.results import Answer, Cause, Estimate, Finding, Question, Unmeasured

MOST_ROWS: Final = 20
"""Rows needed are named below this many times the rows at hand; beyond it they are a guess."""


def judge(
    gate: Gate,
    questions: Iterable[Question],
    answers: Mapping[Question, Answer],
    *,
    reads: Collection[Question] = (),
    waiver: Waiver | None = None,
) -> Judgement:
    """Judge every question that the gate reads; the worst verdict counts.

    Parameters
    ----------
    gate : Gate
    questions : iterable of Question
        All that was planned.
    answers : mapping of Question to Answer
        A planned question that is missing here is an error.
    reads : collection of Question, optional
        What the gate reads beside what its `about` says: the question that stands for a metric
        whose needs are not met.
    waiver : Waiver, optional
        The waiver that is in force for this gate.

    """
    read = tuple(answers.get(q) or _missing(q) for q in questions if gate.reads(q) or q in reads)
    worst = max(read, key=lambda answer: _badness(answer, gate.limit), default=None)
    verdict = Verdict.INCONCLUSIVE if worst is None else _verdict(worst, gate.limit)
    needed = _needed(worst, gate.limit) if verdict is Verdict.INCONCLUSIVE else None
    return Judgement(
        gate=gate,
        answers=read,
        worst=worst,
        verdict=verdict,
        disposition=_disposition(gate, verdict, read, waiver),
        needed_n=needed,
        advice=_advice(worst, verdict, gate.limit, needed),
    )


def decide(
    judgements: Sequence[Judgement],
    questions: Iterable[Question],
    answers: Mapping[Question, Answer],
) -> Decision:
    """Reduce all verdicts to one decision; what broke or is missing counts, read or not."""
    enforced = {j.verdict for j in judgements if j.disposition is Disposition.ENFORCED}
    if Verdict.FAIL in enforced:
        return Decision.BLOCKED
    complete = all(question in answers for question in questions)
    if Verdict.ERROR in enforced or not complete or any(map(_broke, answers.values())):
        return Decision.ERROR
    own = [j for j in judgements if not j.gate.builtin]
    only_warnings = all(j.gate.severity is Severity.WARN for j in own)
    if Verdict.INCONCLUSIVE in enforced or only_warnings:
        return Decision.INCONCLUSIVE
    return Decision.PASSED


def in_force(waivers: Iterable[Waiver], gate: Gate, today: dt.date) -> Waiver | None:
    """Return the waiver that names the gate, unless it has expired."""
    named = (waiver for waiver in waivers if waiver.gate == gate.name)
    return next((waiver for waiver in named if today <= waiver.expires), None)


def waiver_state(waiver: Waiver, judgements: Iterable[Judgement], today: dt.date) -> Waiver:
    """Say what became of a waiver: used, unused or expired."""
    if waiver.expires < today:
        return replace(waiver, state=WaiverState.EXPIRED)
    used = any(
        j.gate.name == waiver.gate and j.disposition is Disposition.WAIVED for j in judgements
    )
    return replace(waiver, state=WaiverState.USED if used else WaiverState.UNUSED)


def _verdict(answer: Answer, limit: Limit) -> Verdict:
    """Read the whole interval. Nothing is rounded before it is compared."""
    match answer:
        case Unmeasured():
            return Verdict.ERROR if _broke(answer) else Verdict.INCONCLUSIVE
        case Finding(estimate=estimate) if limit.met_by(estimate):
            return Verdict.PASS
        case Finding(estimate=estimate) if limit.broken_by(estimate):
            return Verdict.FAIL
        case Finding():
            return Verdict.INCONCLUSIVE


def _badness(answer: Answer, limit: Limit) -> tuple[int, float]:
    """Order answers by verdict, then by how far their interval reaches beyond the limit."""
    reach = limit.excess(answer.estimate) if isinstance(answer, Finding) else math.inf
    return list(Verdict).index(_verdict(answer, limit)), reach


def _disposition(
    gate: Gate,
    verdict: Verdict,
    read: Sequence[Answer],
    waiver: Waiver | None,
) -> Disposition:
    if verdict is Verdict.ERROR:
        return Disposition.ENFORCED
    if gate.severity is Severity.WARN:
        return Disposition.WARNED
    if verdict is Verdict.PASS:
        return Disposition.ENFORCED
    if waiver and _covered(gate, waiver, read):
        return Disposition.WAIVED
    if verdict is Verdict.INCONCLUSIVE and gate.tolerate and _all_met(gate.tolerate, read):
        return Disposition.TOLERATED
    return Disposition.ENFORCED


def _covered(gate: Gate, waiver: Waiver, read: Sequence[Answer]) -> bool:
    """Say whether every interval that does not pass lies on the good side of the ceiling."""
    if waiver.ceiling is None:
        return gate.name == ANSWERED_BEFORE and gate.builtin
    ceiling = covered_limit(gate.limit, waiver.ceiling)
    return _all_met(ceiling, [a for a in read if _verdict(a, gate.limit) is not Verdict.PASS])


def covered_limit(limit: Limit, ceiling: float) -> Limit:
    """Return the values that a waiver with this ceiling covers."""
    if limit.low is None:
        return Limit.at_most(ceiling)
    if limit.high is None:
        return Limit.at_least(ceiling)
    return Limit(min(limit.low, ceiling), max(limit.high, ceiling))


def _all_met(limit: Limit, read: Sequence[Answer]) -> bool:
    return bool(read) and all(_verdict(answer, limit) is Verdict.PASS for answer in read)


def _needed(worst: Answer | None, limit: Limit) -> int | None:
    """Return the rows with which a flawless model would pass.

    The distance of the attainable limit from the flawless value shrinks with the root of n.
    """
    if not isinstance(worst, Finding):
        return None
    e = worst.estimate
    if e.attainable is None or e.flawless is None:
        return None
    end = _end(limit, e.flawless)
    room = abs(end - e.flawless)
    if room == 0:
        return None
    times = (abs(e.attainable - e.flawless) / room) ** 2
    return math.ceil(e.n * times) if 1 < times < MOST_ROWS else None


def _end(limit: Limit, flawless: float) -> float:
    """Return the end of the limit that is nearest to the flawless value."""
    ends = [end for end in (limit.low, limit.high) if end is not None]
    return min(ends, key=lambda end: abs(end - flawless))


_SETTLED: Final = {
    Verdict.PASS: Advice.NOTHING,
    Verdict.ERROR: Advice.MEND_CHECK,
    Verdict.FAIL: Advice.CHANGE_MODEL,
}


def _advice(worst: Answer | None, verdict: Verdict, limit: Limit, needed: int | None) -> Advice:
    if verdict in _SETTLED:
        return _SETTLED[verdict]
    if not isinstance(worst, Finding):
        need = worst is not None and worst.cause is Cause.NEED
        return Advice.GIVE_WHAT_IS_NEEDED if need else Advice.COMPLETE_DATA
    if needed:
        return Advice.MORE_ROWS
    reachable = attains(worst.estimate, limit)
    return Advice.CLOSER_TO_FLAWLESS if reachable else Advice.LOOSER_OR_MORE


def attains(estimate: Estimate, limit: Limit) -> bool:
    """Say whether a flawless model would pass the limit at these counts in 8 of 10 runs."""
    if estimate.attainable is None or estimate.flawless is None:
        return False
    room = abs(_end(limit, estimate.flawless) - estimate.flawless)
    return abs(estimate.attainable - estimate.flawless) <= room


def _broke(answer: Answer) -> bool:
    return isinstance(answer, Unmeasured) and answer.cause is Cause.ERROR


def _missing(question: Question) -> Unmeasured:
    return Unmeasured(question=question, reason="the answer is missing", cause=Cause.ERROR)
