"""By how much the attributions of a row have changed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from audit.inputs import Matrix
from audit.results import Answer, Finding, Json, Question, Unmeasured
from audit_checks.explanation.shares import flawed_share

_FEWEST: Final = 2
_TOO_SMALL: Final = "{rows} of {all} rows have attributions that add up to less than {least}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What counts as moved.

    Attributes
    ----------
    score : float
        A score that moves by less has not moved; attributions whose absolute values sum to less
        before and after explain less than that, and cannot be called stable or unstable.
    attributions : float
        A larger change of attributions, as a share of their size, is a jump.

    """

    score: float
    attributions: float

    @property
    def details(self) -> dict[str, Json]:
        """Return them for the record."""
        return {"unmoved": self.score, "moved": self.attributions}


def jumps(  # noqa: PLR0913 - what a finding says
    question: Question,
    before: Matrix,
    after: Matrix,
    moved: Moved,
    details: dict[str, Json],
    *,
    level: float,
) -> Answer:
    """Estimate the share of rows whose attributions jump.

    Parameters
    ----------
    before, after : ndarray of float, shape (n, features)
        Of rows whose score has not moved, two or more.

    """
    sizes = np.maximum(np.abs(before).sum(axis=1), np.abs(after).sum(axis=1))
    large = sizes >= moved.score
    small = int((~large).sum())
    if len(sizes) - small < _FEWEST:
        params = {"rows": str(small), "all": str(len(sizes)), "least": f"{moved.score:g}"}
        return Unmeasured(question=question, reason=_TOO_SMALL, params=params)
    change = np.abs(after - before)[large].sum(axis=1) / sizes[large]
    return Finding(
        question=question,
        estimate=flawed_share(change > moved.attributions, level=level),
        details={
            **details,
            **moved.details,
            "rows with little to explain": small,
            "change": {"median": float(np.median(change)), "p95": float(np.quantile(change, 0.95))},
        },
    )
