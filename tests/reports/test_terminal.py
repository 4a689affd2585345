import re

import pytest

from audit.record import Disposition, Verdict, WaiverState
from audit.results import About, Estimate, Finding, Question
from audit_reports.escapes import columns
from audit_reports.terminal import FORMAT, WIDEST, render
from tests.reports.text_records import (
    HOSTILE,
    UNPAIRED,
    judgement,
    record_of,
    record_saying,
    waiver,
)

OUR_STARTS = re.compile(
    r"  (Fail|Error|Inconclusive|Not measured|Tolerated|Warned|Waived|Pass|Waivers|What would"
    r"|Check |    - |  - |    \| |  \| |      \| )"
)
FINDING = Finding(
    question=Question(check="a.check", metric="selection_rate", about=About({"sex": "female"})),
    estimate=Estimate(value=0.5, low=0.4, high=0.6, level=0.95, n=1200, method="exact"),
)


@pytest.mark.parametrize("word", [*HOSTILE, UNPAIRED], ids=lambda word: ascii(word)[:24])
@pytest.mark.parametrize("gated", [True, False])
def test_text_from_the_data_starts_no_line_and_moves_no_cursor(
    word: str,
    *,
    gated: bool,
) -> None:
    if gated:
        text = render(record_saying(word), "en")
    else:
        finding = Finding(
            question=Question(check=word, metric="gap", about=About({word: word})),
            estimate=FINDING.estimate,
        )
        text = render(record_of(answers=(finding,), word=word), "en")
    for line in text.removesuffix("\n").split("\n"):
        assert OUR_STARTS.match(line)
        assert line.isprintable()
        assert "##" not in line
    text.encode()


def test_the_gates_stand_in_columns_worst_first() -> None:
    record = record_of(
        judgement("a"),
        judgement("a longer name", Verdict.FAIL, Disposition.WAIVED),
        judgement("选择率", Verdict.FAIL, limit=0.1499999),
    )
    assert render(record, "en").splitlines() == [
        "  Fail           选择率         0.200 (0.150 to 0.250)  at most 0.1499999",
        "  Waived (fail)  a longer name  0.200 (0.150 to 0.250)  at most 0.1",
        "  Pass           a              0.050 (0.020 to 0.080)  at most 0.1",
        "  What would unblock it",
        "    - 选择率: change the model, or have an exception approved as a waiver",
    ]


def test_what_was_not_measured_and_idle_waivers_follow() -> None:
    record = record_of(
        judgement("a", Verdict.INCONCLUSIVE, measured=False, word="f"),
        waivers=(waiver("b", WaiverState.EXPIRED), waiver("a", WaiverState.USED)),
    )
    assert render(record, "en").splitlines()[1:] == [
        "  What would unblock it",
        (
            "    - a: bring more rows of the kind that the reason names, or take the gate out with "
            "a reason"
        ),
        "  Not measured",
        "    - a.check gap (across=a): no rows in f",
        "  Waivers",
        "    - b: expired on 2027-01-31, without effect",
    ]


def test_without_a_gate_the_findings_are_shown() -> None:
    record = record_of(answers=(FINDING,), word="Do all groups fare alike?")
    assert render(record, "en").splitlines() == [
        "  Check a.check: Do all groups fare alike?",
        "    - selection_rate  sex=female  0.500 (0.400 to 0.600)  n = 1,200",
    ]


def test_lines_are_at_most_100_columns_wide_however_long_the_names() -> None:
    record = record_of(
        judgement("long name " * 50, Verdict.INCONCLUSIVE, measured=False, word="word " * 100),
        judgement("名" * 300),
    )
    assert all(columns(line) <= WIDEST for line in render(record, "en").splitlines())


def test_a_run_whose_gates_only_warn_says_so() -> None:
    text = render(record_of(judgement("a", Verdict.PASS, Disposition.WARNED)), "en")
    assert "  What would unblock it\n    - Every gate only warns.\n" in text


def test_it_is_no_file_of_the_bundle() -> None:
    assert not FORMAT.file
