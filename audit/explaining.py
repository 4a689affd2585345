"""`audit list` and `audit explain`: what the checks declare of themselves."""

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from itertools import pairwise
from pkgutil import resolve_name
from typing import Any

from audit.catalogue import check_ids, load_check
from audit.protocol import Check
from audit.results import Metric


def listing() -> str:
    """Return a line for each check: its id and its question."""
    ids = check_ids()
    width = max(map(len, ids))
    return "\n".join(f"{each:<{width}}  {load_check(each).question}" for each in ids)


def explanation(check_id: str) -> str:
    """Return what a check asks, needs, measures and can be told."""
    check = load_check(check_id)
    return "\n".join(_lines(check))


def _lines(check: type[Check]) -> Iterator[str]:
    yield f"{check.id}: {check.question}"
    yield ""
    yield inspect.cleandoc(check.__doc__ or "")
    yield ""
    yield f"Needs: {', '.join(sorted(check.needs)) or 'nothing beyond the table'}"
    yield ""
    yield "Metrics:"
    for metric in check.metrics:
        yield from _metric(metric)
    if settings := list(_settings(check)):
        yield ""
        yield f"Settings, in [checks.{check.id}]:"
        yield from settings


def _metric(metric: Metric) -> Iterator[str]:
    high = "no upper end" if metric.high is None else f"{metric.high:g}"
    needs = f"; needs {', '.join(metric.needs)}" if metric.needs else ""
    better = {"low": "low is better", "high": "high is better", "zero": "better near zero"}
    word = better.get(metric.better, "describes; no gate reads it")
    paired = "; not_worse_by can read it" if metric.paired else ""
    yield f"  {metric.name} ({metric.unit}, {metric.low:g} to {high}; {word}{paired}{needs})"
    yield f"    {_first_sentence(metric.function)} [{metric.function}]"


def _first_sentence(function: str) -> str:
    doc = inspect.getdoc(resolve_name(function)) or ""
    return doc.partition("\n\n")[0].replace("\n", " ")


def _settings(check: type[Any]) -> Iterator[str]:
    if not is_dataclass(check):
        return
    notes = _field_notes(check)
    for each in fields(check):
        default = "" if each.default is MISSING else f" = {each.default!r}"
        yield f"  {each.name}{default}  {notes.get(each.name, '')}".rstrip()


def _field_notes(check: type[Any]) -> dict[str, str]:
    """Return the docstring under each field, which Python itself does not keep."""
    import ast

    [tree] = ast.parse(inspect.cleandoc("\n" + inspect.getsource(check))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    notes = {}
    for field, note in pairwise(body):
        match (field, note):
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                notes[name] = " ".join(text.split())
            case _:
                continue
    return notes
