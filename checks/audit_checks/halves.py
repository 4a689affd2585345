"""The half of the rows on which something is fitted; the other half shows what it does."""

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, first_half, keys_of
from audit.units import Units


def fitting_half(units: Units, *salt: str | int) -> NDArray[np.bool_]:
    """Say which rows are in the half that is fitted on; all rows of one id are, or none."""
    return first_half(row_keys(units), *salt)


def row_keys(units: Units) -> Keys:
    """Return the key of each row's id, or of its place in this table where there is no id.

    It is that of the row's inputs, and is there where a table has no features.
    """
    if column := units.roles.id:
        return keys_of(units.text(column).tolist())
    return keys_of(f"{units.table.digest} {row}" for row in range(units.rows))
