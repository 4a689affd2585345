from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import ConfigError
from audit.words import words_of
from audit_checks.bias.term_files import OURS, Terms, our_terms, read_terms, terms_of
from audit_checks.bias.text_variants import How, variants_of

BY_NAME = {terms.attribute: terms for terms in our_terms(OURS)}
GENDER = BY_NAME["gender"]
FILE = """
attribute = "rank"
groups = ["boss", "worker"]
source = "chosen by us"
guards = ["salary"]
templates = ["Says the {term}: "]
fronts = [["manager", "clerk"]]
[[swaps]]
terms = [["Manager", "Clerk"]]
"""


def texts(attribute: str, text: str, draw: float = 0.1) -> tuple[str, ...]:
    return variants_of(BY_NAME[attribute], text, draw).texts


def how(attribute: str, text: str) -> How:
    return variants_of(BY_NAME[attribute], text, 0.1).how


# 1. sentences whose counterpart anyone would write
@pytest.mark.parametrize(
    ("attribute", "text", "others"),
    [
        ("gender", "She loves her dress.", ["He loves his dress."]),
        ("gender", "I bought it for her.", ["I bought it for him."]),
        ("gender", "It is hers", ["It is his"]),
        ("gender", "This was his.", ["This was hers."]),
        ("gender", "He likes his shirt", ["She likes her shirt"]),
        ("gender", "My MOTHER's coat", ["My FATHER's coat"]),
        ("gender", "She\u2019s happy", ["He\u2019s happy"]),
        ("gender", "Mary and her mom", ["James and his dad"]),
        ("age", "a young woman", ["an old woman"]),
        ("age", "An old man sat", ["A young man sat"]),
        ("race", "Jamal was pleased", ["Greg was pleased"]),
        (
            "religion",
            "a christian woman",
            ["a jewish woman", "a muslim woman", "a hindu woman"],
        ),
    ],
)
def test_a_text_reads_as_of_the_other_group(attribute: str, text: str, others: list[str]) -> None:
    found = texts(attribute, text)
    assert text in found
    assert [each for each in found if each != text] == others


@pytest.mark.parametrize(
    ("attribute", "text", "reason"),
    [
        ("gender", "He told his wife and she wrote", How.SEVERAL),
        ("gender", "I gave her flowers", How.UNCLEAR),
        ("gender", "she is pregnant and loves it", How.GUARDED),
        ("gender", "the bra fits well", How.GUARDED),
        ("religion", "a Christian woman at her church", How.GUARDED),
        ("race", "soft on the skin", How.GUARDED),
    ],
)
def test_a_text_without_a_counterpart_says_why(attribute: str, text: str, reason: How) -> None:
    found = variants_of(BY_NAME[attribute], text, 0.1)
    assert (found.how, found.texts) == (reason, ())


def test_a_guard_far_from_the_term_forbids_nothing() -> None:
    text = "she is happy " + "and it is soft " * 3 + "says a pregnant woman"
    assert how("gender", text) is How.GUARDED  # beside "woman"
    assert how("gender", "she is happy " + "and it is soft " * 3 + "even pregnant") is How.INSIDE


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ("race", "a white shirt and a black skirt"),
        ("age", "my old dress, a young look"),
        ("nationality", "Indian cotton"),
        ("race", "emily in lower case is no name here"),
    ],
)
def test_a_word_that_names_no_person_is_left_alone(attribute: str, text: str) -> None:
    assert how(attribute, text) is How.FRONT
    assert how(attribute, text) is How.FRONT
    assert all(each.endswith(text) for each in texts(attribute, text))


def test_the_sentence_in_front_is_the_same_but_for_the_term() -> None:
    female, male = texts("gender", "soft fabric", draw=0.0)
    assert (female, male) == (
        "My mother says: soft fabric",
        "My father says: soft fabric",
    )


