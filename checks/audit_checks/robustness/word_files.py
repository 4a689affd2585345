"""Lists of words that can stand for each other, read from a file: one of ours or the user's."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from audit.errors import ConfigError, nearest
from audit.files import located, sha256_of
from audit.probes.phrases import alike

_KEYS: Final = frozenset({"source", "sets"})
_LEAST: Final = 2
Group = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """What a file holds.

    Attributes
    ----------
    sets : mapping of str to groups
        By name; the words of a group can stand for each other.
    source : str
        Where the words are from.
    digest : str
        sha256 of the file.

    """

    sets: Mapping[str, tuple[Group, ...]]
    source: str
    digest: str


def our_lists(name: str) -> Lists:
    """Read a file that comes with the checks."""
    path = files("audit_checks") / "robustness" / "words" / f"{name}.toml"
    return lists_of(path.read_text(encoding="utf-8"), f"{name}.toml")


def our_groups(name: str) -> tuple[Group, ...]:
    """Read the one set of such a file."""
    return our_lists(name).sets[name]


def read_text(path: str, what: str) -> str:
    """Read a file of the user's own.

    Raises
    ------
    ConfigError
        If it cannot be read.

    """
    try:
        return located(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        msg = f"{path}: the file of {what} cannot be read; give the path of a text file in UTF-8"
        raise ConfigError(msg) from problem


def read_toml(text: str, path: str, what: str) -> dict[str, Any]:
    """Read what a file says, or raise a ConfigError that says where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        msg = f"{path}: the file of {what} must be TOML, but {problem}"
        raise ConfigError(msg) from problem


def read_lists(path: str) -> Lists:
    """Read a file of substitutions of the user's own, or raise a ConfigError."""
    return lists_of(read_text(path, "substitutions"), path)


def lists_of(text: str, path: str) -> Lists:
    """Read what a file of substitutions says.

    Raises
    ------
    ConfigError
        With every problem, a line each.

    """
    said = read_toml(text, path, "substitutions")
    if problems := [*_problems(said)]:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))
    return Lists(
        sets={
            name: tuple(tuple(word.strip() for word in group) for group in groups)
            for name, groups in said["sets"].items()
        },
        source=said["source"],
        digest=sha256_of(text.encode()),
    )


def _problems(said: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(said.keys() - _KEYS):
        yield f"there is no {key!r}{nearest(key, _KEYS)}"
    if not is_said(said.get("source")):
        yield "source must say where the words are from"
    sets = said.get("sets")
    if not isinstance(sets, dict) or not sets:
        yield "[sets] must hold at least one name with its groups of words"
        return
    for name, groups in sets.items():
        if not isinstance(groups, list) or not groups or not all(map(_is_group, groups)):
            yield (
                f"sets.{name} must be a list of groups, each a list of at least two different "
                'words, such as [["Paris", "Rome"], ["France", "Italy"]]'
            )
        elif twice := alike(groups):
            yield f"sets.{name} must have a word in one group only, but has {twice[0]!r} in several"


def _is_group(value: object) -> bool:
    if not isinstance(value, list) or not all(map(is_said, value)):
        return False
    return len({word.strip().lower() for word in value}) == len(value) >= _LEAST


def is_said(value: object) -> bool:
    """Say whether a value is a text that is not empty."""
    return isinstance(value, str) and bool(value.strip())
