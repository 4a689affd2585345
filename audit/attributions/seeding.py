"""Libraries that draw from numpy's global generator are given a seed, and it back as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def own_random_numbers(seed: int) -> Iterator[None]:
    """Seed numpy's global generator for a while; shap's permutations come from it."""
    before = np.random.get_state()  # noqa: NPY002 - that one is meant
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
