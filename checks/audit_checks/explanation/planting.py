"""A feature that gives the label away, planted beside the others."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import uniforms
from audit.inputs import Feature, Inputs, Kind

_NAME: Final = "planted shortcut"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Planting:
    """Rows and their labels, to which a category with the classes as levels is added.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        Places among the classes.

    """

    inputs: Inputs
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    seed: int

    def mostly_right(self, strength: float) -> Inputs:
        """Plant the label with this probability, and another class otherwise."""
        drawn = uniforms(self.inputs.keys, "shortcut right", self.seed)
        return self._with(np.where(drawn < strength, self.labels, self._another()))

    def right(self) -> Inputs:
        """Plant the label."""
        return self._with(self.labels)

    def swapped(self) -> Inputs:
        """Plant another class than the label."""
        return self._with(self._another())

    @property
    def place(self) -> int:
        """The column of the planted feature."""
        return len(self.inputs.features)

    def _another(self) -> NDArray[np.int64]:
        others = len(self.classes) - 1
        drawn = uniforms(self.inputs.keys, "shortcut wrong", self.seed) * others
        another: NDArray[np.int64] = (self.labels + 1 + drawn.astype(np.int64)) % (others + 1)
        return another

    def _with(self, planted: NDArray[np.int64]) -> Inputs:
        feature = Feature(name=self._name(), kind=Kind.CATEGORY, levels=self.classes)
        return replace(
            self.inputs,
            features=(*self.inputs.features, feature),
            values=np.column_stack([self.inputs.values, planted.astype(np.float64)]),
        )

    def _name(self) -> str:
        name = _NAME
        while name in self.inputs.names:
            name = f"{name}'"
        return name
