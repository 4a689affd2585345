"""What became of each row that a search attacked: four counts."""

from collections.abc import Mapping
from typing import Final

from audit.results import Json
from audit_reports.pages.held import number_in

FATES: Final = ("wrong before", "survived", "broken", "errors", "budget exhausted")
_NEEDED: Final = ("wrong before", "survived", "broken")
_LAST: Final = ("errors", "budget exhausted")
"""Rows for which the search had to end without an answer."""


def fates_in(details: Mapping[str, Json]) -> tuple[tuple[str, int], ...]:
    """Return each fate with its rows; empty where one of the four is missing."""
    known = [(fate, _count(details.get(fate))) for fate in FATES]
    found = tuple((fate, n) for fate, n in known if n is not None)
    names = [fate for fate, _ in found]
    whole = {*_NEEDED} <= {*names} and any(fate in names for fate in _LAST)
    return found if whole else ()


def _count(value: Json) -> int | None:
    known = number_in(value)
    return None if known is None or known < 0 or not known.is_integer() else int(known)
