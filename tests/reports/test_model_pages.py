"""The page of a version with a model in hand: probed, explained, trained."""

import re
from dataclasses import replace
from typing import Any

import pytest

from audit.limits import Limit
from audit.record import CheckResult, Record, Severity
from audit.record_json import dump, load
from audit.results import About
from audit_reports.html import render
from audit_reports.pages.protocols import protocol
from audit_reports.words import LANGUAGES, words_of
from tests.reports.model_checks import (
    ATTACK,
    CHECKS,
    MODEL_GATES,
    TRAINING,
    TYPING,
    adversarial,
    faithfulness,
    mitigation,
    model_record,
    noise,
    predecessor,
    proxies,
    reliance,
    swap,
    with_details,
    worst_slice,
)
from tests.reports.pages_of import seen
from tests.reports.records import DATA, GATES, large, record, selection


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", seen(page).text)


def named(metric: str) -> str:
    plainly = metric.replace("_", " ").capitalize()
    return words_of("en").find("metrics", metric) or plainly


def alone(check: CheckResult, *gates: Any, language: str = "en") -> str:
    made = model_record(checks=(check,), gates=gates)
    return render(made, language)


def plots(page: str) -> list[str]:
    return re.findall(r'<svg role="img"[^>]*class="plot".*?</svg>', page, re.DOTALL)


