import datetime as dt
from dataclasses import replace

import pytest

from audit import (
    About,
    Answer,
    Cause,
    Decision,
    Estimate,
    Finding,
    Gate,
    Limit,
    Question,
    Unmeasured,
    Verdict,
)
from audit.gates import decide, in_force, judge, waiver_state
from audit.record import Advice, Disposition, Severity, Waiver, WaiverState

GAP = Question(check="bias.selection_rate", metric="gap", about=About({"across": "race"}))
PASS, FAIL, INCONCLUSIVE, ERROR = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR
ENFORCED, TOLERATED, WARNED = Disposition.ENFORCED, Disposition.TOLERATED, Disposition.WARNED


def found(low: float, high: float) -> Finding:
    middle = (low + high) / 2
    estimate = Estimate(value=middle, low=low, high=high, level=0.95, n=100, method="by hand")
    return Finding(question=GAP, estimate=estimate)


def unmeasured(cause: Cause) -> Unmeasured:
    return Unmeasured(question=GAP, reason="by hand", cause=cause)


def gate(limit: Limit, tolerate: Limit | None = None, severity: Severity = Severity.BLOCK) -> Gate:
    return Gate(
        name="by hand",
        check=GAP.check,
        metric=GAP.metric,
        limit=limit,
        tolerate=tolerate,
        severity=severity,
    )


@pytest.mark.parametrize(
    ("limit", "answer", "verdict"),
    [
        pytest.param(Limit.at_most(0.1), found(0.0, 0.09), PASS, id="below"),
        pytest.param(Limit.at_most(0.1), found(0.0, 0.1), PASS, id="touching from below"),
        pytest.param(Limit.at_most(0.1), found(0.0, 0.10000001), INCONCLUSIVE, id="not rounded"),
        pytest.param(Limit.at_most(0.1), found(0.1, 0.2), INCONCLUSIVE, id="touching from above"),
        pytest.param(Limit.at_most(0.1), found(0.11, 0.2), FAIL, id="above"),
        pytest.param(Limit.at_most(0.1), found(-0.9, -0.8), PASS, id="far below zero is signed"),
        pytest.param(Limit.at_least(0.8), found(0.8, 0.9), PASS, id="at least, touching"),
        pytest.param(Limit.at_least(0.8), found(0.7, 0.9), INCONCLUSIVE, id="at least, around"),
        pytest.param(Limit.at_least(0.8), found(0.6, 0.7), FAIL, id="at least, below"),
        pytest.param(Limit(-0.1, 0.1), found(-0.1, 0.1), PASS, id="within, filling it"),
        pytest.param(Limit(-0.1, 0.1), found(-0.3, 0.3), INCONCLUSIVE, id="within, wider"),
        pytest.param(Limit(-0.1, 0.1), found(-0.3, -0.2), FAIL, id="within, below"),
        pytest.param(Limit.at_most(0.1), unmeasured(Cause.DATA), INCONCLUSIVE, id="no rows"),
        pytest.param(Limit.at_most(0.1), unmeasured(Cause.NEED), INCONCLUSIVE, id="no groups"),
        pytest.param(Limit.at_most(0.1), unmeasured(Cause.ERROR), ERROR, id="the check broke"),
    ],
)
def test_a_gate_reads_the_whole_interval(limit: Limit, answer: Answer, verdict: Verdict) -> None:
    assert judge(gate(limit), [GAP], {GAP: answer}).verdict is verdict


def test_a_missing_answer_is_an_error() -> None:
    assert judge(gate(Limit.at_most(0.1)), [GAP], {}).verdict is ERROR


def test_a_gate_that_reads_nothing_does_not_pass() -> None:
    assert judge(gate(Limit.at_most(0.1)), [], {}).verdict is INCONCLUSIVE


def test_the_worst_question_counts() -> None:
    other = Question(check=GAP.check, metric=GAP.metric, about=About({"across": "sex"}))
    answers = {GAP: found(0.0, 0.05), other: found(0.2, 0.3)}
    assert judge(gate(Limit.at_most(0.1)), [GAP, other], answers).verdict is FAIL


@pytest.mark.parametrize(
    ("about", "read"),
    [
        pytest.param({"across": "sex"}, True, id="another group"),
        pytest.param({"across": "race", "versus": "baseline"}, False, id="a paired difference"),
        pytest.param({"across": ["race", "sex"]}, False, id="an intersection"),
    ],
)
def test_a_gate_without_about_reads_what_needs_no_request(
    about: dict[str, str | list[str]], *, read: bool
) -> None:
    assert gate(Limit.at_most(0.1)).reads(replace(GAP, about=About(about))) is read


