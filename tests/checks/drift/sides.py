"""Two sides of a drift check."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.subjects import Subject
from audit.units import units_of


def sides(
    reference: Any,
    test: Any,
    *,
    roles: Roles | None = None,
    reference_roles: Roles | None = None,
) -> Subject:
    """Read the rows under test, and the reference like them."""
    known = roles or Roles()
    units = units_of(_table(test), known)
    before = units_of(_table(reference), reference_roles or known, like=units)
    return Subject(units=units, reference=before)


def _table(frame: Any) -> Any:
    return read_frame(pd.DataFrame(frame) if isinstance(frame, Mapping) else frame)
