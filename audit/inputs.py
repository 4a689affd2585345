"""The inputs of a model of tables: one row of numbers for each time it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.draws import Keys, keys_of
from audit.errors import SubjectError, nearest

Matrix: TypeAlias = NDArray[np.float64]

_BLOCK: Final = 4096
"""Rows that are hashed at once, so that they stay in the processor's cache."""
_MISSING: Final = np.uint64(0x7FF8000000000000)
_LOW: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)


class Kind(StrEnum):
    """How a feature is measured."""

    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    """A column that a model reads."""

    name: str
    kind: Kind = Kind.NUMBER
    levels: tuple[str, ...] = ()
    """Of a category: its value is a place among them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Rows as a model reads them.

    Attributes
    ----------
    features : tuple of Feature, length f
    values : ndarray of float, shape (n, f)
        A number, or the place of a category among the levels of its feature; NaN is missing.
    keys : ndarray of uint64, shape (n,)
        Of the id of the unit that a row came from, also when it was changed since: a model that
        answers out of fold finds by it the network that never saw the unit.

    """

    features: tuple[Feature, ...]
    values: Matrix
    keys: Keys

    def __post_init__(self) -> None:
        """Refuse what has not one value for each row and feature."""
        if self.values.shape != (len(self.keys), len(self.features)):
            msg = (
                f"values must have shape ({len(self.keys)}, {len(self.features)}), "
                f"but have {self.values.shape}"
            )
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names."""
        return tuple(feature.name for feature in self.features)

    @property
    def signature(self) -> str:
        """What tells these inputs from those with other columns."""
        return str([(feature.name, feature.kind.value) for feature in self.features])

    def place(self, name: str) -> int:
        """Return the column of a feature."""
        if name not in self.names:
            msg = f"the model reads no feature {name!r}{nearest(name, self.names)}"
            raise SubjectError(msg)
        return self.names.index(name)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Inputs":
        """Return some of the rows."""
        return replace(self, values=self.values[rows], keys=self.keys[rows])

    def having(self, values: Matrix) -> "Inputs":
        """Return the same units with other values, row for row."""
        return replace(self, values=values)

    def repeated(self, times: int) -> "Inputs":
        """Return every row `times` times, one after the other."""
        return replace(
            self, values=np.repeat(self.values, times, axis=0), keys=np.repeat(self.keys, times)
        )

    def changed(self, name: str, value: str | float) -> "Inputs":
        """Return the rows with one feature set to one value, a level if it is a category."""
        at = self.place(name)
        values = self.values.copy()
        values[:, at] = _coded(self.features[at], value) if isinstance(value, str) else value
        return self.having(values)

    def frame(self) -> pd.DataFrame:
        """Return the rows as a frame: numbers as float, categories as text, NaN where missing."""
        return pd.DataFrame(
            {
                feature.name: column
                if feature.kind is Kind.NUMBER
                else pd.Series(_texts(feature, column), dtype=object)
                for feature, column in zip(self.features, self.values.T, strict=True)
            }
        )

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        """Two 64-bit numbers that tell each row's values from others', shape (n, 2).

        Multilinear hashes of the values' halves; that any two of a million different rows agree
        in both has a chance below 1e-7. A category counts by the text of its level, so that a row
        is the same whatever other levels its feature has, and in whatever order.

        References
        ----------
        .. [1] D. Lemire and O. Kaser (2014), "Strongly universal string hashing is fast",
               The Computer Journal 57, 1624-1638.

        """
        found = np.empty((len(self), 2), dtype=np.uint64)
        factors = _factors(len(self.features))
        for start in range(0, len(self), _BLOCK):
            part = slice(start, start + _BLOCK)
            bits = self._bits(self.values[part])
            low, high = bits & _LOW, bits >> _HALF
            for place, (first, second, start_at) in enumerate(factors):
                total = np.einsum("ij,j->i", low, first) + np.einsum("ij,j->i", high, second)
                total += start_at
                found[part, place] = total ^ (total >> _HALF)
        return found

    def _bits(self, values: Matrix) -> NDArray[np.uint64]:
        """Return 64 bits for each value: alike for alike values, whatever their kind."""
        bits = (values + 0.0).view(np.uint64)  # -0.0 is 0.0
        for at, keys in self._level_keys.items():
            codes = np.nan_to_num(values[:, at]).astype(np.int64)
            bits[:, at] = keys[codes]
        bits[np.isnan(values)] = _MISSING
        return bits

    @cached_property
    def _level_keys(self) -> dict[int, Keys]:
        """Return 64 bits for each level of each category that has levels."""
        return {
            at: keys_of(feature.levels)
            for at, feature in enumerate(self.features)
            if feature.kind is Kind.CATEGORY and feature.levels
        }


def stacked(parts: Sequence[Inputs]) -> Inputs:
    """Return the rows of several inputs with the same features, one after the other."""
    return replace(
        parts[0],
        values=np.concatenate([part.values for part in parts]),
        keys=np.concatenate([part.keys for part in parts]),
    )


@cache
def _factors(columns: int) -> list[tuple[NDArray[np.uint64], NDArray[np.uint64], np.uint64]]:
    """Return two sets of factors; the same number of columns has the same ones everywhere."""
    made = []
    for half in range(2):
        drawn = np.random.default_rng([2014, half, columns]).integers(
            1 << 64, size=2 * columns + 1, dtype=np.uint64
        )
        made.append((drawn[:columns], drawn[columns:-1], drawn[-1]))
    return made


def _texts(feature: Feature, column: Matrix) -> NDArray[np.object_]:
    """Return the levels at these places, None where there is none."""
    places = np.where(np.isnan(column), len(feature.levels), column).astype(np.int64)
    return np.array([*feature.levels, None], dtype=object)[places]


def _coded(feature: Feature, level: str) -> int:
    if level not in feature.levels:
        msg = f"feature {feature.name!r} has no level {level!r}"
        raise SubjectError(msg)
    return feature.levels.index(level)
