"""Do the attributions of a text's words sum to what they are meant to explain?"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.attributions.gaps import LEAST_CHANGE, relative_gap
from audit.attributions.text_partition import hidden, mask_of
from audit.inputs import Matrix
from audit.protocol import Context
from audit.results import Answer, Finding, Json, Question
from audit.subjects import Subject
from audit.text_predictors import ReadsTokens
from audit.texts import as_array
from audit.words import words_of
from audit_checks.explanation.asking import How
from audit_checks.explanation.shares import flawed_share
from audit_checks.explanation.text_asking import TextExplained, silent, text_explained

_AGREES = 1e-3
_FEWEST_ALIKE = 3


def texts_complete(
    subject: Subject, how: How, question: Question, tolerance: float, context: Context
) -> Iterator[Answer]:
    """Explain, and hold the sums against the outputs."""
    from scipy.special import expit

    found = text_explained(subject, how)
    if refusal := silent(question, found):
        yield refusal
        return
    gap, output = relative_gap(found.attribution), found.attribution.output
    another = (np.abs(output - found.scores) > _AGREES) & (
        np.abs(expit(output) - found.scores) > _AGREES
    )
    unequal = another_base(found, tolerance)
    flawed = (gap > tolerance) | another | unequal
    details: dict[str, Json] = {
        **found.details,
        "tolerance": tolerance,
        "rows with another output": int(another.sum()),
        "rows with another base": int(unequal.sum()),
        "gap": {
            "median": float(np.median(gap)),
            "p95": float(np.quantile(gap, 0.95)),
            "largest": float(gap.max()),
        },
        **_steps(found.attribution.steps),
        **found.examples(range(len(gap)), shown=context.examples),
    }
    estimate = flawed_share(flawed, level=context.confidence)
    yield Finding(question=question, estimate=estimate, details=details)


def another_base(found: TextExplained, tolerance: float) -> NDArray[np.bool_]:
    """Say which texts start from a base that neither the model nor another text knows.

    A base may be what the model answers to a text of as many masks, tokens or words, or to no
    text; or the same as in most texts of as many tokens and of the same class. One of a text's own
    can only be made up: any attributions add up from some base.
    """
    from scipy.special import expit

    base, near = found.attribution.base, tolerance * LEAST_CHANGE
    known = np.zeros(len(base), dtype=np.bool_)
    for answers in _to_nothing(found):
        known |= np.abs(base - answers) <= max(near, _AGREES)
        known |= np.abs(expit(base) - answers) <= max(near, _AGREES)
    kinds = np.column_stack([found.targets, _lengths(found)])
    for kind in np.unique(kinds, axis=0):
        rows = np.flatnonzero((kinds == kind).all(axis=1))
        if len(rows) >= _FEWEST_ALIKE:
            known[rows] |= np.abs(base[rows] - np.median(base[rows])) <= near
    return ~known


def _to_nothing(found: TextExplained) -> Iterator[Matrix]:
    """Yield the score of each text's target where the text is masked or left out."""
    mask = mask_of(found.model)
    held = [words_of(text) for text in found.texts.values]
    asked = [
        [" ".join([mask] * int(length)) for length in _lengths(found)],
        [
            hidden(text, words, np.ones(len(words), dtype=np.bool_), mask)
            for text, words in zip(found.texts.values, held, strict=True)
        ],
        [""] * len(found.texts),
    ]
    for values in asked:
        texts = found.texts.having([*as_array(values)])
        yield found.model.predict(texts)[np.arange(len(texts)), found.targets]


def _lengths(found: TextExplained) -> NDArray[np.int64]:
    if not isinstance(found.model, ReadsTokens):
        return np.zeros(len(found.texts), dtype=np.int64)
    tokens = found.model.tokens(found.texts)
    lengths: NDArray[np.int64] = (tokens.held & ~tokens.special).sum(axis=1)
    return lengths


def _steps(steps: NDArray[np.int64]) -> dict[str, Json]:
    used, rows = np.unique(steps[steps > 0], return_counts=True)
    if not len(used):
        return {}
    return {"rows by steps": dict(zip(map(str, used.tolist()), rows.tolist(), strict=True))}
