"""The classes of a label, and which of them is the favourable one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from audit.data.keys import Key
from audit.data.roles import Roles
from audit.errors import close_to

MOST_CLASSES: Final = 50
_YES: Final = ("1", "true")


def classes_of(roles: Roles, keys: Mapping[str, Key]) -> tuple[str, ...]:
    """Return the classes that have a score, or else those that occur."""
    if roles.score_classes:
        return roles.score_classes
    found = {level for role in ("label", "prediction") if role in keys for level in keys[role].rows}
    return tuple(sorted(found))


def favorable_of(roles: Roles, classes: Sequence[str]) -> tuple[str, ...]:
    """Return the favourable classes that are named, or else 1 or true; none is one-vs-rest."""
    named = tuple(dict.fromkeys(roles.favorable))
    return named or tuple(each for each in _YES if each in classes)[:1]


def class_problems(
    source: str, roles: Roles, classes: Sequence[str], favorable: Sequence[str]
) -> Iterator[str]:
    """Name what keeps the classes from being rated and scored."""
    several = f"the {len(classes)} classes"
    if len(classes) > MOST_CLASSES:
        yield (
            f"{source}: the label must have at most {MOST_CLASSES} classes, "
            f"but has {len(classes)}; is it a number?"
        )
        return
    if {"0", "1"} & {*classes} and {"true", "false"} & {*classes}:
        yield (
            f"{source}: label and prediction must be written alike, but hold both 0 or 1 and "
            "true or false; convert one of them"
        )
    if strangers := [each for each in favorable if classes and each not in classes]:
        hint = close_to(strangers[0], classes)
        yield (
            f"{source}: favorable must be among {several} that occur, "
            f"but {', '.join(strangers)} does not occur{hint}"
        )
    if len(favorable) > 1 and set(favorable) == set(classes):
        yield f"{source}: favorable must leave out one of {several}, but names them all"
    if len(roles.scores) == 1 and not favorable and classes:
        yield (
            f"{source}: with one score column, favorable must say which of {several} it is the "
            "probability of"
        )
    if len(roles.scores) > 1 and classes and len(roles.scores) != len(classes):
        yield (
            f"{source}: scores must be one column, or one for each of {several}, "
            f"but are {len(roles.scores)} columns"
        )
