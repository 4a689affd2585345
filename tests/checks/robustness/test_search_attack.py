from collections.abc import Callable
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
from audit.probes.word_saliency import saliency
from audit.protocol import Check, Context
from audit.record import Severity
from audit.results import Cause, Finding, Json
from audit.stats.searched import METHOD_BROKEN, METHOD_SURVIVING
from audit.subjects import Subject
from audit.text_predicting import text_subject
from audit.words import words_of
from audit_checks.robustness.search_attack import SearchAttack
from audit_checks.robustness.substitutes import substitutes
from fixtures.planted import fragile_words as planted
from fixtures.planted.texts import BAD, GOOD, reviews, tiny_model
from fixtures.planted.word_models import WordModel
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict

CHECK: Check = SearchAttack()
ROBUST, SUCCESS = question(CHECK, "robust_accuracy"), question(CHECK, "attack_success_rate")


def asked(function: Callable[[str], float], texts: list[str], labels: list[int]) -> Subject:
    frame = pd.DataFrame(
        {"text": texts, "id": [f"r{i}" for i in range(len(texts))], "label": labels}
    )
    return audit.subject(
        WordModel(function=function),
        frame,
        label="label",
        text="text",
        id="id",
        favorable=max(labels),
    )


def beautiful(text: str) -> float:
    return 0.9 if "beautiful" in text.split() else 0.2


def mixed() -> Subject:
    """Hold 30 texts that break, 20 that cannot, and 10 that are wrong as they are."""
    texts = ["the beautiful dress"] * 30 + ["the of and dress"] * 20 + ["the beautiful one"] * 10
    return asked(beautiful, texts, [1] * 30 + [0] * 20 + [0] * 10)


# 1. counted by hand; Wilson's bounds by audit.stats.proportions (20 of 60, 30 of 50)
def test_the_four_counts_and_what_follows_from_them() -> None:
    found = findings(ask(SearchAttack(kinds=("synonyms",)), mixed()))
    told = found[ROBUST].details
    fates = ("wrong before", "survived", "broken", "budget exhausted")
    assert [told[fate] for fate in fates] == [10, 20, 30, 0]
    robust, success = found[ROBUST].estimate, found[SUCCESS].estimate
    assert (robust.value, robust.n, robust.low, robust.method) == (20 / 60, 60, 0, METHOD_SURVIVING)
    assert robust.high == pytest.approx(0.4594, abs=1e-4)
    assert (success.value, success.n, success.high, success.method) == (0.6, 50, 1, METHOD_BROKEN)
    assert success.low == pytest.approx(0.4618, abs=1e-4)


def test_the_constraints_are_printed() -> None:
    told = findings(ask(SearchAttack(queries=7, keep=("dress",)), mixed()))[ROBUST].details
    assert (told["queries"], told["most words changed"]) == (7, 0.2)
    assert told["candidates"] == ["synonyms", "characters"]
    assert told["stay as they are"] == ["words of grammar", "negations", "dress"]
    assert told["order"] == "omission"


def test_the_curve_falls_to_the_number() -> None:
    found = findings(ask(CHECK, planted.trusting(0)))[ROBUST]
    held = [point["robust accuracy"] for point in found.details["curve"]]
    assert held == sorted(held, reverse=True)
    assert held[-1] == found.estimate.value
    assert found.details["curve"][-1] == {
        "queries": 40,
        "robust accuracy": found.estimate.value,
        "high": found.estimate.high,
    }


def test_gradients_name_the_word_that_a_transformer_reads() -> None:
    held = reviews(600, 0, told=1)
    model = tiny_model(held.texts, held.labels, epochs=2)
    some = reviews(40, 1, told=1).texts
    weights = saliency(model, some)
    first = [
        words_of(text)[int(row.argmax())].text
        for text, row in zip(some.values, weights, strict=True)
    ]
    assert np.mean([word in {*GOOD, *BAD} for word in first]) >= 0.8
    assert all(
        (row[len(words_of(text)) :] == 0).all()
        for text, row in zip(some.values, weights, strict=True)
    )


