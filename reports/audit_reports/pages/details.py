"""What a finding says beside its number, where it is a word, a number or a list of words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from audit.record import CheckResult
from audit.results import About, Finding, Json
from audit_reports.numbers import short
from audit_reports.pages.fates import FATES
from audit_reports.pages.held import table_in
from audit_reports.pages.severity import graded
from audit_reports.pages.teller import COLUMN, Teller

_MOST: Final = 12
_MOST_WORDS: Final = 20
_SEVERAL: Final = 2
_DIGEST: Final = "digest"
_MOST_DIGITS: Final = 12
_TOLD: Final = frozenset(
    {"kind", "null_mean", "null_quantile", "value_now", "value_before", "lost", "new", "size"}
    | {"size in", "accuracy clean", "accuracy perturbed", "curve", "bins", *FATES}
    | {"attributed", "random", "examples"}
)
"""What stands elsewhere on the page."""


def details(teller: Teller, check: CheckResult) -> tuple[str, ...]:
    """List the details, those about columns last; how many more there are, if there are many."""
    found = sorted(check.findings, key=lambda each: COLUMN in each.question.about)
    alike = _alike([each.details for each in found])
    shared = _line(teller, teller.words("details.all", n=len(found)), alike)
    listed = tuple(filter(None, (shared, *_own(teller, found, alike))))
    more = len(listed) - _MOST
    if more <= 1:
        return listed
    return (*listed[:_MOST], teller.words("details.more", n=more))


def _alike(every: Sequence[Mapping[str, Json]]) -> Mapping[str, Json]:
    """Return what all numbers of a check have in common, which is said once."""
    if len(every) < _SEVERAL:
        return {}
    first = every[0].items()
    return {
        key: value
        for key, value in first
        if all(key in other and other[key] == value for other in every)
    }


def _own(teller: Teller, found: Sequence[Finding], alike: Mapping[str, Json]) -> Iterator[str]:
    """Say what differs, once for all numbers about the same rows that say the same."""
    said: dict[tuple[About, str], list[str]] = {}
    for each in found:
        if graded(each.question):
            continue  # its table says what differs
        own = {key: value for key, value in each.details.items() if key not in alike}
        plain = teller.words.join(tuple(_plain(teller, own)))
        said.setdefault((each.question.about, plain), []).append(each.question.metric)
    for (about, plain), metrics in said.items():
        part = teller.part(about)
        names = (*map(teller.metric_name, metrics), *([part] if part else []))
        if plain:
            yield teller.words("details.item", title=teller.words.join(names), listed=plain)


def _line(teller: Teller, title: str, shown: Mapping[str, Json]) -> str:
    plain = tuple(_plain(teller, shown))
    if not plain:
        return ""
    return teller.words("details.item", title=title, listed=teller.words.join(plain))


def _plain(teller: Teller, shown: Mapping[str, Json]) -> Iterator[str]:
    words = teller.words
    for key, value in shown.items():
        if key in _TOLD:
            continue
        name = teller.detail(key)
        if isinstance(value, Mapping):
            if table_in(value):
                continue
            if inner := words.join(tuple(_plain(teller, value))):
                yield words("number.inline", value=name, interval=inner)
        elif said := _short(key, _said(teller, value)):
            yield words("details.pair", name=name, value=said)


def _short(key: str, said: str) -> str:
    """Begin a digest, and end a sentence within the sentence around it."""
    if key.endswith(_DIGEST) and len(said) > _MOST_DIGITS:
        return f"{said[:_MOST_DIGITS]}…"
    return said.removesuffix(".").removesuffix("。")


def _said(teller: Teller, value: Json) -> str:
    match value:
        case bool():
            return teller.words("listed.yes" if value else "listed.no")
        case float():
            return short(value)
        case int():
            return teller.n(value)
        case str():
            return teller.words.find("metrics", value) or teller.told(value)
        case _:
            return _list(teller, value)


def _list(teller: Teller, value: Json) -> str:
    """Print a list of words; "" for anything else, which a table shows."""
    if not isinstance(value, tuple | list) or not all(isinstance(each, str) for each in value):
        return ""
    rest = len(value) - _MOST_WORDS
    more = (teller.words("details.rest", n=rest),) if rest > 0 else ()
    return teller.words.join((*map(teller.told, value[:_MOST_WORDS]), *more))
