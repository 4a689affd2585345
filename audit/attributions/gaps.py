"""By how much attributions miss what they should sum to."""

from typing import Final

import numpy as np

from audit.inputs import Matrix
from audit.predictors import Attribution
from audit.text_predictors import TextAttribution

LEAST_CHANGE: Final = 0.01
"""A gap is taken relative to the change of the output, or to this where the change is smaller."""


def relative_gap(attribution: Attribution | TextAttribution) -> Matrix:
    """Return by how much each row's values miss `output - base`, relative to it.

    Changes of the output of less than 0.01 count as 0.01.
    """
    change = attribution.output - attribution.base
    gap: Matrix = np.abs(attribution.values.sum(axis=1) - change)
    return gap / np.maximum(np.abs(change), LEAST_CHANGE)
