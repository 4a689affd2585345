"""What a finding says beside its number, where it is a word, a number or a list of words."""

from collections.abc import Iterator, Mapping
from typing import Final

from audit.record import CheckResult
from audit.results import Finding, Json
from audit_reports.pages.teller import COLUMN, Teller

_MOST: Final = 12
_MOST_WORDS: Final = 20
_TOLD: Final = frozenset(
    {"kind", "null_mean", "null_quantile", "value_now", "value_before", "lost", "new"}
)
"""What stands elsewhere on the page."""


def details(teller: Teller, check: CheckResult) -> tuple[str, ...]:
    """List the details, those about columns last; how many more there are, if there are many."""
    found = sorted(check.findings, key=lambda each: COLUMN in each.question.about)
    listed = tuple(item for each in found if (item := _item(teller, each)))
    more = len(listed) - _MOST
    if more <= 1:
        return listed
    return (*listed[:_MOST], teller.words("details.more", n=more))


def _item(teller: Teller, found: Finding) -> str:
    plain = tuple(_plain(teller, found.details))
    if not plain:
        return ""
    listed = teller.words.join(plain)
    return teller.words("details.item", title=teller.title(found.question), listed=listed)


def _plain(teller: Teller, shown: Mapping[str, Json]) -> Iterator[str]:
    for key, value in shown.items():
        said = _said(teller, value)
        if said and key not in _TOLD:
            known = teller.words.find("detail_names", key.replace(" ", "_"))
            name = known or key.replace("_", " ")
            yield teller.words("details.pair", name=name, value=said)


def _said(teller: Teller, value: Json) -> str:
    match value:
        case float():
            return f"{value:.6g}"
        case int():
            return teller.n(value)
        case str():
            return teller.words.find("metrics", value) or value
        case tuple() | list() if value and all(isinstance(each, str) for each in value):
            rest = len(value) - _MOST_WORDS
            more = (teller.words("details.rest", n=rest),) if rest > 0 else ()
            return teller.words.join((*value[:_MOST_WORDS], *more))
        case _:
            return ""
