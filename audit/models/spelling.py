"""How categories were written in the rows that a scikit-learn estimator was fitted on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from audit.data.levels import level_text
from audit.inputs import Inputs, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Spelling:
    """What stands for missing, and each category that is written otherwise than its level.

    Missing is NaN, as pandas reads it from a file, unless a part was fitted on None or was told
    that None is missing.
    """

    missing: float | None
    categories: Mapping[str, str]

    @classmethod
    def of(cls, estimator: Any) -> Self:  # noqa: ANN401 - scikit-learn has no types
        """Read it off the encoders and imputers in an estimator."""
        parts = [*_parts(estimator, set())]
        known = [each for part in parts for each in _categories(part)]
        told = any(getattr(part, "missing_values", np.nan) is None for part in parts)
        return cls(
            missing=None if told or any(each is None for each in known) else np.nan,
            categories={
                level: each
                for each in known
                if isinstance(each, str)
                and (level := level_text(each)) is not None
                and level != each
            },
        )

    def frame(self, inputs: Inputs) -> pd.DataFrame:
        """Return rows so written: numbers as float, categories as text."""
        frame = inputs.frame()
        for feature in inputs.features:
            if feature.kind is Kind.CATEGORY:
                written = [
                    self.missing if each is None else self.categories.get(each, each)
                    for each in frame[feature.name]
                ]
                frame[feature.name] = pd.Series(written, dtype=object)
        return frame


def _parts(held: Any, seen: set[int]) -> Iterator[Any]:  # noqa: ANN401
    """Yield an estimator and every estimator in it, however deep."""
    if id(held) in seen:
        return
    seen.add(id(held))
    if isinstance(held, list | tuple):
        for each in held:
            yield from _parts(each, seen)
    elif hasattr(held, "get_params") and not isinstance(held, type):
        yield held
        for each in getattr(held, "__dict__", {}).values():
            yield from _parts(each, seen)


def _categories(part: Any) -> Iterator[Any]:  # noqa: ANN401
    for column in getattr(part, "categories_", ()):
        yield from column
