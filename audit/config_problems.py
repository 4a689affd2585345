"""What is wrong with the values of a config, a line for each path, in words of the file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from audit.errors import nearest

Path = tuple[str | int, ...]

_BRANCHES: Final = {"str", "constrained-str", "int", "float", "bool"}
_MUST: Final = {
    "Input should be ": "must be ",
    "String should have ": "must have ",
    "List should have ": "must have ",
}


def config_problems(problem: ValidationError, root: type[BaseModel]) -> list[str]:
    """Return a line for each path that is wrong."""
    found = defaultdict[Path, list[Mapping[str, Any]]](list)
    for each in problem.errors(include_url=False):
        found[tuple(part for part in each["loc"] if not _is_branch(part))].append(dict(each))
    return sorted(
        f"{'.'.join(map(str, path)) or 'the file'}: {_sentence(path, errors, root)}"
        for path, errors in found.items()
        if not any(len(path) < len(other) and other[: len(path)] == path for other in found)
    )


def _sentence(path: Path, errors: Sequence[Mapping[str, Any]], root: type[BaseModel]) -> str:
    """Say what one path must be; a union says it once for each of its branches."""
    first = errors[0]
    if first["type"] == "extra_forbidden":
        return f"there is no such key{nearest(str(path[-1]), _keys(path[:-1], root))}"
    if first["type"] == "missing":
        return "must be given"
    if first["type"] == "value_error":
        return str(first["msg"]).removeprefix("Value error, ")
    wanted, *others = dict.fromkeys(_must(str(each["msg"])) for each in errors)
    or_else = "".join(f" or {other.removeprefix('must be ')}" for other in others)
    got = "" if isinstance(first["input"], dict | list) else f", but got {first['input']!r}"
    return f"{wanted}{or_else}{got}"


def _must(message: str) -> str:
    for start, ours in _MUST.items():
        if message.startswith(start):
            return ours + message.removeprefix(start)
    return f"{message[:1].lower()}{message[1:]}"


def _is_branch(part: object) -> bool:
    """Say whether a part of a path names a branch of a union, and no key."""
    return isinstance(part, str) and ("[" in part or part in _BRANCHES)


def _keys(path: Path, root: type[BaseModel]) -> list[str]:
    """Return the keys that the table at a path has."""
    table = root
    for part in path:
        if isinstance(part, str):
            table = _table(table.model_fields[part].annotation) or table
    return list(table.model_fields)


def _table(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - whatever a field is
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_table(each) for each in get_args(annotation))
    return next((each for each in inside if each is not None), None)
