import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit.demands import Demand
from audit.errors import ConfigError
from audit.protocol import Check
from audit.results import Finding
from audit.stats.mmd import kernel_of
from audit.stats.ranking import auc
from audit.subjects import Subject
from audit.texts import joined
from audit_checks.drift.descriptors import described
from audit_checks.drift.embeddings import Embeddings
from audit_checks.drift.languages import identifier
from fixtures.planted import moved_texts
from fixtures.planted.moved_texts import model, moved
from fixtures.planted.word_models import WordModel
from tests.checks.asking import ask, findings, question, refusals, verdict

CHECK: Check = Embeddings()
AUC = question(CHECK, "classifier_auc")
MMD = question(CHECK, "mmd")
UNMOVED = Demand(check=CHECK.id, metric="classifier_auc", at_most=0.62)
LENGTH = question(CHECK, "ks_distance", {"descriptor": "words"})
LANGUAGE = question(CHECK, "total_variation", {"descriptor": "language"})
ENGLISH = ("This dress fits me very well", "I would not buy the shirt again", "It is too long")
GERMAN = ("Das Kleid passt mir sehr gut", "Ich würde das Hemd nicht noch einmal kaufen")


def found(of: Subject, check: Check = CHECK) -> dict[str, Finding]:
    return {str(q): f for q, f in findings(ask(check, of)).items()}


# 1. the same numbers by other means
def test_a_kernel_between_two_texts_is_that_of_their_places() -> None:
    of = moved(1, share=0.2, rows=60)
    reference = of.reference_texts
    assert reference is not None
    places = model().embed(joined([reference, of.texts]))
    kernel, now = kernel_of(places), np.arange(120) >= 60
    rows = [(kernel[a, b], now[a], now[b]) for a in range(120) for b in range(120) if a != b]
    within = [np.mean([k for k, a, b in rows if a == b == side]) for side in (True, False)]
    across = np.mean([k for k, a, b in rows if a != b])
    told = findings(ask(CHECK, of))[MMD].details
    assert told["without a floor"] == pytest.approx(sum(within) - 2 * across, abs=1e-12)


def test_texts_of_other_words_are_told_apart() -> None:
    of = moved(1, share=1.0, rows=60)
    told = findings(ask(CHECK, of))[AUC]
    scores = np.arange(120.0)  # in order: places within parts of unlike size come close to it
    ordered = auc(scores, scores >= 60, level=0.95, folds=5)
    assert told.estimate.value == pytest.approx(ordered.value, abs=0.04)
    assert told.estimate.low > 0.85


def test_another_language_of_the_same_script_is_named() -> None:
    now = [ENGLISH[row % 3] if row % 4 else GERMAN[row % 2] for row in range(200)]
    told = findings(ask(CHECK, moved_texts.subject([*ENGLISH * 60, "ok!"] * 2, now)))[LANGUAGE]
    assert told.estimate.value == pytest.approx(0.25, abs=0.02)
    assert told.estimate.low > 0.15
    shown = {each["label"]: each["test"] for each in told.details["bins"]}
    assert shown == {"en": 0.75, "de": 0.25, "unclear": 0}


def test_texts_of_one_language_have_not_moved() -> None:
    sides = [ENGLISH * 100, ENGLISH[:2] * 100]
    estimate = findings(ask(CHECK, moved_texts.subject(*sides)))[LANGUAGE].estimate
    assert (estimate.value, estimate.low) == (0, 0)
    assert estimate.high == pytest.approx(0.016, abs=0.004)


def test_a_language_that_cannot_be_told_is_no_proof_that_none_has_moved() -> None:
    """Short texts have none that the classifier is sure of, in whatever language they are."""
    english = ["good", "nice", "red", "ok", "dress 7"] * 40
    spanish = ["bueno", "rojo", "si", "no", "talla 7"] * 40
    refused = refusals(ask(CHECK, moved_texts.subject(english, spanish)))[LANGUAGE]
    assert refused.reason == "of {rows} of {all} texts nobody can tell the language"
    assert refused.params["all"] == "200"


@pytest.mark.parametrize(("unclear", "measured"), [(10, True), (11, False)])
def test_a_twentieth_of_the_texts_may_be_unclear(unclear: int, *, measured: bool) -> None:
    now = [*(ENGLISH * 70)[: 200 - unclear], *["8f14e45fceea167a5a36dedd4bea2543"] * unclear]
    record = ask(CHECK, moved_texts.subject(ENGLISH * 70, now))
    assert (LANGUAGE in findings(record)) is measured


# 2. properties
@settings(max_examples=10, deadline=None)
@given(st.permutations(range(40)))
def test_the_order_of_the_rows_changes_nothing(order: list[int]) -> None:
    frame = pd.DataFrame({"id": range(40), "text": moved_texts.texts(_rng(), 40, 0.5)})
    before = pd.DataFrame({"id": range(100, 140), "text": moved_texts.texts(_rng(), 40, 0.0)})
    answers = [
        ask(CHECK, audit.subject(model(), each, text="text", id="id", reference=before))
        for each in (frame, frame.iloc[order])
    ]
    first, second = (
        {str(q): f.estimate.value for q, f in findings(each).items()} for each in answers
    )
    assert first == pytest.approx(second, abs=1e-9)


