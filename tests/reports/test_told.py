"""What checks wrote in words of their own, in the language of the page."""
# ruff: noqa: RUF001 - the examples show Chinese signs and the real minus

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from audit.attributions.gradients import IntegratedGradients
from audit.attributions.shapley import Shapley
from audit.inputs import Feature, Inputs
from audit.limits import Limit
from audit.record import Record, Verdict
from audit_reports.charts.strip import Strip, draw
from audit_reports.charts.svg import Span
from audit_reports.html import render
from audit_reports.numbers import short
from audit_reports.pages.compare import comparison
from audit_reports.pages.teller import Teller
from audit_reports.pages.training import training_note
from audit_reports.spacing import fill_spaced
from audit_reports.words import LANGUAGES, Words, words_of
from fixtures.planted.models import FunctionModel, LinearModel
from tests.reports.model_checks import model_record
from tests.reports.records import DATA, record


def teller(language: str, made: Record | None = None) -> Teller:
    return Teller(made or record(), words_of(language))


def background(features: int) -> Inputs:
    names = [f"f{i}" for i in range(features)]
    return Inputs(
        features=tuple(Feature(name=name) for name in names),
        values=np.zeros((3, features)),
        keys=np.arange(3, dtype=np.uint64),
    )


def test_every_method_of_ours_is_told_in_chinese() -> None:
    flat = FunctionModel(function=lambda values: np.full(len(values), 0.5))
    methods = [
        IntegratedGradients().described(flat, background(3)),
        Shapley().described(flat, background(3)),
        Shapley().described(flat, background(40)),
        Shapley().described(LinearModel(weights=np.ones(3)), background(3)),
    ]
    for method in methods:
        told = teller("zh-CN").told(method)
        assert re.search("[\u4e00-\u9fff]", told), method
        assert re.findall(r"[\d.]+", told) == re.findall(r"[\d.]+", method)
        assert teller("en").told(method) == method


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("under 0.642", "不足 0.642"),
        ("0.642 to under 0.822", "0.642–0.822"),
        ("over 0 to under 5", "0–5（不含两端）"),
        ("0.993 and over", "0.993 及以上"),
        ("over 3", "超过 3"),
        ("0", "0"),
    ],
)
def test_a_bin_is_told(written: str, told: str) -> None:
    assert words_of("zh-CN").told("bins", written) == told
    assert words_of("en").told("bins", written) == written


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("a = 0 and b <= 95.5", "a = 0 且 b <= 95.5"),
        ("terms and conditions > 3", "terms and conditions > 3"),
        ("a is missing and b > 2", "a 缺失且 b > 2"),
        ("a > 1", "a > 1"),
    ],
)
def test_a_slice_is_told(written: str, told: str) -> None:
    assert teller("zh-CN").slice(written) == told
    assert teller("en").slice(written) == written


@pytest.mark.parametrize(
    ("template", "params", "said"),
    [
        ("比{version}变差", {"version": "版本 1"}, "比版本 1 变差"),
        ("比{version}变差", {"version": "前一版本"}, "比前一版本变差"),
        ("（按 {group}）", {"group": "属性"}, "（按属性）"),
        ("（按 {group}）", {"group": "race"}, "（按 race）"),
        ("{name}为 {n}", {"name": "race", "n": "−0.1"}, "race 为 −0.1"),
        ("{x}{y} {unknown}", {"x": "", "y": "{x}"}, "{x} {unknown}"),
    ],
)
def test_one_space_stands_between_chinese_and_latin(
    template: str, params: dict[str, str], said: str
) -> None:
    assert fill_spaced(template, params) == said


def test_a_number_shows_the_digits_that_matter() -> None:
    shown = [short(v) for v in (0.00766284, 0.9444444444444444, 1250.0, -3.0)]
    assert shown == ["0.007663", "0.9444", "1,250", "−3"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [record(), model_record()])
def test_no_page_shows_raw_floats_or_a_flawless_model(made: Record, language: str) -> None:
    page = render(made, language)
    said = re.sub(r"<code>.*?</code>|<style>.*?</style>", "", page, flags=re.DOTALL)
    assert re.findall(r"\d\.\d{8,}", said) == []
    assert "flawless" not in said
    assert "无缺陷" not in said


def trained(digest: str, protocol: str) -> Record:
    made = model_record()
    assert made.training is not None
    training = replace(made.training, data_digest=digest)
    return replace(made, training=training, data=replace(DATA, protocol=protocol))


@pytest.mark.parametrize(
    ("digest", "protocol", "said"),
    [
        (DATA.parts[0].digest, "5-fold out of fold", "the one of 5 networks that never saw it"),
        (DATA.parts[0].digest, "one network", "so it saw the rows that judge it"),
        ("0" * 64, "5-fold out of fold", ""),
    ],
)
def test_training_on_the_rows_that_judge_is_said(digest: str, protocol: str, said: str) -> None:
    note = training_note(teller("en", trained(digest, protocol)))
    assert said in note
    assert bool(note) == bool(said)


def test_what_gates_gained_and_lost_is_said() -> None:
    made = record()
    assert made.baseline is not None
    both = [
        judged
        for judged in made.gates
        if judged.answers
        and not judged.gate.versus
        and {a.question for a in judged.answers} <= {f.question for f in made.baseline.findings}
    ]
    assert both
    before = {found.question: found for found in made.baseline.findings}

    def met_before(judged: Any) -> bool:
        then = [before[answer.question].estimate for answer in judged.answers]
        return all(map(judged.gate.limit.met_by, then))

    turned = [j.gate.name for j in both if met_before(j) != (j.verdict is Verdict.PASS)]
    said = comparison(teller("en", made)).gates
    assert said
    assert all(name in said for name in turned)
    assert bool(turned) == ("gained or lost" not in said)


def test_an_exact_text_is_told_and_another_is_left() -> None:
    words = Words("en", {"whys": {"a.b": "c"}})
    assert words.told("whys", "a.b") == "c"
    assert words.told("whys", "axb") == "axb"
    assert words.told("nothing", "a.b") == "a.b"


def test_a_level_whose_interval_moved_comes_before_the_gates() -> None:
    made = record()
    assert made.baseline is not None
    rates = [
        found
        for check in made.checks
        for found in check.findings
        if found.question.metric == "selection_rate" and len(found.question.about) == 1
    ]
    moved = rates[-1]
    estimate = replace(moved.estimate, value=0.02, low=0.01, high=0.03)
    others = [f for f in made.baseline.findings if f.question not in {r.question for r in rates}]
    findings = (*others, *rates[:-1], replace(moved, estimate=estimate))
    table = comparison(
        teller("en", replace(made, baseline=replace(made.baseline, findings=findings)))
    ).beside
    assert table is not None
    first = table.blocks[0].rows[0].cells[0]
    assert first.text == "Selection rate"
    assert first.under == (teller("en").part(moved.question.about),)


def test_data_that_would_help_depend_on_who_reads_the_answer() -> None:
    text = render(record(), "en")
    assert "More rows of the kind that the reason names" in text
    assert "Complete the data" not in text


def test_the_end_of_a_scale_that_is_the_limit_is_written_once() -> None:
    strip = Strip(title="t", limit=Limit.at_most(0), look="pass", span=Span(0, 0, 0), low=0.0)
    assert re.findall(r">(\d+)<", draw(strip, "s")) == ["0", "1"]
