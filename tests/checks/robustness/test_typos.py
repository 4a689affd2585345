import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.demands import Demand
from audit.protocol import Check, Context
from audit.results import Answer, Cause, Finding
from audit.subjects import Subject
from audit.text_predicting import text_subject
from audit_checks.robustness.typos import MIXED, Typos
from fixtures.planted import typos as planted
from fixtures.planted.word_models import WordModel
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict

CHECK: Check = Typos()
ONE: Check = Typos(probes=("keyboard",), severities=(0.25,), draws=1)
DROP, FLIPS = "accuracy_drop", "flip_rate"


def about(probe: str = MIXED, severity: int = 1) -> dict[str, Any]:
    return {"probe": probe, "severity": severity}


def asked(
    function: Callable[[str], float], texts: list[str], labels: list[int] | None = None
) -> Subject:
    frame = pd.DataFrame({"text": texts, "id": [f"r{i}" for i in range(len(texts))]})
    if labels is None:
        return audit.subject(WordModel(function=function), frame, text="text", id="id", favorable=1)
    return audit.subject(
        WordModel(function=function),
        frame.assign(label=labels),
        label="label",
        text="text",
        id="id",
        favorable=1,
    )


def good(text: str) -> float:
    return 0.9 if "good" in text.split() else 0.2


def reviews(n: int = 200, words: int = 4) -> Subject:
    """Hold "good" among other words of four letters in every text, all rightly answered."""
    rest = " ".join(["blue", "soft", "long", "warm", "thin", "wide", "knit"][: words - 1])
    return asked(good, [f"good {rest}"] * n, [1] * n)


# 1. one of four words is written wrong, so "good" is in a quarter of the texts
def test_as_many_flip_as_the_share_of_the_words_says() -> None:
    found = findings(
        ask(Typos(probes=("keyboard",), severities=(0.25, 0.5), draws=1, rows=4000), reviews(4000))
    )
    for severity, share in ((1, 0.25), (2, 0.5)):
        flips = found[question(CHECK, FLIPS, about("keyboard", severity))]
        assert flips.estimate.low <= share <= flips.estimate.high
        assert flips.estimate.n == 4000
        assert flips.details["words changed"] == 4 * share
        drop = found[question(CHECK, DROP, about("keyboard", severity))]
        assert drop.estimate.value == pytest.approx(flips.estimate.value)


def test_several_draws_of_a_text_are_one_number_of_it() -> None:
    check = Typos(probes=("keyboard",), severities=(0.25,), draws=4)
    found = findings(ask(check, reviews(500)))[question(CHECK, DROP, about("keyboard"))]
    assert found.estimate.n == found.details["rows"] == 500
    assert found.details["variants"] == 2000
    lost = found.details["accuracy clean"] - found.details["accuracy perturbed"]
    assert found.estimate.value == pytest.approx(lost)
    assert found.estimate.low <= 0.25 <= found.estimate.high
    once = math.sqrt(0.25 * 0.75 / 500)  # one draw a text; four independent ones halve the error
    assert found.estimate.high - found.estimate.low < 2 * 1.96 * once * 0.65


def test_mixed_is_the_mean_over_the_kinds() -> None:
    check = Typos(severities=(0.3,), draws=7, rows=300)
    found = findings(ask(check, reviews(300)))
    each = [found[question(CHECK, DROP, about(probe))].estimate.value for probe in Typos().probes]
    mixed = found[question(CHECK, DROP, about())].estimate
    assert mixed.value == pytest.approx(np.mean(each))
    assert mixed.n == 300


# 2. properties
@settings(max_examples=8)
@given(st.permutations(range(40)))
def test_shuffling_the_rows_changes_nothing(order: list[int]) -> None:
    frame = pd.DataFrame(
        {
            "text": [f"good text number {'abc'[i % 3]} again" for i in range(40)],
            "label": [i % 2 for i in range(40)],
            "id": [f"id {i}" for i in range(40)],
        }
    )
    check = Typos(rows=25, severities=(0.3,))
    one, other = (
        estimates(
            ask(
                check,
                audit.subject(
                    WordModel(function=good), each, label="label", text="text", id="id", favorable=1
                ),
            )
        )
        for each in (frame, frame.iloc[order])
    )
    assert {q: (e.value, e.low, e.high) for q, e in one.items()} == {
        q: (e.value, e.low, e.high) for q, e in other.items()
    }


