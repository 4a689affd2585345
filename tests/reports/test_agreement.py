import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.protocol import Format
from audit.record import Decision, Disposition, Judgement, Record, Verdict
from audit_reports import annotations, junit, summary, terminal
from tests.reports.text_records import EVERY_STAND, judgement, record_of

STANDS = st.tuples(st.sampled_from(Verdict), st.sampled_from(Disposition), st.booleans())


def green(record: Record) -> dict[str, bool]:
    """Say for each place where a run is read whether it looks passed there."""
    tree = ET.fromstring(junit.render(record, "en"))  # noqa: S314 - our own text
    first = summary.render(record, "en").partition("\n")[0]
    commands = annotations.render(record, "en")
    return {
        "exit status": record.decision.exit_status == 0,
        "junit": not (tree.findall(".//failure") or tree.findall(".//error")),
        "junit totals": (tree.get("failures"), tree.get("errors")) == ("0", "0"),
        "junit decision": len(tree.findall(".//testcase[@name='decision']/*")) == 1,
        "summary": first.startswith("## PASSED: "),
        "annotations": not re.search(r"(?m)^::error ", commands),
    }


@pytest.mark.parametrize(("verdict", "disposition", "measured"), EVERY_STAND)
@pytest.mark.parametrize("beside", [[], [judgement("other")]], ids=["alone", "beside a pass"])
def test_all_formats_agree_on_one_gate(
    verdict: Verdict,
    disposition: Disposition,
    *,
    measured: bool,
    beside: list[Judgement],
) -> None:
    record = record_of(judgement("gate", verdict, disposition, measured=measured), *beside)
    assert set(green(record).values()) == {record.decision is Decision.PASSED}


@settings(max_examples=2000)
@given(st.lists(STANDS, max_size=6))
def test_a_run_that_does_not_pass_is_green_nowhere(
    stands: list[tuple[Verdict, Disposition, bool]],
) -> None:
    gates = (
        judgement(f"gate {place}", verdict, disposition, measured=measured)
        for place, (verdict, disposition, measured) in enumerate(stands)
    )
    record = record_of(*gates)
    assert set(green(record).values()) == {record.decision.exit_status == 0}


@pytest.mark.parametrize("decision", [each for each in Decision if each is not Decision.PASSED])
def test_a_decision_for_reasons_outside_the_gates_is_green_nowhere(decision: Decision) -> None:
    record = replace(record_of(judgement()), decision=decision)
    assert not any(green(record).values())


def test_a_run_without_gates_is_green_nowhere() -> None:
    assert not any(green(record_of()).values())


@pytest.mark.parametrize(
    "shape", [junit.FORMAT, summary.FORMAT, annotations.FORMAT, terminal.FORMAT]
)
def test_the_same_record_gives_the_same_text_in_any_language(shape: Format) -> None:
    record = record_of(judgement("gate", Verdict.FAIL))
    assert shape.render(record, "en") == shape.render(record, "zh-CN")
