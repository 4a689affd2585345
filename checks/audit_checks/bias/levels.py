"""The judged levels of a group, or of several at once, and what can be compared across them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from audit.data.counting import Cell, Cells
from audit.results import Question, Unmeasured
from audit.stats.counts import FEWEST_GROUPS, Count
from audit.units import MOST_LEVELS, Group, Target, Units

Level: TypeAlias = tuple[str, ...]
"""A level of each of the groups."""

NO_ROWS = "no rows in {levels}"
ONE_LEVEL = "a comparison needs two levels, but only {levels} is judged"
_LEAST_DRAWS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One group, or an intersection of several."""

    groups: tuple[Group, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The groups by name."""
        return tuple(group.name for group in self.groups)

    @property
    def levels(self) -> tuple[Level, ...]:
        """All combinations of the judged levels, whether they occur or not."""
        return tuple(product(*(group.judged for group in self.groups)))

    def of(self, check: str, metric: str, level: Level, target: Target) -> Question:
        """Ask about one level."""
        about = target.ask(dict(zip(self.names, level, strict=True)))
        crossed = len(self.groups) > 1
        return Question(check=check, metric=metric, about=about, intersection=crossed)

    def across(self, check: str, metric: str, target: Target) -> Question:
        """Ask about the comparison of all levels."""
        [first, *more] = self.names
        about = target.ask({"across": [first, *more] if more else first})
        return Question(check=check, metric=metric, about=about)

    def split(self, units: Units, *roles: str) -> dict[Level, Cells]:
        """Count the rows of each level by some roles."""
        cells, width = units.cells(*self.names, *roles), len(self.names)
        found: dict[tuple[str | None, ...], dict[tuple[str | None, ...], Cell]] = defaultdict(dict)
        for levels, cell in cells.cells.items():
            found[levels[:width]][levels[width:]] = cell
        return {
            level: Cells(keys=roles, cells=found[level], weighted=cells.weighted)
            for level in self.levels
        }


def comparisons(units: Units) -> tuple[Comparison, ...]:
    """Return every group, and the intersections that the config asks for, each once."""
    crossed = {frozenset(g.name for g in groups): groups for groups in units.intersections()}
    return (
        *(Comparison(groups=(group,)) for group in units.groups.values()),
        *(Comparison(groups=groups) for groups in crossed.values()),
    )


def why_not(
    question: Question, counts: Mapping[Level, Count], empty: str = NO_ROWS
) -> Unmeasured | None:
    """Return why levels cannot be compared, if they cannot; `empty` says what has no rows."""
    bare = [level for level, count in counts.items() if not count.n]
    if bare or len(counts) < FEWEST_GROUPS:
        levels = ", ".join(map(name_of, bare or counts))
        reason = empty if bare else ONE_LEVEL
        return Unmeasured(question=question, reason=reason, params={"levels": levels})
    return None


def spread(counts: Mapping[Level, Count]) -> dict[str, Any]:
    """Name the levels with the lowest and the highest rate."""
    rates = {level: count.k / count.n for level, count in counts.items()}
    return {
        "lowest": name_of(min(rates, key=rates.__getitem__)),
        "highest": name_of(max(rates, key=rates.__getitem__)),
    }


def draws_for(draws: int, levels: int) -> int:
    """Return fewer draws for an intersection of many levels, whose pairs grow as their square."""
    return max(round(draws * min(1.0, (MOST_LEVELS / levels) ** 2)), _LEAST_DRAWS)


def rows_not_judged(units: Units, tables: Mapping[Level, Cells]) -> int:
    """Count the rows whose level is missing or not judged."""
    [*roles] = next(iter(tables.values())).keys
    judged = sum(cells.of({}).rows for cells in tables.values())
    return units.cells(*roles).of({}).rows - judged


def name_of(level: Level) -> str:
    """Name a level as `About` prints it."""
    return " x ".join(level)
