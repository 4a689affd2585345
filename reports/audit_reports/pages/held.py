"""What details hold, read without trust: records of other versions hold other shapes."""

from collections.abc import Mapping, Sequence
from math import isfinite

from audit.results import Json


def number_in(value: Json) -> float | None:
    """Return a finite number, or None for anything else; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def numbers_in(value: Json) -> tuple[float, ...]:
    """Return a list of finite numbers; empty for anything else."""
    if not isinstance(value, list | tuple):
        return ()
    known = [number for each in value if (number := number_in(each)) is not None]
    return tuple(known) if len(known) == len(value) else ()


def curve_in(value: Json, keys: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    """Return the lines of a curve, all of one length; empty for anything else."""
    if not isinstance(value, Mapping):
        return ()
    lines = tuple(numbers_in(value.get(key)) for key in keys)
    same = len({len(line) for line in lines}) == 1
    return lines if same and lines[0] else ()


def shares_in(value: Json) -> tuple[tuple[str, float], ...]:
    """Return a list of names with a number each; empty for anything else."""
    if not isinstance(value, list | tuple):
        return ()
    pairs = [pair for each in value if (pair := _pair(each))]
    return tuple(pairs) if len(pairs) == len(value) else ()


def _pair(each: Json) -> tuple[str, float] | None:
    match each:
        case [str() as name, value] if (known := number_in(value)) is not None:
            return name, known
        case _:
            return None


def rows_in(value: Json) -> tuple[Mapping[str, Json], ...]:
    """Return a list of mappings with the same keys; empty for anything else."""
    if not isinstance(value, list | tuple) or not value:
        return ()
    rows = tuple(each for each in value if isinstance(each, Mapping))
    alike = len(rows) == len(value) and len({tuple(sorted(row)) for row in rows}) == 1
    return rows if alike and all(map(_is_plain, rows[0].values())) else ()


def table_in(value: Json) -> tuple[Mapping[str, Json], ...]:
    """Return the rows of whatever is a table; empty for anything else.

    A table is a list of mappings, a mapping of names to mappings, or a mapping of names to lists
    of one length. A key that some rows lack is None there; a list of words is one text.

    Examples
    --------
    >>> table_in({"names": {"texts": 4}, "places": {"texts": 9, "note": "few"}})
    ({'name': 'names', 'texts': 4, 'note': None}, {'name': 'places', 'texts': 9, 'note': 'few'})
    >>> table_in({"queries": [10, 20], "held": [0.9, 0.8]})
    ({'queries': 10, 'held': 0.9}, {'queries': 20, 'held': 0.8})
    >>> table_in([{"swaps": ["he", "she"]}]), table_in({"a": 1}), table_in([])
    (({'swaps': 'he, she'},), (), ())

    """
    rows = [_flat(row) for row in _upright(value)]
    keys = dict.fromkeys(key for row in rows for key in row)
    return rows_in([{key: row.get(key) for key in keys} for row in rows]) if keys else ()


def _upright(value: Json) -> Sequence[Mapping[str, Json]]:
    """Return mappings, one a row, whichever way a table was written."""
    if isinstance(value, Mapping) and value:
        inner = list(value.values())
        if all(isinstance(each, Mapping) for each in inner):
            return [
                {"name": name, **row} for name, row in value.items() if isinstance(row, Mapping)
            ]
        columns = [each for each in inner if isinstance(each, list | tuple)]
        if len(columns) == len(inner) and len({*map(len, columns)}) == 1:
            return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
        return []
    rows = unfolded(value)
    some = rows if isinstance(rows, list | tuple) else ()
    known = [each for each in some if isinstance(each, Mapping)]
    return known if len(known) == len(some) else []


def _flat(row: Mapping[str, Json]) -> dict[str, Json]:
    return {key: _words(each) for key, each in row.items()}


def _words(value: Json) -> Json:
    """Return a list of words as one text; anything else as it is."""
    listed = value if isinstance(value, list | tuple) else ()
    words = [each for each in listed if isinstance(each, str)]
    return ", ".join(words) if words and len(words) == len(listed) else value


def unfolded(value: Json) -> Json:
    """Return one row for each entry of the one list that every row holds, beside its other keys.

    Anything else is returned as it is. Keys that some rows lack are None there.

    Examples
    --------
    >>> unfolded([{"level": "f", "cuts": [{"at": 0.4}, {"at": 0.6}]}])
    [{'level': 'f', 'at': 0.4}, {'level': 'f', 'at': 0.6}]

    """
    rows: list[dict[str, Json]] = []
    for row in value if isinstance(value, list | tuple) else ():
        if not isinstance(row, Mapping):
            return value
        nested = [key for key, each in row.items() if isinstance(each, list | tuple)]
        if len(nested) != 1 or not all(isinstance(each, Mapping) for each in row[nested[0]]):
            return value
        outer = {key: each for key, each in row.items() if key not in nested}
        rows += [{**outer, **inner} for inner in row[nested[0]]]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key) for key in keys} for row in rows] or value


def _is_plain(value: Json) -> bool:
    return value is None or isinstance(value, str | int | float)
