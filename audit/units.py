"""One row for each independent answer of a model, and the groups it fell in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from audit.data.classes import class_problems, classes_of, favorable_of
from audit.data.counting import Cells, count_cells
from audit.data.keys import Key, band_key, band_names, column_key
from audit.data.levels import level_text
from audit.data.problems import value_problems
from audit.data.roles import Roles, role_problems
from audit.data.tables import Table, reading
from audit.errors import SubjectError
from audit.results import About
from audit.scored import Scored

MOST_LEVELS: Final = 50
FEW_ROWS: Final = 30
"""A level with fewer rows is marked; that changes no verdict."""
_MOST_CELLS: Final = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A column, or a combination of columns, that sorts the rows into levels.

    Attributes
    ----------
    judged : tuple of str
        The levels that are compared. They need not occur: that is for the check to say.
    rows : mapping of str to int
        The rows of every level that occurs, judged or not.

    """

    name: str
    judged: tuple[str, ...]
    rows: Mapping[str, int]
    missing: int

    def __post_init__(self) -> None:
        """Refuse a column that is no group but a number or a name."""
        if problem := _too_many(self.name, self.judged):
            raise SubjectError(problem)

    def about(self, level: str) -> About:
        """Address one level."""
        return About({self.name: level})

    @property
    def across(self) -> About:
        """Address the comparison of the judged levels."""
        return About({"across": self.name})


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What counts as positive in every rate: the favourable classes, or one class against all."""

    positive: tuple[str, ...]
    about: About
    """`{}` or `{"class": name}`; every question about this target holds it."""

    def ask(self, about: Mapping[str, Any] | None = None) -> About:
        """Address a part of the data for this target."""
        return About({**(about or {}), **self.about})


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """The table that every check reads: nothing is computed before it is asked for."""

    table: Table
    roles: Roles
    classes: tuple[str, ...]
    favorable: tuple[str, ...]
    groups: Mapping[str, Group]
    keys: Mapping[str, Key]
    """By `label`, `prediction` and group name, the column read as levels."""

    @property
    def rows(self) -> int:
        """Rows of the table; a frequency is not multiplied in."""
        return self.table.rows

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The favourable outcome, or each class against the rest."""
        if self.favorable:
            return (Target(positive=self.favorable, about=About()),)
        return tuple(
            Target(positive=(each,), about=About({"class": each})) for each in self.classes
        )

    def intersections(self) -> tuple[tuple[Group, ...], ...]:
        """Return the combinations of groups that the config asks for."""
        return tuple(
            tuple(self.groups[name] for name in names) for names in self.roles.intersections
        )

    def cells(self, *keys: str) -> Cells:
        """Count the rows by `label`, `prediction` and group names, in one pass for all checks."""
        if keys and set(keys) <= set(self._cube.keys):
            return self._cube.only(keys)
        return self._count(keys)

    @cached_property
    def _cube(self) -> Cells:
        sizes = [len(key.rows) + 1 for key in self.keys.values()]
        return self._count(tuple(self.keys) if prod(sizes) <= _MOST_CELLS else ())

    def _count(self, keys: Sequence[str]) -> Cells:
        if not keys:
            return Cells(keys=(), cells={})
        wanted, roles = {name: self.keys[name] for name in keys}, self.roles
        with reading(self.table.source):
            return count_cells(self.table.frame, wanted, weight=roles.weight, count=roles.count)

    def arrays(self, exprs: Mapping[str, nw.Expr]) -> dict[str, NDArray[Any]]:
        """Fetch columns in one pass, so that their rows agree."""
        made = [expr.alias(name) for name, expr in exprs.items()]
        with reading(self.table.source):
            found = self.table.frame.lazy().select(*made).collect(backend="pyarrow")
        return {name: found.get_column(name).to_numpy() for name in exprs}

    def column(self, name: str) -> NDArray[Any]:
        """Fetch a column of numbers."""
        return self.arrays({"x": nw.col(name).cast(nw.Float64())})["x"]

    def text(self, name: str) -> NDArray[np.str_]:
        """Fetch a column as text, as a level is written."""
        held = self.table.types[name]
        if held == nw.String() or held.is_integer():
            return self.arrays({"x": nw.col(name).cast(nw.String())})["x"].astype(np.str_)
        found = self.table.frame.lazy().select(nw.col(name)).collect(backend="pyarrow")
        values = found.get_column(name).to_list()
        return np.array([level_text(value) for value in values], dtype=np.str_)

    def score(self, target: Target) -> nw.Expr:
        """Return the probability that the model gives to the target."""
        if len(self.roles.scores) == 1:
            return nw.col(self.roles.scores[0]).cast(nw.Float64())
        columns = dict(zip(self.score_classes, self.roles.scores, strict=True))
        return nw.sum_horizontal(
            *(nw.col(columns[each]).cast(nw.Float64()) for each in target.positive)
        ).clip(0, 1)  # the scores of a row may sum to a little more

    @property
    def score_classes(self) -> tuple[str, ...]:
        """The class of each score column; empty when there is one column for all."""
        if len(self.roles.scores) < 2:  # noqa: PLR2004 - one column, of the favourable class
            return ()
        return self.roles.score_classes or self.classes

    def is_label(self, target: Target) -> nw.Expr:
        """Say in which rows the label is the target."""
        return self.keys["label"].codes(target.positive) >= 0

    def amounts(self) -> dict[str, nw.Expr]:
        """Return the expressions of `weight` and `count`, where the table has them."""
        columns = {"weight": self.roles.weight, "count": self.roles.count}
        return {role: nw.col(name).cast(nw.Float64()) for role, name in columns.items() if name}

    def scored(self, target: Target, codes: Mapping[str, Sequence[str]] | None = None) -> Scored:
        """Fetch scores, outcomes and the levels of some groups, row by row."""
        exprs = {"score": self.score(target), "outcome": self.is_label(target), **self.amounts()}
        for name, levels in (codes or {}).items():
            exprs[f"group {name}"] = self.keys[name].codes(levels)
        found = self.arrays(exprs)
        rows = found.pop("count", None)
        if rows is not None:
            found = {
                name: np.repeat(values, rows.astype(np.int64)) for name, values in found.items()
            }
        return Scored(
            score=np.asarray(found["score"], dtype=np.float64),
            outcome=np.asarray(found["outcome"], dtype=np.bool_),
            weight=found.get("weight"),
            codes={name: found[f"group {name}"] for name in codes or {}},
        )


