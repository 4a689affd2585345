import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
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
from audit.errors import ConfigError
from audit.protocol import Check, Context
from audit.results import Cause, Finding, Question, Unmeasured
from audit.subjects import Subject
from audit.text_predicting import text_subject
from audit_checks.bias.counterfactual_swap import CounterfactualSwap
from audit_checks.bias.term_files import OURS
from fixtures.planted import identities
from fixtures.planted.word_models import WordModel
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict

INSIDE: Check = CounterfactualSwap(attributes=("gender",), insert=False, most_rows=1_000)
BOTH: Check = CounterfactualSwap(attributes=("gender",), most_rows=1_000)
NAMED = {"attribute": "gender", "way": "terms swapped"}
IN_FRONT = {"attribute": "gender", "way": "sentence in front"}
FLIPS = question(INSIDE, "flip_rate", NAMED)
SHIFT = question(INSIDE, "score_shift", NAMED)
FRONT = question(INSIDE, "flip_rate", IN_FRONT)
NO_FLIPS = Demand(check=INSIDE.id, metric="flip_rate", at_most=0.05)
NO_SHIFT = Demand(check=INSIDE.id, metric="score_shift", at_most=0.05)


def asked(function: Callable[[str], float], texts: list[str], **roles: Any) -> Subject:
    rows = pd.DataFrame({"text": texts, "id": [f"r{i}" for i in range(len(texts))]})
    known: dict[str, Any] = {"text": "text", "id": "id", "favorable": "1"} | roles
    return audit.subject(WordModel(function=function), rows, **known)


def found(check: Check, of: Subject, metric: Question = FLIPS) -> Finding:
    return findings(ask(check, of))[metric]


def likes_men(text: str) -> float:
    words = text.lower().split()
    return 0.9 if "he" in words or "father" in words else 0.3


# 1. numbers by hand
def test_flips_and_shifts_are_those_of_the_swapped_texts() -> None:
    of = asked(likes_men, ["she is happy"] * 3 + ["he is happy"] + ["soft fabric"] * 6)
    flips, shift = found(INSIDE, of), found(INSIDE, of, SHIFT)
    assert (flips.estimate.value, flips.estimate.n) == (1, 4)
    assert shift.estimate.value == pytest.approx(0.6)
    assert flips.details["rows without variants"] == {"names no group": 6}
    [swap] = flips.details["swaps"]
    assert (swap["from"], swap["to"], swap["gain"], swap["lose"]) == ("female", "male", 1, 0)
    [female, male] = flips.details["groups"]
    assert female["shift"] == pytest.approx(-0.3)
    assert (male["rows up"], male["rows down"]) == (4, 0)
    assert male["p of the sign test"] == pytest.approx(2 * 0.5**4)
    assert flips.details["terms"] == [{"terms": "she / he", "flips": 4, "rows": 4}]


def test_a_text_that_names_no_group_gets_a_sentence_in_front() -> None:
    of = asked(likes_men, ["she is happy"] * 30 + ["soft fabric"] * 70)
    inside, front = found(BOTH, of), found(BOTH, of, FRONT)
    assert (inside.estimate.value, inside.estimate.n) == (1, 30)
    assert front.estimate.n == 70
    assert inside.details["rows without variants"] == {"names no group": 70}
    assert front.details["rows without variants"] == {"names one group": 30}
    mothers = [each for each in front.details["terms"] if each["terms"] == "mother / father"]
    assert front.estimate.value == pytest.approx(mothers[0]["flips"] / 70)
    assert mothers[0]["flips"] == mothers[0]["rows"] > 0


def test_what_flips_only_in_the_few_texts_that_name_a_group_is_not_diluted() -> None:
    def only_named(text: str) -> float:
        return 0.9 if text.startswith("he ") else 0.2

    of = asked(only_named, ["she is happy"] * 40 + ["soft fabric"] * 960)
    assert found(BOTH, of).estimate.value == 1
    assert found(BOTH, of, FRONT).estimate.value == 0
    assert verdict(BOTH, of, Demand(check=BOTH.id, metric="flip_rate", at_most=0.1)) == "fail"


