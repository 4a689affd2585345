import pytest
from markdown_it import MarkdownIt

from audit.record import Disposition, NotAsked, Record, Verdict, WaiverState
from audit.record_json import digest
from audit_reports.summary import FORMAT, MOST_BYTES, render
from tests.reports.text_records import (
    EVERY_STAND,
    HOSTILE,
    judgement,
    record_of,
    record_saying,
    waiver,
)

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def said(record: Record) -> list[tuple[str, str]]:
    """Return the pieces of a summary; what code spans hold is left out."""
    tokens = MARKDOWN.parse(render(record, "en"))
    pieces = [piece for token in tokens for piece in (token, *(token.children or []))]
    return [(each.type, each.content if each.type == "text" else "") for each in pieces]


def rows(record: Record) -> list[str]:
    return [line for line in render(record, "en").splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:24])
def test_text_from_the_data_is_only_ever_code(word: str) -> None:
    assert said(record_saying(word)) == said(record_saying("plain"))


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:24])
def test_no_line_begins_with_text_from_the_data(word: str) -> None:
    text = render(record_saying(word), "en")
    harmless = render(record_saying("plain"), "en")
    assert "##vso" not in text
    assert "##[" not in text
    starts = [line.partition("`")[0] for line in text.split("\n")]
    assert starts == [line.partition("`")[0] for line in harmless.split("\n")]


def test_the_decision_comes_first_and_the_failures_next() -> None:
    gates = [
        judgement(str(place), verdict, disposition, measured=measured)
        for place, (verdict, disposition, measured) in enumerate(EVERY_STAND)
    ]
    record = record_of(*gates, word="loans")
    assert render(record, "en").startswith("## BLOCKED: `loans`, version `loans`\n\nGates: ")
    says = list(dict.fromkeys(row.split(" | ")[0][2:].split(" (")[0] for row in rows(record)[2:]))
    assert says == [
        "fail", "error", "inconclusive", "not measured", "tolerated", "warned", "waived", "pass"
    ]  # fmt: skip


def test_a_gate_shows_value_interval_and_limit() -> None:
    assert rows(record_of(judgement("gap", Verdict.FAIL)))[-1] == (
        "| fail | `gap` | 0.200 | 0.150 to 0.250 | at most 0.1 |"
    )


def test_a_value_never_reads_like_the_limit_that_it_misses() -> None:
    row = rows(record_of(judgement("gap", Verdict.FAIL, limit=0.1499999)))[-1]
    assert row.endswith("| 0.200 | 0.150 to 0.250 | at most 0.1499999 |")
    row = rows(record_of(judgement("gap", Verdict.INCONCLUSIVE, limit=0.1000001)))[-1]
    assert row.endswith("| 0.100 | 0.050 to 0.150 | at most 0.1000001 |")


def test_what_would_unblock_is_said_for_each_gate_that_stops() -> None:
    text = render(
        record_of(
            judgement("a", Verdict.FAIL),
            judgement("b", Verdict.INCONCLUSIVE, measured=False, word="f"),
            judgement("c"),
        ),
        "en",
    )
    _, _, section = text.partition("### What would unblock it\n\n")
    assert section.splitlines()[:3] == [
        "- fail, `a`: change the model, or have an exception approved as a waiver",
        (
            "- not measured, `b`: bring more rows of the kind that the reason names, or take the "
            "gate out with a reason: `no rows in f`"
        ),
        "",
    ]


def test_a_run_that_passes_has_nothing_to_unblock() -> None:
    text = render(record_of(judgement()), "en")
    assert text.startswith("## PASSED: ")
    assert "unblock" not in text


def test_what_was_not_measured_is_listed_with_its_reason() -> None:
    record = record_of(
        judgement("b", Verdict.INCONCLUSIVE, measured=False, word="f"),
        not_asked=(NotAsked(id="drift.columns", question="Has the data changed?"),),
    )
    text = render(record, "en")
    assert "- `a.check gap (across=b)`: `no rows in f`" in text
    assert "- `drift.columns`: `not asked" in text


def test_idle_waivers_stand_before_used_ones() -> None:
    gate = judgement("gate", Verdict.FAIL, Disposition.WAIVED)
    waivers = tuple(waiver("gate", state) for state in WaiverState)
    text = render(record_of(gate, waivers=waivers), "en")
    _, _, section = text.partition("### Waivers")
    states = [line.split(" | ")[0] for line in section.splitlines() if "`gate`" in line]
    assert states == [
        "| not used: remove it", "| expired on 2027-01-31, without effect", "| used"
    ]  # fmt: skip


def test_the_digest_is_that_of_the_record() -> None:
    record = record_of(judgement())
    assert f"sha256 of results.json: `{digest(record)}`" in render(record, "en")


@pytest.mark.parametrize("word", ["gate", "👩" * 300, "`|" * 200, "|" * 300])
def test_it_stays_short_with_2000_gates(word: str) -> None:
    stands = [EVERY_STAND[place % len(EVERY_STAND)] for place in range(2_000)]
    gates = [
        judgement(f"{word} {place}", verdict, disposition, measured=measured, word=word)
        for place, (verdict, disposition, measured) in enumerate(stands)
    ]
    waivers = tuple(waiver(f"{word} {place}", word=word) for place in range(200))
    record = record_of(*gates, waivers=waivers, word=word)
    text = render(record, "en")
    assert len(text.encode()) <= MOST_BYTES
    listed = sum(row.count(" | at most 0.1 |") for row in rows(record))
    assert f"Left out here for want of room: {2_000 - listed} more gates." in text
    assert FORMAT.file == "summary.md"
