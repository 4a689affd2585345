"""A small table of numbers and categories, as a model reads it."""

from collections.abc import Sequence

import numpy as np

from audit.draws import keys_of
from audit.inputs import Feature, Inputs, Kind
from audit.space import Space

FEATURES = (
    Feature(name="income"),
    Feature(name="debt"),
    Feature(name="flat"),
    Feature(name="job", kind=Kind.CATEGORY, levels=("clerk", "cook", "nurse")),
    Feature(name="home", kind=Kind.CATEGORY, levels=("rent", "own")),
    Feature(name="one", kind=Kind.CATEGORY, levels=("only",)),
)
INCOME, DEBT, FLAT, JOB, HOME, ONE = range(len(FEATURES))


def rows(n: int = 200, seed: int = 0) -> Inputs:
    rng = np.random.default_rng(seed)
    values = np.column_stack(
        [
            rng.normal(3000, 500, n),
            rng.exponential(100, n),
            np.full(n, 7.0),
            rng.choice(3, n, p=[0.6, 0.3, 0.1]),
            rng.choice(2, n),
            np.zeros(n),
        ]
    )
    return Inputs(features=FEATURES, values=values, keys=keys_of(map(str, range(n))))


def space(n: int = 200) -> Space:
    return Space(inputs=rows(n))


def row(values: Sequence[float], name: str = "a") -> Inputs:
    return Inputs(features=FEATURES, values=np.array([values]), keys=keys_of([name]))
