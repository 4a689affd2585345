"""What an explanation finds beyond random attributions, and the limit that it could prove."""

from dataclasses import replace

import numpy as np

from audit.inputs import Matrix
from audit.results import Better, Estimate
from audit.stats.means import mean_paired_difference
from audit_checks.rates import judged_level


def beyond_chance(better: Better, mine: Matrix, theirs: Matrix, level: float) -> Estimate:
    """Pair the rows; both lose from the same score, so that the difference is one of two scores.

    Parameters
    ----------
    better : Better
    mine, theirs : ndarray of float, shape (rungs, n)
        Losses of score by the explanation and by chance, whose mean over the rungs is taken first.
    level : float

    """
    differences = np.clip((mine - theirs).mean(axis=0), -1, 1)
    found = mean_paired_difference(differences, level=level, bounds=(-1, 1))
    return replace(judged_level(found, better=better, low=-1, high=1), flawless=None)
