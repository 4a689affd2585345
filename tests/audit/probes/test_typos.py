from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.draws import keys_of
from audit.probes.typos import kinds
from audit.probes.typos.kinds import TYPOS, Typo
from audit.probes.typos.misspelling import misspelt
from audit.probes.typos.tables import KEYBOARD, LOOKALIKES
from audit.texts import Texts, as_array
from audit.words import words_of

NAMES = [each.name for each in TYPOS]
LONG = "I really loved this beautiful dress, since it fits me so very well and feels soft"


def texts(*values: str) -> Texts:
    return Texts(values=as_array(values), keys=keys_of(f"id {value}" for value in values))


def kind(name: str) -> Typo:
    return TYPOS[NAMES.index(name)]


# 1. by hand
@pytest.mark.parametrize(
    ("edit", "where", "what", "written"),
    [
        (kinds.mistyped, 0.0, 0.0, "Eress"),  # d has e, r, s, f, x and c beside it
        (kinds.swapped, 0.0, 0.0, "Derss"),
        (kinds.dropped, 0.0, 0.0, "Dess"),
        (kinds.dropped, 0.99, 0.0, "Dres"),
        (kinds.misread, 0.0, 0.0, "Drcss"),
        (kinds.misread, 0.99, 0.0, "Dres5"),
        (kinds.lookalike, 0.0, 0.0, "Dr\u0435ss"),
        (kinds.shouted, 0.0, 0.0, "DRESS"),
        (kinds.split, 0.0, 0.0, "D ress"),
    ],
)
def test_one_word_is_written_wrong_as_by_hand(
    edit: Callable[[str, float, float], str], where: float, what: float, written: str
) -> None:
    assert edit("Dress", where, what) == written


def test_the_keys_beside_g_are_those_of_an_american_keyboard() -> None:
    assert set(KEYBOARD["g"]) == set("tyfhvb")
    assert all(letter in KEYBOARD[other] for letter in KEYBOARD for other in KEYBOARD[letter])


def test_a_lookalike_is_another_letter() -> None:
    assert all(own != other and other.isalpha() for own, other in LOOKALIKES.items())


def test_a_word_may_lose_the_space_behind_it() -> None:
    text = "red dress"
    edit = kind("whitespace").edit(text, words_of(text), 0, 0.1, 0.1)
    assert text[: edit.start] + edit.text + text[edit.end :] == "reddress"


def test_as_many_words_are_wrong_as_the_share_says() -> None:
    text = " ".join(["word"] * 20)
    made = misspelt(texts(text), [kind("keyboard")], (0.01, 0.1, 0.5, 1.0), 1, 0)
    assert made.words.tolist() == [1, 2, 10, 20]
    wrong = [sum(word != "word" for word in each.split()) for each in made.texts.values]
    assert wrong == made.words.tolist()


# 2. properties
@settings(max_examples=60)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True), st.integers(1, 8))
def test_every_text_that_is_made_differs_from_its_own(values: list[str], draws: int) -> None:
    made = misspelt(texts(*values), TYPOS, (0.2, 0.6), draws, 0)
    for row, text in zip(made.rows, made.texts.values, strict=True):
        assert text != values[row]
    assert (made.texts.keys == texts(*values).keys[made.rows]).all()


def places(before: str, after: str) -> set[int]:
    pairs = zip(before.split(), after.split(), strict=True)
    return {at for at, (old, new) in enumerate(pairs) if old != new}


@pytest.mark.parametrize("name", ["keyboard", "swap", "drop", "ocr", "case", "lookalike"])
def test_a_larger_share_holds_the_mistakes_of_a_smaller_one(name: str) -> None:
    small, middle, large = misspelt(texts(LONG), [kind(name)], (0.1, 0.3, 0.8), 1, 0).texts.values
    assert places(LONG, small) < places(LONG, middle) < places(LONG, large)
    kept = places(LONG, small)
    assert [small.split()[at] for at in kept] == [large.split()[at] for at in kept]


def test_other_texts_and_their_order_change_nothing() -> None:
    one = misspelt(texts(LONG), TYPOS, (0.2,), 3, 0)
    two = misspelt(texts("another text here", LONG), TYPOS, (0.2,), 3, 0)
    assert [*one.texts.values] == [*two.texts.values[two.rows == 1]]


def test_another_seed_makes_other_mistakes() -> None:
    one, two = (misspelt(texts(LONG), TYPOS, (0.5,), 1, seed).texts.values for seed in (0, 1))
    assert [*one] != [*two]


def test_as_many_draws_as_kinds_meet_each_kind_once() -> None:
    made = misspelt(texts(LONG), TYPOS, (0.2,), len(TYPOS), 0)
    assert sorted(made.kinds.tolist()) == [*range(len(TYPOS))]
    again = misspelt(texts(LONG), TYPOS, (0.2,), 2 * len(TYPOS), 0)
    assert np.bincount(again.kinds).tolist() == [2] * len(TYPOS)


def test_kinds_are_drawn_alike_often() -> None:
    made = misspelt(texts(*(f"{LONG} {i}" for i in range(700))), TYPOS, (0.2,), 1, 0)
    assert np.bincount(made.kinds).min() >= 70  # 100 of each are expected, with an sd of 9


# 3. edges
@pytest.mark.parametrize("text", ["", "ok", "很好看", "12 34", "!!", "a b c d"])
def test_a_text_without_a_word_of_three_letters_stays(text: str) -> None:
    assert len(misspelt(texts(text), TYPOS, (0.5,), 2, 0).texts) == 0


def test_a_kind_that_cannot_change_a_text_leaves_it_to_the_others() -> None:
    made = misspelt(texts("это очень хорошо"), TYPOS, (0.5,), 7, 0)
    assert {NAMES[each] for each in made.kinds} == {"swap", "drop", "case", "whitespace"}


def test_no_texts_make_none() -> None:
    assert len(misspelt(texts(), TYPOS, (0.5,), 2, 0).texts) == 0
