"""All slices of one or two predicates, and the worst of them on the half that is searched."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.stats.arrays import Floats
from audit.stats.slices import gap_to_all
from audit_checks.robustness.predicates import Predicate

Flags = NDArray[np.bool_]

_BLOCK: Final = 256
"""Predicates that are combined with all others at once: what bounds the memory."""
_ROWS: Final = 8192
_SPARE: Final = 20
"""Slices that are kept for each candidate, since many hold nearly the same rows."""
_ALIKE: Final = 0.5
"""Two slices that share more than this of the rows in either count as one."""
_LEVEL: Final = 0.95
"""Of the bound by which slices are ranked; a small slice must be worse to rank as high."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """The rows for which one or two predicates hold."""

    name: str
    holds: Flags
    """Over all rows, of both halves."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What a search came back with, worst first."""

    slices: tuple[Slice, ...]
    searched: int
    """Slices with enough rows, inside and outside, in either half."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lattice:
    """The rows, and which half of them is searched.

    Attributes
    ----------
    predicates : iterable of Predicate
        Read one by one, so that those of small levels are never all in memory.
    right : ndarray of bool, shape (n,)
        Whether the answer is right; read in the first half alone.
    first : ndarray of bool, shape (n,)
    min_rows : int
        That a slice, and its rest, must have in either half.

    """

    predicates: Iterable[Predicate]
    right: Flags
    first: Flags
    min_rows: int

    def worst(self, candidates: int) -> Found:
        """Return the slices whose gap to all rows is surely largest in the first half."""
        held = self._large_enough()
        if not held:
            return Found(slices=(), searched=0)
        matrix = np.column_stack([each.holds for each in held])
        ranked: list[tuple[float, int, int]] = []
        searched = 0
        for begin in range(0, len(held), _BLOCK):
            scores = self._scores(held, matrix, begin)
            searched += int(np.isfinite(scores).sum())
            ranked += _best(scores, begin, _SPARE * candidates)
        named = sorted((-score, _named(held, i, j), i, j) for score, i, j in ranked)
        chosen: list[Slice] = []
        for _, (_, name), i, j in named[: _SPARE * candidates]:
            holds = held[i].holds & held[j].holds
            if len(chosen) < candidates and not any(_alike(holds, each.holds) for each in chosen):
                chosen.append(Slice(name=name, holds=holds))
        return Found(slices=tuple(chosen), searched=searched)

    def _large_enough(self) -> list[Predicate]:
        halves = self.first, ~self.first
        return [
            each
            for each in self.predicates
            if min(int((each.holds & half).sum()) for half in halves) >= self.min_rows
        ]

    def _scores(self, held: Sequence[Predicate], matrix: Flags, begin: int) -> Matrix:
        """Return the lower bound of the gap of each slice of a block; -inf where it is none."""
        block = slice(begin, begin + _BLOCK)
        n, k = self._counted(matrix, block, self.first)
        other, _ = self._counted(matrix, block, ~self.first)
        total, total_other = int(self.first.sum()), int((~self.first).sum())
        sizes = np.minimum.reduce([n, total - n, other, total_other - other])
        allowed = (sizes >= self.min_rows) & self._once(held, block)
        scores = np.full(n.shape, -np.inf)
        hits = np.array(float((self.right & self.first).sum()))
        bounds = gap_to_all(k[allowed], n[allowed], hits, float(total), _LEVEL)
        scores[allowed] = bounds.low
        return scores

    def _counted(self, matrix: Flags, block: slice, half: Flags) -> tuple[Floats, Floats]:
        """Count rows and right answers of a block of predicates with all predicates."""
        places = np.flatnonzero(half)
        shape = (matrix[:, block].shape[1], matrix.shape[1])
        n, k = np.zeros(shape), np.zeros(shape)
        for begin in range(0, len(places), _ROWS):
            rows = places[begin : begin + _ROWS]
            every = matrix[rows].astype(np.float32)
            some = every[:, block].T
            n += some @ every
            k += (some * self.right[rows].astype(np.float32)) @ every
        return n, k

    @staticmethod
    def _once(held: Sequence[Predicate], block: slice) -> Flags:
        """Allow each pair once, of two features, and each predicate by itself."""
        abouts = {name: code for code, name in enumerate(dict.fromkeys(p.about for p in held))}
        codes = np.array([abouts[each.about] for each in held])
        places = np.arange(len(held))
        first = places[block, None]
        different = codes[block, None] != codes
        allowed: Flags = (places == first) | ((places > first) & different)
        return allowed


def _best(scores: Matrix, begin: int, most: int) -> Iterator[tuple[float, int, int]]:
    flat = scores.ravel()
    most = min(most, flat.size)
    bar = np.partition(flat, -most)[-most]
    for place in np.flatnonzero((flat >= bar) & np.isfinite(flat)):
        i, j = divmod(int(place), scores.shape[1])
        yield float(flat[place]), begin + i, j


def _named(held: Sequence[Predicate], i: int, j: int) -> tuple[int, str]:
    """Return how many predicates a slice has, and its name: the simpler one first."""
    if i == j:
        return 1, held[i].name
    return 2, " and ".join(sorted((held[i].name, held[j].name)))


def _alike(one: Flags, other: Flags) -> bool:
    shared = int((one & other).sum())
    return shared > _ALIKE * max(int((one | other).sum()), 1)