def test_the_same_seed_meets_two_versions_with_the_same_mistakes() -> None:
    one, other = (findings(ask(CHECK, reviews(60), seed=seed)) for seed in (1, 2))
    assert {q: f.details for q, f in one.items()} == {q: f.details for q, f in other.items()}
    moved = findings(ask(Typos(seed=1), reviews(60)))
    assert {q: f.details for q, f in one.items()} != {q: f.details for q, f in moved.items()}


def test_no_more_texts_are_probed_than_the_setting_says() -> None:
    found = findings(ask(Typos(rows=50), reviews(200)))[question(CHECK, DROP, about())]
    assert found.estimate.n == 50


# 3. edges
def test_every_kind_and_severity_is_asked() -> None:
    asked_for = {(q.about["probe"], q.about["severity"]) for q in ask(CHECK, reviews(30)).questions}
    assert asked_for == {(p, s) for p in (MIXED, *Typos().probes) for s in (1, 2, 3)}


def test_a_gate_on_all_kinds_reads_one_number() -> None:
    named = question(CHECK, DROP, about()).about
    demand = Demand(check=CHECK.id, metric=DROP, about=named, at_most=0.01)
    [judgement] = ask(CHECK, reviews(100), demand).gates
    assert str(judgement.verdict) == "fail"
    assert judgement.worst is not None
    assert judgement.worst.question.about == about()


def test_texts_without_a_word_to_change_are_no_evidence() -> None:
    record = ask(CHECK, asked(good, ["很好", "不好", "ok", "no"], [1, 0, 1, 0]))
    assert not findings(record)
    assert {each.text for each in refusals(record).values()} == {
        f"no text has a word that the probe {probe} changes" for probe in (MIXED, *Typos().probes)
    }
    limit = Demand(check=CHECK.id, metric=DROP, at_most=0.99)
    assert verdict(CHECK, asked(good, ["很好", "不好"], [1, 0]), limit) == "inconclusive"


def test_one_text_has_no_interval() -> None:
    found = refusals(ask(ONE, asked(good, ["good soft", "很好"], [1, 0])))
    assert {each.text for each in found.values()} == {"needs at least 2 rows, but got 1"}


def test_without_labels_flips_are_still_counted() -> None:
    record = ask(ONE, asked(good, ["good blue soft warm"] * 20))
    assert {q.metric for q in findings(record)} == {FLIPS}
    assert [each.text for each in refusals(record).values()] == ["needs labels"]


def test_a_model_that_raises_is_named_without_its_text() -> None:
    def fragile(text: str) -> float:
        if "good" not in text:
            msg = f"cannot read {text!r}"
            raise ValueError(msg)
        return 0.9

    found = refusals(
        ask(Typos(probes=("keyboard",)), asked(fragile, ["good soft"] * 50, [1, 0] * 25))
    )
    assert {each.cause for each in found.values()} == {Cause.NEED}
    assert all("ValueError" in each.text and "soft" not in each.text for each in found.values())


def test_a_model_that_never_flips_has_a_width_and_passes_its_attainable_limit() -> None:
    found = estimates(ask(CHECK, asked(lambda _: 0.9, ["good blue soft"] * 80, [1, 0] * 40)))
    assert all(each.value == 0 and each.low <= 0 < each.high for each in found.values())
    assert all(each.attainable and each.high <= each.attainable for each in found.values())
    assert {each.flawless for each in found.values()} == {0.0}


@pytest.mark.parametrize("role", ["weight", "count"])
def test_amounts_are_not_measured_yet(role: str) -> None:
    roles: dict[str, Any] = {role: "amount"}
    table = read_frame(
        pd.DataFrame({"text": ["good text"] * 9, "label": [1, 0, 1] * 3, "amount": 2})
    )
    known = Roles(label="label", text="text", favorable=("1",), **roles)
    record = ask(ONE, text_subject(WordModel(function=good), table, known))
    assert not findings(record)
    assert all("of weighted rows is not defined yet" in r.text for r in refusals(record).values())


