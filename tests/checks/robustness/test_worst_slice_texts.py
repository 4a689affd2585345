from typing import Any

import numpy as np
import pandas as pd
import pytest

import audit
from audit.demands import Demand
from audit.draws import first_half
from audit.protocol import Check, Context
from audit.results import Finding
from audit.subjects import Subject
from audit_checks.robustness.embedded import clusters_of
from audit_checks.robustness.predicates import Predicate
from audit_checks.robustness.text_predicates import FREQUENT, SoughtInTexts, text_predicates
from audit_checks.robustness.worst_slice import WorstSlice
from fixtures.planted import spurious as planted
from fixtures.planted.word_models import SpaceModel
from tests.checks.asking import ask, findings, question, refusals, verdict

CHECK: Check = WorstSlice()
QUICK: Check = WorstSlice(draws=20)
GAP = question(CHECK, "slice_gap")
WORDS = ("dress", "shirt", "soft", "warm", "blue", "green", "long", "short", "nice", "size")


def logged(n: int = 1000, seed: int = 0, *, word: str = "zq", extra: float = 0.5) -> Subject:
    """Log answers that are worse by `extra` in the fifth of the texts that hold a word."""
    rng = np.random.default_rng(seed)
    there = rng.random(n) < 0.2
    texts = [
        " ".join([*rng.choice(WORDS, 4), *([word] if here else []), *rng.choice(WORDS, 3)])
        for here in there
    ]
    label = rng.integers(0, 2, n)
    right = rng.random(n) < 0.9 - extra * there
    frame = pd.DataFrame(
        {
            "text": texts,
            "label": label,
            "prediction": np.where(right, label, 1 - label),
            "id": [f"{seed} {i}" for i in range(n)],
        }
    )
    return audit.predictions(frame, label="label", prediction="prediction", text="text", id="id")


def held(
    texts: list[str], *, least: int = 1, examples: bool = False, **more: Any
) -> dict[str, Predicate]:
    frame = pd.DataFrame({"text": texts, "label": 1, "prediction": 1})
    of = audit.predictions(frame, label="label", prediction="prediction", text="text")
    if more:
        model = SpaceModel(function=lambda _: 0.9, **more)
        of = audit.subject(model, frame.drop(columns="prediction"), label="label", text="text")
    settings = SoughtInTexts(words=50, least=least, clusters=2, examples=examples, seed=0)
    first = first_half(of.texts.keys, 0)
    return {each.name: each for each in text_predicates(of, first, settings)}


def rows(predicate: Predicate) -> list[int]:
    return np.flatnonzero(predicate.holds).tolist()


# 1. by hand
def test_texts_are_described_as_by_hand() -> None:
    found = held(["I don\u2019t like it!", "Not nice", "nice, nice?", "\u5f88\u597d\uff01", "fine"])
    assert rows(found["negation = yes"]) == [0, 1]
    assert rows(found["negation = no"]) == [2, 3, 4]
    assert rows(found["question mark = yes"]) == [2]
    assert rows(found["exclamation mark = yes"]) == [0, 3]
    assert rows(found["words = 2"]) == [1, 2, 3]
    assert rows(found["words = 4"]) == [0]


def test_a_word_is_found_however_it_is_written() -> None:
    found = held(["Nice dress"] * 60 + ["so NICE"] * 50 + ["nicely"] * 50)
    assert rows(found["word \u201cnice\u201d = yes"]) == [*range(110)]


def test_unknown_words_are_a_share_of_all() -> None:
    found = held(["soft dress", "soft zq", "zq zq", "zq"], vocabulary=frozenset({"soft", "dress"}))
    assert rows(found["share of unknown tokens = 0.5"]) == [1]
    assert rows(found["share of unknown tokens = 1"]) == [2, 3]


def test_texts_that_lie_apart_are_clusters_of_their_own() -> None:
    texts = ["soft warm dress"] * 120 + ["blue long shirt"] * 200
    found = held(texts, vocabulary=frozenset())
    assert rows(found["cluster = 1 (blue, long, shirt)"]) == [*range(120, 320)]
    assert rows(found["cluster = 2 (dress, soft, warm)"]) == [*range(120)]


def test_a_word_is_found_in_logged_answers_without_a_model() -> None:
    found = findings(ask(QUICK, logged()))[GAP]
    assert "word \u201czq\u201d = yes" in found.details["slice"]
    assert found.estimate.low > 0.1


