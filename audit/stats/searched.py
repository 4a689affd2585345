"""A share of rows in which a search found nothing: it can only be too high."""

from dataclasses import replace
from typing import Final

from audit.results import Estimate
from audit.stats.counts import Count
from audit.stats.proportions import rate

METHOD_SURVIVING: Final = "Wilson score above, from 0 since a longer search may find more"


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