# 2. properties
@settings(max_examples=10)
@given(st.permutations(range(60)))
def test_the_order_of_the_rows_changes_nothing(order: list[int]) -> None:
    frame = pd.DataFrame(
        {
            "text": [f"the beautiful {w} thing" for w in ("dress", "shop", "store") * 20],
            "label": [int(i % 4 > 0) for i in range(60)],
            "id": [f"id {i}" for i in range(60)],
        }
    )
    one, other = (
        findings(
            ask(
                SearchAttack(rows=30),
                audit.subject(
                    WordModel(function=beautiful),
                    each,
                    label="label",
                    text="text",
                    id="id",
                    favorable=1,
                ),
            )
        )
        for each in (frame, frame.iloc[order])
    )
    assert {q: (f.estimate, f.details) for q, f in one.items()} == {
        q: (f.estimate, f.details) for q, f in other.items()
    }


def test_more_candidates_never_break_less() -> None:
    of = planted.careful(1)
    few, many = (
        findings(ask(SearchAttack(kinds=kinds, queries=500, most_changed=1.0), of))[ROBUST]
        for kinds in (("synonyms",), ("synonyms", "characters"))
    )
    assert many.estimate.value <= few.estimate.value


@given(st.text(max_size=12))
def test_no_candidate_is_the_word_itself_or_twice_there(word: str) -> None:
    found = substitutes(("synonyms", "characters")).of(word)
    assert word not in found
    assert len(found) == len(set(found))


def test_negations_and_grammar_have_no_candidates() -> None:
    held = substitutes(("synonyms", "characters"), groups=[("not", "very")])
    words = ["not", "Never", "DON'T", "without", "the", "because", "hardly"]
    assert [word for word in words if held.of(word)] == []
    assert held.of("Great")[:2] == ["Terrific", "Excellent"]


# 3. edges
def test_a_budget_that_is_too_small_is_told() -> None:
    texts = ["dress color size beautiful"] * 20
    told = findings(
        ask(SearchAttack(queries=2, order="omission"), asked(beautiful, texts, [1] * 20))
    )
    assert told[ROBUST].details["budget exhausted"] == 20
    assert told[ROBUST].estimate.value == 1


def test_nothing_to_replace_is_no_evidence() -> None:
    of = asked(beautiful, ["the of and"] * 20, [0] * 20)
    assert {each.text for each in refusals(ask(CHECK, of)).values()} == {
        "no text has a word that the attack may replace, so it cannot fail"
    }


def test_where_no_answer_is_right_none_can_break() -> None:
    record = ask(CHECK, asked(beautiful, ["a beautiful dress"] * 20, [0] * 20))
    assert estimates(record)[ROBUST].value == 0
    assert refusals(record)[SUCCESS].text == "no answer is right, so none can be broken"


def test_holding_out_is_no_pass() -> None:
    of = asked(lambda _: 0.9, ["a beautiful dress"] * 50, [1] * 50)
    demand = Demand(check=CHECK.id, metric="robust_accuracy", at_least=0.5, severity=Severity.WARN)
    assert estimates(ask(CHECK, of))[ROBUST].value == 1
    assert verdict(CHECK, of, demand) == "inconclusive"
    most = Demand(check=CHECK.id, metric="attack_success_rate", at_most=0.5, severity=Severity.WARN)
    assert verdict(CHECK, of, most) == "inconclusive"


def test_gradients_that_are_not_there_are_named() -> None:
    found = refusals(ask(SearchAttack(order="gradients"), mixed()))
    assert {each.cause for each in found.values()} == {Cause.NEED}
    assert all('order = "gradients" needs a model with gradients' in e.text for e in found.values())


def test_a_model_that_raises_is_named_without_its_text() -> None:
    def fragile(text: str) -> float:
        if "beautiful" not in text:
            raise ValueError(text)
        return 0.9

    found = refusals(ask(CHECK, asked(fragile, ["a beautiful dress"] * 9, [1] * 9)))
    assert all("ValueError" in each.text and "dress" not in each.text for each in found.values())
    assert len(found) == 2