@pytest.mark.parametrize(
    ("given_settings", "words"),
    [
        ({"probes": ("keybord",)}, "did you mean 'keyboard'"),
        ({"probes": ()}, "probes must name at least one kind"),
        ({"probes": ("ocr", "ocr")}, "each once"),
        ({"severities": (0.4, 0.1)}, "severities must be rising shares"),
        ({"severities": (0.0,)}, "severities must be rising shares"),
        ({"severities": ()}, "severities must be rising shares"),
        ({"severities": (1.5,)}, "severities must be rising shares"),
        ({"rows": 0}, "rows and draws must be at least 1"),
        ({"draws": 0}, "rows and draws must be at least 1"),
    ],
)
def test_settings_that_change_nothing_are_refused(
    given_settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Typos(**given_settings)


def answers(of: Subject, *, examples: bool) -> list[Answer]:
    context = Context(
        rng=np.random.default_rng(0),
        confidence=0.95,
        metrics=frozenset({DROP, FLIPS}),
        examples=examples,
    )
    return [*CHECK.measure(of, context)]


def test_texts_are_shown_only_where_they_may_be() -> None:
    of = reviews(100)
    shown = [
        a.details["examples"]
        for a in answers(of, examples=True)
        if isinstance(a, Finding) and "examples" in a.details
    ]
    assert shown
    for example in filter(None, shown):
        assert 1 <= len(example) <= 5
        assert example[0]["before"]["class"] != example[0]["after"]["class"]
        assert any("was" in part for part in example[0]["parts"])
    hidden = repr(answers(of, examples=False))
    assert "good" not in hidden
    assert "soft" not in hidden


# 4. and 5. the planted pair, and its power
LIMIT = 0.13
PLANTED: Check = Typos(probes=planted.MADE, severities=(0.4,))
DEMAND = Demand(
    check=CHECK.id, metric=DROP, about=question(CHECK, DROP, about()).about, at_most=LIMIT
)


def test_the_same_mistakes_cost_a_reader_of_one_word_more_than_a_reader_of_all() -> None:
    words = ["good", "nice", "fine", "soft", "warm", "kind", "neat"]

    def by_many(text: str) -> float:
        return 0.9 if sum(word in words for word in text.split()) >= 2 else 0.2

    texts = [" ".join(words)] * 400
    limit = DEMAND
    check = Typos(severities=(0.2,))
    assert verdict(check, asked(good, texts, [1] * 400), limit) == "fail"
    assert verdict(check, asked(by_many, texts, [1] * 400), limit) == "pass"


@pytest.mark.slow
def test_a_model_that_never_saw_mistakes_fails_and_its_twin_passes() -> None:
    seeds = range(10)
    brittle = [verdict(PLANTED, planted.brittle(seed), DEMAND) for seed in seeds]
    steady = [verdict(PLANTED, planted.steady(seed), DEMAND) for seed in seeds]
    assert brittle.count("fail") >= 0.95 * len(brittle)
    assert steady.count("fail") <= 0.05 * len(steady)
    assert steady.count("pass") >= 0.8 * len(steady)


@pytest.mark.slow
@pytest.mark.parametrize("draws", [1, 3])
@pytest.mark.parametrize("n", [50, 200])
def test_the_interval_of_the_drop_holds_the_truth(n: int, draws: int) -> None:
    check = Typos(probes=("keyboard",), severities=(0.25,), draws=draws, rows=n)
    held = []
    for seed in range(400):
        frame = pd.DataFrame(
            {
                "text": ["good blue soft long"] * n,
                "label": np.random.default_rng(seed).integers(0, 2, n),
                "id": [f"{seed} {i}" for i in range(n)],
            }
        )
        of = audit.subject(
            WordModel(function=good), frame, label="label", text="text", id="id", favorable=1
        )
        drop = estimates(ask(check, of))[question(CHECK, DROP, about("keyboard"))]
        held.append(
            drop.low <= 0 <= drop.high
        )  # the label is a coin: no answer is right more often
    assert np.mean(held) >= 0.93  # 400 draws have a standard error of .011
