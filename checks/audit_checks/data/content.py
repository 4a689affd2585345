"""Rows told by their content or their id: which repeat, and which are in the reference too."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from audit.data.levels import level_text
from audit.units import Units

if TYPE_CHECKING:
    import pyarrow as pa

Digests = NDArray[np.uint64]

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_MISSING: Final = np.uint64(0x2545F4914F6CDD1D)


def digests(units: Units, columns: Sequence[str], *, as_text: Sequence[bool] = ()) -> Digests:
    """Return 64 bits for each row, equal where all these columns are equal.

    Parameters
    ----------
    units, columns
        The rows, and what is read of them.
    as_text : sequence of bool, optional
        By column, whether its numbers are to equal their text, since the other side holds text.

    Numbers of any type are equal by value; text, dates and truth values as they are written.
    Two different rows agree by chance once in 2**64 pairs.

    """
    frame = units.table.frame.lazy().select(*columns).collect(backend="pyarrow")
    table = nw.to_native(frame)
    rows = np.full(units.rows, _MIX, dtype=np.uint64)
    for column, is_text in zip(columns, as_text or [False] * len(columns), strict=True):
        rows = (rows ^ _column(table[column], is_text=is_text)) * _MIX
        rows ^= rows >> np.uint64(29)
    return rows


def amounts(units: Units) -> NDArray[np.float64]:
    """Return how many rows each row stands for."""
    if not units.roles.count:
        return np.ones(units.rows)
    found = units.arrays({"count": nw.col(units.roles.count).cast(nw.Float64())})
    return np.asarray(found["count"], dtype=np.float64)


def _column(values: "pa.ChunkedArray", *, is_text: bool) -> Digests:
    import pyarrow as pa
    from pyarrow import compute as pc

    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if _is_number(values.type) and not is_text:
        return _numbers(pc.cast(values, pa.float64(), safe=False).to_numpy())
    if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
        values = _written(values)
    return _texts(values.combine_chunks())


def _is_number(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_boolean(kind)
    )


def _written(values: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Write as text; a number as a level is written, so that 1.0 is "1"."""
    import pyarrow as pa
    from pyarrow import compute as pc

    kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        micro = pc.cast(values, pa.timestamp("us"), safe=False)
        return pc.cast(micro, pa.string())
    if pa.types.is_integer(kind):
        return pc.cast(values, pa.string())
    return pa.chunked_array([[_text(value) for value in values.to_pylist()]], pa.string())


def _text(value: object) -> str | None:
    return repr(value) if isinstance(value, list | dict | bytes) else level_text(value)


def _numbers(values: NDArray[Any]) -> Digests:
    from pandas.util import hash_array

    number = np.asarray(values, dtype=np.float64) + 0.0  # -0.0 is 0.0
    number[np.isnan(number)] = np.nan
    return np.asarray(hash_array(number), dtype=np.uint64)


def _texts(values: "pa.Array") -> Digests:
    """Digest each distinct text once; a text of no length is missing."""
    from pandas.util import hash_array

    coded = values.dictionary_encode()
    words = coded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    known = np.append(np.asarray(hash_array(words, categorize=False), np.uint64), _MISSING)
    known[:-1][words == ""] = _MISSING
    places = coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    found: Digests = known[places]
    return found
