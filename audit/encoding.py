"""From a table to the inputs of a model: numbers stay numbers, all else becomes categories."""

from collections.abc import Sequence
from typing import Any, Final

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.data.levels import level_text
from audit.data.tables import Table, reading
from audit.draws import Keys, keys_of
from audit.errors import SubjectError
from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.texts import Texts, as_array

MOST_TOLD_LEVELS: Final = 1000
"""A feature with more levels than this is no category but a text or an id."""


def encode(
    table: Table, names: Sequence[str], id_column: str, known: Sequence[Feature] | None = None
) -> Inputs:
    """Read the features of a table.

    Parameters
    ----------
    table : Table
    names : sequence of str
        The columns, where `known` does not name them.
    id_column : str
        Of the ids; "" takes the row's position under the table's digest.
    known : sequence of Feature, optional
        What the model reads. Levels that it does not know are put behind those that it knows.

    Raises
    ------
    SubjectError
        With every problem, a line each: a column that is missing, text where the model reads
        numbers, infinities, more levels than a category can have.

    """
    columns = [feature.name for feature in known] if known is not None else [*names]
    missing = [p for name in columns if (p := table.require(name, "a feature"))]
    if missing:
        raise SubjectError("\n".join(missing))
    with reading(table.source):
        wanted = [nw.col(name) for name in dict.fromkeys([*columns, *filter(None, [id_column])])]
        arrow = table.frame.lazy().select(*wanted).collect(backend="pyarrow")
    frame = arrow.to_pandas()
    features = known if known is not None else [_kind_of(arrow, name) for name in columns]
    problems: list[str] = []
    read = [_column(frame[each.name], each, table.source, problems) for each in features]
    if problems:
        raise SubjectError("\n".join(problems))
    return Inputs(
        features=tuple(feature for feature, _ in read),
        values=np.column_stack([values for _, values in read])
        if read
        else np.empty((table.rows, 0)),
        keys=_keys(frame, id_column, table),
    )


def texts_of(table: Table, name: str, id_column: str) -> Texts:
    """Read the texts of a table.

    Raises
    ------
    SubjectError
        If the column is missing, holds no text, or is empty in a row.

    """
    if problem := table.require(name, "text"):
        raise SubjectError(problem)
    with reading(table.source):
        wanted = [nw.col(each) for each in dict.fromkeys([name, *filter(None, [id_column])])]
        frame = table.frame.lazy().select(*wanted).collect(backend="pyarrow").to_pandas()
    values = [each if isinstance(each, str) else None for each in frame[name]]
    empty = [row for row, each in enumerate(values, start=1) if each is None or not each.strip()]
    if empty:
        msg = (
            f"{table.source}: text {name!r} must hold a text in each row, but {len(empty):,} of "
            f"{table.rows:,} rows have none (the first is row {empty[0]:,}); drop these rows, or "
            "write what stands for no text"
        )
        raise SubjectError(msg)
    return Texts(values=as_array(filter(None, values)), keys=_keys(frame, id_column, table))


def encode_frame(frame: pd.DataFrame, known: Sequence[Feature] | None = None) -> Inputs:
    """Read a frame whose columns are all features; its rows are known by their position."""
    from audit.data.tables import read_frame

    return encode(read_frame(frame), [*map(str, frame.columns)], "", known)


def _kind_of(arrow: "nw.DataFrame[Any]", name: str) -> Feature:
    """Ask Arrow, which looks at the values, where the engine only says that they are objects."""
    held = arrow.schema[name]
    number = held.is_numeric() or held == nw.Boolean()
    return Feature(name=name, kind=Kind.NUMBER if number else Kind.CATEGORY)


def _column(
    column: "pd.Series[float]", feature: Feature, source: str, problems: list[str]
) -> tuple[Feature, Matrix]:
    if feature.kind is Kind.NUMBER:
        return feature, _numbers(column, feature, source, problems)
    codes, values = pd.factorize(column)
    texts = [level_text(each) for each in values]
    new = sorted({each for each in texts if each is not None} - set(feature.levels))
    levels = (*feature.levels, *new)
    if len(levels) > MOST_TOLD_LEVELS:
        problems.append(
            f"{source}: feature {feature.name!r} must have at most {MOST_TOLD_LEVELS} levels, "
            f"but has {len(levels)}; drop it, or give it as a number"
        )
    places = {level: float(place) for place, level in enumerate(levels)}
    by_code = np.array([np.nan if t is None else places[t] for t in texts] + [np.nan])
    made = Feature(name=feature.name, kind=Kind.CATEGORY, levels=levels)
    return made, by_code[codes]


def _numbers(
    column: "pd.Series[float]", feature: Feature, source: str, problems: list[str]
) -> Matrix:
    try:
        values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        problems.append(
            f"{source}: feature {feature.name!r} must be numbers, as the model reads it, "
            "but holds something else"
        )
        return np.full(len(column), np.nan)
    if np.isinf(values).any():
        problems.append(
            f"{source}: feature {feature.name!r} must be finite, but row "
            f"{int(np.argmax(np.isinf(values))) + 1} is not"
        )
    return values


def _keys(frame: pd.DataFrame, id_column: str, table: Table) -> Keys:
    if not id_column:
        return keys_of(f"{table.digest} {row}" for row in range(table.rows))
    return keys_of(level_text(each) or "" for each in frame[id_column])


def codes_of(values: NDArray[np.str_], classes: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value among the classes, -1 where it is none of them."""
    return pd.Index(classes).get_indexer(pd.Index(values)).astype(np.int64)
