"""The reasons of several checks why there is no number; a page finds their words by the text."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.packages import LACKING, PackageMissingError
from audit.results import Cause, Question, Unmeasured
from audit.stats.ranking import LEAST_EVENTS

_LEAST_OF_A_MEAN: Final = 2


def weighted(question: Question) -> Unmeasured:
    """Say that sampling weights have no part in a metric."""
    reason = "{metric} of weighted rows is not defined yet"
    params = {"metric": question.metric}
    return Unmeasured(question=question, reason=reason, cause=Cause.NEED, params=params)


def one_class(question: Question) -> Unmeasured:
    """Say that there is nothing to tell apart."""
    return Unmeasured(question=question, reason="needs two classes, but there is one")


def no_rows_of(question: Question, classes: list[str]) -> Unmeasured:
    """Name the classes without rows."""
    params = {"classes": ", ".join(classes)}
    return Unmeasured(question=question, reason="no rows of class {classes}", params=params)


def impossible(question: Question, rows: int) -> Unmeasured:
    """Say that a true class was held to be impossible."""
    reason = "the score of the true class is exactly 0 in {rows} rows, which costs an infinite loss"
    return Unmeasured(question=question, reason=reason, params={"rows": f"{rows:,}"})


def too_few(question: Question, rows: int, least: int = _LEAST_OF_A_MEAN) -> Unmeasured | None:
    """Refuse fewer rows than a number needs; a mean needs two."""
    if rows >= least:
        return None
    reason = "needs at least {least} rows, but got {rows}"
    params = {"least": str(least), "rows": str(rows)}
    return Unmeasured(question=question, reason=reason, params=params)


def few_events(question: Question, positive: NDArray[np.bool_]) -> Unmeasured | None:
    """Refuse an area under a curve with too few steps."""
    events = int(np.count_nonzero(positive))
    others = len(positive) - events
    if min(events, others) >= LEAST_EVENTS:
        return None
    reason = "needs at least {least} rows of either outcome, but got {events} and {others}"
    params = {"least": str(LEAST_EVENTS), "events": f"{events:,}", "others": f"{others:,}"}
    return Unmeasured(question=question, reason=reason, params=params)


def lost(question: Question, ids: int) -> Unmeasured | None:
    """Refuse a paired loss where an answer of the predecessor has no successor."""
    if not ids:
        return None
    reason = "{lost} ids that the predecessor answered have no answer now"
    return Unmeasured(question=question, reason=reason, params={"lost": f"{ids:,}"})


def unpaired(question: Question, why: str) -> Unmeasured:
    """Pass on why two versions cannot be paired."""
    return Unmeasured(question=question, reason=why, cause=Cause.NEED)


def lacking(question: Question, problem: PackageMissingError) -> Unmeasured:
    """Name the package that a metric needs, where the rest of its check needs none."""
    params = problem.params
    return Unmeasured(question=question, reason=LACKING, cause=Cause.NEED, params=params)
