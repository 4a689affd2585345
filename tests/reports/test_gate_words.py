from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.limits import Limit
from audit.record import RUN, Advice, Disposition, Gate, Judgement, Verdict
from audit.results import Cause, Question, Unmeasured
from audit_reports.gate_words import advice, limit, lost, number, obstacles, standing, worst_first
from tests.reports.text_records import judgement, record_of

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(FLOATS, FLOATS)
def test_a_number_reads_on_the_same_side_of_the_limit_as_it_is(value: float, end: float) -> None:
    written, printed = float(number(value, end)), float(limit(Limit.at_most(end)).split()[-1])
    assert (written < printed, written > printed) == (value < end, value > end)


@given(FLOATS)
def test_a_number_never_takes_a_page(value: float) -> None:
    assert len(number(value, 0.0, value + 1e-300)) <= 40


@pytest.mark.parametrize(
    ("value", "others", "text"),
    [
        (0.05, (), "0.050"),
        (0.99995, (1.0,), "0.99995"),
        (1.0, (1.0,), "1.000"),
        (0.1000001, (0.1,), "0.1000001"),
        (0.1004, (0.1003,), "0.1004"),
        (0.1, (0.1 + 2e-17,), "0.100"),
        (0.30000000000000004, (0.3,), "0.30000000000000004"),
        (-0.0001, (), "0.000"),
        (-0.0001, (0.0,), "-0.0001"),
        (1e-300, (0.0,), "1e-300"),
        (1e300, (), "1e+300"),
        (5000.0, (1500.0,), "5000"),
        (1499.9999, (1500.0,), "1499.9999"),
    ],
)
def test_a_number_has_digits_enough(value: float, others: tuple[float, ...], text: str) -> None:
    assert number(value, *others) == text


def test_a_gate_without_a_number_stands_apart_from_an_inconclusive_one() -> None:
    assert standing(judgement("x", Verdict.INCONCLUSIVE)) == "inconclusive"
    assert standing(judgement("x", Verdict.INCONCLUSIVE, measured=False)) == "not measured"


@pytest.mark.parametrize("disposition", Disposition)
def test_an_error_is_an_error_whatever_its_disposition(disposition: Disposition) -> None:
    assert standing(judgement("x", Verdict.ERROR, disposition)) == "error"


def test_a_gate_that_read_nothing_is_not_measured() -> None:
    gate = Gate(name="x", check="a.check", metric="gap", limit=Limit.at_most(0.1))
    judged = Judgement(
        gate=gate,
        answers=(),
        worst=None,
        verdict=Verdict.INCONCLUSIVE,
        disposition=Disposition.ENFORCED,
    )
    assert standing(judged) == "not measured"


def test_gates_stand_worst_first_and_else_as_configured() -> None:
    gates = (
        judgement("a"),
        judgement("b", Verdict.FAIL, Disposition.WAIVED),
        judgement("c", Verdict.INCONCLUSIVE, measured=False),
        judgement("d", Verdict.FAIL),
        judgement("e", Verdict.FAIL),
    )
    assert [each.gate.name for each in worst_first(record_of(*gates))] == list("decba")


@pytest.mark.parametrize("what", Advice)
def test_every_advice_is_in_words_even_without_a_number(what: Advice) -> None:
    for measured in (True, False):
        judged = judgement("x", Verdict.INCONCLUSIVE, measured=measured)
        said = advice(replace(judged, advice=what))
        assert "{" not in said
        assert bool(said) is (what is not Advice.NOTHING)


def test_the_advice_names_the_rows() -> None:
    judged = replace(judgement("x", Verdict.INCONCLUSIVE), advice=Advice.MORE_ROWS, needed_n=5000)
    assert advice(judged) == (
        "bring more rows: a model at the ideal value of this number would need 5,000; "
        "there are 1,200"
    )


def test_a_planned_question_without_an_answer_is_named() -> None:
    record = record_of(judgement())
    silent = Question(check="b.check", metric="gap")
    record = replace(record, questions=(*record.questions, silent))
    assert lost(record) == [("b.check gap (all)", "the answer is missing")]
    assert obstacles(record) == ["Planned questions without an answer: 1."]


def test_an_error_that_no_gate_reads_is_an_obstacle() -> None:
    question = Question(check="b.check", metric="gap")
    broken = Unmeasured(question=question, reason="it raised", cause=Cause.ERROR)
    record = record_of(judgement(), answers=(broken,))
    assert obstacles(record) == ["Errors that no gate reads: 1."]


def test_a_gate_of_the_runner_is_no_gate_but_its_answer_is_shown() -> None:
    judged = judgement("expected rows", Verdict.INCONCLUSIVE, measured=False)
    question = Question(check=RUN, metric="expected_rows")
    answer = Unmeasured(question=question, reason="too few rows")
    own = replace(judged, gate=replace(judged.gate, check=RUN), answers=(answer,), worst=answer)
    record = replace(record_of(), gates=(own,), questions=(question,))
    assert obstacles(record) == ["No gate was evaluated."]
    assert lost(record) == [("run expected_rows (all)", "too few rows")]
