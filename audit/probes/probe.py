"""What can be done to the rows of a table, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from audit.inputs import Inputs
from audit.probes.measured import measured
from audit.probes.missing import with_missing
from audit.probes.noise import noisy
from audit.probes.swaps import swapped
from audit.probes.units import in_wrong_units
from audit.space import Space

Apply: TypeAlias = Callable[[Inputs, Space, float, int], Inputs]
"""From rows, what is usual, a size and a seed to as many rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A change of inputs that comes in sizes.

    Attributes
    ----------
    reach : callable
        How many features of a space it can change.
    counted : bool
        Whether its size is a number of features, so that none above `reach` applies.

    """

    name: str
    unit: str
    apply: Apply
    reach: Callable[[Space], int]
    counted: bool = False

    def applies(self, space: Space, size: float) -> bool:
        """Say whether there is anything that it would change."""
        return self.reach(space) >= (round(size) if self.counted else 1)


def _numbers(space: Space) -> int:
    return len(measured(space))


def _features(space: Space) -> int:
    return len(space.features)


def _choices(space: Space) -> int:
    """Count the categories with two levels in the background."""
    return sum(int((space.shares(int(at)) > 0).sum()) > 1 for at in space.categories)


PROBES: Final = (
    Probe(name="noise", unit="sd", apply=noisy, reach=_numbers),
    Probe(name="missing", unit="share of the features", apply=with_missing, reach=_features),
    Probe(
        name="units", unit="numbers of a row", apply=in_wrong_units, reach=_numbers, counted=True
    ),
    Probe(
        name="categories", unit="categories of a row", apply=swapped, reach=_choices, counted=True
    ),
)
