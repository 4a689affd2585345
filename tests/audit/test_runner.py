import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from audit import (
    About,
    Answer,
    Better,
    Cause,
    CheckError,
    ConfigError,
    Context,
    Decision,
    Demand,
    Estimate,
    Finding,
    Metric,
    Need,
    Question,
    Record,
    Subject,
    Unmeasured,
    Verdict,
)
from audit.planning import plan
from audit.record import Predecessor, Status
from audit.runner import context, run
from audit.sources import ModelCard
from tests.audit.asking import job, units

SUBJECT = Subject(units=units({"yhat": [1, 0]}, prediction="yhat"))
ONE, TWO = (Question(check="fake", metric=name) for name in ("one", "two"))
DATA = [Unmeasured(question=question, reason="by hand") for question in (ONE, TWO)]


def metric(name: str, *needs: str, paired: bool = False) -> Metric:
    return Metric(name=name, better=Better.LOW, function="f", needs=needs, paired=paired)


def number(question: Question, low: float = 0.0, high: float = 0.05) -> Finding:
    estimate = Estimate(value=low, low=low, high=high, level=0.95, n=10, method="by hand")
    return Finding(question=question, estimate=estimate)


@dataclass(frozen=True, kw_only=True)
class Fake:
    """Gives the answers that it is told to; an exception among them is raised."""

    id: ClassVar[str] = "fake"
    question: ClassVar[str] = "Is it so?"
    metrics: ClassVar[tuple[Metric, ...]] = (metric("one", paired=True), metric("two"))
    needs: ClassVar[frozenset[Need]] = frozenset()

    answers: Iterable[Answer | Exception] = ()
    asked: tuple[Question, ...] = field(default=(ONE, TWO))

    def questions(self, _subject: Subject) -> tuple[Question, ...]:
        return self.asked

    def measure(self, _subject: Subject, _context: Context) -> Iterator[Answer]:
        for answer in self.answers:
            if isinstance(answer, Exception):
                raise answer
            yield answer


class NeedsReference(Fake):
    needs: ClassVar[frozenset[Need]] = frozenset({Need.REFERENCE})


class TwoNeedsScores(Fake):
    metrics: ClassVar[tuple[Metric, ...]] = (metric("one"), metric("two", Need.SCORES))


class Other(Fake):
    id: ClassVar[str] = "other"


OTHER = tuple(Question(check="other", metric=name) for name in ("one", "two"))
GATE = Demand(check="fake", metric="one", name="g", at_most=0.1)


def ran(*checks: Fake, demands: Iterable[Demand] = ()) -> Record:
    return run(job(checks, SUBJECT, list(demands)))


def test_answers_are_kept_as_given() -> None:
    assert ran(Fake(answers=DATA)).answers == tuple(DATA)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param([DATA[0], KeyError("race")], "KeyError: 'race'", id="raises half way"),
        pytest.param(DATA[:1], "did not: fake two (all)", id="leaves one out"),
        pytest.param([*DATA, DATA[0]], "did not: fake one (all)", id="answers twice"),
        pytest.param(
            [*DATA, Unmeasured(question=OTHER[0], reason="")],
            "did not: other one (all)",
            id="answers what was not asked",
        ),
    ],
)
def test_a_check_that_breaks_has_measured_nothing(
    answers: list[Answer | Exception], reason: str
) -> None:
    record = ran(Fake(answers=answers), demands=[GATE])
    assert [answer.question for answer in record.answers] == [ONE, TWO]
    for answer in record.answers:
        assert isinstance(answer, Unmeasured)
        assert answer.cause is Cause.ERROR
        assert reason in answer.text
    assert record.decision is Decision.ERROR
    assert record.checks[0].status is Status.ERROR


def test_a_number_that_is_no_number_is_an_error() -> None:
    class Nan(Fake):
        def measure(self, _subject: Subject, _context: Context) -> Iterator[Answer]:
            yield number(ONE, low=float("nan"))

    assert ran(Nan(), demands=[GATE]).decision is Decision.ERROR


def test_a_check_that_breaks_leaves_the_others_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        record = ran(
            Fake(answers=[RuntimeError("boom")]),
            Other(answers=[number(q) for q in OTHER], asked=OTHER),
        )
    assert [check.status for check in record.checks] == [Status.ERROR, Status.MEASURED]
    assert "fake broke: RuntimeError" in caplog.text


def test_an_unmet_need_is_said_once_for_each_metric() -> None:
    record = ran(NeedsReference())
    assert record.questions == (ONE, TWO)
    assert {(a.cause, a.text) for a in record.answers if isinstance(a, Unmeasured)} == {
        (Cause.NEED, "needs reference")
    }
    assert record.checks[0].status is Status.NOT_APPLICABLE


