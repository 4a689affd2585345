"""Texts of the data on the page: what was changed, what words weigh, and nothing that acts."""

import re
from dataclasses import replace
from typing import Any

import pytest

from audit import excerpts
from audit.record import CheckResult, Record
from audit.record_json import dump, load
from audit.sources import DataPart, Training
from audit_reports.html import render
from audit_reports.inert import inert
from audit_reports.pages.pieces import Piece, pieces
from audit_reports.words import LANGUAGES
from tests.reports.hostile import HOSTILE
from tests.reports.model_checks import with_details
from tests.reports.pages_of import seen
from tests.reports.records import DATA
from tests.reports.text_checks import attribution, example, faithful, text_record, typos


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", seen(page).text)


def alone(*checks: CheckResult, language: str = "en", **more: Any) -> str:
    return render(text_record(checks=checks, gates=(), **more), language)


def edits(page: str) -> list[str]:
    return [re.sub("<.*?>", "", each) for each in re.findall(r'"edit">(.*?)</span>', page)]


def marks(page: str) -> list[tuple[str, str, str]]:
    made = r"<mark( class=\"against\")?>(.*?)</mark><rp> \(</rp><rt>(.*?)</rt><rp>\)</rp></ruby>"
    return re.findall(made, page)


# Changed texts


def test_a_changed_text_says_what_stood_there_and_what_became_of_the_answer() -> None:
    page = alone(faithful(example("I like this dress, it fits\ttrue to size and the colour fades")))
    assert edits(page) == ["[love → like]", "[is great → fades]"]
    assert "<del>love</del> → <ins>like</ins>" in page
    assert "answer: positive, before and after (0.980 → 0.610); label: positive" in plain(page)


def test_an_answer_that_turned_names_both_classes() -> None:
    page = plain(alone(faithful(example("I hate this dress", now=0.2))))
    assert "answer: positive (0.980) → negative (0.200)" in page


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("so good", "so good!!", ["[+!!]"]),
        ("so very good", "so good", ["[\N{MINUS SIGN}very ]"]),
        ("so good", "so  good", ["[␣ → ␣␣]"]),
        ("so good", "so\u00a0good", ["[␣ → [U+00A0]]"]),
        ("so\ngood", "so good", ["[\u21b5 → ␣]"]),
        ("so good", "so g\u043eod", ["[good → g\u043eod U+043E]"]),
        ("so good", "so gOOd", ["[good → gOOd]"]),
    ],
    ids=["added", "taken out", "a space", "no-break", "line", "look-alike", "case"],
)
def test_what_the_eye_would_miss_is_spelt_out(was: str, now: str, said: list[str]) -> None:
    shown = {"parts": excerpts.changed(was, now)}
    assert edits(alone(faithful(shown))) == said


def test_each_probe_shows_an_example_of_its_hardest_step() -> None:
    page = plain(alone(typos()))
    for probe in ("neighbouring keys", "spaces", "look-alikes", "idle sentences"):
        assert f"probe: {probe}, severity: 3" in page[page.index("Examples from the data") :]


def test_of_many_texts_a_few_of_each_number_are_shown_and_the_rest_counted() -> None:
    check = typos(shown=False)
    answers = tuple(
        replace(each, details={"examples": [example(f"{n} {m}") for m in range(5)]})
        for n, each in enumerate(check.findings)
    )
    page = alone(replace(check, answers=answers))
    assert page.count('class="read"') == 4
    assert "116 more examples are in results.json" in plain(page)


def test_the_same_text_is_shown_once() -> None:
    assert alone(faithful(attribution(), attribution())).count('class="read"') == 1


# Attributed texts


def test_words_that_count_carry_a_number_with_its_sign_and_the_others_none() -> None:
    page = alone(faithful(attribution()))
    against = ' class="against"'
    assert marks(page) == [
        ("", "love", "+0.41"),
        (against, "dress", "\N{MINUS SIGN}0.08"),
        ("", "it", "+0.12"),
        ("", "fits", "+0.20"),
        ("", "the", "+0.06"),
        ("", "is", "+0.30"),
    ]
    assert "answer: positive (0.982)" in plain(page)
    assert "Words with under a tenth of the largest carry none." in plain(page)


def test_small_values_keep_two_digits_that_matter() -> None:
    page = alone(faithful({"parts": excerpts.marked("so good", [-0.00123, 0.00456])}))
    assert [value for _, _, value in marks(page)] == ["\N{MINUS SIGN}0.0012", "+0.0046"]


