"""One check in a notebook: a table whose rows share a scale for each metric."""

from collections.abc import Iterator
from itertools import count
from typing import Final

from markupsafe import Markup, escape

from audit.protocol import Format
from audit.record import CheckResult, Record
from audit.record_json import digest
from audit.results import Finding
from audit_reports.charts import forest
from audit_reports.charts.svg import Span
from audit_reports.numbers import number
from audit_reports.pages.neutral import neutral
from audit_reports.pages.teller import Teller
from audit_reports.words import words_of

_HEAD: Final = ("metric", "about", "", "value", "interval", "n")


def render(record: Record, language: str) -> str:
    """Return a fragment of HTML: no script, no style sheet, no request."""
    shown = neutral(record)
    teller = Teller(record=shown, words=words_of(language))
    return str(Markup("\n").join(_parts(teller, shown)))


def _parts(teller: Teller, record: Record) -> Iterator[Markup]:
    yield Markup('<svg width="0" height="0"><defs>{}</defs></svg>').format(Markup(forest.dot()))  # noqa: S704 - ours
    for check in record.checks:
        yield Markup("<h4>{}</h4>").format(check.question)
        yield from _table(teller, check, f"g{digest(record)[:12]}")
        for lost in check.unmeasured:
            name = teller.metric_name(lost.question.metric)
            yield Markup("<p>{} ({}): {}</p>").format(name, str(lost.question.about), lost.text)


def _table(teller: Teller, check: CheckResult, key: str) -> Iterator[Markup]:
    yield Markup("<table><thead><tr>")
    yield Markup("").join(Markup("<th>{}</th>").format(word) for word in _HEAD)
    yield Markup("</tr></thead><tbody>")
    for i, metric in enumerate(check.metrics):
        found = [each for each in check.findings if each.question.metric == metric.name]
        yield from _rows(teller, found, f"{key}-{i}")
    yield Markup("</tbody></table>")


def _rows(teller: Teller, found: list[Finding], key: str) -> Iterator[Markup]:
    """Draw the rows of one metric; a notebook shows many results, so `key` is this one's own."""
    if not found:
        return
    scale = forest.shared(v for each in found for v in (each.estimate.low, each.estimate.high))
    ground = forest.Ground(key=key)
    for i, each in zip(count(), found, strict=False):
        e, about = each.estimate, str(each.question.about)
        row = forest.Row(title=about, span=Span(e.value, e.low, e.high))
        cells = (
            teller.metric_name(each.question.metric),
            about,
            forest.draw(row, scale, ground, first=i == 0),
            number(e.value),
            f"{number(e.low)} to {number(e.high)}",
            f"{e.n:,}",
        )
        made = Markup("").join(Markup("<td>{}</td>").format(escape(cell)) for cell in cells)
        yield Markup("<tr>{}</tr>").format(made)


FORMAT: Final = Format(render=render)
