"""Which column plays which part."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import narwhals as nw

from audit.data.levels import level_text
from audit.data.tables import Table

RESERVED: Final = frozenset({"across", "versus", "class", "column", "label", "prediction"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """The columns of a table by what they mean."""

    label: str = ""
    prediction: str = ""
    scores: tuple[str, ...] = ()
    """One column: the probability of the favourable class. Several: one a class."""
    score_classes: tuple[str, ...] = ()
    """The class of each score column, where it was written down."""
    favorable: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By column the judged levels; none named: every level found is judged."""
    bands: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    intersections: tuple[tuple[str, ...], ...] = ()
    id: str = ""
    weight: str = ""
    """A sampling weight: scaling all of them changes nothing."""
    count: str = ""
    """A frequency: 2 means that the row stands for two."""
    time: str = ""
    text: str = ""
    features: tuple[str, ...] | None = None
    """None: every column without a role."""
    drop: tuple[str, ...] = ()

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield every role and the column that plays it."""
        for role in ("label", "prediction", "id", "weight", "count", "time", "text"):
            if column := getattr(self, role):
                yield role, column
        yield from (("scores", column) for column in self.scores)
        yield from (("groups", column) for column in self.groups)
        yield from (("bands", column) for column in self.bands)
        yield from (("features", column) for column in self.features or ())

    def as_text(self) -> tuple[str, ...]:
        """Return the columns that are read as they are written, so that "01" is not 1."""
        written = ("label", "prediction", "id", "groups")
        return tuple(column for role, column in self.named() if role in written)

    def features_of(self, table: Table) -> tuple[str, ...]:
        """Return the inputs: those that were listed, or else the columns without a role."""
        if self.features is not None:
            return self.features
        taken = {column for _, column in self.named()} | set(self.drop)
        return tuple(column for column in table.columns if column not in taken)


def fitting(roles: Roles, table: Table) -> Roles:
    """Leave out the roles that a reference need not fill: it may have no answers or weights."""
    optional = ("label", "prediction", "id", "weight", "count", "time", "text")
    kept = {role: getattr(roles, role) for role in optional}
    kept = {role: column if column in table.types else "" for role, column in kept.items()}
    scores = roles.scores if all(column in table.types for column in roles.scores) else ()
    return Roles(
        **kept,
        scores=scores,
        score_classes=roles.score_classes if scores else (),
        favorable=roles.favorable,
        groups=roles.groups,
        bands=roles.bands,
        intersections=roles.intersections,
        features=roles.features,
        drop=tuple(column for column in roles.drop if column in table.types),
    )


def role_problems(roles: Roles, table: Table) -> list[str]:
    """Name every role that this table cannot fill."""
    missing = [table.require(column, f"{role}") for role, column in roles.named()]
    missing += [table.require(column, "drop") for column in roles.drop]
    return [
        *(problem for problem in missing if problem),
        *_reserved(roles, table),
        *_types(roles, table),
        *_bands(roles),
        *_judged(roles, table),
        *_intersections(roles, table),
    ]


def _reserved(roles: Roles, table: Table) -> Iterator[str]:
    for column in sorted({*roles.groups, *roles.bands} & RESERVED):
        yield f"{table.source}: a group must not be named {column!r}, a word with its own meaning"
    for column in sorted(roles.groups.keys() & roles.bands.keys()):
        yield f"{table.source}: {column!r} must stand in groups or in bands, not in both"


def _types(roles: Roles, table: Table) -> Iterator[str]:
    for role, column in roles.named():
        held = table.types.get(column)
        if held is None or role in {"features", "time", "text"}:
            continue
        is_number = role in {"scores", "weight", "count", "bands"}
        if is_number and not held.is_numeric():
            shown = "text" if held == nw.String() else str(held)
            yield f"{table.source}: {role} {column!r} must be numbers, but holds {shown}"
        elif held.is_nested() or (held == nw.Object() and _holds_several(table, column)):
            yield f"{table.source}: {role} {column!r} must hold one value a row, but holds several"


def _holds_several(table: Table, column: str) -> bool:
    """Ask Arrow, which looks at the values, where the engine only says that they are objects."""
    found = table.frame.lazy().select(nw.col(column)).collect(backend="pyarrow")
    return found.schema[column].is_nested()


def _bands(roles: Roles) -> Iterator[str]:
    for column, edges in roles.bands.items():
        if not edges or list(edges) != sorted(set(edges)) or not all(map(math.isfinite, edges)):
            yield f"bands of {column!r} must be ascending edges, but got {list(edges)}"


def _judged(roles: Roles, table: Table) -> Iterator[str]:
    for column, levels in roles.groups.items():
        if len(set(levels)) < len(levels):
            yield f"{table.source}: groups {column!r} must name each level once, but repeats one"


def _intersections(roles: Roles, table: Table) -> Iterator[str]:
    known: Sequence[str] = [*roles.groups, *roles.bands]
    for names in roles.intersections:
        strangers = [name for name in names if name not in known]
        if strangers or len(names) < 2 or len(set(names)) < len(names):  # noqa: PLR2004 - a pair
            yield (
                f"{table.source}: an intersection must name two or more groups, each once, "
                f"but got {list(names)}; groups are {', '.join(known)}"
            )


def score_columns(scores: str | Sequence[str] | Mapping[Any, str]) -> tuple[str, ...]:
    """Return the columns of the scores: one, one a class, or by class."""
    if isinstance(scores, str):
        return (scores,) if scores else ()
    return tuple(scores.values()) if isinstance(scores, Mapping) else tuple(scores)


def level_texts(value: object) -> tuple[str, ...]:
    """Return the levels that a value, or several, stand for; what is missing stands for none.

    Examples
    --------
    >>> level_texts([1, True, "a"]), level_texts(1.0), level_texts(None)
    (('1', 'true', 'a'), ('1',), ())

    """
    values = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return tuple(text for each in values if (text := level_text(each)) is not None)


def judged_levels(
    groups: str | Sequence[str] | Mapping[str, Sequence[object]],
) -> dict[str, tuple[str, ...]]:
    """Return the judged levels of each group; none is every level found."""
    if isinstance(groups, Mapping):
        return {name: level_texts(list(levels)) for name, levels in groups.items()}
    return dict.fromkeys([groups] if isinstance(groups, str) else groups, ())