def test_at_most_twelve_words_of_a_text_carry_a_number() -> None:
    text, values = " ".join("abcdefghijklmnop"), [1 + n / 100 for n in range(16)]
    assert len(marks(alone(faithful({"parts": excerpts.marked(text, values)})))) == 12


def test_without_any_value_no_word_is_marked() -> None:
    assert marks(alone(faithful({"parts": excerpts.marked("so good", [0.0, 0.0])}))) == []


# Records without texts, and with odd ones


def with_texts(*checks: CheckResult) -> Record:
    part = DataPart(role="test", source="x.csv", digest="", rows=9, columns=("text: review",))
    return text_record(checks=checks, gates=(), data=replace(DATA, parts=(part,)))


@pytest.mark.parametrize("shown", [True, False])
def test_a_record_without_texts_says_how_they_come_to_be_shown(*, shown: bool) -> None:
    page = plain(render(with_texts(typos(shown=shown)), "en"))
    assert ("Examples from the data" in page) is shown
    assert ("No text of the data stands in this report" in page) is not shown


def test_a_record_of_tables_does_not_speak_of_texts() -> None:
    assert "No text of the data" not in plain(render(text_record(checks=()), "en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "odd",
    [
        3,
        "text",
        [3, None, {}],
        [{"parts": []}],
        [{"parts": "text"}],
        [{"parts": [{"text": 3}]}, {"parts": [3]}],
        [{"parts": [{"was": "a"}]}],
        {"parts": [{"text": "a"}]},
    ],
    ids=repr,
)
def test_examples_of_another_shape_break_no_page(odd: Any, language: str) -> None:
    page = alone(with_details(faithful(), examples=odd), language=language)
    assert 'class="read"' not in page


def test_answers_of_another_shape_are_left_out() -> None:
    shown = {"parts": [{"text": "so good", "value": "much"}], "before": 3, "after": {"class": 1}}
    page = alone(faithful({**shown, "class": "good", "score": None, "label": None}))
    assert '<span class="read">so good</span><br><small></small>' in page


@pytest.mark.parametrize("word", HOSTILE)
def test_a_text_is_shown_and_does_nothing(word: str) -> None:
    def page(text: str) -> Any:
        parts = [{"text": text}, {"text": text, "was": f"{text}."}, {"text": text, "value": 0.5}]
        answer = {"class": text, "score": 0.5}
        shown = {"parts": parts, "before": answer, "after": answer, "label": text}
        return seen(alone(faithful(shown)))

    hostile, harmless = page(word), page("x")
    assert hostile.elements == harmless.elements
    assert set(hostile.values["href"]) == set(harmless.values["href"])
    blank = str.maketrans("\u2409\u240a\u240d", "   ")
    assert hostile.text.translate(blank).count(inert(word).translate(blank)) >= 5
    assert not re.search("[\x00-\x08\x7f-\x9f\u200b\u202a-\u202e\u2066\u2067\ufeff]", hostile.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_record_and_its_file_give_the_same_page(language: str) -> None:
    made = text_record()
    assert render(made, language) == render(load(dump(made)), language)


def test_a_piece_without_a_change_is_no_edit() -> None:
    assert pieces([{"text": "a", "was": "a"}]) == (Piece("a"),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_model_says_how_it_was_trained(language: str) -> None:
    made = Training(
        kind="text classifier, LoRA",
        data_digest="ab",
        rows=400,
        seed=1,
        settings={"base": "mini", "method": "lora", "max_length": 128},
        metrics={"trained parameters": 12345.0, "parameters": 22713216.0, "truncated share": 0.02},
    )
    text = plain(render(text_record(training=made), language))
    weights = {"en": "12,345 of 22,713,216", "zh-CN": "12,345\uff0c共 22,713,216"}[language]
    assert weights in text
    assert "LoRA" in text
    assert {"en": "share of the texts cut off", "zh-CN": "被截断的文本比例"}[language] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_shares_that_are_taken_away_are_shares_of_the_words(language: str) -> None:
    curve = {"removed": [0.1, 0.5], "attributed": [0.1, 0.4], "random": [0.0, 0.1]}
    text = plain(alone(with_details(faithful(), curve=curve), language=language))
    assert {"en": "share of the words taken away", "zh-CN": "去掉的词的比例"}[language] in text
    assert {"en": "features taken away", "zh-CN": "去掉的特征"}[language] not in text