# The whole page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_record_and_its_file_give_the_same_page(language: str) -> None:
    made = model_record()
    assert render(made, language) == render(load(dump(made)), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_well_built(language: str) -> None:
    page = seen(render(model_record(), language))
    assert page.tags.count("table") == page.tags.count("caption")
    assert all("scope" in names for tag, names in page.elements if tag == "th")
    assert len(set(page.values["id"])) == len(page.values["id"])
    assert {link[1:] for link in page.values["href"]} <= set(page.values["id"])


def test_both_languages_show_the_same_numbers() -> None:
    pages = [render(model_record(), language) for language in LANGUAGES]
    english, chinese = (sorted(re.findall(r"\d\.\d{3}", plain(page))) for page in pages)
    assert english == chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_families_of_a_demo_stay_far_below_the_size_of_a_large_report(language: str) -> None:
    assert len(render(model_record(), language).encode()) <= 150_000


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "odd",
    [
        {"curve": 3},
        {"curve": {"removed": [1], "attributed": [0.1, 0.2], "random": [0.1]}},
        {"curve": {"removed": [], "attributed": [], "random": []}},
        {"curve": [{"eps": "far", "robust accuracy": None}]},
        {"curve": [1, 2]},
        {"levels": [{"level": "black"}, 3]},
        {"levels": [{"level": None, "rate before": 0.1, "rate after": "x"}]},
        {"size": "large", "size in": 3, "accuracy clean": True, "accuracy perturbed": None},
        {"slice": ["a"], "shares": [["a"]], "features": [{"name": "a", "auc": "b"}]},
        {"shares": [["a", -0.5], ["b", 0.5]], "swaps": [{"from": "a", "rows": [1]}, {}]},
        {"wrong before": "none", "survived": -1, "broken": [], "errors": {}},
        {"nested": {"deep": {"deeper": [1, {"x": None}]}}, "empty": {}, "none": None},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_details_of_another_shape_break_no_page(odd: dict[str, Any], language: str) -> None:
    made = model_record(checks=tuple(with_details(each, **odd) for each in CHECKS))
    page = plain(render(made, language))
    assert "0.643" in page  # the numbers stand in their tables all the same
    assert "+0.206" in page


def test_a_severity_that_is_no_number_falls_back_to_a_table_of_levels() -> None:
    check = noise()
    answers = tuple(
        replace(
            each,
            question=replace(
                each.question,
                about=About({**each.question.about, "severity": f"s{place}"}),
            ),
        )
        for place, each in enumerate(check.answers)
    )
    page = alone(replace(check, answers=answers))
    assert plots(page) == []
    assert "noise \N{MULTIPLICATION SIGN} s0" in plain(page)


# Severity


def test_each_probe_is_drawn_once_by_the_metric_that_a_gate_reads() -> None:
    page = alone(noise(), TYPING)
    assert len(plots(page)) == 4
    text = plain(page)
    assert f"Noise: at severity 3, {named('accuracy_drop')} is +0.021 (+0.010 to +0.033)" in text
    assert f"Other categories: at severity 2, {named('accuracy_drop')}" in text  # 3 has no number


def test_the_gate_is_drawn_where_it_judges_and_nowhere_else() -> None:
    drawn = plots(alone(noise(), TYPING))
    dotted = [len(re.findall('stroke-dasharray="1 3"', each)) for each in drawn]
    zones = ["#d9eee7" in each for each in drawn]
    assert dotted == [1, 0, 0, 0]
    assert zones == [True, False, False, False]


def test_a_gate_that_reads_every_step_is_drawn_where_it_was_decided() -> None:
    reading = replace(TYPING, about=None, metric="flip_rate", limit=Limit.at_most(0.01))
    drawn = plots(alone(noise(), reading))
    dotted = [len(re.findall('stroke-dasharray="1 3"', each)) for each in drawn]
    assert sum(dotted) == 1
    assert all("#d9eee7" in each for each in drawn)


def test_the_predecessor_is_drawn_where_it_answered_the_same_questions() -> None:
    hollow = 'stroke="#76828e" stroke-width="2" stroke-dasharray="5 3"'
    page = alone(noise(), TYPING)
    assert all(hollow in each for each in plots(page))
    assert "version 1" in plain(page)
    without = render(model_record(checks=(noise(),), gates=(TYPING,), baseline=None), "en")
    assert hollow not in without


def test_the_table_holds_what_is_drawn_with_size_power_and_the_accuracy_left() -> None:
    text = plain(alone(noise(), TYPING))
    assert "0.25 sd" in text
    assert "10 % of the fields" in text
    assert "attainable 0.013" in text
    assert "accuracy 0.851" in text
    assert "The same 1,904 rows without the probe: accuracy 0.871." in text


def test_how_to_read_a_plot_is_said_once() -> None:
    reading = replace(TYPING, about=None)
    assert plain(alone(noise(), reading)).count("The shaded zone meets the limit, the") == 1


def test_rows_and_seed_are_said_once_for_all_numbers() -> None:
    text = plain(alone(noise()))
    assert "All 23 numbers: rows: 1,904, seed: 0" in text
    assert "features changed a row: 0.5" not in text


# Searches


def test_a_search_that_found_nothing_never_reads_as_a_pass() -> None:
    text = plain(alone(adversarial(), ATTACK))
    changed = "The search changed 343 of 1,307 right answers"
    assert f"{changed}: {named('robust_accuracy')} is 0.643" in text
    assert "and a search can never prove it met" in text
    assert "These rows cannot settle it" not in text
    assert re.search("verdict: inconclusive ?the search did not break it", text)


def test_a_search_that_blocks_is_told_that_no_rows_will_help() -> None:
    text = plain(alone(adversarial(), replace(ATTACK, severity=Severity.BLOCK)))
    assert "no search can prove this limit" in text
    assert "more rows, or a looser limit" not in text


def test_a_search_that_found_a_failure_reads_as_any_other() -> None:
    failing = replace(ATTACK, limit=Limit.at_least(0.9), severity=Severity.BLOCK)
    text = plain(alone(adversarial(), failing))
    assert f"A limit is broken. {named('robust_accuracy')} is 0.643" in text
    assert "The search changed" not in text


def test_the_four_fates_and_the_curve_of_an_attack_are_shown() -> None:
    page = alone(adversarial())
    assert len(plots(page)) == 1
    fates = re.search("what became of the rows(.*?)</table>", page, re.DOTALL)
    assert fates
    assert re.findall(r'<td class="n"[^>]*>(\d+)', fates[1]) == ["193", "964", "343", "0"]
    assert "0.795" in plain(page)  # the upper bound at half the reach


def test_a_slice_is_named_in_words_beside_the_answer() -> None:
    text = plain(alone(worst_slice()))
    assert "The rows are those with debt ratio above 0.42: 181 of the 181" in text
    assert "rows with debt ratio above 0.42" in text
    assert "income below 31 and married = no" in text


# Bias


def test_a_swap_is_shown_by_attribute_with_its_direction() -> None:
    text = plain(alone(swap(), MODEL_GATES[4]))
    assert f"{named('flip_rate')} by attribute, with intervals" in text
    assert re.search(r"black ?white ?0\.040 ?0\.020 to 0\.060", text)
    assert "input of the model: yes" in text


def test_the_bars_of_proxies_start_where_a_feature_knows_nothing() -> None:
    page = alone(proxies())
    assert "0.5 to 1" in plain(page)
    bars = re.findall(r'<rect x="12" y="4" width="([\d.]+)" height="12"', page)
    assert [float(each) for each in bars] == pytest.approx([129.6, 38.4, 0])


def test_mitigation_is_drawn_from_hollow_to_solid() -> None:
    page = alone(mitigation())
    assert "Selection rate with thresholds of their own for each level, across race" in plain(page)
    title = "<title>black: 0.434 as it is, 0.543 with thresholds</title>"
    assert title in page


def test_what_would_unblock_a_gap_points_to_the_mitigation_that_was_measured() -> None:
    checks = (selection(), mitigation())
    text = plain(render(model_record(checks=checks, gates=GATES[:1]), "en"))
    assert "they would cut the gap (Selection rate) by +0.141 (+0.101 to +0.180)" in text
    assert "cost +0.012 (+0.004 to +0.020) of accuracy" in text


@pytest.mark.parametrize(
    "checks",
    [
        (selection(),),
        (selection(), with_details(mitigation(), rate="true_positive_rate")),
        (selection(), replace(mitigation(), answers=mitigation().answers[:1])),
    ],
    ids=["not measured", "of another rate", "without its cost"],
)
def test_no_mitigation_is_promised_that_was_not_measured(checks: tuple[CheckResult, ...]) -> None:
    text = plain(render(model_record(checks=checks, gates=GATES[:1]), "en"))
    assert "they would cut the gap" not in text


# Explanation


def test_a_removal_curve_is_drawn_for_each_metric_and_baseline() -> None:
    page = alone(faithfulness())
    assert len(plots(page)) == 4
    assert all('fill="#e3e8ee"' in each for each in plots(page))
    text = plain(page)
    assert (
        f"{named('comprehensiveness')}, hidden behind: typical values: 0.292 for the named" in text
    )
    assert "The lower the solid line" in text


def test_the_same_curve_is_drawn_once() -> None:
    check = faithfulness()
    twice = replace(check, answers=(check.answers[0], check.answers[0]))
    assert len(plots(alone(twice))) == 1


def test_shares_of_features_are_bars_with_their_numbers() -> None:
    page = alone(reliance())
    assert 'width="240" height="12"' in page
    assert re.search(r"tract minority share: 0\.220 ?0\.220", plain(page))


# How it was trained


def test_the_training_is_told_in_the_words_of_its_record() -> None:
    text = plain(render(model_record(), "en"))
    assert "5 folds: each row is answered by the network that never saw it" in text
    assert "Every number is of the mean over the fold models" in text
    assert re.search("learning rate ?0.002 ?setting", text)
    assert re.search(
        "grid search ?grid size: 7, protected: race", text.replace("grid_size", "grid size")
    )
    assert re.search("hidden ?64, 32 ?setting", text)
    assert re.search("class weights ?none", text)
    assert re.search("log loss on the validation rows ?0.287 ?measured while training", text)
    assert TRAINING.data_digest in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_record_without_training_says_so(language: str) -> None:
    text = plain(render(record(), language))
    assert words_of(language)("training.none") in text
    assert words_of(language)("methods.out_of_fold") not in text


def test_a_record_from_before_training_was_recorded_is_still_read() -> None:
    content = dump(record())
    assert b'"training": null' in content
    older = content.replace(b' "training": null,\n', b"").replace(b',\n "training": null', b"")
    assert b"training" not in older.replace(b"train.parquet", b"")
    assert load(older) == load(content)


def test_the_training_survives_the_file() -> None:
    assert load(dump(model_record())).training == TRAINING


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10-fold out of fold", "10 folds: each row is answered by the network that never saw it"),
        ("one network", "one network"),
        ("<b>-fold out of fold", "<b>-fold out of fold"),
        ("99999999999-fold out of fold", "99999999999-fold out of fold"),
    ],
)
def test_a_protocol_is_put_into_words(written: str, said: str) -> None:
    assert protocol(words_of("en"), written) == said