def test_a_need_of_one_metric_leaves_the_others_to_the_check() -> None:
    about = Question(check="fake", metric="two", about=About({"across": "race"}))
    check = TwoNeedsScores(answers=[number(ONE)], asked=(ONE, about))
    gate = Demand(check="fake", metric="two", at_most=0.1, about=about.about)
    record = ran(check, demands=[gate])
    assert {str(answer.question) for answer in record.answers} == {str(ONE), str(TWO)}
    [judged] = record.gates
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert isinstance(judged.worst, Unmeasured)
    assert judged.worst.text == "needs scores"


@pytest.mark.parametrize("asked", [(ONE, ONE), (Question(check="other", metric="one"),)])
def test_a_plan_asks_its_own_questions_once(asked: tuple[Question, ...]) -> None:
    with pytest.raises(CheckError, match="must plan its own metrics, each question once"):
        plan(Fake(asked=asked), SUBJECT)


def test_each_check_has_its_own_random_numbers_from_the_seed() -> None:
    draws = {context(name, 0.95, seed=7).rng.random() for name in ("a", "a", "b")}
    assert len(draws) == 2


def test_without_a_predecessor_the_paired_question_is_asked_and_has_no_number() -> None:
    gate = Demand(check="fake", metric="one", not_worse_by=0.1)
    record = ran(Fake(answers=[number(ONE), number(TWO)]), demands=[gate])
    [judged] = record.gates
    assert (judged.verdict, record.decision) == (Verdict.INCONCLUSIVE, Decision.INCONCLUSIVE)
    assert isinstance(judged.worst, Unmeasured)
    assert judged.worst.text == "no predecessor to compare with"


def test_a_mistake_in_a_gate_is_found_before_anything_is_measured() -> None:
    class Untouched(Fake):
        def measure(self, _subject: Subject, _context: Context) -> Iterator[Answer]:
            msg = "it was measured"
            raise AssertionError(msg)

    with pytest.raises(ConfigError, match="exactly one of"):
        ran(Untouched(), demands=[Demand(check="fake", metric="one")])


@pytest.mark.parametrize(
    ("expected", "verdict", "decision"),
    [
        (2, Verdict.PASS, Decision.PASSED),
        (3, Verdict.INCONCLUSIVE, Decision.INCONCLUSIVE),
    ],
)
def test_fewer_rows_than_expected_are_inconclusive(
    expected: int, verdict: Verdict, decision: Decision
) -> None:
    check = Fake(answers=[number(ONE), number(TWO)])
    record = run(job([check], SUBJECT, [GATE], expected_rows=expected))
    assert [judged.verdict for judged in record.gates] == [Verdict.PASS, verdict]
    assert record.decision is decision


def test_the_built_in_gates_are_no_gates_of_the_config() -> None:
    check = Fake(answers=[number(ONE), number(TWO)])
    assert run(job([check], SUBJECT, expected_rows=2)).decision is Decision.INCONCLUSIVE


def before(*questions: Question) -> Predecessor:
    return Predecessor(
        model=ModelCard(name="m", version="0"),
        run_id="",
        digest="",
        decision=Decision.PASSED,
        findings=tuple(map(number, questions)),
        gates=(),
    )


@pytest.mark.parametrize(
    ("asked_before", "only", "verdict"),
    [
        pytest.param([ONE], (), Verdict.PASS, id="answered again"),
        pytest.param([], (), Verdict.PASS, id="nothing was answered"),
        pytest.param([ONE, TWO], (), Verdict.INCONCLUSIVE, id="unmeasured now"),
        pytest.param([ONE, OTHER[0]], (), Verdict.INCONCLUSIVE, id="a check is gone"),
        pytest.param([ONE, OTHER[0]], ("fake",), Verdict.PASS, id="left out by --only"),
    ],
)
def test_what_was_answered_before_must_be_answered_now(
    asked_before: list[Question], only: tuple[str, ...], verdict: Verdict
) -> None:
    check = Fake(answers=[number(ONE), DATA[1]])
    made = job([check], SUBJECT, [GATE], predecessor=before(*asked_before), only=only)
    record = run(made)
    assert record.gates[-1].gate.name == "answered before"
    assert record.gates[-1].verdict is verdict


def test_a_part_of_an_audit_never_says_passed() -> None:
    check = Fake(answers=[number(ONE), number(TWO)])
    assert run(job([check], SUBJECT, [GATE])).decision is Decision.PASSED
    part = run(job([check], SUBJECT, [GATE], only=("fake",)))
    assert part.decision is Decision.INCONCLUSIVE


def test_progress_names_each_check_before_it_runs() -> None:
    told: list[tuple[str, int, int]] = []
    made = job([Fake(answers=DATA)], SUBJECT)
    from dataclasses import replace

    run(replace(made, progress=lambda *step: told.append(step)))
    assert told == [("fake", 0, 1), ("", 1, 1)]
