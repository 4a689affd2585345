"""The checks that explain rows, asked about texts."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

import audit
from audit.attributions.text_gradients import TextIntegratedGradients
from audit.demands import Demand
from audit.errors import ConfigError
from audit.models.cached import Cached
from audit.protocol import Check
from audit.results import About, Cause, Finding
from audit.subjects import Subject
from audit.words import words_of
from audit_checks.explanation.completeness import Completeness
from audit_checks.explanation.faithfulness import Faithfulness
from audit_checks.explanation.sensitive_reliance import SensitiveReliance
from audit_checks.explanation.stability import Stability
from audit_checks.explanation.text_removal import drawn_words, order_of_words, rungs
from audit_checks.explanation.text_stability import texts_misspelt
from fixtures.planted.identities import biased, fair
from fixtures.planted.text_explanations import (
    CountingModel,
    GivenWords,
    SpoiledWords,
    subject_of,
    texts_named,
    told_model,
)
from fixtures.planted.texts import BAD, GOOD, reviews
from tests.checks.asking import ask, findings, question, refusals, verdict

INCOMPLETE = question(Completeness(), "incomplete_share")
UNSTABLE = question(Stability(), "unstable_share")
SENSITIVE = question(SensitiveReliance(), "sensitive_share")


def gain(metric: str, baseline: str) -> Any:
    return question(Faithfulness(), metric, {"baseline": baseline})


def counting(score: Any, *texts: str, explainer: Any = None, **more: Any) -> Subject:
    return subject_of(CountingModel(score=score), texts_named(*texts), explainer, label="", **more)


def one_word_counts(words: list[str]) -> float:
    return 0.9 if "good" in words else 0.6


TEN = [f"a good thing number {place} of them" for place in range(10)]
NAMES_GOOD = GivenWords(values=lambda words: [0.3 * (word == "good") for word in words])
NAMES_LAST = GivenWords(values=lambda words: [*[0.0] * (len(words) - 1), 0.3])


# 1. by hand
@pytest.mark.parametrize(
    ("off", "incomplete"),
    [
        pytest.param(0.0, 0.0, id="complete"),
        pytest.param(-0.013, 0.0, id="misses 0.013 of 0.313, 4 %"),
        pytest.param(-0.02, 1.0, id="misses 0.02 of 0.32, 6 %"),
    ],
)
def test_a_text_is_incomplete_beyond_the_tolerance(off: float, incomplete: float) -> None:
    explainer = GivenWords(values=NAMES_GOOD.values, off=off)
    record = ask(Completeness(), counting(one_word_counts, *TEN, explainer=explainer))
    assert findings(record)[INCOMPLETE].estimate.value == incomplete


def test_another_output_is_another_explanation() -> None:
    right = GivenWords(values=NAMES_GOOD.values, output=logit, off=0.0)
    wrong = GivenWords(values=NAMES_GOOD.values, output=lambda scores: scores / 2)
    for explainer, flawed in ((right, 0), (wrong, 10)):
        subject = counting(one_word_counts, *TEN, explainer=explainer)
        details = findings(ask(Completeness(), subject))[INCOMPLETE].details
        assert details["rows with another output"] == flawed


def test_a_base_that_is_made_up_is_seen() -> None:
    """Values by the length of the text add up from a base of its own only."""
    made_up = GivenWords(values=lambda words: [len(words) / 100] * len(words))
    texts = ["good " * times for times in range(2, 12)]
    subject = counting(one_word_counts, *texts, explainer=made_up)
    finding = findings(ask(Completeness(), subject))[INCOMPLETE]
    assert finding.details["rows with another base"] == 10
    assert finding.estimate.value == 1


def test_what_the_first_word_is_worth_is_lost_with_it() -> None:
    subject = counting(one_word_counts, *TEN, explainer=NAMES_GOOD)
    finding = findings(ask(Faithfulness(), subject))[gain("comprehensiveness", "masked")]
    assert finding.details["attributed"] == pytest.approx(0.3)  # at every share: .9 to .6
    assert finding.details["curve"]["removed"] == [0.05, 0.1, 0.2, 0.5]
    alone = findings(ask(Faithfulness(), subject))[gain("sufficiency", "masked")]
    assert alone.details["attributed"] == pytest.approx(0)
    assert alone.details["curve"]["removed"] == [0.5, 0.8, 0.9, 0.95]


def test_the_wrong_word_is_worth_nothing() -> None:
    subject = counting(one_word_counts, *TEN, explainer=NAMES_LAST)
    curve = findings(ask(Faithfulness(shares=(0.1,)), subject))[
        gain("comprehensiveness", "masked")
    ].details["curve"]
    assert curve["attributed"] == [pytest.approx(0)]


def test_words_are_drawn_as_often_as_they_occur() -> None:
    texts = texts_named(*["a b"] * 2000).texts
    others = texts_named("x x x y").texts
    filling = drawn_words(texts, others, 0)
    drawn = [filling(row, 0) for row in range(2000)]
    assert drawn.count("x") / 2000 == pytest.approx(0.75, abs=0.04)
    assert set(drawn) == {"x", "y"}


def test_a_sensitive_word_gives_its_share() -> None:
    parts = {"mother": 0.2, "good": -0.6, "thing": 0.2}
    explainer = GivenWords(values=lambda words: [parts.get(word, 0.0) for word in words])
    texts = [*(["the mother thing is good"] * 12), *(["a thing"] * 12)]
    subject = counting(one_word_counts, *texts, explainer=explainer)
    finding = findings(ask(SensitiveReliance(), subject))[SENSITIVE]
    assert finding.estimate.value == pytest.approx(0.2)
    assert finding.details["share of the words"] == pytest.approx(0.2)
    assert finding.details["texts that name none"] == 12
    assert finding.details["shares"] == [["mother", pytest.approx(0.2)]]
    more = findings(ask(SensitiveReliance(proxies=("Thing",)), subject))[SENSITIVE]
    assert more.details["texts that name none"] == 0


def test_a_word_that_hardly_counts_is_misspelt() -> None:
    texts = texts_named("really good dress").texts
    [found] = texts_misspelt(texts, np.array([[0.1, -0.5, 0.05]]), 0).values
    assert found in {"realyl good dress", "relaly good dress", "really good derss"}
    assert words_of(found)[1].text == "good"
    short = texts_named("so bad").texts
    assert [*texts_misspelt(short, np.ones((1, 2)), 0).values] == ["so bad"]


@pytest.mark.parametrize(("then", "unstable"), [(0.2, 0.0), (-0.3, 1.0)])
def test_an_explanation_that_jumps_is_unstable(then: float, unstable: float) -> None:
    def values(words: list[str]) -> list[float]:
        as_it_was = "thing" in words and "number" in words and "them" in words
        return [(0.3 if as_it_was else then) * (word == "good") for word in words]

    subject = counting(one_word_counts, *TEN, explainer=GivenWords(values=values))
    finding = findings(ask(Stability(), subject))[UNSTABLE]
    assert finding.estimate.value == unstable
    assert finding.estimate.n == 10


# 2. properties
@given(st.lists(st.integers(2, 300), min_size=1, max_size=9), st.floats(0.01, 0.99))
def test_some_words_go_and_some_stay(words: list[int], share: float) -> None:
    [counts] = rungs(np.array(words), (share,))
    assert (counts >= 1).all()
    assert (counts < words).all()


@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(0, 99))
@settings(max_examples=30)
def test_words_behind_the_last_are_removed_last(words: list[int], seed: int) -> None:
    texts = texts_named(*["a " * count for count in words]).texts
    values = np.random.default_rng(seed).normal(size=(len(words), max(words))) - 9
    behind = np.arange(max(words)) >= np.array(words)[:, None]
    values[behind] = 0
    order = order_of_words(values, texts, 0)
    assert np.sort(order, axis=1).tolist() == [[*range(max(words))]] * len(words)
    for row, count in enumerate(words):
        assert (order[row, count:] >= count).all()
        assert order[row, values[row, :count].argmax()] == 0


@pytest.fixture(scope="module")
def told() -> Any:
    return Cached(told_model())


HELD = reviews(300, 5)
ALL = (
    Completeness(rows=40),
    Faithfulness(rows=40),
    Stability(rows=40),
    SensitiveReliance(rows=40, proxies=("she",)),
)


def test_shuffling_the_texts_changes_nothing_and_no_text_is_told(told: Any) -> None:
    order = np.random.default_rng(0).permutation(300)
    for check in ALL:
        one, other = (
            findings(ask(check, subject_of(told, held))) for held in (HELD, HELD.take(order))
        )
        for asked, finding in one.items():
            ends = (finding.estimate.value, finding.estimate.low, finding.estimate.high)
            same = other[asked].estimate
            assert ends == pytest.approx((same.value, same.low, same.high))
            assert "examples" not in finding.details
        assert one.keys() == other.keys() != set()


def test_several_checks_share_one_computation(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of(told, reviews(80, 6))
    ask(Completeness(rows=30), subject)

    def again(*_args: Any, **_named: Any) -> Any:
        msg = "was computed again"
        raise AssertionError(msg)

    monkeypatch.setattr(TextIntegratedGradients, "explain", again)
    assert findings(ask(Faithfulness(rows=30), subject))
    assert findings(ask(Completeness(rows=30, tolerance=0.2), subject))
    assert not findings(ask(Completeness(rows=30, seed=1), subject))


def test_examples_are_marked_where_the_config_asks_for_them(told: Any) -> None:
    from dataclasses import replace

    from audit.protocol import Context

    context = Context(rng=np.random.default_rng(0), confidence=0.95)
    subject = subject_of(told, HELD)
    for check in ALL:
        if isinstance(check, Stability):
            continue
        answers = check.measure(subject, replace(context, examples=True))
        [shown, *_] = [a for a in answers if isinstance(a, Finding)]
        [first, *_] = shown.details["examples"]
        assert set(first) == {"parts", "class", "score"}
        assert any("value" in part for part in first["parts"])


# 3. edges
@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_what_has_no_number_says_why(check: Any) -> None:
    [text] = {a.text for a in refusals(ask(check, counting(one_word_counts, "a", "b"))).values()}
    assert text == "there are fewer than two texts of two words to explain"


def test_gradients_that_are_not_there_are_a_need() -> None:
    check = Completeness(method="gradient_x_input")
    refusal = refusals(ask(check, counting(one_word_counts, *TEN)))[INCOMPLETE]
    assert refusal.cause is Cause.NEED
    assert refusal.text == "gradient times input need a model with gradients"


def test_texts_that_name_nobody_leave_no_number() -> None:
    refusal = refusals(ask(SensitiveReliance(), counting(one_word_counts, *TEN)))[SENSITIVE]
    assert refusal.text == "needs at least 10 texts that name a group of people, but got 0"


def test_attributions_of_nothing_do_not_pass() -> None:
    nothing = GivenWords(values=lambda words: [0.0] * len(words))
    subject = counting(one_word_counts, *["a mother thing"] * 20, explainer=nothing)
    refusal = refusals(ask(SensitiveReliance(), subject))[SENSITIVE]
    assert refusal.text == "20 of 20 rows have no attributions at all"


def test_a_model_without_gradients_is_explained_by_shap() -> None:
    finding = findings(ask(Completeness(rows=5), counting(one_word_counts, *TEN)))[INCOMPLETE]
    assert finding.estimate.value == 0
    assert str(finding.details["method"]).startswith("shap partition")


def test_chinese_texts_have_words_too() -> None:
    texts = [f"很好的裙子{place}" for place in range(8)]
    subject = counting(lambda words: 0.9 if "好" in words else 0.6, *texts)
    record = ask(Faithfulness(rows=8), subject)
    assert findings(record)[gain("comprehensiveness", "masked")].estimate.value > 0.1


def test_shares_that_remove_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"shares must lie in \(0, 1\), but got \[0.0\]"):
        Faithfulness(shares=(0.0,))


def test_a_list_of_terms_is_read_from_a_config(told: Any) -> None:
    result = audit.check(
        "explanation.sensitive_reliance",
        subject_of(told, HELD),
        rows=20,
        attributes=["gender"],
        proxies=["john"],
    )
    [finding] = result.findings
    assert finding.estimate.n == 20
    [source] = finding.details["sources of the terms"]
    assert source["attribute"] == "gender"
    assert source["source"].startswith("Pronouns, kinship and other nouns: chosen by us.")
    assert len(source["digest"]) == 64


# 4. the planted pairs
FEW_MISS = Demand(check="explanation.completeness", metric="incomplete_share", at_most=0.1)
BEYOND = Demand(
    check="explanation.faithfulness",
    metric="sufficiency",
    about=About({"baseline": "masked"}),
    at_most=-0.12,
)
FEW_JUMP = Demand(check="explanation.stability", metric="unstable_share", at_most=0.15)
FEW_RELY = Demand(check="explanation.sensitive_reliance", metric="sensitive_share", at_most=0.1)
# what the labels are made of; gradients of a network this small move with every misspelt word
BY_WORDS = GivenWords(values=lambda words: [0.3 * (each in {*GOOD, *BAD}) for each in words])
SPOILED: dict[str, tuple[Check, Demand, Any, Any]] = {
    "completeness": (Completeness(rows=100), FEW_MISS, SpoiledWords(share=0.3, scaled=1.3), None),
    "faithfulness": (Faithfulness(rows=200), BEYOND, SpoiledWords(share=1), None),
    "stability": (
        Stability(rows=250),
        FEW_JUMP,
        SpoiledWords(share=0.3, right=BY_WORDS),
        BY_WORDS,
    ),
}


def told_by(explainer: Any, told: Any, seed: int) -> Subject:
    return subject_of(told, reviews(300, 100 + seed), explainer)


@pytest.mark.parametrize("name", SPOILED)
def test_a_flawed_explainer_is_found_and_its_twin_is_not_accused(told: Any, name: str) -> None:
    check, demand, flawed, twin = SPOILED[name]
    assert verdict(check, told_by(flawed, told, 0), demand) == "fail"
    assert verdict(check, told_by(twin, told, 0), demand) == "pass"


# the model decides by "she" and "he" where two other words contradict each other; its twin by
# "skirt" and "shirt"
GENDER = SensitiveReliance(rows=150, attributes=("gender",))


def test_a_model_that_relies_on_a_gender_is_found_and_its_twin_is_not_accused() -> None:
    assert verdict(GENDER, biased(0, 300), FEW_RELY) == "fail"
    assert verdict(GENDER, fair(0, 300), FEW_RELY) == "pass"


# 5. power
@pytest.mark.slow
@pytest.mark.parametrize("name", SPOILED)
def test_the_gate_tells_the_flaw_in_12_draws(told: Any, name: str) -> None:
    check, demand, flawed, twin = SPOILED[name]
    bad = [verdict(check, told_by(flawed, told, seed), demand) for seed in range(12)]
    good = [verdict(check, told_by(twin, told, seed), demand) for seed in range(12)]
    assert bad.count("fail") == 12
    assert good.count("fail") == 0
    assert good.count("pass") >= 10


@pytest.mark.slow
def test_the_gate_tells_which_models_rely_on_a_gender_in_12_draws() -> None:
    bad = [verdict(GENDER, biased(seed, 300), FEW_RELY) for seed in range(12)]
    good = [verdict(GENDER, fair(seed, 300), FEW_RELY) for seed in range(12)]
    assert bad.count("fail") == 12
    assert good.count("fail") == 0
    assert good.count("pass") >= 10
