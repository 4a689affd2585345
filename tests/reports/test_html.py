import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from audit.errors import ConfigError
from audit.record import Advice, Decision, Disposition, Record, Severity, Verdict
from audit.record_json import digest, dump, load
from audit.results import Finding
from audit_reports import ALL
from audit_reports.html import FORMAT, render
from audit_reports.inert import inert
from audit_reports.words import LANGUAGES
from tests.reports.hostile import HOSTILE, record_with
from tests.reports.pages_of import seen
from tests.reports.records import (
    GATES,
    asked,
    calibration,
    drift,
    estimate,
    found,
    large,
    passing,
    quality,
    record,
    without_gates,
)

MOST_BYTES = 300_000


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", seen(page).text)


def test_there_are_enough_hostile_strings() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("word", HOSTILE)
def test_text_from_the_data_is_shown_and_does_nothing(word: str) -> None:
    page, harmless = seen(render(record_with(word), "en")), seen(render(record_with("x"), "en"))
    assert page.elements == harmless.elements
    assert set(page.values) == set(harmless.values)
    assert page.values["href"] == harmless.values["href"]
    assert page.values["id"] == harmless.values["id"]
    assert page.text.count(inert(word)) >= 40


@pytest.mark.parametrize("word", HOSTILE)
def test_no_character_of_the_page_is_hidden(word: str) -> None:
    page = render(record_with(word), "zh-CN").replace("\n", "")
    hidden = re.findall(
        "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066\u2067\ufeff]", page
    )
    assert hidden == []


def test_an_endless_text_is_cut_and_says_how_much() -> None:
    page = render(record_with("y" * 5000), "en")
    assert "y" * 1001 not in page
    assert "[+4" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_record_gives_the_same_bytes(language: str) -> None:
    again = load(dump(record()))
    assert render(record(), language) == render(record(), language) == render(again, language)


def test_both_languages_show_the_same_record_digest_and_numbers() -> None:
    pages = [render(record(), language) for language in LANGUAGES]
    assert all(page.count(digest(record())) >= 3 for page in pages)
    english, chinese = (sorted(re.findall(r"\d\.\d{3}", plain(page))) for page in pages)
    assert english == chinese


def test_a_language_that_the_report_does_not_speak_is_refused() -> None:
    with pytest.raises(ConfigError, match="zh-CN"):
        render(record(), "zh-TW")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_large_report_stays_small(language: str) -> None:
    assert len(render(large(checks=60, levels=6), language).encode()) <= MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [record(), passing(), without_gates(), large(8, 3)])
def test_the_page_is_inert_and_well_built(made: Record, language: str) -> None:
    page = seen(render(made, language))
    tags = page.tags
    assert [tags.count(tag) for tag in ("h1", "main", "nav", "title", "script")][:3] == [1, 1, 1]
    assert "script" not in tags
    assert not {name for name in page.values if name.startswith("on")} | (
        {"style"} & set(page.values)
    )
    assert all(link.startswith("#") for link in page.values["href"])
    assert {link[1:] for link in page.values["href"]} <= set(page.values["id"])
    assert len(set(page.values["id"])) == len(page.values["id"])
    assert page.values["lang"] == [language]
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in names for tag, names in page.elements if tag == "th")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_has_a_title(language: str) -> None:
    pictures = re.findall(r"<svg role=\"img\"[^>]*>(.{7})", render(record(), language))
    assert len(pictures) > 20
    assert set(pictures) == {"<title>"}


def test_the_policy_holds_the_hash_of_each_style() -> None:
    page = render(record_with('"} body{display:none} /*'), "en")
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    hashes = [b64encode(sha256(style.encode()).digest()).decode() for style in styles]
    assert len(styles) == 2
    assert all(f"&#39;sha256-{each}&#39;" in page or f"'sha256-{each}'" in page for each in hashes)
    assert "default-src 'none'" in page
    assert "body{display" not in styles[1].replace(" ", "")


def test_the_answer_comes_first() -> None:
    page = render(record(), "en")
    order = ['class="plate', "<h1>", 'class="lead"', 'class="tally"', 'id="blocks"', "<nav"]
    places = [page.index(each) for each in order]
    assert places == sorted(places)
    assert "is 0.710 (0.650 to 0.776); the limit is at least 0.8." in plain(page)
    assert "<title>BLOCKED: loan-approval version 2</title>" in page


def test_every_count_is_named_even_where_it_is_zero() -> None:
    text = plain(render(passing(), "en"))
    zeros = ("0 failed", "0 errors", "0 inconclusive", "0 not measured", "0 tolerated")
    assert all(each in text for each in (*zeros, "0 warned", "0 waived"))


def test_a_number_never_prints_like_the_limit_that_it_differs_from() -> None:
    made = record()
    judged = next(j for j in made.gates if j.gate.name == "calibrated")
    assert isinstance(judged.worst, Finding)
    estimate = replace(judged.worst.estimate, value=0.0299, high=0.0300001)
    worst = replace(judged.worst, estimate=estimate)
    shown = replace(judged, worst=worst, answers=(worst,), verdict=Verdict.INCONCLUSIVE)
    text = plain(render(replace(made, gates=(shown,)), "en"))
    assert "0.0299 (0.011 to 0.0300001)" in text


