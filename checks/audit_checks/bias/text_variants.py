"""A text as it would read of each group: its terms swapped, or a sentence put in front."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from audit.words import Word, replaced, words_of
from audit_checks.bias.term_files import SLOT, Form, Terms, Where


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEAR: Final = 8
"""Words to either side of a term in which a guard forbids the swap."""
_APOSTROPHES: Final = "'\u2019"
_EITHER: Final = "her"
"""It owns or receives; "his" before a noun always owns."""
_ARTICLES: Final = frozenset({"a", "an"})
_PERSONS: Final = _words(
    "man men woman women person people guy guys girl girls boy boys lady ladies gentleman "
    "gentlemen adult adults child children kid kids customer customers neighbor "
    "neighbour neighbors neighbours colleague coworker family families couple couples student "
    "students mother father mom mum dad sister sisters brother brothers daughter daughters son "
    "sons aunt uncle cousin wife husband model models reviewer reviewers shopper shoppers"
)
_NO_NOUNS: Final = _words(
    "a an the this that these those and or but nor so yet if because when while as than then to "
    "in on at by for with from of about into over after before during without under through up "
    "down out off is was are were be been has had have does did do will would can could should "
    "may might must not too also again always never now today yesterday tomorrow here there "
    "very really who which what where how i you he she it we they my your our their"
)
"""Words before which "her" owns nothing."""
_TAKES_TWO: Final = _words(
    "gave give gives giving got get gets getting told tell tells bought buy buys sent send sends "
    "made make makes let lets saw see sees helped help show showed shows offered offer asked ask "
    "brought bring found find cost costs keeps keep kept"
)
"""Words after which "her" may own what follows, or receive it."""


class How(StrEnum):
    """How a text came to its variants, or why it has none."""

    INSIDE = "terms swapped"
    FRONT = "sentence in front"
    SEVERAL = "names several groups"
    UNCLEAR = "a term is ambiguous"
    GUARDED = "fits one group only"
    NONE = "names no group"


@dataclass(frozen=True, kw_only=True, slots=True)
class Variants:
    """A text of each group, in the order of the groups; none where there is a reason."""

    how: How
    texts: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    """The terms that differ."""


@dataclass(frozen=True, slots=True)
class _Found:
    place: int
    group: int
    form: Form


def variants_of(terms: Terms, text: str, draw: float) -> Variants:
    """Return the variants of a text.

    Parameters
    ----------
    terms : Terms
    text : str
    draw : float, in (0, 1)
        Chooses the sentence and the terms for a text that names no group.

    """
    words = words_of(text)
    found = [*_terms_in(terms, words)]
    if any(each is None for each in found):
        return Variants(how=How.UNCLEAR)
    known = [each for each in found if each is not None]
    if len({each.group for each in known}) > 1:
        return Variants(how=How.SEVERAL)
    if _guarded(terms, words, known):
        return Variants(how=How.GUARDED)
    if known:
        return _inside(terms, text, words, known)
    if terms.templates:
        return _in_front(terms, text, draw)
    return Variants(how=How.NONE)


def _terms_in(terms: Terms, words: list[Word]) -> Iterator[_Found | None]:
    """Yield the terms of a text; None for one that cannot be told."""
    forms = _by_word(terms)
    for place, word in enumerate(words):
        held = forms.get(_stem(word.text).lower(), ())
        fitting = [each for each in held if _stands(each.form.where, words, place)]
        if fitting:
            yield _Found(place, fitting[0].group, fitting[0].form)
        elif any(each.form.where in {Where.POSSESSIVE, Where.OBJECT} for each in held):
            yield None


@cache
def _by_word(terms: Terms) -> dict[str, list[_Found]]:
    found: dict[str, list[_Found]] = {}
    for form in terms.swaps:
        for group, term in enumerate(form.terms):
            found.setdefault(term.lower(), []).append(_Found(-1, group, form))
    return found


def _stands(where: Where, words: list[Word], place: int) -> bool:
    after = words[place + 1].text if place + 1 < len(words) else ""
    following, named = _stem(after).lower(), after[:1].isalnum()
    owns = named and following not in _NO_NOUNS
    before = words[place - 1].text.lower() if place else ""
    match where:
        case Where.ANYWHERE:
            return True
        case Where.NAME:
            return words[place].text[0].isupper()
        case Where.PERSON:
            return following in _PERSONS
        case Where.POSSESSIVE:
            unsure = _stem(words[place].text).lower() == _EITHER and before in _TAKES_TWO
            return owns and not unsure
        case Where.OBJECT:
            return not owns


def _guarded(terms: Terms, words: list[Word], found: list[_Found]) -> bool:
    """Say whether a guard stands near a term, or anywhere in a text that has none."""
    guards = [p for p, word in enumerate(words) if _stem(word.text).lower() in terms.guards]
    if not found:
        return bool(guards)
    return any(abs(guard - each.place) <= NEAR for guard in guards for each in found)


def _inside(terms: Terms, text: str, words: list[Word], found: list[_Found]) -> Variants:
    own = found[0].group
    made = []
    for group in range(len(terms.groups)):
        new: dict[int, str] = {}
        for each in found:
            term = _like(words[each.place].text, each.form.terms[group])
            new |= {each.place: term} | _article(words, each.place, term)
        made.append(text if group == own else replaced(text, words, new))
    return Variants(
        how=How.INSIDE,
        texts=tuple(made),
        forms=tuple(dict.fromkeys(each.form for each in found)),
    )


def _in_front(terms: Terms, text: str, draw: float) -> Variants:
    at = int(draw * len(terms.templates) * len(terms.fronts))
    template, form = terms.templates[at // len(terms.fronts)], terms.fronts[at % len(terms.fronts)]
    texts = tuple(template.replace(SLOT, term) + text for term in form.terms)
    return Variants(how=How.FRONT, texts=texts, forms=(form,))


def _stem(word: str) -> str:
    """Return a word without 's and the like."""
    ends = [place for mark in _APOSTROPHES if (place := word.find(mark)) > 0]
    return word[: min(ends)] if ends else word


def _like(word: str, term: str) -> str:
    """Write a term as a word is written: its capitals and its ending."""
    stem = _stem(word)
    if len(stem) > 1 and stem.isupper():
        written = term.upper()
    elif stem[0].isupper():
        written = term[0].upper() + term[1:]
    else:
        written = term.lower()
    return written + word[len(stem) :]


def _article(words: list[Word], place: int, term: str) -> dict[int, str]:
    """Let "a" and "an" before a term fit it."""
    if not place or (before := words[place - 1].text).lower() not in _ARTICLES:
        return {}
    fitting = "an" if term[0].lower() in "aeiou" else "a"
    return {place - 1: _like(before if before != "A" else "Aa", fitting)}


def places_of(terms: Terms, words: list[Word]) -> list[int]:
    """Return the places of words that name a group, also of those that could name two."""
    forms = _by_word(terms)
    return [
        place
        for place, word in enumerate(words)
        for held in [forms.get(_stem(word.text).lower(), ())]
        if any(
            each.form.where in {Where.POSSESSIVE, Where.OBJECT}
            or _stands(each.form.where, words, place)
            for each in held
        )
    ]
