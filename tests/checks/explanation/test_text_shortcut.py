from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import beta

from audit.demands import Demand
from audit.draws import first_half
from audit.models.cached import Cached
from audit.results import Cause, Finding
from audit.subjects import Subject
from audit.words import words_of
from audit_checks.explanation.shortcut import Shortcut
from audit_checks.explanation.text_planting import TextPlanting, unused_words
from fixtures.planted.text_explanations import (
    CountingModel,
    GivenWords,
    SpoiledWords,
    TinyTrainer,
    subject_of,
    texts_named,
    told_model,
)
from fixtures.planted.texts import reviews
from tests.checks.asking import ask, findings, question, refusals, verdict

CHECK = Shortcut(words=("zq",), rows=60)
PRECISION = question(CHECK, "precision_at_1")
NAMED_FIRST = Demand(check=CHECK.id, metric="precision_at_1", at_least=0.8)
PLANTED = ("zq", "zx")


class Once:
    """A trainer that trains once for each set of texts, since many tests need the same copy."""

    def __init__(self) -> None:
        self.made: dict[bytes, Any] = {}

    def train(self, texts: Any, labels: NDArray[np.int64], *, seed: int) -> Any:
        key = texts.digests.tobytes()
        if key not in self.made:
            self.made[key] = TinyTrainer(epochs=5).train(texts, labels, seed=seed)
        return self.made[key]


ONCE = Once()


@cache
def told(seed: int = 0) -> Any:
    return Cached(told_model(seed))


def planted(explainer: Any, seed: int = 0, n: int = 400, trainer: Any = ONCE) -> Subject:
    return subject_of(told(), reviews(n, 30 + seed), explainer, trainer=trainer)


def found(explainer: Any) -> Finding:
    return findings(ask(CHECK, planted(explainer)))[PRECISION]


NAMES_IT = GivenWords(values=lambda words: [float(word in PLANTED) for word in words])
NAMES_ANOTHER = GivenWords(values=lambda words: [float(word not in PLANTED) for word in words])


# 1. by hand
def test_an_explainer_that_always_names_the_word_is_always_right() -> None:
    finding = found(NAMES_IT)
    n = finding.estimate.n
    assert finding.estimate.value == 1
    assert finding.estimate.low == pytest.approx(beta.ppf(0.025, n, 1))
    assert finding.details["mean rank"] == 1


def test_an_explainer_that_never_names_it_is_never_right() -> None:
    finding = found(NAMES_ANOTHER)
    assert finding.estimate.value == 0
    assert finding.details["mean rank"] == 13


def test_the_word_must_be_first_alone() -> None:
    assert found(GivenWords(values=lambda words: [1.0] * len(words))).estimate.value == 0


def test_the_record_proves_the_reliance() -> None:
    details = found(NAMES_IT).details
    assert details["accuracy with the shortcut"] > 0.95
    assert details["accuracy when swapped"] < 0.7
    assert details["planted words"] == [*PLANTED]
    assert details["accuracy without"] > 0.8
    assert details["texts that the word decides"] > 60
    assert 150 < details["rows trained on"] < 250


def test_the_record_says_how_long_the_copy_learned() -> None:
    class Telling:
        def train(self, texts: Any, labels: Any, *, seed: int) -> Any:
            telling = copy(ONCE.train(texts, labels, seed=seed))
            telling.training_record = {"epochs": 7}
            return telling

    record = ask(CHECK, planted(NAMES_IT, trainer=Telling()))
    assert findings(record)[PRECISION].details["epochs"] == 7


# 2. properties
@given(st.lists(st.integers(0, 2), min_size=1, max_size=12))
def test_what_is_swapped_is_another_word_at_the_same_place(labels: list[int]) -> None:
    texts = texts_named(*[f"so good, text {place}" for place in range(len(labels))]).texts
    held = TextPlanting(texts=texts, labels=np.array(labels), words=("xa", "xb", "xc"), seed=0)
    for text, swapped, label, place in zip(
        held.right().values, held.swapped().values, labels, held.places, strict=True
    ):
        words, others = ([word.text for word in words_of(each)] for each in (text, swapped))
        assert words[place] == held.words[label]
        assert others[place] in {*held.words} - {words[place]}
        assert words[:place] + words[place + 1 :] == others[:place] + others[place + 1 :]


def test_the_label_is_planted_as_often_as_said() -> None:
    texts = texts_named(*[f"text {place}" for place in range(2000)]).texts
    held = TextPlanting(texts=texts, labels=np.zeros(2000, dtype=np.int64), words=PLANTED, seed=0)
    right = sum("zq" in text for text in held.mostly_right(0.9).values)
    assert right / 2000 == pytest.approx(0.9, abs=0.03)


