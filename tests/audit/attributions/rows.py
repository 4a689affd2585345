"""Rows by hand."""

from collections.abc import Sequence

import numpy as np

from audit.draws import keys_of
from audit.inputs import Feature, Inputs


def rows(values: Sequence[Sequence[float]] | np.ndarray, prefix: str = "row ") -> Inputs:
    table = np.asarray(values, dtype=np.float64)
    return Inputs(
        features=tuple(Feature(name=f"x{place}") for place in range(table.shape[1])),
        values=table,
        keys=keys_of(f"{prefix}{place}" for place in range(len(table))),
    )


def drawn(n: int, f: int, seed: int = 0, prefix: str = "row ") -> Inputs:
    return rows(np.random.default_rng(seed).normal(size=(n, f)), prefix)


def ones(inputs: Inputs) -> np.ndarray:
    return np.ones(len(inputs), dtype=np.int64)
