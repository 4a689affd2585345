"""Numbers in the wrong unit."""

from typing import Final

import numpy as np

from audit.draws import uniforms
from audit.inputs import Inputs
from audit.probes.measured import measured
from audit.probes.picking import picked
from audit.space import Space

FACTORS: Final = (10.0, 0.1, 1000.0, 0.001)
"""A decimal point that slipped; thousands written as ones, or ones read as thousands."""


def in_wrong_units(inputs: Inputs, space: Space, size: float, seed: int) -> Inputs:
    """Multiply `size` measured numbers of every row by one of `FACTORS`, each as likely.

    Only a number that is known and not 0 is picked, since no other would change.
    """
    allowed = np.zeros(inputs.values.shape, dtype=np.bool_)
    numbers = measured(space)
    held = inputs.values[:, numbers]
    allowed[:, numbers] = ~np.isnan(held) & (held != 0)
    wrong = picked(inputs, allowed, round(size), "units", seed)
    values = inputs.values.copy()
    for at in numbers:
        drawn = uniforms(inputs.keys, "unit", inputs.features[at].name, seed)
        factors = np.array(FACTORS)[(drawn * len(FACTORS)).astype(np.int64)]
        values[:, at] = np.where(wrong[:, at], values[:, at] * factors, values[:, at])
    return inputs.having(values)
