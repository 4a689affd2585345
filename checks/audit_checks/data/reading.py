"""How much of the texts a model reads: what is cut off, and what is not in its vocabulary."""

from dataclasses import replace
from typing import Final

import numpy as np

from audit.protocol import Need
from audit.results import Answer, Better, Finding, Metric, Question
from audit.stats.arrays import Floats
from audit.stats.counts import Count
from audit.stats.means import mean
from audit.stats.proportions import rate
from audit.subjects import Subject
from audit.text_predictors import ReadsTokens
from audit_checks.amounts import amounts_of
from audit_checks.refusals import too_few

_CUT: Final = "truncated_share"
READING: Final = (
    Metric(
        name=_CUT,
        better=Better.LOW,
        function="audit.stats.proportions.rate",
        needs=(Need.TEXT_MODEL,),
    ),
    Metric(
        name="unknown_token_share",
        better=Better.LOW,
        function="audit.stats.means.mean",
        needs=(Need.TEXT_MODEL,),
    ),
)


def reading_of(question: Question, model: ReadsTokens, subject: Subject, level: float) -> Answer:
    """Answer one of them for all texts; a text of many tokens counts as one of few."""
    read, amounts = model.reading(subject.texts), amounts_of(subject.units)
    if refused := too_few(question, amounts.rows):
        return refused
    if question.metric == _CUT:
        count = amounts.count(read.truncated)
        best = rate(Count(k=0, n=count.n), level=level).high
        found = replace(rate(count, level=level), attainable=best, flawless=0.0)
        longest = {"longest": int(read.tokens.max()), "cut off": int(read.truncated.sum())}
        return Finding(question=question, estimate=found, details=longest)
    shares: Floats = read.unknown / np.maximum(read.tokens, 1)
    none = mean(np.zeros(amounts.rows), level=level, bounds=(0, 1)).high
    found = amounts.mean(shares, level=level, bounds=(0.0, 1.0))
    told = {"tokens": int(read.tokens.sum()), "unknown tokens": int(read.unknown.sum())}
    return Finding(
        question=question,
        estimate=replace(found, attainable=none, flawless=0.0),
        details=told,
    )