def test_counts_have_thousands_apart_and_minus_is_a_minus() -> None:
    text = plain(render(record(), "en"))
    assert "4,812 rows" in text
    assert "\N{MINUS SIGN}0.001 to +0.017" in text


def test_levels_that_are_not_judged_and_missing_values_are_shown() -> None:
    text = plain(render(record(), "en"))
    assert re.search(r"other ?64 ?not judged", text)
    assert re.search(r"\(missing\) ?200 ?not judged", text)
    assert re.search(r"native ?few rows ?22", text)


def test_without_gates_the_page_says_so() -> None:
    assert "No gate was evaluated." in plain(render(without_gates(), "en"))
    assert "没有评估任何门禁。" in plain(render(without_gates(), "zh-CN"))


def test_a_part_of_an_audit_says_that_it_is_no_full_audit() -> None:
    made = replace(record(), only=("bias.selection_rate",), decision=Decision.INCONCLUSIVE)
    assert "Only these checks ran: bias.selection_rate. This is no full audit" in plain(
        render(made, "en")
    )


def test_a_limit_that_changed_shows_the_old_value() -> None:
    text = plain(render(record(), "en"))
    assert "was: at most 0.05" in text
    assert "yes, removed here" in text
    assert "yes, new here" in text


def test_an_expired_waiver_is_named() -> None:
    assert "expired, no effect" in plain(render(record(), "en"))


def test_a_check_that_broke_without_a_gate_stands_among_the_blockers() -> None:
    made = record(gates=())
    page = plain(render(replace(made, decision=Decision.ERROR), "en"))
    assert "performance.classification has no number, since the check broke" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("advice", list(Advice))
@pytest.mark.parametrize("decision", list(Decision))
def test_every_advice_and_decision_has_words(
    decision: Decision, advice: Advice, language: str
) -> None:
    made = record()
    gates = tuple(replace(j, advice=advice) for j in made.gates)
    assert render(replace(made, gates=gates, decision=decision), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("disposition", list(Disposition))
@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_and_disposition_has_words(
    verdict: Verdict, disposition: Disposition, language: str
) -> None:
    made = record()
    gates = tuple(
        replace(
            j,
            verdict=verdict,
            disposition=disposition,
            gate=replace(j.gate, severity=Severity.WARN),
            worst=None if n == 0 else j.worst,
        )
        for n, j in enumerate(made.gates)
    )
    assert render(replace(made, gates=gates), language)


def test_the_format_is_a_file_for_each_language() -> None:
    assert (FORMAT.file, FORMAT.per_language) == ("report.html", True)
    assert ALL["html"] == "audit_reports.html:FORMAT"


def test_sentences_are_short() -> None:
    page = render(record(), "en")
    paragraphs = re.findall(r"<p[^>]*>(.*?)</p>", page, re.DOTALL)
    text = " ".join(re.sub(r"<[^>]+>", "", each) for each in paragraphs)
    sentences = [s for s in re.split(r"(?<=[.:;])\s+", text) if len(s.split()) > 2]
    assert sum(len(s.split()) for s in sentences) / len(sentences) <= 25


def test_a_gate_that_another_number_decided_is_still_named() -> None:
    assert "no gate reads it" in plain(render(record(), "en"))
    reading_all = replace(GATES[1], about=None)
    made = record(gates=(reading_all,), waivers=())
    assert "read by “gap of approval”; another number decided" in plain(render(made, "en"))


def test_a_list_of_words_beside_a_number_is_shown() -> None:
    named = found(asked("data.quality", "judged_share"), estimate(1, 1, 1), columns=["id", "zip"])
    made = record(checks=(replace(quality(), answers=(named,)),), gates=(), waivers=())
    assert "columns: id, zip" in plain(render(made, "en"))


def test_of_many_curves_the_worst_are_drawn_and_the_rest_counted() -> None:
    check = calibration()
    bins = check.findings[0].details["bins"]
    groups = [
        found(
            asked("calibration.error", "calibration_error", sex=f"level {i}"),
            estimate(0.01 * i, 0, 0.1),
            bins=bins,
        )
        for i in range(1, 9)
    ]
    made = record(checks=(replace(check, answers=(*check.answers, *groups)),), gates=())
    page = render(made, "en")
    assert page.count("<caption>The same numbers, bin by bin") == 3
    assert "6 more curves are in results.json" in page
    assert "sex: level 8: 9 of 10 bins" in page


def test_the_column_that_moved_most_stands_first_whatever_is_measured_beside_it() -> None:
    check = drift()
    made = record(checks=(replace(check, answers=check.answers[::-1]),), gates=GATES[8:9])
    page = render(made, "en")
    table = page[page.index("6 columns, with intervals") :]
    assert re.findall(r'<th scope="row">(\w+)', table)[:3] == [
        "debt_ratio",
        "loan_amount",
        "income",
    ]
