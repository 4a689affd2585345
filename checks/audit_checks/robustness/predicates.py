"""Simple statements about rows, in words and as columns of true and false."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.space import Space
from audit.subjects import Subject

_QUARTILES: Final = (0.25, 0.5, 0.75)
_FEW_VALUES: Final = 4
"""A number with no more distinct values than this has a predicate for each."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Predicate:
    """One statement, e.g. `35 < age <= 50`."""

    name: str
    about: str
    """The feature or group; two statements about the same one are never combined."""
    holds: NDArray[np.bool_]


def predicates(subject: Subject) -> Iterator[Predicate]:
    """Cut every feature and name every judged level of every group."""
    if subject.model is not None or subject.units.roles.features_of(subject.units.table):
        yield from _of_features(subject)
    for name, group in subject.units.groups.items():
        codes = subject.group_codes(name).astype(np.float64)
        yield from _levels(name, codes, group.judged)


def _of_features(subject: Subject) -> Iterator[Predicate]:
    inputs = subject.inputs
    for at, feature in enumerate(inputs.features):
        column, name = inputs.values[:, at], feature.name
        if at in subject.space.categories:
            held = [*_levels(name, column, feature.levels)]
        else:
            held = [*cuts(name, column, _seen(subject.space, at))]
        yield from held
        yield Predicate(name=f"{name} is missing", about=name, holds=np.isnan(column))


def _levels(name: str, codes: Matrix, levels: tuple[str, ...]) -> Iterator[Predicate]:
    for code, level in enumerate(levels):
        yield Predicate(name=f"{name} = {level}", about=name, holds=codes == code)


def _seen(space: Space, at: int) -> Matrix:
    column = space.inputs.values[:, at]
    return np.asarray(column[~np.isnan(column)])


def cuts(name: str, column: Matrix, seen: Matrix) -> Iterator[Predicate]:
    """Cut a number at the quartiles of what was seen of it, or name each of few values."""
    distinct = np.unique(seen)
    if len(distinct) <= _FEW_VALUES:
        for value in distinct:
            yield Predicate(name=f"{name} = {value:.4g}", about=name, holds=column == value)
        return
    edges = np.unique(np.quantile(seen, _QUARTILES))
    bounds = [-np.inf, *edges.tolist(), np.inf]
    pieces = [*pairwise(bounds)]
    if len(edges) > 1:
        middle = float(edges[len(edges) // 2])  # a half is wide enough for what no quarter shows
        pieces += [(-np.inf, middle), (middle, np.inf)]
    for low, high in dict.fromkeys(pieces):
        yield Predicate(
            name=_between(name, low, high), about=name, holds=(low < column) & (column <= high)
        )


def _between(name: str, low: float, high: float) -> str:
    if low == -np.inf:
        return f"{name} <= {high:.4g}"
    return f"{name} > {low:.4g}" if high == np.inf else f"{low:.4g} < {name} <= {high:.4g}"
