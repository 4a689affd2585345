"""How much of the model's decisions is attributed to words that name a group of people?"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.attributions.text_words import what_is_read
from audit.inputs import Matrix
from audit.protocol import Context
from audit.results import Answer, Finding, Json, Question, Unmeasured
from audit.subjects import Subject
from audit.texts import Texts
from audit.words import words_of
from audit_checks.bias.term_files import Terms
from audit_checks.bias.text_variants import places_of
from audit_checks.explanation.asking import How
from audit_checks.explanation.shares import mean_share
from audit_checks.explanation.text_asking import (
    TextExplained,
    reader_of,
    silent,
    speaking,
    text_explained,
    with_words,
)

_FEWEST = 10
FEW_TERMS = "needs at least {least} texts that name a group of people, but got {rows}"
_SHOWN = 10


def texts_sensitive(  # noqa: PLR0913, PLR0917 - what a check hands on
    subject: Subject,
    how: How,
    question: Question,
    terms: Sequence[Terms],
    further: Sequence[str],
    context: Context,
) -> Iterator[Answer]:
    """Explain texts that name a group, and take the share of the words that do."""
    texts = what_is_read(reader_of(subject), with_words(subject.texts))
    named = np.array([bool(named_places(text, terms, further)) for text in texts.values])
    rows = int(np.count_nonzero(named))
    if rows < _FEWEST:
        params = {"least": str(_FEWEST), "rows": f"{rows:,}"}
        yield Unmeasured(question=question, reason=FEW_TERMS, params=params)
        return
    found = text_explained(subject, how, texts.take(named))
    if refusal := silent(question, found):
        yield refusal
        return
    sensitive = _sensitive(found.texts, found.attribution.values.shape[1], terms, further)
    size, held = np.abs(found.attribution.values), speaking(found)
    shares = size[held] / size[held].sum(axis=1, keepdims=True)
    marked = np.where(sensitive[held], shares, 0.0)
    yield Finding(
        question=question,
        estimate=mean_share(marked.sum(axis=1), level=context.confidence),
        details={
            **found.details,
            "texts that name a group": rows,
            "texts that name none": len(texts) - rows,
            "share of the words": float(_word_share(found.texts, sensitive)),
            "rows without attributions": int((~held).sum()),
            "sources of the terms": [each.origin for each in terms],
            "shares": _largest(found, size, sensitive, held),
            **found.examples(range(len(held)), shown=context.examples),
        },
    )


def named_places(text: str, terms: Sequence[Terms], further: Sequence[str]) -> list[int]:
    """Return the places of words that name a group, or are named by the settings."""
    words, more = words_of(text), {each.lower() for each in further}
    found = {place for each in terms for place in places_of(each, words)}
    found |= {place for place, word in enumerate(words) if word.text.lower() in more}
    return sorted(found)


def _sensitive(
    texts: Texts, width: int, terms: Sequence[Terms], further: Sequence[str]
) -> NDArray[np.bool_]:
    found = np.zeros((len(texts), width), dtype=np.bool_)
    for row, text in enumerate(texts.values):
        places = [place for place in named_places(text, terms, further) if place < width]
        found[row, places] = True
    return found


def _word_share(texts: Texts, sensitive: NDArray[np.bool_]) -> float:
    """Return the mean share of the words that name a group: what they would get by chance."""
    words = np.array([len(words_of(text)) for text in texts.values])
    return float((sensitive.sum(axis=1) / words).mean())


def _largest(
    found: TextExplained, size: Matrix, sensitive: NDArray[np.bool_], held: NDArray[np.bool_]
) -> list[Json]:
    """Return the terms that take most, by their mean share in the texts that hold them."""
    taken: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for row in np.flatnonzero(held):
        words = words_of(found.texts.values[row])
        for place in np.flatnonzero(sensitive[row]):
            term = _without_ending(words[place].text.lower())
            taken[term] += size[row, place] / size[row].sum()
            times[term] += 1
    means = {term: taken[term] / times[term] for term in taken}
    order = sorted(means, key=lambda term: (-means[term], term))
    return [[term, float(means[term])] for term in order[:_SHOWN]]


def _without_ending(word: str) -> str:
    """Return a word without what follows an apostrophe, as it stands in a list of terms."""
    return word.partition("'")[0].partition("\u2019")[0]
