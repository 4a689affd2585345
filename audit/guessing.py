"""A first look at a table: which column may play which role. Guesses, for a person to confirm."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import narwhals as nw

from audit.data.keys import Key, column_key
from audit.data.roles import Roles
from audit.data.tables import Table
from audit.units import MOST_LEVELS

_PREDICTION: Final = {"prediction", "predictions", "predicted", "y_pred", "yhat", "y_hat", "pred"}
_LABEL: Final = {"label", "labels", "target", "y", "y_true", "truth", "actual", "outcome"}
_SCORE: Final = re.compile(r"prob|score|confidence|likelihood|^p_")
_ID: Final = re.compile(r"(^|_)(id|uuid|key)$")
_GROUP: Final = re.compile(
    r"^(sex|gender|race|rac1p|ethnic\w*|religion|disability|dis|nationality|marital\w*|colou?r)$"
)
_AGE: Final = re.compile(r"^(age|agep|age_years)$")
_YES: Final = ("1", "true", "yes", "approved", "granted", "accepted", "positive")
AGES: Final = (30.0, 45.0, 60.0)
"""Edges of the bands that are proposed for an age."""
_LONG: Final = 40
"""Characters that the median text has, where a column is no list of names."""
_SMALLEST_SHARE: Final = 0.01
_MOST_CLASSES: Final = 20
_BINARY: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """Roles, and for each group the levels that are too small to be judged."""

    roles: Roles
    small: dict[str, dict[str, int]]
    classes: tuple[str, ...]


def guess(table: Table) -> Guess:
    """Guess the roles of the columns from their names and values."""
    few = dict(_few_levels(table))
    prediction = _named(few, _PREDICTION)
    label = _named(few, _LABEL) or _twin(few, prediction)
    classes = tuple(sorted({*_levels(few, label), *_levels(few, prediction)}))
    favorable = tuple(each for each in classes if each.lower() in _YES)
    favorable = favorable if len(favorable) == 1 else ()
    taken = {prediction, label}
    groups, small = _groups(table, {c: key for c, key in few.items() if c not in taken})
    roles = Roles(
        label=label,
        prediction=prediction,
        scores=tuple(_scores(table, taken)) if favorable and len(classes) == _BINARY else (),
        favorable=favorable,
        groups=groups,
        bands={c: AGES for c in table.columns if _AGE.match(c.lower()) and table.is_numeric(c)},
        id=_id(table),
        text=_text(table),
    )
    return Guess(roles=roles, small=small, classes=classes)


def _few_levels(table: Table) -> Iterator[tuple[str, Key]]:
    for column in table.columns:
        if table.types[column].is_float() and not _is_binary(column):
            continue
        if _distinct(table, column) <= MOST_LEVELS:
            yield column, column_key(table, column)


def _is_binary(column: str) -> bool:
    return column.lower() in _PREDICTION | _LABEL


def _distinct(table: Table, column: str) -> int:
    found = table.frame.lazy().select(nw.col(column).n_unique().alias("n"))
    return int(found.collect(backend="pyarrow").item(0, "n"))


def _named(columns: Collection[str], names: Collection[str]) -> str:
    return next((column for column in columns if column.lower() in names), "")


def _twin(few: dict[str, Key], prediction: str) -> str:
    """Return the only other column that holds the very levels of the prediction."""
    levels = set(_levels(few, prediction))
    twins = [c for c, key in few.items() if c != prediction and levels and set(key.rows) == levels]
    if len(twins) > 1:
        twins = [each for each in twins if not _GROUP.match(each.lower())]
    return twins[0] if len(twins) == 1 else ""


def _levels(few: dict[str, Key], column: str) -> Sequence[str]:
    levels = tuple(few[column].rows) if column else ()
    return levels if len(levels) <= _MOST_CLASSES else ()


def _scores(table: Table, taken: Collection[str]) -> Iterator[str]:
    for column in table.columns:
        named = _SCORE.search(column.lower()) and column not in taken
        if named and table.types[column].is_float():
            value = nw.col(column)
            ends = table.frame.lazy().select(value.min().alias("low"), value.max().alias("high"))
            found = ends.collect(backend="pyarrow")
            low, high = found.item(0, "low"), found.item(0, "high")
            if low is not None and 0 <= low <= high <= 1:
                yield column
                return


def _groups(
    table: Table, few: dict[str, Key]
) -> tuple[dict[str, tuple[str, ...]], dict[str, dict[str, int]]]:
    groups: dict[str, tuple[str, ...]] = {}
    small: dict[str, dict[str, int]] = {}
    for column, key in few.items():
        if not _GROUP.match(column.lower()):
            continue
        least = _SMALLEST_SHARE * table.rows
        judged = tuple(level for level, rows in key.rows.items() if rows >= least)
        if len(judged) > 1:
            groups[column] = judged
            small[column] = {level: n for level, n in key.rows.items() if n < least}
    return groups, small


def _id(table: Table) -> str:
    for column in table.columns:
        if _ID.search(column.lower()) and _is_unique(table, column):
            return column
    return ""


def _text(table: Table) -> str:
    """Return the column with the longest texts, if they are no names and few repeat."""
    lengths = {}
    for column in table.columns:
        if table.types[column] == nw.String() and _distinct(table, column) > table.rows / 2:
            size = nw.col(column).str.len_chars().median().alias("size")
            lengths[column] = table.frame.lazy().select(size).collect(backend="pyarrow").item()
    longest = max(lengths, key=lambda column: lengths[column] or 0, default="")
    return longest if longest and (lengths[longest] or 0) >= _LONG else ""


def _is_unique(table: Table, column: str) -> bool:
    missing = table.frame.lazy().select(nw.col(column).is_null().any().alias("some"))
    some = bool(missing.collect(backend="pyarrow").item(0, "some"))
    return not some and _distinct(table, column) == table.rows
