"""Do explanations stay when a word that hardly matters is misspelt?"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from audit.attributions.text_chance import random_word_values
from audit.inputs import Matrix
from audit.protocol import Context
from audit.results import Answer, Json, Question
from audit.subjects import Subject
from audit.texts import Texts
from audit.words import Word, replaced, words_of
from audit_checks.explanation.asking import How
from audit_checks.explanation.changes import Moved, jumps
from audit_checks.explanation.text_asking import silent, text_explained
from audit_checks.refusals import too_few

_LETTERS: Final = 4
"""Of a word whose two middle letters can be swapped."""


def texts_stable(
    subject: Subject,
    how: How,
    question: Question,
    moved: Moved,
    context: Context,
) -> Iterator[Answer]:
    """Explain each text before and after a word was misspelt.

    The word is drawn from the half of a text's words that count least.
    """
    found = text_explained(subject, how)
    if refusal := silent(question, found):
        yield refusal
        return
    values = found.attribution.values
    misspelt = texts_misspelt(found.texts, values, how.seed)
    nudged = misspelt.values != found.texts.values
    after = found.model.predict(misspelt)[np.arange(len(misspelt)), found.targets]
    still = nudged & (np.abs(after - found.scores) < moved.score)
    if refusal := too_few(question, int(still.sum())):
        yield refusal
        return
    again = found.way.explain(misspelt.take(still), found.targets[still])
    before = found.attribution.values[still][:, : again.values.shape[1]]
    details: dict[str, Json] = {
        **found.details,
        "rows whose score moved": int((nudged & ~still).sum()),
        "texts without a word to misspell": int((~nudged).sum()),
    }
    yield jumps(question, before, again.values, moved, details, level=context.confidence)


def texts_misspelt(texts: Texts, values: Matrix, seed: int) -> Texts:
    """Swap two letters of one word in each text, of those that count less than half of them do."""
    drawn = random_word_values(texts, "misspelt", seed)
    made = []
    for row, text in enumerate(texts.values):
        words = words_of(text)
        size = np.abs(values[row, : len(words)])
        fitting = [
            place
            for place, word in enumerate(words)
            if size[place] <= np.median(size) and _swapped(word) != word.text
        ]
        if not fitting:
            made.append(text)
            continue
        place = max(fitting, key=lambda each: (drawn[row, each], each))
        made.append(replaced(text, words, {place: _swapped(words[place])}))
    return texts.having(made)


def _swapped(word: Word) -> str:
    """Swap the two middle letters of a word; one that is short or has others stays."""
    text = word.text
    if len(text) < _LETTERS or not text.isalpha():
        return text
    at = len(text) // 2 - 1
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
