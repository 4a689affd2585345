"""What happens as features are taken away: those named first against those drawn at random."""

from typing import Final

from audit.record import CheckResult
from audit.results import About, Finding
from audit_reports.charts.removal import Removal, draw
from audit_reports.numbers import number, written
from audit_reports.pages.held import curve_in, number_in
from audit_reports.pages.parts import Cell, Column, Plot, Row, Table, one
from audit_reports.pages.teller import Teller

_LINES: Final = ("removed", "attributed", "random")
_WORDS: Final = "_words"
"""Of texts, shares of the words are taken away; of tables, numbers of features."""
_KEPT: Final = "sufficiency"
"""Its curve keeps what is named and takes the rest away."""


Lines = tuple[tuple[float, ...], ...]


def removals(teller: Teller, check: CheckResult) -> tuple[Plot, ...]:
    """Draw the curve of each finding that has one, the same curve once."""
    drawn: dict[tuple[About, Lines], Finding] = {}
    for found in check.findings:
        lines = curve_in(found.details.get("curve"), _LINES)
        if lines:
            drawn.setdefault((found.question.about, lines), found)
    return tuple(_plot(teller, found, lines) for (_, lines), found in drawn.items())


def _plot(teller: Teller, found: Finding, lines: Lines) -> Plot:
    words = teller.words
    removed, attributed, random = lines
    kind = _WORDS if all(0 < step < 1 for step in removed) else ""
    said = words(f"removal.title{kind}", **_means(found, lines))
    title = words("curve.title_of", part=teller.title(found.question), title=said)
    chart = Removal(
        title=title,
        axis=words(f"removal.axis{kind}"),
        removed=tuple(map(written, removed)),
        attributed=attributed,
        random=random,
        names=(words("removal.named"), words("removal.random")),
    )
    how = "how_kept" if found.question.metric == _KEPT else "how"
    return Plot(
        title=title,
        plotted=words(f"removal.plotted{kind}", n=found.estimate.n),
        chart=draw(chart),
        how=words(f"removal.{how}{kind}"),
        table=_table(teller, lines),
    )


def _means(found: Finding, lines: Lines) -> dict[str, str]:
    """Return both means as the check made them, or else both last points."""
    both = [number_in(found.details.get(key)) for key in ("attributed", "random")]
    ends = (lines[1][-1], lines[2][-1])
    named, drawn = (end if mean is None else mean for mean, end in zip(both, ends, strict=True))
    return {"named": number(named), "random": number(drawn)}


def _table(teller: Teller, lines: Lines) -> Table:
    rows = [
        Row(
            cells=(
                Cell(text=written(step)),
                Cell(text=number(named)),
                Cell(text=number(drawn)),
                Cell(text=number(named - drawn, sign=True)),
            )
        )
        for step, named, drawn in zip(*lines, strict=True)
    ]
    keys = ("step", "named", "random", "excess")
    columns = tuple(
        Column(name=teller.words(f"removal.column.{key}"), numeric=key != "step") for key in keys
    )
    caption = teller.words("removal.table")
    return Table(caption=caption, columns=columns, blocks=one(tuple(rows)))
