"""The inputs of a model of texts: one text for each time it is asked."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys


@dataclass(frozen=True, kw_only=True, eq=False)
class Texts:
    """Texts as a model reads them.

    Attributes
    ----------
    values : ndarray of str objects, shape (n,)
    keys : ndarray of uint64, shape (n,)
        Of the id of the unit that a text came from, also when it was changed since.

    """

    values: NDArray[np.object_]
    keys: Keys

    def __post_init__(self) -> None:
        """Refuse what has not one text for each unit."""
        if self.values.shape != self.keys.shape:
            msg = f"there must be {len(self.keys)} texts, but there are {len(self.values)}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def signature(self) -> str:
        """What tells these inputs from those of another kind."""
        return "texts"

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Self:
        """Return some of the texts."""
        return replace(self, values=self.values[rows], keys=self.keys[rows])

    def having(self, values: Sequence[str]) -> Self:
        """Return the same units with other texts, one for each."""
        return replace(self, values=as_array(values))

    def repeated(self, times: int) -> Self:
        """Return every text `times` times, one after the other."""
        return replace(self, values=np.repeat(self.values, times), keys=np.repeat(self.keys, times))

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        """The first 128 bits of BLAKE2b of each text, shape (n, 2)."""
        found = b"".join(
            hashlib.blake2b(each.encode(errors="surrogatepass"), digest_size=16).digest()
            for each in self.values
        )
        return np.frombuffer(found, dtype="<u8").astype(np.uint64).reshape(len(self), 2)


def as_array(values: Iterable[str]) -> NDArray[np.object_]:
    """Return texts as an array, also where there is none."""
    held = [*values]
    found = np.empty(len(held), dtype=object)
    found[:] = held
    return found


def joined(parts: Sequence[Texts]) -> Texts:
    """Return the texts of several, one after the other."""
    return Texts(
        values=np.concatenate([part.values for part in parts]),
        keys=np.concatenate([part.keys for part in parts]),
    )
