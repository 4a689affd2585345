"""What a model answered, by the digest of the input; in memory, and on disk if a run may die."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.files import sha256_of, write_atomically

Digests = NDArray[np.uint64]
Values = NDArray[np.float64]
_MERGED_ABOVE: Final = 8
"""Segments of an operation; beyond it they are merged, so that looking up stays fast."""


@dataclass(slots=True, eq=False)
class _Segment:
    """Answers that came together, sorted by the first half of their digests."""

    digests: Digests
    values: Values


@dataclass(slots=True, eq=False)
class Store:
    """Answers by operation and digest.

    Parameters
    ----------
    folder : Path, optional
        Where answers are also written, a file for each `put`, so that a run that was killed finds
        them again. A file that is half-written or damaged is ignored, and the answer is computed.

    """

    folder: Path | None = None
    _held: dict[str, list[_Segment]] = field(default_factory=dict)

    def get(self, operation: str, digests: Digests) -> tuple[NDArray[np.bool_], Values | None]:
        """Say which rows are known, and return all values; those of other rows mean nothing."""
        known, found = np.zeros(len(digests), dtype=np.bool_), None
        for segment in self._segments(operation):
            at = np.searchsorted(segment.digests[:, 0], digests[:, 0])
            at = np.minimum(at, len(segment.digests) - 1)
            hit = (segment.digests[at] == digests).all(axis=1)
            if found is None:
                found = np.zeros((len(digests), *segment.values.shape[1:]))
            found[hit] = segment.values[at[hit]]
            known |= hit
        return known, found

    def put(self, operation: str, digests: Digests, values: Values) -> None:
        """Keep the values of rows that were not known, each row once."""
        segments = self._segments(operation)
        if self.folder is not None and len(digests):
            self._write(operation, len(segments), digests, values)
        _add(segments, digests, values)

    def clear(self) -> None:
        """Delete what is on disk."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _segments(self, operation: str) -> list[_Segment]:
        if operation not in self._held:
            self._held[operation] = []
            for digests, values in self._read(operation):
                _add(self._held[operation], digests, values)
        return self._held[operation]

    def _place(self, operation: str) -> Path | None:
        return None if self.folder is None else self.folder / sha256_of(operation.encode())[:16]

    def _write(self, operation: str, number: int, digests: Digests, values: Values) -> None:
        import io

        place = self._place(operation)
        if place is None:
            return
        sink = io.BytesIO()
        np.savez(sink, digests=digests, values=values)
        name = f"{number:04}-{os.urandom(4).hex()}.npz"
        write_atomically(place / name, sink.getvalue())

    def _read(self, operation: str) -> Sequence[tuple[Digests, Values]]:
        place, found = self._place(operation), []
        for path in sorted(place.glob("*.npz")) if place else ():
            try:
                with np.load(path, allow_pickle=False) as kept:
                    found.append((kept["digests"], kept["values"]))
            except (OSError, ValueError, KeyError, EOFError):
                continue
        return found


def _add(segments: list[_Segment], digests: Digests, values: Values) -> None:
    if not len(digests):
        return
    parts = [_Segment(digests=digests, values=values)]
    if len(segments) >= _MERGED_ABOVE:
        parts = [*segments, *parts]
        segments.clear()
    every = np.concatenate([part.digests for part in parts])
    order = np.argsort(every[:, 0], kind="stable")
    kept = np.concatenate([part.values for part in parts])
    segments.append(_Segment(digests=every[order], values=kept[order]))
