"""Find checks and report formats, ours and anybody's, by entry point."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import Any, Final, cast

from audit.errors import CheckError, ConfigError, nearest
from audit.protocol import Check, Format

CHECKS: Final = "audit.checks"
REPORTS: Final = "audit.reports"


def targets(group: str) -> dict[str, str]:
    """Map every id that an installed package offers to its "module:Name"."""
    found: dict[str, str] = {}
    for point in entry_points(group=group):
        offered: Mapping[str, str] = point.load()
        if taken := found.keys() & offered.keys():
            msg = f"{point.value} must not offer an id that is taken, but offers {sorted(taken)}"
            raise ConfigError(msg)
        found |= offered
    return found


def check_ids() -> list[str]:
    """Return the ids of all checks that are installed."""
    return sorted(targets(CHECKS))


def load_check(check_id: str) -> type[Check]:
    """Load one check; no other check is imported."""
    check = cast("type[Check]", _load(CHECKS, check_id, "check"))
    if check.id != check_id:
        msg = f"the check offered as {check_id!r} must have that id, but has {check.id!r}"
        raise CheckError(msg)
    return check


def make_check(check_id: str, settings: Mapping[str, Any]) -> Check:
    """Make a check with its settings, which are its fields.

    Raises
    ------
    ConfigError
        With every setting that the check does not have or cannot take.

    """
    kind = load_check(check_id)
    known = _field_names(kind)
    problems = [
        f"checks.{check_id}.{name}: there is no such setting"
        + (nearest(name, known) if known else "; the check has none")
        for name in settings
        if name not in known
    ]
    if problems:
        raise ConfigError("\n".join(problems))
    try:
        return _validated(kind, settings)
    except ValueError as problem:
        msg = f"checks.{check_id}: {problem}"
        raise ConfigError(msg) from problem


def _field_names(kind: type[Any]) -> list[str]:
    return [each.name for each in fields(kind)] if is_dataclass(kind) else []


def _validated(kind: type[Any], settings: Mapping[str, Any]) -> Check:
    """Make the check; the annotations of its fields say which values they take."""
    from pydantic import TypeAdapter, ValidationError

    if not settings:
        return cast("Check", kind())
    try:
        return cast("Check", TypeAdapter(kind).validate_python(dict(settings)))
    except ValidationError as problem:
        lines = [
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in problem.errors(include_url=False, include_input=False)
        ]
        raise ValueError("; ".join(lines)) from problem


def load_format(name: str) -> Format:
    """Load one report format: a pure function of the record, and the file it goes to."""
    return cast("Format", _load(REPORTS, name, "report format"))


def load_formats() -> dict[str, Format]:
    """Load every report format that is installed."""
    return {name: load_format(name) for name in sorted(targets(REPORTS))}


def _load(group: str, name: str, what: str) -> object:
    known = targets(group)
    if name not in known:
        msg = f"there is no {what} {name!r}{nearest(name, known)}"
        raise ConfigError(msg)
    return resolve_name(known[name])
