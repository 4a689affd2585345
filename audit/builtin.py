"""The gates that every run has: enough rows, and nothing unanswered that was answered before."""

from collections.abc import Collection, Iterable

from audit.limits import Limit
from audit.record import ANSWERED_BEFORE, EXPECTED_ROWS, RUN, Gate, Predecessor
from audit.results import Answer, Finding, Question, Unmeasured
from audit.stats.exact import exact_count

_ROWS = Question(check=RUN, metric="expected_rows")
_ANSWERED = Question(check=RUN, metric="answered_before")
_LEVEL = 0.95
_NAMED = 5


def expected_rows(expected: int, rows: int) -> tuple[Gate, Answer]:
    """Judge the rows of the table against `[data.expect] rows`."""
    gate = Gate(
        name=EXPECTED_ROWS,
        check=RUN,
        metric=_ROWS.metric,
        limit=Limit.at_least(expected),
        why="[data.expect] rows",
    )
    if rows < expected:
        params = {"expected": f"{expected:,}", "rows": f"{rows:,}"}
        reason = "{expected} rows were expected, but there are {rows}"
        return gate, Unmeasured(question=_ROWS, reason=reason, params=params)
    return gate, _exact(_ROWS, rows, rows)


def answered_before(
    predecessor: Predecessor, answers: Iterable[Answer], kept: Collection[str]
) -> tuple[Gate, Answer]:
    """Judge whether each question that the predecessor answered has a number now.

    Under `--only`, the questions of the checks that were left out do not count.
    """
    gate = Gate(
        name=ANSWERED_BEFORE,
        check=RUN,
        metric=_ANSWERED.metric,
        limit=Limit.at_most(0),
        why="the predecessor answered them",
    )
    now = {answer.question for answer in answers if isinstance(answer, Finding)}
    before = [each.question for each in predecessor.findings]
    lost = [q for q in before if q not in now and (not kept or q.check in kept)]
    if not lost:
        return gate, _exact(_ANSWERED, 0, max(1, len(before)))
    named = "; ".join(map(str, lost[:_NAMED]))
    rest = len(lost) - _NAMED
    more = f"; and {rest} more" if rest > 0 else ""
    reason = "{count} questions that the predecessor answered have no number now: {questions}"
    params = {"count": str(len(lost)), "questions": named + more}
    return gate, Unmeasured(question=_ANSWERED, reason=reason, params=params)


def _exact(question: Question, value: int, rows: int) -> Finding:
    return Finding(question=question, estimate=exact_count(value, rows=rows, level=_LEVEL))
