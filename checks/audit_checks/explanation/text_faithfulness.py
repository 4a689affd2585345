"""Do the words that an explanation names first move the score more than others?"""

from collections.abc import Callable, Iterator

import numpy as np

from audit.attributions.text_chance import random_word_values
from audit.inputs import Matrix
from audit.protocol import Context
from audit.results import Answer, Better, Finding, Json, Metric, Question
from audit.subjects import Subject
from audit_checks.explanation.asking import How
from audit_checks.explanation.gains import beyond_chance
from audit_checks.explanation.text_asking import TextExplained, text_explained
from audit_checks.explanation.text_removal import (
    Filling,
    TextRemoval,
    drawn_words,
    masks,
    order_of_words,
)

TEXT_BASELINES = ("masked", "resampled")


def texts_faithful(  # noqa: PLR0913, PLR0917 - what a check hands on
    subject: Subject,
    how: How,
    metrics: tuple[Metric, ...],
    shares: tuple[float, ...],
    ask: Callable[[str, str], Question],
    context: Context,
) -> Iterator[Answer]:
    """Explain once, then remove words in the order of the attributions and in a random one."""
    found = text_explained(subject, how)
    for baseline in TEXT_BASELINES:
        removal = TextRemoval(
            model=found.model,
            texts=found.texts,
            targets=found.targets,
            scores=found.scores,
            filling=_filling(subject, found, baseline),
            shares=shares,
        )
        ours = removal.loss(order_of_words(found.attribution.values, found.texts, how.seed))
        drawn = random_word_values(found.texts, "order", how.seed)
        chance = removal.loss(order_of_words(drawn, found.texts, how.seed))
        for metric, mine, theirs in (
            (metrics[0], ours.without, chance.without),
            (metrics[1], ours.alone, chance.alone),
        ):
            details = found.details | _shown(metric, shares, mine, theirs)
            if metric is metrics[0] and baseline == TEXT_BASELINES[0]:
                details |= found.examples(range(len(found.texts)), shown=context.examples)
            yield Finding(
                question=ask(metric.name, baseline),
                estimate=beyond_chance(metric.better, mine, theirs, context.confidence),
                details=details,
            )


def _filling(subject: Subject, found: TextExplained, baseline: str) -> Filling:
    if baseline == TEXT_BASELINES[0]:
        return masks(found.model)
    others = subject.texts if subject.reference_texts is None else subject.reference_texts
    return drawn_words(found.texts, others, "faithfulness", found.seed)


def _shown(
    metric: Metric, shares: tuple[float, ...], mine: Matrix, theirs: Matrix
) -> dict[str, Json]:
    """Return both plain values, and the loss at each share of removed words."""
    first = metric.better is Better.HIGH
    ascending = np.argsort(shares if first else [1 - share for share in shares])
    removed = np.array(shares if first else [round(1 - share, 9) for share in shares])
    return {
        "orders": 1,
        "attributed": float(mine.mean()),
        "random": float(theirs.mean()),
        "curve": {
            "removed": removed[ascending].tolist(),
            "attributed": mine.mean(axis=1)[ascending].tolist(),
            "random": theirs.mean(axis=1)[ascending].tolist(),
        },
    }
