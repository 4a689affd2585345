"""A greedy search for words whose replacement turns a text's decision, by questions alone."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.texts import Texts
from audit.words import Word, replaced, words_of

Ask: TypeAlias = Callable[[Texts], Matrix]
"""From texts to the probability of each class, shape (n, k)."""
Order: TypeAlias = Callable[[Texts, NDArray[np.int64]], Sequence[Sequence[float]]]
"""From texts and their classes to the weight of each word: the heaviest is tried first."""
_Search: TypeAlias = Generator[list[str], Matrix, "Outcome"]


class Fate(StrEnum):
    """What became of a text under attack."""

    WRONG = "wrong before"
    SURVIVED = "survived"  # the search came to its end
    BROKEN = "broken"
    EXHAUSTED = "budget exhausted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the search may do.

    Attributes
    ----------
    candidates : callable
        From a word to what may stand for it; none where it must stay.
    most_changed : float
        Share of the named words of a text that may be changed, at least one word.
    queries : int
        Questions to the model about one text; the text as it is is not counted.

    """

    candidates: Callable[[str], Sequence[str]]
    most_changed: float
    queries: int

    def most_words(self, words: Sequence[Word]) -> int:
        """Return how many words of a text may be changed."""
        return max(int(self.most_changed * sum(word.named for word in words)), 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The end of the search for one text.

    Attributes
    ----------
    text : str
        The text at which the search ended: with a wrong decision if it is broken.
    changed : int
        Words that differ from the text as it was.
    queries : int
        Questions that were asked.

    """

    fate: Fate
    text: str
    changed: int = 0
    queries: int = 0


def attack(
    ask: Ask, texts: Texts, labels: NDArray[np.int64], rules: Rules, order: Order | None = None
) -> list[Outcome]:
    """Try to turn the decision about each text that is right.

    Parameters
    ----------
    ask : callable
        It is asked about all texts that still hold at once.
    texts : Texts
    labels : ndarray of int64, shape (n,)
    rules : Rules
    order : callable, optional
        It counts as one question. Left out, a word weighs what the margin loses when it is left
        out, one question a word; no more than half of the questions are spent so.

    Returns
    -------
    list of Outcome

    Notes
    -----
    Words are tried once, the heaviest first; of its candidates the one with the least margin of
    the true class is kept if it lowers the margin, as by J. Gao et al. (2018), "Black-box
    generation of adversarial text sequences to evade deep learning classifiers", and D. Jin et al.
    (2020), "Is BERT really robust?".

    """
    scores = ask(texts)
    margins = margins_of(scores, labels)
    found: list[Outcome | None] = [
        None if margin > 0 else Outcome(fate=Fate.WRONG, text=text)
        for text, margin in zip(texts.values, margins, strict=True)
    ]
    live = [row for row, each in enumerate(found) if each is None]
    weights = _weights(order, texts, labels, live)
    searches = {
        row: _greedy(texts.values[row], float(margins[row]), int(labels[row]), rules, weights[row])
        for row in live
    }
    _together(ask, texts, searches, found)
    return [each for each in found if each is not None]


def margins_of(scores: Matrix, labels: NDArray[np.int64]) -> Matrix:
    """Return by how much the true class leads; at most 0 if it is not known or not decided for."""
    rows = np.arange(len(labels))
    own = scores[rows, labels]
    others = scores.copy()
    others[rows, labels] = -np.inf
    lead = np.asarray(own - others.max(axis=1))
    won = scores.argmax(axis=1) == labels
    return np.where(won, np.maximum(lead, _LEAST), np.where(labels < 0, 0, np.minimum(lead, 0)))


_LEAST: Final = 1e-12
"""The margin of a tie that the first class wins."""


def _weights(
    order: Order | None, texts: Texts, labels: NDArray[np.int64], live: list[int]
) -> dict[int, Sequence[float] | None]:
    if order is None or not live:
        return dict.fromkeys(live)
    rows = np.array(live, dtype=np.int64)
    return dict(zip(live, order(texts.take(rows), labels[rows]), strict=True))


def _together(
    ask: Ask, texts: Texts, searches: dict[int, _Search], found: list[Outcome | None]
) -> None:
    """Lead all searches side by side: each round is one question about many texts."""
    waiting: dict[int, list[str]] = {}
    for row, search in searches.items():
        _advance(row, search, None, waiting, found)
    while waiting:
        rows = [row for row, proposed in waiting.items() for _ in proposed]
        values = [text for proposed in waiting.values() for text in proposed]
        answers = ask(texts.take(np.array(rows, dtype=np.int64)).having(values))
        ends = np.cumsum([len(proposed) for proposed in waiting.values()])
        parts = np.split(answers, ends[:-1])
        asked, waiting = waiting, {}
        for row, part in zip(asked, parts, strict=True):
            _advance(row, searches[row], part, waiting, found)


def _advance(
    row: int,
    search: _Search,
    answers: Matrix | None,
    waiting: dict[int, list[str]],
    found: list[Outcome | None],
) -> None:
    try:
        waiting[row] = next(search) if answers is None else search.send(answers)
    except StopIteration as end:
        found[row] = end.value


def _greedy(
    text: str, margin: float, label: int, rules: Rules, weights: Sequence[float] | None
) -> _Search:
    """Search for one text; it yields what it wants to know, and is sent the scores."""
    words = words_of(text)
    offers = {at: [*rules.candidates(word.text)] for at, word in enumerate(words) if word.named}
    places = [at for at, offered in offers.items() if offered]
    spent = 0 if weights is None else 1
    if weights is None:
        weights, spent = yield from _omitted(text, words, places, label, rules.queries // 2)
    kept: dict[int, str] = {}
    behind = len(weights)  # words that are not read weigh nothing
    for at in sorted(places, key=lambda place: -weights[place] if place < behind else 0.0):
        room = rules.queries - spent
        if len(kept) >= rules.most_words(words):
            break
        if room < 1:
            return _ended(Fate.EXHAUSTED, text, words, kept, spent)
        tries = [{**kept, at: new} for new in offers[at][:room]]
        scores = yield [replaced(text, words, each) for each in tries]
        left = margins_of(scores, np.full(len(tries), label))
        if left.min() <= 0:
            first = int(np.argmax(left <= 0))  # questions are asked one by one
            return _ended(Fate.BROKEN, text, words, tries[first], spent + first + 1)
        spent += len(tries)
        if left.min() < margin:
            margin, kept = float(left.min()), tries[int(left.argmin())]
    return _ended(Fate.SURVIVED, text, words, kept, spent)


def _omitted(
    text: str, words: list[Word], places: list[int], label: int, most: int
) -> Generator[list[str], Matrix, tuple[list[float], int]]:
    """Weigh words by what the margin is without them."""
    weights = [-np.inf] * len(words)
    asked = places[:most]
    if len(places) > 1 and asked:
        scores = yield [replaced(text, words, {at: ""}) for at in asked]
        left = margins_of(scores, np.full(len(asked), label))
        for at, margin in zip(asked, left.tolist(), strict=True):
            weights[at] = -margin
        return weights, len(asked)
    return weights, 0


def _ended(fate: Fate, text: str, words: list[Word], kept: dict[int, str], spent: int) -> Outcome:
    return Outcome(fate=fate, text=replaced(text, words, kept), changed=len(kept), queries=spent)
