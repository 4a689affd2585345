import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.record import Disposition, Record, Verdict, WaiverState
from audit_reports.escapes import shown
from audit_reports.gate_words import counts
from audit_reports.junit import FORMAT, render
from tests.reports.text_records import (
    HOSTILE,
    UNPAIRED,
    judgement,
    record_of,
    record_saying,
    waiver,
)


def parsed(record: Record) -> ET.Element:
    return ET.fromstring(render(record, "en").encode())  # noqa: S314 - our own text


def result(case: ET.Element) -> tuple[str, str]:
    """Return the outcome of a test case and its message."""
    found = [child for child in case if child.tag != "system-out"]
    return (found[0].tag, found[0].get("message", "")) if found else ("passed", "")


@pytest.mark.parametrize(
    ("verdict", "disposition", "measured", "expected"),
    [
        (Verdict.PASS, Disposition.ENFORCED, True, "passed"),
        (Verdict.PASS, Disposition.WARNED, True, "passed"),
        (Verdict.FAIL, Disposition.ENFORCED, True, "failure"),
        (Verdict.FAIL, Disposition.WARNED, True, "skipped"),
        (Verdict.FAIL, Disposition.WAIVED, True, "skipped"),
        (Verdict.INCONCLUSIVE, Disposition.ENFORCED, True, "error"),
        (Verdict.INCONCLUSIVE, Disposition.ENFORCED, False, "error"),
        (Verdict.INCONCLUSIVE, Disposition.TOLERATED, True, "skipped"),
        (Verdict.INCONCLUSIVE, Disposition.WARNED, False, "skipped"),
        (Verdict.INCONCLUSIVE, Disposition.WAIVED, True, "skipped"),
        (Verdict.ERROR, Disposition.ENFORCED, False, "error"),
    ],
)
def test_the_outcome_of_a_gate(
    verdict: Verdict,
    disposition: Disposition,
    *,
    measured: bool,
    expected: str,
) -> None:
    case = parsed(record_of(judgement("gate", verdict, disposition, measured=measured)))
    assert result(case.findall(".//testcase")[0])[0] == expected


def test_a_waived_gate_names_verdict_reason_expiry_and_owner() -> None:
    gate = judgement("gate", Verdict.FAIL, Disposition.WAIVED)
    case = parsed(record_of(gate, waivers=(waiver(word="a.ng"),))).findall(".//testcase")[0]
    assert result(case) == ("skipped", "fail, waived until 2027-01-31, owner a.ng: a.ng")


def test_an_idle_waiver_excuses_nothing() -> None:
    gate = judgement("gate", Verdict.FAIL, Disposition.WAIVED)
    waivers = (waiver(state=WaiverState.EXPIRED, word="old"), waiver(word="new"))
    case = parsed(record_of(gate, waivers=waivers)).findall(".//testcase")[0]
    assert result(case) == ("skipped", "fail, waived until 2027-01-31, owner new: new")


def test_a_tolerated_gate_names_the_wider_limit() -> None:
    gate = judgement("gate", Verdict.INCONCLUSIVE, Disposition.TOLERATED)
    case = parsed(record_of(gate)).findall(".//testcase")[0]
    expected = "inconclusive, tolerated: the whole interval is within at most 0.3"
    assert result(case) == ("skipped", expected)


def test_a_case_carries_what_the_gate_saw() -> None:
    case = parsed(record_of(judgement("gate", Verdict.INCONCLUSIVE))).findall(".//testcase")[0]
    assert (case.get("classname"), case.get("name")) == ("a.check", "gate")
    assert (case.findtext("system-out") or "").splitlines() == [
        "verdict: inconclusive",
        "disposition: enforced",
        "question: a.check gap (across=gate) (the worst of 1)",
        "value: 0.100",
        "interval: 0.050 to 0.150 (95 %)",
        "limit: at most 0.1",
        "n: 1200",
        "method: word",
        "why: word",
        (
            "advice: loosen the limit or bring more rows: "
            "the tightest limit that these 1,200 rows could prove is 0.070"
        ),
    ]


def test_a_case_without_a_number_says_why() -> None:
    gate = judgement("gate", Verdict.INCONCLUSIVE, measured=False, word="f")
    case = parsed(record_of(gate)).findall(".//testcase")[0]
    assert result(case) == ("error", "not measured: no rows in f")
    assert "not measured: no rows in f" in (case.findtext("system-out") or "")


def test_the_decision_says_the_counts_and_what_else_is_in_the_way() -> None:
    case = parsed(record_of()).findall(".//testcase")[-1]
    assert case.get("name") == "decision"
    assert result(case) == (
        "error",
        f"INCONCLUSIVE {counts(record_of())} - No gate was evaluated.",
    )


@pytest.mark.parametrize("word", [*HOSTILE, UNPAIRED], ids=lambda word: ascii(word)[:24])
def test_text_from_the_data_is_only_text(word: str) -> None:
    tree, harmless = parsed(record_saying(word)), parsed(record_saying("plain"))
    assert [each.tag for each in tree.iter()] == [each.tag for each in harmless.iter()]
    assert [sorted(each.keys()) for each in tree.iter()] == [
        sorted(each.keys()) for each in harmless.iter()
    ]
    assert tree.findall(".//testcase")[0].get("name") == shown(word)
    lines = [len((each.text or "").splitlines()) for each in tree.iter("system-out")]
    assert lines == [len((each.text or "").splitlines()) for each in harmless.iter("system-out")]


@given(st.text())
def test_it_is_xml_whatever_the_text(word: str) -> None:
    assert parsed(record_saying(word)).tag == "testsuites"


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.sampled_from(Disposition))))
def test_the_totals_are_right(stands: list[tuple[Verdict, Disposition]]) -> None:
    tree = parsed(record_of(*(judgement(str(n), *stand) for n, stand in enumerate(stands))))
    suite = tree.findall("testsuite")[0]
    found = Counter(result(case)[0] for case in suite.iter("testcase"))
    for each in (tree, suite):
        assert each.get("tests") == str(len(stands) + 1)
        assert each.get("failures") == str(found["failure"])
        assert each.get("errors") == str(found["error"])
    assert suite.get("skipped") == str(found["skipped"])


def test_it_has_the_shape_that_servers_read() -> None:
    tree = parsed(record_saying("plain"))
    assert set(tree.keys()) == {"name", "time", "tests", "failures", "errors"}
    assert [child.tag for child in tree] == ["testsuite"]
    assert {child.tag for child in tree[0]} == {"properties", "testcase"}
    for case in tree.iter("testcase"):
        *outcomes, out = (child.tag for child in case)
        assert len(outcomes) <= 1
        assert out == "system-out"
    assert FORMAT.file == "junit.xml"