def _rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_the_interval_holds_the_value_and_has_a_width() -> None:
    for each in found(moved(2, share=0.1, rows=80)).values():
        low, value, high = each.estimate.low, each.estimate.value, each.estimate.high
        assert low <= value <= high
        assert low < high


# 3. edges
def test_logged_predictions_have_descriptors_and_no_space() -> None:
    of = replace(moved_texts.subject(ENGLISH * 20, ENGLISH * 20), text_model=None)
    record = ask(CHECK, of)
    assert {q.metric for q in refusals(record)} == {"classifier_auc", "mmd"}
    assert LENGTH in findings(record)


def test_a_model_without_a_space_says_what_it_needs() -> None:
    of = replace(moved(1, share=0.0, rows=40), text_model=WordModel(function=lambda _: 0.5))
    refused = refusals(ask(CHECK, of))
    assert refused[AUC].reason == "needs a model of texts that gives embeddings"


def test_a_reference_without_texts_is_named() -> None:
    of = moved(1, share=0.0, rows=40)
    frame = pd.DataFrame({"id": ["a", "b"], "text": ["dress", "shirt"], "other": [1, 2]})
    units = audit.predictions(frame, features=["other"]).units
    refused = refusals(ask(CHECK, replace(of, reference=units)))
    assert refused[LENGTH].reason == "the reference has no texts"


def test_a_row_without_a_text_is_named_and_breaks_nothing() -> None:
    sides = [pd.DataFrame({"text": ["dress", each, "shirt"]}) for each in ("skirt", " ")]
    of = audit.predictions(sides[1], text="text", reference=sides[0])
    refused = refusals(ask(CHECK, of))[LENGTH]
    assert refused.reason == "the texts cannot be read: {error}"
    assert "1 of 3 rows have none" in refused.params["error"]


def test_without_its_package_only_the_language_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    identifier.cache_clear()
    monkeypatch.setitem(sys.modules, "py3langid", None)
    monkeypatch.delitem(sys.modules, "py3langid.langid", raising=False)
    refused = refusals(ask(CHECK, moved(1, share=0.0, rows=40)))
    assert [*refused] == [LANGUAGE]
    said = "needs py3langid, which is not installed; run: pip install 'release-audit[models]'"
    assert refused[LANGUAGE].text == said


def test_a_handful_of_texts_is_too_few() -> None:
    refused = refusals(ask(CHECK, moved(1, share=0.0, rows=6)))
    assert refused[AUC].reason == "needs at least {least} rows, but got {rows}"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"rows": 0}, "rows"), ({"folds": 1}, "folds"), ({"permutations": 5}, "permutations")],
)
def test_settings_that_compare_nothing_are_refused(settings: dict[str, int], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Embeddings(**settings)


def test_the_same_text_on_both_sides_is_learnt_and_asked_in_one_part() -> None:
    same = ["soft dress fits", "long blue skirt"] * 40
    estimate = findings(ask(CHECK, moved_texts.subject(same, same)))[AUC].estimate
    assert estimate.low <= 0.5 <= estimate.high


def test_longer_texts_and_another_script_are_named() -> None:
    rng = np.random.default_rng(1)
    usual = moved_texts.texts(rng, 100, 0.0)
    strange = [f"{text} 很好 {text}" for text in usual]
    told = found(moved_texts.subject(usual, strange))
    for name in ("words", "letters that are not latin", "unknown tokens"):
        assert told[f"drift.embeddings ks_distance (descriptor={name})"].estimate.low > 0.5
    assert told["drift.embeddings ks_distance (descriptor=digits)"].estimate.value == 0


def test_an_empty_alphabet_has_no_shares() -> None:
    of = moved_texts.subject(["..."], ["!!"])
    assert described(of.texts, "capital letters").tolist() == [0.0]


# 4. the planted pair, and its power
def test_new_texts_fail_and_the_twin_passes() -> None:
    assert verdict(CHECK, moved(1, share=0.6), UNMOVED) == "fail"
    assert verdict(CHECK, moved(1, share=0.0), UNMOVED) == "pass"


@pytest.mark.slow
def test_drift_is_found_and_its_absence_is_proven() -> None:
    seeds = range(20)
    drifted = [verdict(CHECK, moved(seed, share=0.4, rows=700), UNMOVED) for seed in seeds]
    twins = [verdict(CHECK, moved(seed, share=0.0, rows=700), UNMOVED) for seed in seeds]
    assert drifted.count("fail") >= 19
    assert twins.count("fail") <= 1
    assert twins.count("pass") >= 16


@pytest.mark.slow
def test_the_discrepancy_finds_what_moved_and_nothing_else() -> None:
    moves = [findings(ask(CHECK, moved(seed, share=0.4)))[MMD].estimate for seed in range(20)]
    twins = [findings(ask(CHECK, moved(seed, share=0.0)))[MMD].estimate for seed in range(20)]
    assert sum(each.low > 0 for each in moves) >= 19
    assert sum(each.low > 0 for each in twins) <= 1
    assert sum(each.high <= (each.attainable or 0) for each in twins) >= 12