def test_too_few_texts_that_name_a_group_are_counted_and_not_asked() -> None:
    record = ask(BOTH, asked(likes_men, ["she is happy"] * 29 + ["soft fabric"] * 70))
    assert FLIPS not in {answer.question for answer in record.answers}
    assert findings(record)[FRONT].details["rows without variants"] == {"names one group": 29}


def test_a_text_flips_if_any_two_groups_are_decided_otherwise() -> None:
    check = CounterfactualSwap(attributes=("religion",))
    of = asked(lambda text: 0.9 if "Hindu" in text else 0.2, ["soft fabric"] * 40)
    about = {"attribute": "religion", "way": "sentence in front"}
    flips = found(check, of, question(check, "flip_rate", about))
    assert flips.estimate.value == 1
    shares = {(each["from"], each["to"]): each["flip"] for each in flips.details["swaps"]}
    assert {pair for pair, share in shares.items() if share} == {
        (each, "Hindu") for each in ("Christian", "Jewish", "Muslim")
    }


def test_the_attainable_limit_is_the_bound_of_no_flip() -> None:
    estimate = found(BOTH, asked(likes_men, ["soft fabric"] * 200), FRONT).estimate
    # Wilson at 0/200: z^2 / (n + z^2)
    assert estimate.attainable == pytest.approx(1.959964**2 / (200 + 1.959964**2))
    assert estimate.flawless == 0


# 2. properties
TEXTS = st.lists(
    st.sampled_from(["she is happy", "he is sad", "soft fabric", "I gave her it", "her bra"]),
    min_size=2,
    max_size=20,
)


@settings(max_examples=10, deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(texts: list[str], random: Any) -> None:
    of = asked(likes_men, ["he sat", "she sat", *texts])
    frame = pd.DataFrame({"text": ["he sat", "she sat", *texts]})
    frame["id"] = [f"r{i}" for i in range(len(frame))]
    order = random.sample(range(len(frame)), len(frame))
    again = audit.subject(
        WordModel(function=likes_men), frame.iloc[order], text="text", id="id", favorable="1"
    )
    once, twice = (estimates(ask(BOTH, each)) for each in (of, again))
    for asking, estimate in once.items():
        other = twice[asking]
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
            (other.value, other.low, other.high)
        )


def test_a_larger_choice_holds_the_smaller_one() -> None:
    of = asked(likes_men, [f"she is happy {i}" for i in range(60)])
    small, large = (
        found(CounterfactualSwap(attributes=("gender",), most_rows=rows), of).estimate.n
        for rows in (20, 100)
    )
    assert (small, large) == (20, 60)


# 3. edges
def test_no_text_that_names_a_group_has_no_number() -> None:
    refusal = refusals(ask(INSIDE, asked(likes_men, ["soft fabric"] * 9)))[FLIPS]
    assert refusal.text == "needs at least 2 rows, but got 0"
    assert verdict(INSIDE, asked(likes_men, ["soft fabric"] * 9), NO_FLIPS) == "inconclusive"


def test_long_and_chinese_texts_get_an_answer() -> None:
    of = asked(likes_men, ["很好的裙子", "soft " * 20_000, "she sat"])
    assert found(BOTH, of, FRONT).estimate.n == 2


def test_without_a_favourable_class_a_shift_is_the_total_variation() -> None:
    of = asked(likes_men, ["she sat", "he sat"])
    of = replace(of, units=replace(of.units, favorable=()))
    assert found(INSIDE, of, SHIFT).estimate.value == pytest.approx(0.6)
    assert "groups" not in found(INSIDE, of).details


def test_a_model_of_a_table_without_groups_needs_them() -> None:
    rows = pd.DataFrame({"x": [0.1, 0.9], "y": [0, 1]})
    of = audit.subject(lambda frame: frame["x"], rows, label="y", favorable=1, features=["x"])
    answers = ask(CounterfactualSwap(), of).answers
    assert {each.question.metric for each in answers} == {"flip_rate", "score_shift"}
    for each in answers:
        assert isinstance(each, Unmeasured)
        assert (each.text, each.cause) == ("needs groups", Cause.NEED)


