"""Simple statements about texts: how long they are, what stands in them, what they are about."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.predictors import Model
from audit.subjects import Subject
from audit.text_predictors import Embeds, ReadsTokens
from audit.texts import Texts
from audit.words import words_of
from audit_checks.robustness.embedded import clusters_of, embedded
from audit_checks.robustness.predicates import Predicate, cuts
from audit_checks.robustness.word_files import our_groups

FREQUENT: Final = 100
"""Texts in which a word must stand to be shown: then it says as little about one of them as the
level of a category does."""
_TELLING: Final = 3
"""Words by which a cluster is named."""
_SHARE: Final = 0.2
"""Of the texts of a cluster, in which a word that names it must stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SoughtInTexts:
    """What is looked for in texts.

    Attributes
    ----------
    words : int
        The most frequent ones of those in at least `least` texts.
    least : int
    clusters : int
    examples : bool
        Whether words that are not frequent may be shown.
    seed : int

    """

    words: int
    least: int
    clusters: int
    examples: bool
    seed: int


def text_predicates(
    subject: Subject, first: NDArray[np.bool_], settings: SoughtInTexts
) -> Iterator[Predicate]:
    """Describe the texts under test; `first` is the half on which clusters are found."""
    texts = subject.texts
    named = [[word.text for word in words_of(each) if word.named] for each in texts.values]
    lengths = np.array([len(held) for held in named], dtype=np.float64)
    yield from cuts("words", lengths, lengths)
    small = [{word.lower() for word in held} for held in named]
    for name, holds in _marks(texts, small):
        for answer, held in (("yes", holds), ("no", ~holds)):
            yield Predicate(name=f"{name} = {answer}", about=name, holds=held)
    model: object = subject.text_model
    if isinstance(model, ReadsTokens):
        reading = model.reading(texts)
        unknown = reading.unknown / np.maximum(reading.tokens, 1)
        yield from cuts("share of unknown tokens", unknown, unknown)
    frequent = _Frequent(small, settings)
    yield from frequent.predicates()
    if settings.clusters and isinstance(model, Embeds):
        yield from _clusters(cast("Model[Texts]", model), texts, first, frequent, settings)


def _marks(texts: Texts, words: Sequence[set[str]]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    _, negations = our_groups("kept")
    yield "negation", _flags(bool(held & {*negations}) for held in map(_plain, words))
    for name, marks in (("question mark", "?\uff1f"), ("exclamation mark", "!\uff01")):
        yield name, _flags(any(mark in text for mark in marks) for text in texts.values)


def _plain(words: set[str]) -> set[str]:
    return {word.replace("\u2019", "'") for word in words}


def _flags(values: Iterable[bool]) -> NDArray[np.bool_]:
    return np.array([*values], dtype=np.bool_)


class _Frequent:
    """The words that stand in many texts, the most frequent first."""

    def __init__(self, texts: Sequence[set[str]], settings: SoughtInTexts) -> None:
        self.counts = Counter(word for held in texts for word in held)
        order = sorted(self.counts, key=lambda word: (-self.counts[word], word))
        held = [w for w in order if settings.least <= self.counts[w] <= len(texts) - settings.least]
        self.words = held[: settings.words]
        self.examples = settings.examples
        self._held = {word: _flags(word in held for held in texts) for word in self.words}

    def predicates(self) -> Iterator[Predicate]:
        """Say of each word in which texts it stands."""
        for place, word in enumerate(self.words, start=1):
            said = f"word “{word}”" if self.shown(word) else f"word {place}"
            yield Predicate(name=f"{said} = yes", about=said, holds=self.holds(word))

    def shown(self, word: str) -> bool:
        """Say whether a word may stand in a record."""
        return self.examples or self.counts[word] >= FREQUENT

    def holds(self, word: str) -> NDArray[np.bool_]:
        """Say which texts hold a word."""
        return self._held[word]

    def telling(self, inside: NDArray[np.bool_]) -> list[str]:
        """Return the words that stand in a part of the texts much more often than in all."""
        shares = []
        for word in self.words:
            held = self.holds(word)
            share = float(held[inside].mean()) if inside.any() else 0.0
            if self.shown(word) and share >= _SHARE:
                shares.append((-share / float(held.mean()), word))
        return [word for _, word in sorted(shares)[:_TELLING]]


def _clusters(
    model: Model[Texts],
    texts: Texts,
    first: NDArray[np.bool_],
    frequent: _Frequent,
    settings: SoughtInTexts,
) -> Iterator[Predicate]:
    places: Matrix = embedded(model, texts)
    order = np.argsort(texts.keys, kind="stable")
    found = clusters_of(places, order[first[order]], settings.clusters, settings.seed)
    for cluster in range(settings.clusters):
        inside = found == cluster
        telling = ", ".join(frequent.telling(inside))
        name = f"cluster = {cluster + 1}" + (f" ({telling})" if telling else "")
        yield Predicate(name=name, about="cluster", holds=inside)
