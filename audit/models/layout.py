"""Rows as numbers in which a network is differentiable: the same ones for every network."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError, close_to
from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.predictors import Representation

BESIDE_LEVELS = 2
"""Columns of a category beside one for each level: a level that was never seen, and missing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where each feature stands in a representation.

    First the numbers, in their own units, 0 where missing; then a mark for each of them, 1 where it
    is missing; then for each category a column a level, one for unknown levels, one for missing.

    Attributes
    ----------
    features : tuple of Feature
        What the model reads.

    """

    features: tuple[Feature, ...]

    @cached_property
    def numbers(self) -> tuple[Feature, ...]:
        """The features that are numbers."""
        return tuple(each for each in self.features if each.kind is Kind.NUMBER)

    @cached_property
    def categories(self) -> tuple[Feature, ...]:
        """The features that are categories."""
        return tuple(each for each in self.features if each.kind is Kind.CATEGORY)

    @cached_property
    def blocks(self) -> tuple[int, ...]:
        """How many columns each category has."""
        return tuple(len(each.levels) + BESIDE_LEVELS for each in self.categories)

    @cached_property
    def width(self) -> int:
        """How many columns there are in all."""
        return 2 * len(self.numbers) + sum(self.blocks)

    def represent(self, inputs: Inputs) -> Representation:
        """Write rows as numbers; levels may come in another order than the model's.

        Raises
        ------
        SubjectError
            If a feature that the model reads is missing, or measured in another way.

        """
        numbers = _places(self.numbers, inputs)
        categories = _places(self.categories, inputs)
        raw = inputs.values[:, numbers]
        missing = np.isnan(raw)
        found = np.zeros((len(inputs), self.width))
        found[:, : len(numbers)] = np.where(missing, 0.0, raw)
        found[:, len(numbers) : 2 * len(numbers)] = missing
        start = 2 * len(numbers)
        for feature, place, size in zip(self.categories, categories, self.blocks, strict=True):
            column = _column_of(feature, inputs.features[place], inputs.values[:, place])
            found[np.arange(len(inputs)), start + column] = 1.0
            start += size
        return Representation(
            values=found,
            owners=np.concatenate([numbers, numbers, np.repeat(categories, self.blocks)]),
            smooth=np.arange(self.width) < len(numbers),
        )


def _places(features: Sequence[Feature], inputs: Inputs) -> NDArray[np.int64]:
    known = {each.name: place for place, each in enumerate(inputs.features)}
    for feature in features:
        if feature.name not in known:
            msg = (
                f"the model reads feature {feature.name!r}, which the data do not have"
                f"{close_to(feature.name, known)}"
            )
            raise SubjectError(msg)
        held = inputs.features[known[feature.name]].kind
        if held is not feature.kind:
            msg = (
                f"the model reads feature {feature.name!r} as a {feature.kind}, "
                f"but the data hold a {held}"
            )
            raise SubjectError(msg)
    return np.array([known[each.name] for each in features], dtype=np.int64)


def _column_of(feature: Feature, given: Feature, values: Matrix) -> NDArray[np.int64]:
    """Return the column of each row within the block of a category."""
    own = {level: place for place, level in enumerate(feature.levels)}
    unknown, missing = len(own), len(own) + 1
    coded = np.array([*(own.get(level, unknown) for level in given.levels), missing])
    found: NDArray[np.int64] = coded[
        np.where(np.isnan(values), len(given.levels), values).astype(np.int64)
    ]
    return found
