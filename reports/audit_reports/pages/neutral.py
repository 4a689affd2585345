"""The record with every text made inert, so that no page can forget to do it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from audit.record import CheckResult, Record
from audit.results import About, Answer
from audit_reports.inert import inert


def neutral(record: Record) -> Record:
    """Return the same record; what its texts hide is shown, what is endless is cut.

    What has no order of its own stands as in results.json, so that a record and its file give the
    same page.
    """
    made: Record = _neutral(record)
    return made


def _neutral(item: Any) -> Any:  # noqa: ANN401, PLR0911 - anything that a record holds
    match item:
        case Enum():
            return item
        case str():
            return inert(item)
        case About():
            return About({_neutral(name): _neutral(value) for name, value in item.items()})
        case Mapping():
            return {_neutral(name): _neutral(item[name]) for name in sorted(item)}
        case CheckResult():
            answers: tuple[Answer, ...] = (*item.findings, *item.unmeasured)
            return _rebuilt(replace(item, answers=answers))
        case tuple() | list():
            return type(item)(map(_neutral, item))
        case _ if is_dataclass(item) and not isinstance(item, type):
            return _rebuilt(item)
        case _:
            return item


def _rebuilt(item: Any) -> Any:  # noqa: ANN401 - any dataclass
    changed = {each.name: _neutral(getattr(item, each.name)) for each in fields(item)}
    return replace(item, **changed)
