"""A share of rows in which a search found something, or nothing: a longer one finds more."""

from dataclasses import replace
from typing import Final

from audit.results import Estimate
from audit.stats.counts import Count
from audit.stats.proportions import rate

METHOD_SURVIVING: Final = "Wilson score above, from 0 since a longer search may find more"
METHOD_BROKEN: Final = "Wilson score below, up to 1 since a longer search may find more"


def surviving_rate(count: Count, *, level: float) -> Estimate:
    """Bound from above the share of rows that no search could break.

    Parameters
    ----------
    count : Count
        Rows that this search did not break, of all rows; n > 0.
    level : float
        Two-sided coverage, in (0, 1); the error above is (1 - level) / 2, and there is none below.

    Returns
    -------
    Estimate
        A share in [0, 1]. `low` is 0, and so is the attainable limit: nothing that is found
        proves that no more could be found, so that only a failure is conclusive.

    References
    ----------
    .. [1] N. Carlini et al. (2019), "On evaluating adversarial robustness", arXiv 1902.06705.

    Examples
    --------
    The upper bound of 81/263 is Wilson's, which Newcombe (1998), Statistics in Medicine 17,
    857-872, prints as 0.3662:

    >>> e = surviving_rate(Count(k=81, n=263), level=0.95)
    >>> round(e.value, 4), e.low, round(e.high, 4)
    (0.308, 0.0, 0.3662)

    """
    return replace(rate(count, level=level), low=0.0, attainable=0.0, method=METHOD_SURVIVING)


def broken_rate(count: Count, *, level: float) -> Estimate:
    """Bound from below the share of rows that a search broke.

    Parameters
    ----------
    count : Count
        Rows that were broken, of those that were attacked; n > 0.
    level : float
        Two-sided coverage, in (0, 1); the error below is (1 - level) / 2, and there is none above.

    Returns
    -------
    Estimate
        A share in [0, 1]. `high` is 1, and so is the attainable limit; see `surviving_rate`.

    Examples
    --------
    The lower bound of 81/263 is Wilson's, which Newcombe (1998), Statistics in Medicine 17,
    857-872, prints as 0.2553:

    >>> e = broken_rate(Count(k=81, n=263), level=0.95)
    >>> round(e.value, 4), round(e.low, 4), e.high
    (0.308, 0.2553, 1.0)

    """
    found = rate(count, level=level)
    return replace(found, high=1.0, attainable=1.0, flawless=0.0, method=METHOD_BROKEN)
