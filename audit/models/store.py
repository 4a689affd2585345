"""What a model answered, by the digest of the input; in memory, and on disk if a run may die."""

import io
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.errors import AuditError
from audit.files import sha256_of, write_atomically

Digests = NDArray[np.uint64]
Values = NDArray[np.float64]
_MERGED_ABOVE: Final = 8
"""Segments of an operation; beyond it they are merged, so that looking up stays fast."""
_DAMAGED: Final = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


@dataclass(slots=True, eq=False)
class _Segment:
    """Answers that came together, sorted by their digests."""

    digests: Digests
    values: Values
    longest: int
    """Most digests whose first half is the same; more than one is rare."""

    def find(self, digests: Digests) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Say which digests are here, and where; the place of another means nothing."""
        first = np.searchsorted(self.digests[:, 0], digests[:, 0])
        last, known = len(self.digests) - 1, np.zeros(len(digests), dtype=np.bool_)
        found = np.zeros(len(digests), dtype=np.int64)
        for step in range(self.longest):
            at = np.minimum(first + step, last)
            hit = (self.digests[at] == digests).all(axis=1)
            found[hit], known = at[hit], known | hit
        return known, found


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
            hit, at = segment.find(digests)
            if found is None:
                found = np.zeros((len(digests), *segment.values.shape[1:]))
            found[hit] = segment.values[at[hit]]
            known |= hit
        return known, found

    def put(self, operation: str, digests: Digests, values: Values) -> None:
        """Keep the values of rows that were not known, each row once.

        Raises
        ------
        ValueError
            If a row's values have another shape than those of the rows before.
        AuditError
            If the folder cannot be written.

        """
        if not len(digests):
            return
        segments = self._segments(operation)
        before = segments[0].values.shape[1:] if segments else values.shape[1:]
        if values.shape != (len(digests), *before):
            msg = (
                f"the values of {len(digests)} rows must have shape {(len(digests), *before)}, "
                f"but have {values.shape}; the name of an operation must hold all its settings"
            )
            raise ValueError(msg)
        if self.folder is not None:
            self._write(self.folder, operation, digests, values)
        _add(segments, digests, values)

    def clear(self) -> None:
        """Forget everything, also what is on disk."""
        self._held.clear()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _segments(self, operation: str) -> list[_Segment]:
        if operation not in self._held:
            held: list[_Segment] = []
            for digests, values in self._read(operation):
                if not held or held[0].values.shape[1:] == values.shape[1:]:
                    _add(held, digests, values)
            self._held[operation] = held
        return self._held[operation]

    def _write(self, folder: Path, operation: str, digests: Digests, values: Values) -> None:
        sink = io.BytesIO()
        np.savez(sink, digests=digests, values=values)
        try:
            path = _place(folder, operation) / f"{os.urandom(8).hex()}.npz"
            write_atomically(path, sink.getvalue(), flush=False)
        except OSError as problem:
            msg = (
                f"{folder}: the model's answers cannot be kept there ({problem.strerror}); "
                "make room, or write to another folder"
            )
            raise AuditError(msg) from problem

    def _read(self, operation: str) -> Iterator[tuple[Digests, Values]]:
        if self.folder is None:
            return
        for path in sorted(_place(self.folder, operation).glob("*.npz")):
            try:
                with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
                    digests, values = kept["digests"], kept["values"]
            except _DAMAGED:
                continue
            if _sound(digests, values):
                yield digests, values


def _place(folder: Path, operation: str) -> Path:
    return folder / sha256_of(operation.encode())[:32]


def _sound(digests: Digests, values: Values) -> bool:
    """Say whether a file holds what was written by a store: it may be anybody's."""
    return bool(
        digests.dtype == np.uint64
        and digests.ndim == 2  # noqa: PLR2004 - two halves
        and digests.shape[1] == 2  # noqa: PLR2004
        and len(digests)
        and values.dtype == np.float64
        and values.ndim
        and len(values) == len(digests)
    )


def _add(segments: list[_Segment], digests: Digests, values: Values) -> None:
    """Put a segment behind the others, merged with them if they have become many."""
    merged = [*segments] if len(segments) >= _MERGED_ABOVE else []
    if merged:
        segments.clear()
    every = np.concatenate([*(each.digests for each in merged), digests])
    kept = np.concatenate([*(each.values for each in merged), values])
    order = order_of(every)
    ordered = every[order]
    segments.append(_Segment(digests=ordered, values=kept[order], longest=_longest(ordered)))


def order_of(digests: Digests) -> NDArray[np.int64]:
    """Return the order that sorts digests by their first half, then by their second."""
    order = np.argsort(digests[:, 0])
    ordered = digests[order]
    alike = ordered[1:, 0] == ordered[:-1, 0]
    if (ordered[1:, 1][alike] < ordered[:-1, 1][alike]).any():  # seldom worth a slower sort
        return np.lexsort((digests[:, 1], digests[:, 0]))
    return order


def _longest(ordered: Digests) -> int:
    starts = np.flatnonzero(np.r_[True, ordered[1:, 0] != ordered[:-1, 0], True])
    return int(np.diff(starts).max())
