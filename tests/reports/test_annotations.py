import re
from typing import NamedTuple

import pytest

from audit.record import Disposition, Record, Verdict, WaiverState
from audit_reports.annotations import FORMAT, MOST, render
from audit_reports.escapes import clipped, shown
from tests.reports.text_records import (
    HOSTILE,
    UNPAIRED,
    judgement,
    record_of,
    record_saying,
    waiver,
)


class Command(NamedTuple):
    kind: str
    title: str
    message: str


def commands(record: Record) -> list[Command]:
    """Read the lines as GitHub's runner does (ActionCommand.TryParseV2)."""
    return [read(line) for line in re.split(r"\r\n|\r|\n", render(record, "en")) if line]


def read(line: str) -> Command:
    assert line.lstrip().startswith("::")
    info, _, data = line.lstrip()[2:].partition("::")
    kind, _, properties = info.partition(" ")
    (title,) = properties.split(",")
    assert title.startswith("title=")
    return Command(
        kind, unescaped(title[6:], "%0D %0A %3A %2C %25"), unescaped(data, "%0D %0A %25")
    )


def unescaped(text: str, marks: str) -> str:
    for mark in marks.split():
        text = text.replace(mark, chr(int(mark[1:], 16)))
    return text


@pytest.mark.parametrize(
    ("verdict", "disposition", "measured", "expected"),
    [
        (Verdict.PASS, Disposition.ENFORCED, True, []),
        (Verdict.FAIL, Disposition.ENFORCED, True, ["error"]),
        (Verdict.ERROR, Disposition.ENFORCED, True, ["error"]),
        (Verdict.INCONCLUSIVE, Disposition.ENFORCED, True, ["error"]),
        (Verdict.INCONCLUSIVE, Disposition.ENFORCED, False, ["error"]),
        (Verdict.INCONCLUSIVE, Disposition.TOLERATED, True, ["warning"]),
        (Verdict.FAIL, Disposition.WARNED, True, ["warning"]),
        (Verdict.PASS, Disposition.WARNED, True, []),
        (Verdict.FAIL, Disposition.WAIVED, True, ["warning"]),
    ],
)
def test_the_kind_of_a_gate(
    verdict: Verdict,
    disposition: Disposition,
    *,
    measured: bool,
    expected: list[str],
) -> None:
    record = record_of(judgement("gate", verdict, disposition, measured=measured), judgement("b"))
    assert [command.kind for command in commands(record)] == expected


def test_a_failing_gate_names_its_numbers_and_its_way_out() -> None:
    assert render(record_of(judgement("50%: a, b", Verdict.FAIL)), "en") == (
        "::error title=fail%3A 50%25%3A a%2C b::0.200 (0.150 to 0.250), limit at most 0.1; "
        "change the model, or have an exception approved as a waiver\n"
    )


def test_a_waived_gate_names_expiry_and_owner() -> None:
    gate = judgement("gate", Verdict.FAIL, Disposition.WAIVED)
    (command,) = commands(record_of(gate, waivers=(waiver(word="a.ng"),)))
    assert command.title == "waived: gate"
    assert command.message.endswith("waived until 2027-01-31, owner a.ng")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (WaiverState.USED, []),
        (
            WaiverState.EXPIRED,
            [("warning", "expired waiver: gate", "expired on 2027-01-31, without effect")],
        ),
        (WaiverState.UNUSED, [("warning", "unused waiver: gate", "not used: remove it")]),
    ],
)
def test_an_idle_waiver_is_a_warning(state: WaiverState, expected: list[Command]) -> None:
    assert commands(record_of(judgement(), waivers=(waiver("gate", state),))) == expected


def test_a_run_that_fails_for_no_gate_says_why() -> None:
    (command,) = commands(record_of())
    assert command.kind == "error"
    assert command.title == "audit: INCONCLUSIVE"
    assert command.message.endswith("No gate was evaluated.")


@pytest.mark.parametrize(("count", "last"), [(MOST, "fail: 9"), (MOST + 1, "and 2 more")])
def test_there_are_at_most_ten_of_a_kind(count: int, last: str) -> None:
    failed = [judgement(str(place), Verdict.FAIL) for place in range(count)]
    waived = [judgement(f"w{place}", Verdict.FAIL, Disposition.WAIVED) for place in range(30)]
    found = commands(record_of(*failed, *waived))
    assert [command.kind for command in found] == ["error"] * MOST + ["warning"] * MOST
    assert found[MOST - 1].title == last
    assert found[-1] == ("warning", "and 21 more", "21 more are in the report")


@pytest.mark.parametrize("word", [*HOSTILE, UNPAIRED], ids=lambda word: ascii(word)[:24])
def test_text_from_the_data_starts_no_command_of_its_own(word: str) -> None:
    found, harmless = commands(record_saying(word)), commands(record_saying("plain"))
    assert [command.kind for command in found] == [command.kind for command in harmless]
    assert found[0].title == clipped(f"fail: {shown(word)}", 100)
    assert "##" not in render(record_saying(word), "en")


def test_it_is_no_file_of_the_bundle() -> None:
    assert not FORMAT.file