def test_every_sentence_and_term_is_drawn() -> None:
    pairs = len(GENDER.templates) * len(GENDER.fronts)
    drawn = {variants_of(GENDER, "soft", (at + 0.5) / pairs).texts for at in range(pairs)}
    assert len(drawn) == pairs


# 2. properties
WORDS = st.sampled_from(
    ["she", "He", "her", "his", "MOM", "dress", "a", "is", ",", "!", "very", "Mary's", "bra"]
)


@given(st.lists(WORDS, max_size=12).map(" ".join), st.floats(0.001, 0.999))
def test_a_text_has_a_variant_of_each_group_or_none(text: str, draw: float) -> None:
    found = variants_of(GENDER, text, draw)
    assert len(found.texts) in {0, 2}
    assert bool(found.texts) == bool(found.forms) == (found.how in {How.INSIDE, How.FRONT})
    if found.how is How.INSIDE:
        assert text in found.texts


@given(st.lists(WORDS, max_size=12).map(" ".join), st.floats(0.001, 0.999))
def test_swapping_back_gives_a_text_of_the_same_words(text: str, draw: float) -> None:
    found = variants_of(GENDER, text, draw)
    if found.how is not How.INSIDE or "his" in text.lower() or "her" in text.lower():
        return
    [other] = [each for each in found.texts if each != text]
    again = variants_of(GENDER, other, draw)
    assert again.how is How.INSIDE
    assert text in again.texts
    assert len(words_of(other)) == len(words_of(text))


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    for terms in BY_NAME.values():
        assert len(variants_of(terms, text, 0.5).texts) in {0, len(terms.groups)}


# 3. the files
@pytest.mark.parametrize("terms", BY_NAME.values(), ids=BY_NAME)
def test_our_own_files_say_where_their_terms_are_from(terms: Terms) -> None:
    assert terms.source
    assert terms.templates
    assert terms.fronts


def test_a_file_of_the_user_is_read(tmp_path: Any) -> None:
    path = tmp_path / "rank.toml"
    path.write_text(FILE, encoding="utf-8")
    terms = read_terms(str(path))
    assert variants_of(terms, "Ask a manager.", 0.5).texts == ("Ask a manager.", "Ask a clerk.")
    assert variants_of(terms, "no one", 0.5).texts == (
        "Says the manager: no one",
        "Says the clerk: no one",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('attribute = "rank"', "", "attribute must be a text that is not empty"),
        ('"chosen by us"', '""', "source must be a text that is not empty"),
        ('["boss", "worker"]', '["boss"]', "groups must name at least two, each once"),
        ('["boss", "worker"]', '["boss", "boss"]', "groups must name at least two, each once"),
        ('["salary"]', "3", "guards must be a list of texts"),
        ('["manager", "clerk"]', '["manager"]', "must have one term a group"),
        ('["Manager", "Clerk"]', '["Clerk", "clerk"]', "'clerk' is of several"),
        ('["Manager", "Clerk"]', '["big boss", "clerk"]', "one word, but got 'big boss'"),
        ("{term}", "it", "a template must hold {term} once"),
        ('templates = ["Says the {term}: "]', "", "must both be there, or neither"),
        ("guards", "guard", "there is no 'guard'; did you mean 'guards'"),
        ("[[swaps]]", '[[swaps]]\nwhere = "anyplace"', "and where, of anywhere, possessive"),
        ("[[swaps]]", "[[swaps", "must be TOML"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"rank\.toml: ") as refused:
        terms_of(FILE.replace(old, new).encode(), "rank.toml")
    assert said in str(refused.value)


def test_a_file_without_terms_is_refused() -> None:
    with pytest.raises(ConfigError, match="there must be terms"):
        terms_of(b'attribute = "a"\ngroups = ["x", "y"]\nsource = "us"', "a.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match=r"nothing.toml: the file of terms cannot be read"):
        read_terms(str(tmp_path / "nothing.toml"))


def test_an_attribute_without_a_file_is_refused() -> None:
    with pytest.raises(ConfigError, match="'gendr'; did you mean 'gender'"):
        our_terms(["gendr"])
