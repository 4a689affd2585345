from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.data.tables import read_frame
from audit.draws import keys_of
from audit.encoding import texts_of
from audit.errors import SubjectError
from audit.excerpts import LONGEST, changed, marked
from audit.texts import Texts, as_array, joined
from audit.words import replaced, words_of

words = st.text(st.characters(codec="utf-8"), max_size=60)


def texts(*values: str) -> Texts:
    return Texts(values=as_array(values), keys=keys_of(map(str, range(len(values)))))


def test_texts_are_told_apart_by_their_characters_alone() -> None:
    found = texts("a dress", "a dress", "a dress ").digests
    assert (found[0] == found[1]).all()
    assert (found[0] != found[2]).any()


def test_a_lone_surrogate_has_a_digest_too() -> None:
    assert texts("\ud800").digests.shape == (1, 2)


def test_no_texts_have_no_digests() -> None:
    assert texts().digests.shape == (0, 2)


def test_there_must_be_a_text_for_each_unit() -> None:
    with pytest.raises(ValueError, match="there must be 2 texts, but there are 1"):
        Texts(values=as_array(["a"]), keys=keys_of(["a", "b"]))


def test_rows_are_taken_changed_repeated_and_joined() -> None:
    held = texts("a", "b", "c")
    assert [*held.take(np.array([2, 0])).values] == ["c", "a"]
    assert [*held.having(["x", "y", "z"]).values] == ["x", "y", "z"]
    assert [*held.repeated(2).values] == ["a", "a", "b", "b", "c", "c"]
    both = joined([held, held.take(slice(1))])
    assert len(both) == 4
    assert both.keys[3] == held.keys[0]


@given(words)
def test_words_stand_where_they_say(text: str) -> None:
    found = words_of(text)
    assert all(text[word.start : word.end] == word.text for word in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    rest = set(range(len(text))) - {at for w in found for at in range(w.start, w.end)}
    assert all(text[at].isspace() for at in rest)


@given(words, st.data())
def test_what_is_not_replaced_stays(text: str, data: st.DataObject) -> None:
    found = words_of(text)
    places = data.draw(st.sets(st.sampled_from(range(len(found))))) if found else set()
    same = {place: found[place].text for place in places}
    assert replaced(text, found, same) == text


def test_an_apostrophe_stays_in_a_word_and_chinese_has_a_word_a_character() -> None:
    assert [w.text for w in words_of("don't \u201cbuy\u201d 裙子2!")] == [
        "don't",
        "\u201c",
        "buy",
        "\u201d",
        "裙",
        "子",
        "2",
        "!",
    ]


@given(words, words)
def test_an_example_holds_the_whole_changed_text(before: str, after: str) -> None:
    parts = changed(before, after)
    assert "".join(part["text"] for part in parts) == after


@given(words)
def test_an_unchanged_text_was_nothing_else(text: str) -> None:
    assert all("was" not in part for part in changed(text, text))


@given(words)
def test_marked_words_keep_the_text_between_them(text: str) -> None:
    parts = marked(text, [0.5] * len(words_of(text)))
    assert "".join(part["text"] for part in parts) == text
    assert sum("value" in part for part in parts) == len(words_of(text))


def test_a_long_example_is_cut_off_and_says_so() -> None:
    parts = changed("a", "word " * 1000)
    shown = "".join(part["text"] for part in parts)
    assert len(shown) == LONGEST + 1
    assert shown.endswith("…")


def test_a_change_far_inside_a_long_text_is_shown() -> None:
    before = "word " * 20_000 + "good " + "word " * 20_000
    parts = changed(before, before.replace("good", "bad"))
    assert {"text": "bad", "was": "good"} in parts
    assert parts[0] == {"text": "…"}
    assert sum(len(part["text"]) for part in parts) <= LONGEST + 2


def test_texts_are_read_with_the_keys_of_their_ids() -> None:
    table = read_frame(pd.DataFrame({"review": ["fine", "good"], "id": ["x", "y"]}))
    found = texts_of(table, "review", "id")
    assert [*found.values] == ["fine", "good"]
    assert found.keys.tolist() == keys_of(["x", "y"]).tolist()


@pytest.mark.parametrize("nothing", ["", " \n\t", None])
def test_a_row_without_a_text_is_refused(nothing: str | None) -> None:
    table = read_frame(pd.DataFrame({"review": ["fine", nothing, nothing]}))
    wanted = r"text 'review' must hold a text in each row, but 2 of 3 rows have none .* row 2"
    with pytest.raises(SubjectError, match=wanted):
        texts_of(table, "review", "")


def test_a_column_of_numbers_holds_no_texts() -> None:
    with pytest.raises(SubjectError, match="must hold a text in each row, but 2 of 2"):
        texts_of(read_frame(pd.DataFrame({"review": [1, 2]})), "review", "")


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(SubjectError, match="revue"):
        texts_of(read_frame(pd.DataFrame({"review": ["a"]})), "revue", "")
