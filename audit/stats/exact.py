"""A count of what is there: no sample, so no interval around it."""

from typing import Final

from audit.results import Estimate

METHOD_COUNT: Final = "exact count"


def exact_count(
    value: float, *, rows: int, level: float, flawless: float | None = None
) -> Estimate:
    """Return a count as it is.

    Parameters
    ----------
    value : float
        What was counted, e.g. columns, or its share of these very rows.
    rows : int
        The rows in which it was counted.
    level : float
        Two-sided coverage of the intervals beside it, in (0, 1).
    flawless : float, optional
        The count of flawless data; these rows attain it as a limit.

    Returns
    -------
    Estimate
        With both ends at the value.

    Examples
    --------
    >>> exact_count(2, rows=100, level=0.95, flawless=0.0).high
    2.0

    """
    exact = float(value)
    return Estimate(
        value=exact,
        low=exact,
        high=exact,
        level=level,
        n=rows,
        method=METHOD_COUNT,
        attainable=flawless,
        flawless=flawless,
    )