@pytest.mark.parametrize(
    ("answer", "tolerate", "severity", "disposition"),
    [
        pytest.param(found(0.0, 0.2), 0.2, Severity.BLOCK, TOLERATED, id="touching the tolerance"),
        pytest.param(found(0.0, 0.21), 0.2, Severity.BLOCK, ENFORCED, id="beyond the tolerance"),
        pytest.param(found(0.11, 0.12), 0.2, Severity.BLOCK, ENFORCED, id="a fail is no doubt"),
        pytest.param(unmeasured(Cause.DATA), 0.2, Severity.BLOCK, ENFORCED, id="no rows"),
        pytest.param(found(0.2, 0.3), 0.2, Severity.WARN, WARNED, id="a warning"),
        pytest.param(found(0.0, 0.05), 0.2, Severity.WARN, WARNED, id="a warning that passes"),
        pytest.param(found(0.0, 0.05), 0.2, Severity.BLOCK, ENFORCED, id="a pass"),
        pytest.param(unmeasured(Cause.ERROR), 0.2, Severity.WARN, ENFORCED, id="a broken warning"),
    ],
)
def test_only_doubt_within_the_tolerance_is_tolerated(
    answer: Answer, tolerate: float, severity: Severity, disposition: Disposition
) -> None:
    judged = judge(
        gate(Limit.at_most(0.1), Limit.at_most(tolerate), severity), [GAP], {GAP: answer}
    )
    assert judged.disposition is disposition


GOOD, BAD, WIDE, BROKEN = found(0, 0.1), found(0.2, 0.3), found(0, 0.3), unmeasured(Cause.ERROR)


@pytest.mark.parametrize(
    ("answers", "severity", "decision", "status"),
    [
        pytest.param([GOOD, GOOD], Severity.BLOCK, Decision.PASSED, 0, id="all pass"),
        pytest.param([BAD, BROKEN, WIDE], Severity.BLOCK, Decision.BLOCKED, 1, id="fail first"),
        pytest.param([GOOD, BROKEN, WIDE], Severity.BLOCK, Decision.ERROR, 3, id="then error"),
        pytest.param([GOOD, WIDE], Severity.BLOCK, Decision.INCONCLUSIVE, 4, id="then doubt"),
        pytest.param([], Severity.BLOCK, Decision.INCONCLUSIVE, 4, id="no gate is no pass"),
        pytest.param([GOOD], Severity.WARN, Decision.INCONCLUSIVE, 4, id="warnings are no pass"),
    ],
)
def test_the_worst_verdict_decides(
    answers: list[Answer], severity: Severity, decision: Decision, status: int
) -> None:
    asked = [replace(GAP, about=About({"across": str(i)})) for i in range(len(answers))]
    given = {q: replace(a, question=q) for q, a in zip(asked, answers, strict=True)}
    judgements = [
        judge(replace(gate(Limit.at_most(0.1), severity=severity), about=q.about), asked, given)
        for q in asked
    ]
    decided = decide(judgements, asked, given)
    assert (decided, decided.exit_status) == (decision, status)


UNREAD = Question(check="bias.selection_rate", metric="selection_rate")


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({UNREAD: replace(BROKEN, question=UNREAD)}, id="an error"),
        pytest.param({}, id="a missing answer"),
    ],
)
def test_what_no_gate_reads_must_still_be_there(answers: dict[Question, Answer]) -> None:
    judgements = [judge(gate(Limit.at_most(0.1)), [GAP], {GAP: GOOD})]
    assert decide(judgements, [GAP, UNREAD], {GAP: GOOD, **answers}) is Decision.ERROR


TODAY = dt.date(2026, 11, 24)


def waiver(ceiling: float | None = 0.4, expires: dt.date = TODAY, gate: str = "by hand") -> Waiver:
    return Waiver(
        gate=gate,
        reason="Mitigation lands with version 3",
        owner="a",
        approver="b",
        expires=expires,
        ceiling=ceiling,
    )


@pytest.mark.parametrize(
    ("answer", "given", "severity", "disposition"),
    [
        pytest.param(found(0.2, 0.3), waiver(), Severity.BLOCK, Disposition.WAIVED, id="a fail"),
        pytest.param(found(0.0, 0.3), waiver(), Severity.BLOCK, Disposition.WAIVED, id="a doubt"),
        pytest.param(found(0.2, 0.4), waiver(), Severity.BLOCK, Disposition.WAIVED, id="touching"),
        pytest.param(found(0.2, 0.41), waiver(), Severity.BLOCK, ENFORCED, id="past the ceiling"),
        pytest.param(
            found(0.2, 0.3),
            waiver(expires=TODAY - dt.timedelta(days=1)),
            Severity.BLOCK,
            ENFORCED,
            id="expired",
        ),
        pytest.param(unmeasured(Cause.DATA), waiver(), Severity.BLOCK, ENFORCED, id="no number"),
        pytest.param(unmeasured(Cause.ERROR), waiver(), Severity.BLOCK, ENFORCED, id="an error"),
        pytest.param(found(0.0, 0.05), waiver(), Severity.BLOCK, ENFORCED, id="a pass"),
        pytest.param(found(0.2, 0.3), waiver(), Severity.WARN, WARNED, id="a warning"),
    ],
)
def test_a_waiver_covers_a_measured_value_up_to_its_ceiling(
    answer: Answer, given: Waiver, severity: Severity, disposition: Disposition
) -> None:
    asked = gate(Limit.at_most(0.1), severity=severity)
    judged = judge(
        asked,
        [GAP],
        {GAP: answer},
        waiver=in_force([given], asked, TODAY),
    )
    assert judged.disposition is disposition