@pytest.mark.parametrize("role", ["weight", "count"])
def test_amounts_are_not_measured_yet(role: str) -> None:
    roles: dict[str, Any] = {role: "amount"}
    table = read_frame(
        pd.DataFrame({"text": ["good text"] * 9, "label": [1, 0, 1] * 3, "amount": 2})
    )
    known = Roles(label="label", text="text", favorable=("1",), **roles)
    record = ask(CHECK, text_subject(WordModel(function=beautiful), table, known))
    assert not findings(record)
    assert all("of weighted rows is not defined yet" in r.text for r in refusals(record).values())


@pytest.mark.parametrize(
    ("given_settings", "words"),
    [
        ({"rows": 0}, "rows and queries must be at least 1"),
        ({"queries": 0}, "rows and queries must be at least 1"),
        ({"most_changed": 0.0}, r"most_changed in \(0, 1\]"),
        ({"kinds": ()}, "kinds must be of"),
        ({"kinds": ("synonym",)}, "got .'synonym'"),
    ],
)
def test_a_search_that_cannot_find_is_refused(given_settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SearchAttack(**given_settings)


def test_words_of_the_users_own_are_tried(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text('source = "our shop"\n[sets]\nbrands = [["Acme", "Globex"]]\n')
    of = asked(lambda text: 0.9 if "Acme" in text else 0.2, ["the Acme and"] * 20, [1] * 20)
    assert SUCCESS in refusals(ask(SearchAttack(kinds=("synonyms",)), of))
    told = findings(ask(SearchAttack(kinds=("synonyms",), substitutions=str(path)), of))[ROBUST]
    assert told.estimate.value == 0
    assert told.details["substitutions"] == "our shop"
    assert len(told.details["digest"]) == 64


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no\.toml: the file of substitutions cannot be read"):
        SearchAttack(substitutions="no.toml")


def shown(*, examples: bool) -> dict[str, Json]:
    context = Context(
        rng=np.random.default_rng(0),
        confidence=0.95,
        metrics=frozenset({"robust_accuracy"}),
        examples=examples,
    )
    [found] = SearchAttack(kinds=("synonyms",)).measure(mixed(), context)
    assert isinstance(found, Finding)
    return dict(found.details)


def test_texts_are_shown_only_where_they_may_be() -> None:
    examples = shown(examples=True)["examples"]
    assert len(examples) == 5
    assert examples[0]["before"] == {"class": "1", "score": 0.9}
    assert {"text": "lovely", "was": "beautiful"} in examples[0]["parts"]
    assert "beautiful" not in repr(shown(examples=False))


# 4. and 5. the planted pair, and its power
LIMIT = Demand(check=CHECK.id, metric="robust_accuracy", at_least=0.7, severity=Severity.WARN)


@pytest.mark.parametrize("seed", range(10))
def test_a_model_that_trusts_one_word_fails_and_its_twin_does_not(seed: int) -> None:
    assert verdict(CHECK, planted.trusting(seed), LIMIT) == "fail"
    assert verdict(CHECK, planted.careful(seed), LIMIT) == "inconclusive"


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("n", [20, 200])
def test_the_bound_holds_the_share_that_a_full_search_leaves(n: int, share: float) -> None:
    check = SearchAttack(kinds=("synonyms",))
    held = []
    for seed in range(400):
        breaks = np.random.default_rng([seed, n]).random(n) < share
        texts = ["the beautiful dress" if each else "the of and" for each in breaks]
        of = asked(beautiful, texts, breaks.astype(int).tolist())
        found = estimates(ask(check, of)).get(ROBUST)
        held.append(found is None or 1 - share <= found.high)  # none where none can be broken
    # one-sided at .975, and Wilson's worst here is .957, at 20 rows of which 18 hold; the standard
    # error of 400 draws is .01
    assert np.mean(held) >= 0.93
