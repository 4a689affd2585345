"""The inconclusive gates: which limit these rows could prove, and how many rows it takes."""

from audit.record import Judgement, Verdict
from audit.results import Finding
from audit_reports.charts import bar
from audit_reports.pages.blocking import unblock
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.teller import Teller


def settle_table(teller: Teller) -> Table | None:
    """List the inconclusive gates with a number; None if there are none."""
    words = teller.words
    judged = [
        (n, each)
        for n, each in enumerate(teller.record.gates, 1)
        if each.verdict is Verdict.INCONCLUSIVE and isinstance(each.worst, Finding)
    ]
    if not judged:
        return None
    return Table(
        caption=words("settle.caption", n=len(judged)),
        columns=(
            Column(name=words("settle.column.gate")),
            Column(name=words("settle.column.limit"), numeric=True),
            Column(name=words("column.attainable"), numeric=True),
            Column(name=words("settle.column.bar"), chart=True),
            Column(name=words("settle.column.needed"), numeric=True),
        ),
        blocks=one(tuple(_row(teller, n, each) for n, each in judged)),
        how=words("settle.how"),
    )


def _row(teller: Teller, index: int, judged: Judgement) -> Row:
    words, estimate = teller.words, judged.estimate
    rows = estimate.n if estimate else 0
    attainable = estimate.attainable if estimate else None
    none = words("settle.unknown")
    chart = None
    if judged.needed_n:
        title = words("settle.title", name=judged.gate.name, rows=rows, n=judged.needed_n)
        chart = bar.draw(title, rows, judged.needed_n)
    reach = none if attainable is None else teller.attainable(attainable, judged.gate.limit)
    cells = (
        Cell(text=judged.gate.name, link=f"g-{index}", under=(unblock(teller, judged),)),
        Cell(text=teller.limit(judged.gate)),
        Cell(text=reach),
        Cell(chart=chart) if chart else Cell(text=none),
        Cell(
            text=teller.n(judged.needed_n) if judged.needed_n else none,
            under=(words("settle.used", n=rows),),
        ),
    )
    return Row(cells=cells)
