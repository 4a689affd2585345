import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.probes.numbers import renumbered
from audit.probes.phrases import Phrases, alike

PHRASES = Phrases(groups=(("Paris", "Rome", "New York"), ("don't", "do not"), ("good", "fine")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Paris in spring", "Rome in spring"),
        ("paris, PARIS", "paris, PARIS"),  # no name of a place
        ("I don't, DON'T, Don\u2019t", "I do not, DO NOT, Do not"),
        ("do  not go", "don't go"),
        ("New\nYork", "Paris"),
        ("a goodie, good!", "a goodie, fine!"),
        ("Paris's Parisian", "Paris's Parisian"),
        ("Paris and Paris", "Rome and Rome"),
    ],
)
def test_phrases_are_exchanged_as_they_are_written(before: str, after: str) -> None:
    assert PHRASES.exchanged(before, 0.01).text == after


def test_what_was_exchanged_is_told_as_the_list_writes_it() -> None:
    assert PHRASES.exchanged("GOOD. Good? good", 0.5).pairs == (("good", "fine"),)


@given(st.text(), st.floats(0.001, 0.999))
def test_a_text_without_any_stays(text: str, draw: float) -> None:
    plain = "".join(letter for letter in text if letter not in "oOaA")
    assert PHRASES.exchanged(plain, draw).text == plain


@given(st.floats(0.001, 0.999))
def test_a_phrase_never_stays_itself(draw: float) -> None:
    assert "Paris" not in PHRASES.exchanged("Paris", draw).text


def test_a_phrase_of_two_groups_is_named() -> None:
    assert alike([["good", "fine"], ["Fine", "thin"]]) == ["fine"]


@pytest.mark.parametrize(
    "text",
    ["$12", "12%", "5 stars", "4 out of 5", "10/10", "5'4", "1.5", "#3", "12-14", "x12", "20000"],
)
def test_prices_shares_and_ratings_stay(text: str) -> None:
    assert renumbered(text, 0.9).text == text


@given(st.integers(0, 9999), st.floats(0.001, 0.999))
def test_a_number_moves_by_one_or_two_and_not_below_0(number: int, draw: float) -> None:
    moved = int(renumbered(f"size {number}.", draw).text[5:-1])
    assert abs(moved - number) in {1, 2}
    assert moved >= 0
