"""Numbers measured less exactly than the model is used to."""

from audit.draws import normals
from audit.inputs import Inputs
from audit.probes.measured import measured
from audit.space import Space


def noisy(inputs: Inputs, space: Space, size: float, seed: int) -> Inputs:
    """Add normal noise of `size` standard deviations to every measured number.

    The draws of a row depend on its key, the feature's name and the seed alone: twice the size is
    the same noise twice as large. Whole numbers do not stay whole; a yes or no written as 0 or 1
    is no measured number.
    """
    values = inputs.values.copy()
    for at in measured(space):
        drawn = normals(inputs.keys, "noise", inputs.features[at].name, seed)
        values[:, at] += size * space.sd[at] * drawn
    return inputs.having(values)
