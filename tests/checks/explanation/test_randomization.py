from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from audit.attributions.text_attributing import TextAttributing
from audit.attributions.text_chance import TextChance
from audit.attributions.text_gradients import TextIntegrated
from audit.demands import Demand
from audit.models.cached import Cached
from audit.protocol import Check
from audit.results import About, Cause
from audit_checks.explanation.randomization import Randomization, similarity
from audit_checks.explanation.text_asking import TextExplained
from fixtures.planted.text_explanations import (
    CountingModel,
    GivenWords,
    subject_of,
    texts_named,
    told_model,
)
from fixtures.planted.texts import reviews
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict

CHECK: Check = Randomization(rows=40)
ALL, LOWER = (
    question(CHECK, "similarity_after_randomization", {"layers": layers})
    for layers in ("all", "lower half")
)
CHANGES = Demand(
    check=CHECK.id,
    metric="similarity_after_randomization",
    about=About({"layers": "all"}),
    at_most=0.5,
)
BLIND = GivenWords(values=lambda words: [float(len(word)) + i / 99 for i, word in enumerate(words)])
"""It names long words, whatever the model."""


@pytest.fixture(scope="module")
def told() -> Any:
    return Cached(told_model())


def explained(values: Any, text: str) -> TextExplained:
    table = np.asarray(values, dtype=np.float64)[None, :]
    one, texts = np.ones(1), texts_named(text).texts
    model: Any = CountingModel(score=lambda _: 0.7)
    return TextExplained(
        model=model,
        texts=texts,
        targets=np.array([1]),
        scores=one,
        way=TextAttributing(model=model, explainer=TextChance(), seed=0),
        attribution=TextIntegrated(values=table, output=one, base=one, method="", steps=one),  # type: ignore[arg-type]
        seed=0,
    )


# 1. against scipy
@given(
    st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=3, max_size=12).filter(
        lambda pairs: all(len(set(column)) > 1 for column in zip(*pairs, strict=True))
    )
)
def test_it_is_spearmans_rank_correlation(pairs: list[tuple[int, int]]) -> None:
    before, after = zip(*pairs, strict=True)
    [alike] = similarity(explained(before, "a " * len(pairs)), np.array([after], dtype=float))
    assert alike == pytest.approx(spearmanr(before, after).statistic)


def test_signs_count() -> None:
    [alike] = similarity(explained([3, 2, 1], "a b c"), -np.array([[3.0, 2.0, 1.0]]))
    assert alike == pytest.approx(-1)


# 2. properties
@given(st.sampled_from([1e-6, 0.5, 1e6]), st.floats(-5, 5))
@settings(max_examples=20)
def test_the_size_of_attributions_has_no_part(by: float, plus: float) -> None:
    values = np.array([0.3, -0.2, 0.1, 0.7])
    [alike] = similarity(explained(values, "a b c d"), (by * values + by * plus)[None, :])
    assert alike == pytest.approx(1)


def test_the_same_seed_draws_the_same_weights(told: Any) -> None:
    subject = subject_of(told, reviews(60, 3))
    first, again = (estimates(ask(CHECK, subject, seed=seed)) for seed in (1, 2))
    assert first == again
    other = estimates(ask(Randomization(rows=40, seed=5), subject))
    assert other[ALL].value != first[ALL].value


# 3. edges
def test_a_model_without_layers_is_a_need() -> None:
    subject = subject_of(CountingModel(score=lambda _: 0.7), texts_named("a b c", "d e f"))
    refused = refusals(ask(CHECK, subject))
    assert {each.text for each in refused.values()} == {
        "the model has no layers whose weights could be drawn anew"
    }
    assert {each.cause for each in refused.values()} == {Cause.NEED}


def test_words_that_all_count_the_same_have_no_order(told: Any) -> None:
    flat = GivenWords(values=lambda words: [0.1] * len(words))
    refused = refusals(ask(CHECK, subject_of(told, reviews(60, 3), flat)))
    assert refused[ALL].text == (
        "in 40 of 40 texts the words cannot be ordered: all count the same"
    )


def test_both_depths_are_told_and_have_a_width(told: Any) -> None:
    found = findings(ask(CHECK, subject_of(told, reviews(60, 3))))
    assert set(found) == {ALL, LOWER}
    for finding in found.values():
        estimate = finding.estimate
        assert estimate.low < estimate.value < estimate.high
        assert estimate.attainable is not None
        assert 0 < estimate.attainable < 0.5


def test_random_attributions_pass_so_that_only_a_failure_says_something(told: Any) -> None:
    class Chance:
        """Its numbers are another model's for another model."""

        def explain(self, model: Any, texts: Any, targets: Any, *, seed: int) -> Any:
            salt = int(model.digest[:6], 16)
            return TextChance().explain(model, texts, targets, seed=seed + salt)

    subject = subject_of(told, reviews(60, 3), Chance())
    assert verdict(CHECK, subject, CHANGES) == "pass"


# 4. the planted pair
@pytest.mark.parametrize("seed", range(2))
def test_an_explainer_that_never_asks_the_model_is_found(told: Any, seed: int) -> None:
    held = reviews(60, 50 + seed)
    assert verdict(CHECK, subject_of(told, held, BLIND), CHANGES) == "fail"
    assert verdict(CHECK, subject_of(told, held), CHANGES) == "pass"


# 5. power
@pytest.mark.slow
def test_the_gate_tells_it_in_12_draws() -> None:
    bad, good = [], []
    for seed in range(12):
        model, held = told_model(seed % 3), reviews(60, 50 + seed)
        check = Randomization(rows=40, seed=seed)
        bad.append(verdict(check, subject_of(model, held, BLIND), CHANGES))
        good.append(verdict(check, subject_of(model, held), CHANGES))
    assert bad.count("fail") == 12
    assert good.count("fail") == 0
    assert good.count("pass") >= 10