# 2. properties
def test_shuffling_the_rows_changes_no_slice() -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, 6)) for _ in range(600)]
    frame = pd.DataFrame(
        {"text": texts, "label": rng.integers(0, 2, 600), "id": [f"i{i}" for i in range(600)]}
    )
    model = SpaceModel(function=lambda text: 0.9 if "dress" in text else 0.2)
    one, other = (
        {
            q: f.details
            for q, f in findings(
                ask(QUICK, audit.subject(model, each, label="label", text="text", id="id"))
            ).items()
        }
        for each in (frame, frame.iloc[rng.permutation(600)])
    )
    assert one == other


def test_clusters_are_those_of_the_rows_that_they_are_found_on() -> None:
    rng = np.random.default_rng(0)
    places = np.vstack([rng.normal(0, 0.1, (50, 3)), rng.normal(5, 0.1, (90, 3))])
    fitted = np.arange(0, 140, 2)
    found = clusters_of(places, fitted, 2, 0)
    assert found.tolist() == [1] * 50 + [0] * 90
    moved = np.vstack([places, rng.normal(99, 0.1, (10, 3))])
    assert clusters_of(moved, fitted, 2, 0)[:140].tolist() == found.tolist()


# 3. edges
def test_a_word_that_few_texts_hold_is_counted_and_not_shown() -> None:
    texts = ["secret"] * (FREQUENT - 1) + ["often"] * FREQUENT
    hidden, shown = held(texts), held(texts, examples=True)
    assert "word \u201coften\u201d = yes" in hidden
    assert not [name for name in hidden if "secret" in name]
    assert rows(hidden["word 2 = yes"]) == [*range(FREQUENT - 1)]
    assert "word \u201csecret\u201d = yes" in shown


def test_a_rare_word_stays_out_of_the_record() -> None:
    def told(*, examples: bool) -> str:
        context = Context(
            rng=np.random.default_rng(0),
            confidence=0.95,
            metrics=frozenset({"slice_gap"}),
            examples=examples,
        )
        [found] = WorstSlice(min_rows=20, draws=20).measure(
            logged(400, word="secretly", extra=0.8), context
        )
        assert isinstance(found, Finding)
        return repr(found)

    assert "secretly" in told(examples=True)
    assert "secretly" not in told(examples=False)
    assert "word " in told(examples=False)


def test_fewer_different_texts_than_clusters_are_no_fault() -> None:
    found = held(["soft dress"] * 200, vocabulary=frozenset())
    assert "cluster = 1 (dress, soft)" not in found  # a word of every text tells none apart
    assert rows(found["cluster = 1"]) == [*range(200)]


def test_an_empty_text_is_named() -> None:
    frame = pd.DataFrame({"text": ["a"] * 400, "label": 1, "prediction": 1})
    frame.loc[3, "text"] = ""
    of = audit.predictions(frame, label="label", prediction="prediction", text="text")
    assert "text 'text' must hold a text in each row" in refusals(ask(QUICK, of))[GAP].text


@pytest.mark.parametrize("name", ["words", "clusters"])
def test_settings_below_0_are_refused(name: str) -> None:
    below: dict[str, Any] = {name: -1}
    with pytest.raises(ValueError, match="words and clusters must be at least 0"):
        WorstSlice(**below)


def test_neither_words_nor_clusters_are_searched_where_they_are_left_out() -> None:
    found = findings(ask(WorstSlice(words=0, clusters=0, draws=20), logged()))[GAP]
    assert "zq" not in found.details["slice"]


# 4. and 5. the planted pair, and its power
LIMIT = Demand(check=CHECK.id, metric="slice_gap", at_most=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_the_word_is_accused_and_its_twin_is_not(seed: int) -> None:
    assert verdict(QUICK, logged(1500, seed), LIMIT) == "fail"
    assert verdict(QUICK, logged(1500, seed, extra=0.0), LIMIT) != "fail"


@pytest.mark.slow
def test_a_transformer_that_learnt_a_spurious_word_fails_and_its_twin_passes() -> None:
    bad, named, good = [], [], []
    for seed in range(10):
        of = planted.spurious(seed)
        bad.append(verdict(QUICK, of, LIMIT))
        told = findings(ask(QUICK, of))[GAP].details
        slices = [told["slice"], *(each["slice"] for each in told["other candidates"])]
        named.append(any("zq" in each for each in slices))
        good.append(verdict(QUICK, planted.free(seed), LIMIT))
    assert bad.count("fail") >= 0.95 * len(bad)
    assert np.mean(named) >= 0.95
    assert good.count("fail") <= 0.05 * len(good)
    assert good.count("pass") >= 0.8 * len(good)


@pytest.mark.slow
def test_texts_without_a_worse_part_are_seldom_accused_of_any() -> None:
    lows = [
        findings(ask(QUICK, logged(800, seed, extra=0.0)))[GAP].estimate.low for seed in range(200)
    ]
    assert np.mean(np.array(lows) > 0) <= 0.05
