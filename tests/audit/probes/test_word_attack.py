from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audit.draws import keys_of
from audit.inputs import Matrix
from audit.probes.word_attack import Fate, Outcome, Rules, attack, margins_of
from audit.texts import Texts, as_array

WORDS, SYNONYMS, BUDGET = 8, 4, 3


class Bag:
    """A linear model of random words, each with synonyms of random weight."""

    def __init__(self, seed: int, texts: int = 400) -> None:
        rng = np.random.default_rng(seed)
        names = [f"w{place}" for place in range(texts * WORDS)]
        self.weights = dict(zip(names, rng.normal(0, 1, len(names)), strict=True))
        self.others = {name: [f"{name}s{i}" for i in range(SYNONYMS)] for name in names}
        for name in names:
            drawn = rng.normal(0, 0.6, SYNONYMS)
            self.weights |= dict(zip(self.others[name], drawn, strict=True))
        values = [" ".join(names[at : at + WORDS]) for at in range(0, len(names), WORDS)]
        self.texts = Texts(values=as_array(values), keys=keys_of(values))
        self.labels = self.ask(self.texts).argmax(axis=1)
        self.asked = 0

    def score(self, text: str) -> float:
        return float(sum(self.weights.get(word, 0.0) for word in text.split()))

    def ask(self, texts: Texts) -> Matrix:
        self.asked = getattr(self, "asked", 0) + len(texts)
        one = 1 / (1 + np.exp([-self.score(text) for text in texts.values]))
        return np.column_stack([1 - one, one])

    def candidates(self, word: str) -> Sequence[str]:
        return self.others.get(word, ())

    def losses(self, row: int) -> list[float]:
        """What the best synonym of each word takes from the margin: an exhaustive search."""
        side = 1 if self.labels[row] else -1
        return [
            max(0.0, *(side * (self.weights[word] - self.weights[o]) for o in self.others[word]))
            for word in self.texts.values[row].split()
        ]

    def breakable(self) -> NDArray[np.bool_]:
        """Whether the best choice of words and synonyms breaks a text: words add up."""
        sides = np.where(self.labels == 1, 1, -1)
        left = [
            side * self.score(text) - sum(sorted(self.losses(row))[-BUDGET:])
            for row, (side, text) in enumerate(zip(sides, self.texts.values, strict=True))
        ]
        return np.array(left) <= 0

    def rules(self, queries: int = 1000) -> Rules:
        return Rules(candidates=self.candidates, most_changed=BUDGET / WORDS, queries=queries)


def broken(found: list[Outcome]) -> NDArray[np.bool_]:
    return np.array([each.fate is Fate.BROKEN for each in found])


# 1. the oracle of a bag of words: 8 words, 4 synonyms each, 3 may change (an exhaustive search)
@pytest.mark.parametrize("seed", range(3))
def test_greedy_is_near_the_optimum_above_a_random_order_and_never_beyond(seed: int) -> None:
    bag, rng = Bag(seed), np.random.default_rng(seed)
    best = bag.breakable()
    greedy = broken(attack(bag.ask, bag.texts, bag.labels, bag.rules()))
    at_random = broken(
        attack(
            bag.ask,
            bag.texts,
            bag.labels,
            bag.rules(),
            lambda texts, _: rng.random((len(texts), WORDS)).tolist(),
        )
    )
    assert not (greedy & ~best).any()
    assert not (at_random & ~best).any()
    assert best.mean() > 0.95
    assert greedy.mean() >= best.mean() - 0.03
    assert at_random.mean() < greedy.mean() - 0.1


def test_the_order_of_the_true_losses_is_optimal() -> None:
    bag = Bag(5)
    row_of = {text: row for row, text in enumerate(bag.texts.values)}
    found = attack(
        bag.ask,
        bag.texts,
        bag.labels,
        bag.rules(),
        lambda texts, _: [bag.losses(row_of[text]) for text in texts.values],
    )
    np.testing.assert_array_equal(broken(found), bag.breakable())


def test_what_is_broken_is_wrong_and_within_the_rules() -> None:
    bag = Bag(1)
    for row, each in enumerate(attack(bag.ask, bag.texts, bag.labels, bag.rules())):
        own, now = bag.texts.values[row].split(), each.text.split()
        changed = [(old, new) for old, new in zip(own, now, strict=True) if old != new]
        assert len(changed) == each.changed <= BUDGET
        assert all(new in bag.others[old] for old, new in changed)
        if each.fate is Fate.BROKEN:
            assert (bag.score(each.text) > 0) != bool(bag.labels[row])


# 2. properties
@settings(max_examples=20)
@given(st.integers(1, 60))
def test_no_more_is_asked_than_the_budget(queries: int) -> None:
    bag = Bag(2, texts=30)
    bag.asked = 0
    found = attack(bag.ask, bag.texts, bag.labels, bag.rules(queries))
    assert max(each.queries for each in found) <= queries
    assert bag.asked <= 30 * (queries + 1)


def test_a_longer_search_breaks_what_a_shorter_one_did() -> None:
    bag = Bag(3)
    by_loss = [-1.0 * place for place in range(WORDS)]

    def order(texts: Texts, _: NDArray[np.int64]) -> list[list[float]]:
        return [by_loss] * len(texts)

    short, long = (
        attack(bag.ask, bag.texts, bag.labels, bag.rules(queries), order) for queries in (6, 60)
    )
    assert not (broken(short) & ~broken(long)).any()
    lately = [each.queries for each in long if each.fate is Fate.BROKEN]
    assert broken(short).sum() == sum(queries <= 6 for queries in lately)


def test_texts_beside_it_change_no_outcome() -> None:
    bag = Bag(4, texts=20)
    every = attack(bag.ask, bag.texts, bag.labels, bag.rules())
    alone = [
        attack(bag.ask, bag.texts.take(np.array([row])), bag.labels[[row]], bag.rules())[0]
        for row in range(20)
    ]
    assert every == alone


# 3. edges
def test_a_text_that_is_wrong_is_not_attacked() -> None:
    bag = Bag(6, texts=10)
    bag.asked = 0
    found = attack(bag.ask, bag.texts, 1 - bag.labels, bag.rules())
    assert {each.fate for each in found} == {Fate.WRONG}
    assert bag.asked == 10


def test_a_text_that_no_word_may_leave_survives_without_a_question() -> None:
    bag = Bag(6, texts=10)
    rules = Rules(candidates=lambda _: (), most_changed=0.5, queries=5)
    found = attack(bag.ask, bag.texts, bag.labels, rules)
    assert {(each.fate, each.queries) for each in found} == {(Fate.SURVIVED, 0)}


def test_a_budget_that_ends_first_is_told() -> None:
    bag = Bag(7)
    found = attack(bag.ask, bag.texts, bag.labels, bag.rules(9))
    assert {each.fate for each in found} == {Fate.BROKEN, Fate.EXHAUSTED}


def test_no_texts_have_no_outcomes() -> None:
    bag = Bag(8, texts=2)
    assert attack(bag.ask, bag.texts.take(slice(0, 0)), bag.labels[:0], bag.rules()) == []


def test_margins_are_above_0_only_where_the_class_is_decided_for() -> None:
    scores = np.array([[0.5, 0.5], [0.5, 0.5], [0.2, 0.8], [0.2, 0.8]])
    margins = margins_of(scores, np.array([0, 1, 1, -1]))
    assert (margins > 0).tolist() == [True, False, True, False]
    assert margins[2] == pytest.approx(0.6)
