"""Values that did not arrive."""

import numpy as np

from audit.inputs import Inputs
from audit.probes.picking import picked
from audit.space import Space


def with_missing(inputs: Inputs, space: Space, size: float, seed: int) -> Inputs:
    """Take the share `size` of its features from every row, of those that it has; at least one."""
    count = max(round(size * len(space.features)), 1)
    hidden = picked(inputs, ~np.isnan(inputs.values), count, "missing", seed)
    return inputs.having(np.where(hidden, np.nan, inputs.values))
