"""The strip of a gate."""

from markupsafe import Markup

from audit.limits import Limit
from audit.record import Judgement
from audit.results import Estimate, Metric
from audit_reports.charts.strip import Strip, draw, repeat
from audit_reports.charts.svg import Span
from audit_reports.pages.teller import Teller


def gate_strip_again(teller: Teller, judged: Judgement) -> Markup:
    """Show the strip of a gate once more."""
    return repeat(_title(teller, judged), _key(teller, judged))


def _key(teller: Teller, judged: Judgement) -> str:
    return f"s-{teller.record.gates.index(judged) + 1}"


def gate_strip(teller: Teller, judged: Judgement) -> Markup:
    """Draw the number that decided, on its interval, beside the limit."""
    gate = judged.gate
    low, high = _natural_ends(teller.metric(gate.check, gate.metric), versus=gate.versus)
    return draw(
        Strip(
            title=_title(teller, judged),
            limit=gate.limit,
            look=teller.status(judged).key,
            span=span(judged.estimate),
            nothing=teller.words("gates.no_estimate"),
            low=low,
            high=high,
            ceiling=_ceiling(teller, judged),
            tolerate=_tolerated(judged),
            before=teller.words("gates.before") if gate.versus else "",
        ),
        _key(teller, judged),
    )


def span(estimate: Estimate | None) -> Span | None:
    """Return the numbers of an estimate that can be drawn."""
    return Span(estimate.value, estimate.low, estimate.high) if estimate else None


def _natural_ends(metric: Metric | None, *, versus: bool) -> tuple[float | None, float | None]:
    if metric is None:
        return 0.0, None
    if not versus:
        return metric.low, metric.high
    if metric.high is None:
        return None, None
    return metric.low - metric.high, metric.high - metric.low


def _ceiling(teller: Teller, judged: Judgement) -> float | None:
    if judged.counted_as != "waived":
        return None
    waivers = (w for w in teller.record.waivers if w.gate == judged.gate.name)
    return next((waiver.ceiling for waiver in waivers), None)


def _tolerated(judged: Judgement) -> Limit | None:
    return judged.gate.tolerate if judged.counted_as == "tolerated" else None


def _title(teller: Teller, judged: Judgement) -> str:
    said = teller.words("gates.no_estimate")
    if judged.estimate is not None and judged.worst is not None:
        said = teller.sentence(judged.worst.question, judged.estimate, judged.gate.limit)
    status, limit = teller.status(judged).word, teller.limit(judged.gate)
    name = judged.gate.name
    return teller.words("gates.strip_title", name=name, said=said, limit=limit, status=status)