def units_of(table: Table, roles: Roles, *, like: Units | None = None) -> Units:
    """Check a table against its roles and read what occurs in it.

    Parameters
    ----------
    table, roles
        The rows, and which column means what.
    like : Units, optional
        Units whose classes, favourable classes and judged levels hold here too: a reference is
        read like the rows under test.

    Raises
    ------
    SubjectError
        With every problem, a line each: the file, the column and the first bad row.

    """
    if not table.rows:
        msg = f"{table.source}: must hold rows, but has a header only"
        raise SubjectError(msg)
    if problems := role_problems(roles, table):
        raise SubjectError("\n".join(problems))
    with reading(table.source):
        keys = _keys(table, roles)
        classes = like.classes if like else classes_of(roles, keys)
        known = classes if roles.score_classes or like else ()
        problems = value_problems(roles, table, keys, known)
    favorable = like.favorable if like else favorable_of(roles, classes)
    judged = _judged(roles, keys, like)
    problems += class_problems(table.source, roles, classes, favorable)
    problems += [
        f"{table.source}: {problem}"
        for name, levels in judged.items()
        if (problem := _too_many(name, levels))
    ]
    if problems:
        raise SubjectError("\n".join(problems))
    return Units(
        table=table,
        roles=roles,
        classes=classes,
        favorable=favorable,
        groups={
            name: Group(name=name, judged=levels, rows=keys[name].rows, missing=keys[name].missing)
            for name, levels in judged.items()
        },
        keys=keys,
    )


def _keys(table: Table, roles: Roles) -> dict[str, Key]:
    count = roles.count
    keys = {
        role: column_key(table, column, count=count)
        for role, column in (("label", roles.label), ("prediction", roles.prediction))
        if column
    }
    keys |= {name: column_key(table, name, count=count) for name in roles.groups}
    keys |= {name: band_key(table, name, edges, count=count) for name, edges in roles.bands.items()}
    return keys


def _judged(
    roles: Roles, keys: Mapping[str, Key], like: Units | None
) -> dict[str, tuple[str, ...]]:
    """Return the judged levels of each group: those that are named, or else all that occur."""
    if like:
        return {name: like.groups[name].judged for name in (*roles.groups, *roles.bands)}
    named = {name: levels or tuple(keys[name].rows) for name, levels in roles.groups.items()}
    return named | {name: band_names(edges) for name, edges in roles.bands.items()}


def _too_many(group: str, judged: Sequence[str]) -> str:
    if len(judged) <= MOST_LEVELS:
        return ""
    return (
        f"group {group!r} must have at most {MOST_LEVELS} levels, but has {len(judged)}; "
        "cut a number into [data.bands] or name the judged levels"
    )
