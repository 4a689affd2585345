"""The page of a model of texts: its own words, and few charts and texts however many it holds."""
# ruff: noqa: RUF001 - the examples show Chinese signs

import re
from dataclasses import replace

import pytest

from audit.record import CheckResult, Record
from audit.results import About, Better, Metric
from audit.sources import DataPart
from audit_reports.html import render
from audit_reports.pages.teller import Teller
from audit_reports.words import LANGUAGES, words_of
from tests.reports.pages_of import seen
from tests.reports.records import DATA, asked, estimate, found, missing, record
from tests.reports.test_row_lists import swaps
from tests.reports.text_checks import attribution, faithful, text_record, typos

PART = DataPart(role="test", source="x.csv", digest="", rows=9, columns=("text: review",))


def of_texts(**more: object) -> Record:
    return text_record(data=replace(DATA, parts=(PART,)), **more)


def teller(language: str, made: Record | None = None) -> Teller:
    return Teller(made or of_texts(), words_of(language))


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", seen(page).text)


def many_probes() -> CheckResult:
    """Return four more probes, so that no gate reads seven of eight."""
    check = typos(shown=False)
    more = [
        replace(each, question=asked(check.id, each.question.metric, **about))
        for each in check.findings
        for about in [{**each.question.about, "probe": f"other {each.question.about['probe']}"}]
    ]
    return replace(check, answers=(*check.answers, *more))


# Probes


def test_many_probes_that_no_gate_reads_share_a_table_of_each_metric() -> None:
    page = render(of_texts(checks=(many_probes(),)), "en")
    assert page.count('<figure class="pair">') == 1
    text = plain(page)
    assert text.count("under the probes that no gate reads") >= 2
    lost = text[text.index("Accuracy lost under the probes that no gate reads") :]
    assert "Severity: 3 (15 % of the words)" in lost
    assert re.search(r"Other additions ?1,000 ?\+0.024 ?\+0.016 to \+0.033", lost)


def test_few_probes_that_no_gate_reads_are_drawn_each() -> None:
    page = render(of_texts(checks=(typos(),)), "en")
    assert page.count('<figure class="pair">') == 4
    assert "under the probes that no gate reads" not in plain(page)


def test_a_step_that_a_probe_lacks_leaves_its_cell_empty() -> None:
    check = many_probes()
    hardest = About({"probe": "other additions", "severity": 3})
    kept = tuple(each for each in check.findings if each.question.about != hardest)
    page = plain(render(of_texts(checks=(replace(check, answers=kept),)), "en"))
    assert re.search(r"Other additions ?1,000 ?\+0.024 ?\S+ to \S+ ?\+0.063 ?\S+ to \S+ How", page)


# Texts


def test_texts_that_an_earlier_check_showed_are_not_shown_again() -> None:
    first, second = (
        replace(faithful(attribution()), id=f"explanation.{name}") for name in ("a", "b")
    )
    page = render(of_texts(checks=(first, second), gates=()), "en")
    assert page.count('class="read"') == 1
    number = re.findall(r'<span class="no">([\d.]+)</span> Explanation', page)[0]
    assert f"stand, marked alike, under {number}." in plain(page)


def test_a_word_and_its_number_stay_on_one_line() -> None:
    page = render(of_texts(checks=(faithful(attribution()),), gates=()), "en")
    assert page.count('<span class="w"><ruby>') == page.count("<ruby>") == 6
    assert ".w{display:inline-block" in page


# Words


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("negation = no and word “would” = yes", "不含否定词且含有词“would”"),
        ("exclamation mark = no and word “but” = yes", "不含感叹号且含有词“but”"),
        ("question mark = yes and word 12 = yes", "含有问号且含有第 12 常见的词"),
        ("words <= 12 and cluster = 3 (size, small)", "词数 <= 12 且文本簇 = 3（size, small）"),
        ("12 < words <= 30 and negation = yes", "12 < 词数 <= 30 且含有否定词"),
        ("share of unknown tokens > 0.02", "未知词元比例 > 0.02"),
        ("department = Tops and Bottoms", "department = Tops and Bottoms"),
    ],
)
def test_a_slice_of_texts_is_told(written: str, told: str) -> None:
    assert teller("zh-CN").slice(written).replace(" ", "") == told.replace(" ", "")
    assert teller("en").slice(written) == written


def test_a_slice_of_a_table_keeps_the_names_of_its_features() -> None:
    assert teller("zh-CN", record()).slice("negation = no") == "negation = no"


def test_the_attributes_of_our_lists_are_told_and_columns_of_tables_are_not() -> None:
    about = About({"attribute": "religion"})
    assert teller("zh-CN").part(about) == "属性：宗教"
    assert teller("zh-CN", record()).part(about) == "属性：religion"


def test_layers_are_told() -> None:
    assert teller("en").part(About({"layers": "lower half"})) == "layers drawn anew: the lower half"


@pytest.mark.parametrize(("language", "name"), [("en", "capital letters"), ("zh-CN", "大写字母")])
def test_what_moved_is_headed_by_its_descriptor(language: str, name: str) -> None:
    bins = [{"label": "under 1", "reference": 0.4, "test": 0.6}]
    question = asked("drift.embeddings", "ks_distance", descriptor="capital letters")
    check = CheckResult(
        id="drift.embeddings",
        question="x",
        metrics=(Metric(name="ks_distance", better=Better.LOW, function="x"),),
        answers=(found(question, estimate(0.2, 0.1, 0.3), kind="numeric", bins=bins),),
    )
    page = render(of_texts(checks=(check,), gates=()), language)
    assert re.search(rf'<p class="name">{name}<br>', page)


def test_a_reason_names_a_probe_as_the_page_does() -> None:
    answer = missing(
        asked("robustness.invariance", "flip_rate", probe="names"),
        "no text holds anything that the probe {probe} changes",
        probe="names",
    )
    assert "人名" in teller("zh-CN").reason(answer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_of_words_for_texts_and_of_features_for_tables(language: str) -> None:
    check = "explanation.faithfulness"
    here, there = teller(language), teller(language, record())
    assert here.caution(check) != there.caution(check)
    assert here.question(check, "x") != there.question(check, "x")
    for table in ("metrics", "metric_fails"):
        assert here.find(table, "proxy_auc") != there.find(table, "proxy_auc")


@pytest.mark.parametrize(("p", "said"), [(3e-7, "< 0.001"), (0.0, "< 0.001"), (0.0301, "0.030")])
def test_a_small_p_is_never_nothing(p: float, said: str) -> None:
    rows = [{"group": "old", "p of the sign test": p, "rows up": 3}]
    page = plain(render(of_texts(checks=(swaps(age={"groups": rows}),), gates=()), "en"))
    assert re.search(rf"old ?{re.escape(said)}", page)