def test_the_five_attributes_are_asked_of_texts() -> None:
    of = asked(likes_men, ["soft fabric"] * 5)
    asked_about = {each.about["attribute"] for each in CounterfactualSwap().questions(of)}
    assert asked_about == set(OURS)


def test_a_file_of_the_user_takes_the_place_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "gender.toml"
    path.write_bytes(  # lines end as Windows ends them, and the digest is that of the file
        b'attribute = "gender"\r\ngroups = ["x", "y"]\r\nsource = "us"\r\n'
        b'[[swaps]]\r\nterms = [["soft", "hard"]]'
    )
    check = CounterfactualSwap(attributes=("gender",), terms=str(path))
    flips = found(check, asked(lambda text: 0.9 * ("hard" in text), ["soft fabric", "hard"]))
    assert flips.estimate.value == 1
    assert flips.details["source of the terms"] == "us"
    assert flips.details["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"most_rows": 0}, "most_rows must be at least 1"),
        ({"attributes": ()}, "attributes must not be empty"),
    ],
)
def test_a_setting_without_sense_is_refused(setting: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        CounterfactualSwap(**setting)


def test_a_weighted_text_counts_as_much_as_it_weighs() -> None:
    def function(text: str) -> float:
        return 0.9 if "he" in text.split() and "blue" in text else 0.1

    rows = pd.DataFrame({"text": ["he blue", "he red", "he red"], "w": [2.0, 1, 1]})
    weighted = text_subject(
        WordModel(function=function),
        read_frame(rows),
        Roles(text="text", weight="w", favorable=("1",)),
    )
    assert found(INSIDE, weighted).estimate.value == pytest.approx(0.5)


def test_texts_are_shown_only_if_examples_are_asked_for() -> None:
    of = asked(likes_men, ["she is zzyx", "he is zzyx"])
    assert "zzyx" not in repr(ask(INSIDE, of))
    answers = INSIDE.measure(of, _context(examples=True))
    [first, *_] = [each for each in answers if isinstance(each, Finding)]
    assert len(first.details["examples"]) == 2
    example = first.details["examples"][0]
    assert {part.get("was") for part in example["parts"]} == {None, "she"}
    assert example["before"] == {"class": "0", "score": pytest.approx(0.7)}
    assert example["after"] == {"class": "1", "score": pytest.approx(0.9)}


def _context(*, examples: bool) -> Context:
    return Context(rng=np.random.default_rng(0), confidence=0.95, examples=examples)


# 4. and 5. the planted pair: one label in ten hangs on "she" or "he", and power at that size
def test_the_planted_bias_is_found_and_the_clean_twin_is_not_accused() -> None:
    assert verdict(INSIDE, identities.biased(0), NO_FLIPS) == "fail"
    assert verdict(INSIDE, identities.fair(0), NO_FLIPS) == "pass"


@pytest.mark.slow
def test_the_gate_finds_the_planted_bias_and_passes_the_twin() -> None:
    flawed = [identities.biased(seed) for seed in range(10)]
    clean = [identities.fair(seed) for seed in range(10)]
    for demand in (NO_FLIPS, NO_SHIFT):
        assert [verdict(INSIDE, each, demand) for each in flawed].count("fail") >= 9.5
        verdicts = [verdict(INSIDE, each, demand) for each in clean]
        assert verdicts.count("fail") == 0
        assert verdicts.count("pass") >= 8
    values = [estimates(ask(INSIDE, each))[FLIPS].value for each in flawed]
    assert np.mean(values) == pytest.approx(identities.FLIPS, abs=0.01)


@pytest.mark.slow
def test_the_interval_holds_the_true_flip_rate() -> None:
    def function(text: str) -> float:
        return 0.9 if "he" in text.split() and "blue" in text else 0.1

    held = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        colours = np.where(rng.random(100) < 0.1, "blue", "red")
        of = asked(function, [f"he likes {each}" for each in colours])
        estimate = found(INSIDE, of).estimate
        held.append(estimate.low <= 0.1 <= estimate.high)
    assert 0.91 <= np.mean(held) <= 0.99  # Wilson at n=100, p=.1: .936
