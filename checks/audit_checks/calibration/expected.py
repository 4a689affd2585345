"""The usual expected calibration error as an estimate, whose value alone says too much."""

from typing import Final

import numpy as np

from audit.results import Estimate
from audit.stats.arrays import z_of
from audit.stats.calibration import Bins, expected_calibration_error

METHOD_EXPECTED: Final = "equal-width bins; the interval allows for the bias of the value"


def expected_error(bins: Bins, *, level: float) -> Estimate:
    """Estimate the mean absolute gap of the bins.

    Parameters
    ----------
    bins : Bins
        Of equal width.
    level : float
        Two-sided coverage, in (0, 1), that the interval has at least.

    Returns
    -------
    Estimate
        In [0, 1]. The value is biased: sampling alone parts score and outcome, by at most
        sqrt(2 / pi) standard errors of each bin on average, and by nothing where the gap is
        wide. So `low` lies that bias and z standard errors below the value, and `high` z
        standard errors above; the absolute gap varies no more than the signed one.

    Examples
    --------
    Two bins of 100 rows, off by 0.2 each, with standard errors of 0.0503 and 0.0305:

    >>> from audit.stats.calibration import equal_width_bins
    >>> y = np.concatenate([np.arange(100) < 50, np.arange(100) < 90])
    >>> bins = equal_width_bins(np.repeat([0.3, 0.7], 100), y, bins=2)
    >>> e = expected_error(bins, level=0.95)
    >>> round(e.value, 4), round(e.low, 4), round(e.high, 4)
    (0.2, 0.1102, 0.2576)

    """
    value = expected_calibration_error(bins)
    share = bins.n / bins.n.sum()
    bias = float(np.sqrt(2 / np.pi) * share @ np.sqrt(bins.variance))
    reach = z_of(level) * float(np.sqrt(share**2 @ bins.variance))
    return Estimate(
        value=value,
        low=max(value - bias - reach, 0.0),
        high=min(value + reach, 1.0),
        level=level,
        n=bins.rows,
        method=METHOD_EXPECTED,
    )
