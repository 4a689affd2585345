"""Texts of the data as a record may hold them, where the config asks for examples.

An example is a mapping that JSON can hold. Its `parts` are the text in pieces: `text` as it is
read; `was`, what stood there before a probe; `value`, what it added to the score of `class`.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from audit.results import Json
from audit.words import Word, words_of

MOST: Final = 5
"""Examples of one answer."""
LONGEST: Final = 600
"""Characters of an example; the rest is left out and marked."""
_CUT: Final = "…"
_BEFORE: Final = 200
"""Characters that are shown before the first change of a long text."""


def changed(before: str, after: str) -> list[Json]:
    """Return a changed text in parts; those that are new say what they were.

    Examples
    --------
    >>> changed("a good dress", "a bad dress")
    [{'text': 'a '}, {'text': 'bad', 'was': 'good'}, {'text': ' dress'}]

    """
    start = _start(before, after)
    old, new = (_pieces(text[start : start + 2 * LONGEST]) for text in (before, after))
    found: list[Json] = [{"text": _CUT}] if start else []
    matched = SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    for kind, old_from, old_to, new_from, new_to in matched:
        now, was = "".join(new[new_from:new_to]), "".join(old[old_from:old_to])
        found.append({"text": now} if kind == "equal" else {"text": now, "was": was})
    return _short(found)


def marked(text: str, values: Sequence[float]) -> list[Json]:
    """Return a text in parts; each word says its value.

    Parameters
    ----------
    text : str
    values : sequence of float
        One a word of `audit.words.words_of`; behind the last, none.

    Examples
    --------
    >>> marked("so good", [0.1, 0.5])
    [{'text': 'so', 'value': 0.1}, {'text': ' '}, {'text': 'good', 'value': 0.5}]

    """
    found: list[Json] = []
    at = 0
    for word, value in zip(words_of(text), values, strict=False):
        if word.start > at:
            found.append({"text": text[at : word.start]})
        found.append({"text": word.text, "value": round(float(value), 4)})
        at = word.end
    if at < len(text):
        found.append({"text": text[at:]})
    return _short(found)


def _start(before: str, after: str) -> int:
    """Return where a change is shown from: the start of a word, if it lies far inside."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(before), len(after)))
    if len(after) <= LONGEST or same <= _BEFORE:
        return 0
    return next((w.start for w in words_of(after[:same]) if w.start >= same - _BEFORE), same)


def _pieces(text: str) -> list[str]:
    """Return words and what is between them."""
    found, at = [], 0
    for word in [*words_of(text), Word(len(text), len(text), "")]:
        found += [each for each in (text[at : word.start], word.text) if each]
        at = word.end
    return found


def _short(parts: list[Json]) -> list[Json]:
    held: list[Json] = []
    room = LONGEST
    for part in parts:
        if not isinstance(part, dict):
            continue
        text = str(part["text"])
        if len(text) > room:
            return [*held, {**part, "text": text[:room] + _CUT}]
        held.append(part)
        room -= len(text)
    return [*held]
