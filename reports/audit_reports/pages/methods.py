"""How each number was made, and how each method is known to fail."""

from audit.results import Better, Finding, Metric
from audit_reports.numbers import written
from audit_reports.pages.parts import Cell, Column, Row, Table, one
from audit_reports.pages.protocols import out_of_fold
from audit_reports.pages.teller import Teller


def methods_notes(teller: Teller) -> tuple[str, ...]:
    """Say what holds for every number of the record."""
    out = out_of_fold(teller.record.data.protocol)
    return (teller.words("methods.out_of_fold"),) if out else ()


def methods_table(teller: Teller) -> Table | None:
    """List every method that was used; None if nothing was measured."""
    words, record = teller.words, teller.record
    used: dict[str, dict[str, None]] = {}
    own = [judged.worst for judged in record.gates if judged.gate.builtin]
    for answer in (*record.answers, *own):
        if isinstance(answer, Finding):
            name = teller.metric_name(answer.question.metric)
            used.setdefault(answer.estimate.method, {})[name] = None
    if not used:
        return None
    rows = [_method_row(teller, method, tuple(names)) for method, names in used.items()]
    keys = ("method", "used_for", "explained", "fails")
    return Table(
        caption=words("methods.caption", n=len(rows)),
        columns=tuple(Column(name=words(f"methods.column.{key}")) for key in keys),
        blocks=one(tuple(rows)),
    )


def _method_row(teller: Teller, method: str, names: tuple[str, ...]) -> Row:
    words = teller.words
    known, original = words.find_in("methods", method), words.language != "en"
    name = known.get("name", method)
    cells = (
        Cell(text=name, under=(method,) if original and name != method else ()),
        Cell(text=words.join(names)),
        Cell(text=known.get("explained", words("methods.unexplained"))),
        Cell(text=known.get("fails", words("methods.fails"))),
    )
    return Row(cells=cells)


def metrics_table(teller: Teller) -> Table | None:
    """List every metric with its unit, range and function; None if no check ran."""
    words = teller.words
    metrics = {
        (metric.name, metric.function, metric.unit): metric
        for check in teller.record.checks
        for metric in check.metrics
    }
    if not metrics:
        return None
    keys = ("metric", "unit", "range", "better", "fails", "function")
    rows = tuple(_metric_row(teller, metric) for metric in metrics.values())
    return Table(
        caption=words("metrics_table.caption", n=len(rows)),
        columns=tuple(Column(name=words(f"metrics_table.column.{key}")) for key in keys),
        blocks=one(rows),
    )


def _metric_row(teller: Teller, metric: Metric) -> Row:
    words = teller.words
    unit = words.find("units", metric.unit) or metric.unit
    if metric.high is None:
        ends = words("metrics_table.from", low=written(metric.low))
    else:
        ends = words("number.interval", low=written(metric.low), high=written(metric.high))
    better = words("metrics_table.search") if metric.search else _better(teller, metric.better)
    cells = (
        Cell(text=teller.metric_name(metric.name), under=(metric.name,)),
        Cell(text=unit),
        Cell(text=ends),
        Cell(text=better),
        Cell(text=teller.find("metric_fails", metric.name) or words("metrics_table.fails")),
        Cell(text=metric.function, code=True),
    )
    return Row(cells=cells)


def _better(teller: Teller, better: Better) -> str:
    return teller.words(f"better.{better}")