def test_a_waived_fail_keeps_its_verdict_and_does_not_block() -> None:
    judged = judge(gate(Limit.at_most(0.1)), [GAP], {GAP: BAD}, waiver=waiver())
    assert judged.verdict is FAIL
    assert decide([judged], [GAP], {GAP: BAD}) is Decision.PASSED


def test_one_question_past_the_ceiling_is_enough() -> None:
    other = Question(check=GAP.check, metric=GAP.metric, about=About({"across": "sex"}))
    answers = {GAP: found(0.2, 0.3), other: replace(found(0.2, 0.5), question=other)}
    judged = judge(gate(Limit.at_most(0.1)), answers, answers, waiver=waiver())
    assert judged.disposition is ENFORCED


@pytest.mark.parametrize(
    ("given", "answer", "state"),
    [
        (waiver(), BAD, WaiverState.USED),
        (waiver(), GOOD, WaiverState.UNUSED),
        (waiver(expires=TODAY - dt.timedelta(days=1)), BAD, WaiverState.EXPIRED),
    ],
)
def test_what_became_of_a_waiver_is_said(given: Waiver, answer: Answer, state: WaiverState) -> None:
    asked = gate(Limit.at_most(0.1))
    judged = judge(asked, [GAP], {GAP: answer}, waiver=in_force([given], asked, TODAY))
    assert waiver_state(given, [judged], TODAY).state is state


@pytest.mark.parametrize(
    ("limit", "ceiling", "answer", "disposition"),
    [
        (Limit.at_least(0.8), 0.6, found(0.65, 0.7), Disposition.WAIVED),
        (Limit.at_least(0.8), 0.6, found(0.55, 0.7), ENFORCED),
        (Limit(-0.1, 0.1), 0.2, found(0.12, 0.18), Disposition.WAIVED),
        (Limit(-0.1, 0.1), 0.2, found(-0.18, -0.12), ENFORCED),
        (Limit(-0.1, 0.1), -0.2, found(-0.18, -0.12), Disposition.WAIVED),
    ],
)
def test_a_ceiling_lies_on_the_bad_side(
    limit: Limit, ceiling: float, answer: Answer, disposition: Disposition
) -> None:
    judged = judge(gate(limit), [GAP], {GAP: answer}, waiver=waiver(ceiling))
    assert judged.disposition is disposition


def flawless(attainable: float, n: int = 1000) -> Finding:
    doubt = found(0.0, 0.2)
    return replace(
        doubt, estimate=replace(doubt.estimate, attainable=attainable, flawless=0.0, n=n)
    )


@pytest.mark.parametrize(
    ("answer", "needed", "advice"),
    [
        pytest.param(flawless(0.05), None, Advice.CLOSER_TO_FLAWLESS, id="rows would do"),
        pytest.param(flawless(0.2), 4000, Advice.MORE_ROWS, id="twice the distance"),
        pytest.param(flawless(0.5), None, Advice.LOOSER_OR_MORE, id="25 times the rows"),
        pytest.param(found(0.0, 0.2), None, Advice.LOOSER_OR_MORE, id="a performance"),
        pytest.param(BAD, None, Advice.CHANGE_MODEL, id="a fail"),
        pytest.param(GOOD, None, Advice.NOTHING, id="a pass"),
        pytest.param(BROKEN, None, Advice.MEND_CHECK, id="an error"),
        pytest.param(unmeasured(Cause.NEED), None, Advice.GIVE_WHAT_IS_NEEDED, id="a need"),
        pytest.param(unmeasured(Cause.DATA), None, Advice.COMPLETE_DATA, id="no rows"),
    ],
)
def test_what_would_unblock_a_gate_follows_from_the_answer(
    answer: Answer, needed: int | None, advice: Advice
) -> None:
    judged = judge(gate(Limit.at_most(0.1)), [GAP], {GAP: answer})
    assert (judged.needed_n, judged.advice) == (needed, advice)


def test_a_gate_on_an_unmet_need_reads_what_stands_for_it() -> None:
    instead = Question(check=GAP.check, metric=GAP.metric)
    asked = replace(gate(Limit.at_most(0.1)), about=About({"across": "race"}))
    need = Unmeasured(question=instead, reason="needs scores", cause=Cause.NEED)
    judged = judge(asked, [instead], {instead: need}, reads=[instead])
    assert (judged.verdict, judged.worst) == (INCONCLUSIVE, need)
