"""Lists of rows beside numbers, whichever way a check wrote them."""

import re
from typing import Any

import pytest

from audit.record import CheckResult
from audit.results import Better, Metric
from audit_reports.html import render
from audit_reports.pages.held import table_in
from audit_reports.words import LANGUAGES
from tests.reports.pages_of import seen
from tests.reports.records import asked, estimate, found
from tests.reports.text_checks import text_record

NAME = "bias.counterfactual_swap"


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", seen(page).text)


def swaps(**details: dict[str, Any]) -> CheckResult:
    """Return both metrics of each attribute, with the same details."""
    return CheckResult(
        id=NAME,
        question="Does a decision change?",
        metrics=tuple(
            Metric(name=name, better=Better.LOW, function="x")
            for name in ("flip_rate", "score_shift")
        ),
        answers=tuple(
            found(asked(NAME, metric, attribute=name), estimate(0.1, 0.05, 0.2), **told)
            for name, told in details.items()
            for metric in ("flip_rate", "score_shift")
        ),
    )


def alone(check: CheckResult, language: str = "en") -> str:
    return render(text_record(checks=(check,), gates=()), language)


def terms(*each: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"terms": name, "flips": flips, "rows": 40} for name, flips in each]


def test_lists_about_several_attributes_share_a_table_that_names_each() -> None:
    page = alone(
        swaps(
            gender={"terms": terms(("she / he", 3), ("her / his", 1))},
            age={"terms": terms(("young / old", 0))},
        )
    )
    assert page.count("<caption>Changed decisions: ") == 1
    rows = re.findall(r'<tr><th scope="row">(\w+)<td>([^<]* / [^<]*)<td class="n">(\d+)', page)
    assert rows == [
        ("gender", "she / he", "3"),
        ("gender", "her / his", "1"),
        ("age", "young / old", "0"),
    ]


def test_of_several_long_lists_each_shows_its_first_rows_and_the_rest_is_counted() -> None:
    many = terms(*((f"word {n}", n) for n in range(9)))
    page = alone(swaps(gender={"terms": many}, age={"terms": many[:4]}))
    assert len(re.findall('<tr><th scope="row">(?:gender|age)<td>word', page)) == 5 + 4
    assert "4 more rows are in results.json." in plain(page)
    assert "How to read. 4 more rows" not in plain(page)


def test_lists_of_other_columns_keep_tables_of_their_own() -> None:
    page = alone(swaps(gender={"terms": terms(("she / he", 3))}, age={"terms": [{"a": "b"}]}))
    assert page.count(", attribute: ") >= 2
    assert "attribute: gender: terms" in plain(page)


def test_a_key_that_one_row_lacks_does_not_part_the_tables() -> None:
    whole = [{"way": "inside", "rows": 9, "flip": 0.1}, {"way": "front", "rows": 4, "flip": 0.2}]
    short = [{"way": "inside", "rows": 0}, {"way": "front", "rows": 3, "flip": 0.5}]
    text = plain(alone(swaps(gender={"ways": whole}, age={"ways": short})))
    assert text.count("Changed decisions: ") == 1
    assert re.search(r"age ?inside ?no number ?0", text)


def test_what_both_metrics_say_of_the_same_rows_is_said_once() -> None:
    text = plain(alone(swaps(gender={"origin": "chosen by us"}, age={"origin": "a census"})))
    assert text.count("chosen by us") == 1
    assert "Changed decisions, Shift of the score, attribute: gender: origin: chosen by us" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_counts_and_a_curve_by_questions_to_the_model_are_drawn(language: str) -> None:
    name = "robustness.search_attack"
    curve = [{"queries": n, "robust accuracy": 0.9 - n / 500, "high": 0.95} for n in (10, 50, 100)]
    told = {"wrong before": 10, "survived": 70, "broken": 20, "errors": 0, "query curve": curve}
    check = CheckResult(
        id=name,
        question="Can words be swapped so that the answer turns?",
        metrics=(Metric(name="robust_accuracy", better=Better.HIGH, function="x", search=True),),
        answers=(found(asked(name, "robust_accuracy"), estimate(0.7, 0, 0.78), **told),),
    )
    page = alone(check, language)
    [drawn] = re.findall(r'<svg role="img"[^>]*class="plot".*?</svg>', page, re.DOTALL)
    steps = {"en": "questions to the model", "zh-CN": "向模型提问的次数"}[language]
    assert steps in drawn
    assert re.search(r"100 ?0\.700 ?0\.950", plain(page))
    assert len(re.findall('<td class="g"><svg role="img"', page)) >= 4  # the counts, as bars


@pytest.mark.parametrize(
    "value",
    [None, 3, "ab", [], {}, [[1, 2]], [{"a": {"b": 1}}], {"a": [1], "b": [1, 2]}, {"a": 1}, [{}]],
    ids=repr,
)
def test_what_is_no_table_has_no_rows(value: Any) -> None:
    assert table_in(value) == ()