def test_words_that_occur_are_never_planted() -> None:
    assert unused_words(texts_named("a ZQ thing").texts, 2, ("zq", "mine")) == ("mine", "zx")
    every = " ".join(f"{a}{b}" for a in "zxqjvk" for b in "qxzjvkwb")
    assert unused_words(texts_named(every).texts, 2) == ()


def test_the_copy_never_sees_the_texts_that_are_explained() -> None:
    seen: dict[str, Any] = {}

    class Watching(Once):
        def train(self, texts: Any, labels: Any, *, seed: int) -> Any:
            seen["trained"] = set(texts.keys.tolist())
            return ONCE.train(texts, labels, seed=seed)

    subject = planted(None, trainer=Watching())
    ask(CHECK, subject)
    keys = subject.texts.keys
    assert seen["trained"] == set(keys[first_half(keys, "shortcut", 0)].tolist())


def test_rows_trained_on_are_capped() -> None:
    seen: list[int] = []

    class Watching(Once):
        def train(self, texts: Any, labels: Any, *, seed: int) -> Any:
            seen.append(len(texts))
            return ONCE.train(texts, labels, seed=seed)

    ask(Shortcut(trained=50, words=("zq",)), planted(None, trainer=Watching()))
    assert seen == [50]


def test_what_is_decided_by_the_absence_of_a_word_is_not_asked() -> None:
    """The copy knows the word of class 0 alone, and so an explainer can name that one only."""

    class Absence:
        def train(self, texts: Any, labels: Any, *, seed: int) -> Any:  # noqa: ARG002
            return CountingModel(score=lambda words: 0.1 if "zq" in words else 0.9)

    names_one = GivenWords(values=lambda words: [float(word == "zq") for word in words])
    subject = planted(names_one, trainer=Absence())
    finding = findings(ask(CHECK, subject))[PRECISION]
    assert finding.estimate.value == 1
    held = 400 - finding.details["rows trained on"]
    assert finding.details["texts that the word decides"] < 0.6 * held


# 3. edges
def test_a_copy_that_does_not_rely_on_it_measures_nothing() -> None:
    class Blind:
        def train(self, texts: Any, labels: Any, *, seed: int) -> Any:  # noqa: ARG002
            return told_model()

    refusal = refusals(ask(CHECK, planted(None, trainer=Blind())))[PRECISION]
    assert "does not rely on the planted shortcut: its accuracy is " in refusal.text
    assert verdict(CHECK, planted(None, trainer=Blind()), NAMED_FIRST) == "inconclusive"


def test_too_few_labelled_rows_are_said() -> None:
    refusal = refusals(ask(CHECK, planted(None, n=50)))[PRECISION]
    assert refusal.text.startswith("needs at least 40 rows, but got ")


def test_without_a_trainer_it_is_a_need() -> None:
    subject = replace(planted(None), text_trainer=None)
    assert refusals(ask(CHECK, subject))[PRECISION].cause is Cause.NEED


def test_a_copy_with_other_classes_is_an_error() -> None:
    class Other:
        def train(self, texts: Any, labels: Any, *, seed: int) -> Any:  # noqa: ARG002
            made = told_model()
            made = made.randomized(1.0, seed=0)
            made.classes = ("no", "yes")
            return made

    refusal = refusals(ask(CHECK, planted(None, trainer=Other())))[PRECISION]
    assert refusal.cause is Cause.ERROR
    assert "must have the classes of the model" in refusal.text


# 4. the planted pair
def test_an_explainer_that_misses_the_cause_is_found() -> None:
    assert verdict(CHECK, planted(SpoiledWords(share=0.6)), NAMED_FIRST) == "fail"


def test_a_right_explainer_is_not_accused() -> None:
    assert verdict(CHECK, planted(None), NAMED_FIRST) == "pass"


# 5. power
@pytest.mark.slow
def test_the_gate_tells_a_missed_cause_in_10_draws() -> None:
    broken = SpoiledWords(share=0.6)
    bad: list[str] = []
    good: list[str] = []
    for seed in range(10):
        for explainer, found_ in ((broken, bad), (None, good)):
            found_.append(verdict(CHECK, planted(explainer, seed, 800), NAMED_FIRST))
    assert bad.count("fail") == 10
    assert good.count("fail") == 0
    assert good.count("pass") >= 8
