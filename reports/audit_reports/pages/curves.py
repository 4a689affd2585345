"""The reliability of predicted shares, bin by bin."""

from collections.abc import Iterator, Mapping
from math import isclose
from typing import Any, Final

from audit.record import CheckResult
from audit.results import Finding
from audit_reports.charts.reliability import Bin, draw
from audit_reports.numbers import number
from audit_reports.pages.parts import Cell, Column, Plot, Row, Table, one
from audit_reports.pages.teller import Teller

_DRAWN: Final = 3


def curves(teller: Teller, check: CheckResult) -> tuple[Plot, ...]:
    """Draw the curve of all rows, those that decided a gate, and the worst of the others."""
    return tuple(
        _plot(teller, found, tuple(_bins(found.details)), _null(teller, check, found))
        for found in _curved(teller, check)[:_DRAWN]
    )


def not_drawn(teller: Teller, check: CheckResult) -> str:
    """Say how many curves are left to the record; "" if all are drawn."""
    more = len(_curved(teller, check)) - _DRAWN
    return teller.words("curve.more", n=more) if more > 0 else ""


def _curved(teller: Teller, check: CheckResult) -> list[Finding]:
    deciding = [judged.worst for judged in teller.record.gates]
    curved = [
        found
        for found in check.findings
        if "versus" not in found.question.about and any(_bins(found.details))
    ]

    def place(found: Finding) -> tuple[bool, bool, float]:
        return bool(found.question.about), found not in deciding, -found.estimate.value

    return sorted(curved, key=place)


def _bins(details: Mapping[str, Any]) -> Iterator[Bin]:
    listed = details.get("bins")
    for each in listed if isinstance(listed, list | tuple) else ():
        if isinstance(each, Mapping) and {"n", "predicted", "observed", "low", "high"} <= set(each):
            n, numbers = each["n"], ("predicted", "observed", "low", "high")
            yield Bin(n=n, **{name: float(each[name]) for name in numbers})


def _null(teller: Teller, check: CheckResult, found: Finding) -> tuple[str, ...]:
    """Say what chance alone would give for the plain error over the same rows."""
    for other in check.findings:
        details, about = other.details, other.question.about
        if about == found.question.about and {"null_mean", "null_quantile"} <= set(details):
            name = teller.metric_name(other.question.metric)
            mean, most = (number(float(details[key])) for key in ("null_mean", "null_quantile"))
            value = number(other.estimate.value)
            return (teller.words("curve.null", name=name, value=value, mean=mean, most=most),)
    return ()


def _plot(teller: Teller, found: Finding, bins: tuple[Bin, ...], notes: tuple[str, ...]) -> Plot:
    words = teller.words
    inside = sum(each.inside for each in bins)
    part = teller.part(found.question.about)
    title = words("curve.title", inside=inside, n=len(bins))
    if part:
        title = words("curve.title_of", title=title, part=part)
    rows = sum(each.n for each in bins)
    return Plot(
        title=title,
        plotted=words("curve.plotted", n=rows),
        chart=draw(
            words("curve.svg_title", title=title),
            bins,
            words("curve.axis"),
            words("curve.outside"),
        ),
        how=words("curve.how"),
        table=_table(teller, bins),
        notes=notes,
    )


def _apart(each: Bin) -> list[float]:
    """Return the ends of the band that a share differs from by more than arithmetic."""
    return [end for end in (each.low, each.high) if not isclose(each.observed, end)]


def _table(teller: Teller, bins: tuple[Bin, ...]) -> Table:
    words = teller.words
    keys = ("predicted", "n", "observed", "band", "verdict")
    inside, outside = words("curve.inside"), words("curve.outside")
    rows = []
    for each in bins:
        band = words("number.interval", low=number(each.low), high=number(each.high))
        cells = (
            Cell(text=number(each.predicted)),
            Cell(text=teller.n(each.n)),
            Cell(text=number(each.observed, *_apart(each))),
            Cell(text=band),
            Cell(text=inside if each.inside else outside, strong=not each.inside),
        )
        rows.append(Row(cells=cells))
    columns = [
        Column(name=words(f"curve.column.{key}"), numeric=key not in {"verdict", "predicted"})
        for key in keys
    ]
    return Table(caption=words("curve.table"), columns=tuple(columns), blocks=one(tuple(rows)))