def test_what_each_check_asked_of_the_model_is_counted() -> None:
    text = plain(render(model_record(), "en"))
    assert "What 4 checks asked of the model" in text
    assert re.search(r"robustness\.feature_noise ?24,752 ?3\.2", text)
    assert "asked of the model" not in plain(render(record(), "en")).replace(
        "Distinct inputs asked of the model", ""
    )


# The first screen


def test_the_first_screen_says_that_inconclusive_stops_a_release() -> None:
    first = render(record(), "en").partition('id="blocks"')[0]
    text = plain(first)
    assert "Inconclusive, not measured and error stop a release as a failure does." in text
    for word in ("Tolerated: inconclusive, yet", "Warned: not met", "Waived: not passed"):
        assert word in text


def test_what_does_not_occur_is_not_explained() -> None:
    made: Record = large(1, 3)
    first = plain(render(replace(made, gates=made.gates[1:]), "en").partition('id="blocks"')[0])
    assert "Tolerated:" not in first
    assert "stop a release" not in first


def test_the_data_section_puts_the_protocol_into_words() -> None:
    made = record(data=replace(DATA, protocol="3-fold out of fold"))
    assert words_of("zh-CN")("protocol.out_of_fold", n=3) in plain(render(made, "zh-CN"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_region_has_a_name_of_its_own(language: str) -> None:
    names = seen(render(model_record(), language)).values["aria-label"]
    assert len(set(names)) == len(names)


def test_steps_of_probes_stand_last_beside_the_predecessor_unless_they_decided() -> None:
    rates = selection().findings
    kept = (*rates, *noise().findings)
    made = model_record(
        checks=(noise(), selection()),
        gates=MODEL_GATES[:3],
        baseline=replace(predecessor(), findings=kept),
    )
    page = render(made, "en").partition('id="compare"')[2].partition('id="unmeasured"')[0]
    parts = re.findall(r'<th scope="row">[^<]*<br><small>([^<]*)', page)
    steps = ["severity" in part for part in parts]
    assert steps[:3] == [False, True, True]
    assert steps[3:] == sorted(steps[3:])


def test_amounts_below_nothing_are_listed_without_bars() -> None:
    page = alone(with_details(reliance(), shares=[["income", -0.4], ["sex", 0.1]]))
    assert 'height="12"' not in page
    assert re.search("income ?\N{MINUS SIGN}0.400", plain(page))
