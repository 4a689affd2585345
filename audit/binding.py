"""Does every gate fit what the checks declare? Asked before anything is measured."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from audit.demands import LIMITS, Demand
from audit.errors import ConfigError, nearest
from audit.limits import Limit
from audit.record import ANSWERED_BEFORE, Gate, Severity, Waiver
from audit.results import About, Better, Metric, Question


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a check declares, and what it was asked."""

    metrics: Mapping[str, Metric]
    questions: Collection[Question]
    unmet: Collection[str] = ()
    """Metrics without what they need; a gate on one reads the question that says so."""


def bind(demands: Sequence[Demand], asked: Mapping[str, Asked]) -> tuple[Gate, ...]:
    """Turn what is written into gates.

    Raises
    ------
    ConfigError
        With every problem of every gate, a line each.

    """
    names = Counter(demand.title for demand in demands)
    problems = [f"gate {name!r}: the name must be unique" for name, n in names.items() if n > 1]
    gates = []
    for demand in demands:
        found = list(_problems(demand, asked))
        problems += [f"gate {demand.title!r}: {problem}" for problem in found]
        if not found:
            gates.append(_gate(demand, asked[demand.check].metrics[demand.metric]))
    if problems:
        raise ConfigError("\n".join(problems))
    return tuple(gates)


def refuse_unfit_waivers(waivers: Iterable[Waiver], gates: Sequence[Gate]) -> None:
    """Raise one ConfigError that names every waiver that no outcome could use."""
    known = {gate.name: gate for gate in gates}
    problems = [
        f"waiver of {waiver.gate!r}: {problem}"
        for waiver in waivers
        for problem in _waiver_problems(waiver, known)
    ]
    if problems:
        raise ConfigError("\n".join(problems))


def _waiver_problems(waiver: Waiver, known: Mapping[str, Gate]) -> Iterator[str]:
    if waiver.gate == ANSWERED_BEFORE:
        return
    gate = known.get(waiver.gate)
    if gate is None:
        yield f"there is no such gate{nearest(waiver.gate, known)}"
        return
    if gate.builtin:
        yield "rows that are missing cannot be waived; change data.expect"
        return
    if gate.severity is Severity.WARN:
        yield "a warn gate stops nothing, so it needs no waiver"
    if waiver.ceiling is None:
        yield "ceiling must say the worst value that is covered"
    elif gate.limit.contains(waiver.ceiling):
        yield f"ceiling must lie beyond the limit '{gate.limit}', but is {waiver.ceiling:g}"


def _problems(demand: Demand, asked: Mapping[str, Asked]) -> Iterator[str]:
    check = asked.get(demand.check)
    if check is None:
        yield f"no check {demand.check!r} was asked{nearest(demand.check, asked)}"
        return
    metric = check.metrics.get(demand.metric)
    if metric is None:
        hint = nearest(demand.metric, check.metrics)
        yield f"{demand.check} has no metric {demand.metric!r}{hint}"
        return
    if len(demand.limits) != 1:
        yield f"must have exactly one of {', '.join(LIMITS)}, but has {_listed(demand.limits)}"
        return
    found = list(_limit_problems(demand, metric))
    yield from found
    if not found:
        yield from _reading_problems(demand, metric, check)


def _limit_problems(demand: Demand, metric: Metric) -> Iterator[str]:
    if metric.better is Better.NEITHER:
        yield f"{metric.name} describes and is neither good nor bad, so no gate can read it"
        return
    if demand.not_worse_by is not None:
        yield from _margin_problems(demand.not_worse_by, metric)
    limit = _limit(demand, metric)
    if isinstance(limit, str):
        yield limit
        return
    low, high = _range(demand, metric)
    if demand.not_worse_by is None and not _guards(limit, metric.better):
        yield f"{metric.name} is better {_side(metric.better)}, which '{limit}' does not guard"
    ends = [end for end in (limit.low, limit.high) if end is not None]
    if not all(low <= end <= high for end in ends):
        yield f"limit must lie in [{low:g}, {high:g}], but got '{limit}'{_percent(ends, high)}"
    elif limit.contains(low) and limit.contains(high):
        yield f"limit must forbid a part of [{low:g}, {high:g}], but '{limit}' allows all of it"


def _margin_problems(margin: float, metric: Metric) -> Iterator[str]:
    if metric.better is Better.ZERO:
        yield f"{metric.name} is better near zero, so not_worse_by has no side; use within"
    elif not metric.paired:
        yield f"{metric.name} has no paired form, so it cannot be compared with the predecessor"
    if not (isfinite(margin) and margin >= 0):
        yield f"not_worse_by must be a margin of at least 0, but got {margin:g}"


def _reading_problems(demand: Demand, metric: Metric, check: Asked) -> Iterator[str]:
    gate = _gate(demand, metric)
    if isinstance(gate, Gate):
        yield from _tolerance_problems(demand, gate, metric)
    if metric.name in check.unmet:
        return
    about = demand.about
    plain = [
        q.about for q in check.questions if q.metric == metric.name and "versus" not in q.about
    ]
    if demand.not_worse_by is None and about is not None and "versus" in about:
        yield "only not_worse_by reads a difference with the predecessor"
    elif about is not None and about not in plain:
        known = ", ".join(sorted({f"{{{each}}}" for each in plain})[:12])
        yield (
            f"about must match a question of {metric.name}, but got {{{about}}}; there are {known}"
        )
    elif about is None and not any(map(gate.reads, check.questions)) and not gate.versus:
        yield f"no question of {metric.name} is read without an about"


def _tolerance_problems(demand: Demand, gate: Gate, metric: Metric) -> Iterator[str]:
    limit, wider = gate.limit, gate.tolerate
    if demand.tolerate is not None and (wider is None or not _widens(wider, limit)):
        yield f"tolerate must be wider than '{limit}' on the same side, but got {demand.tolerate}"
    if metric.search and gate.severity is Severity.BLOCK:
        end = metric.high if metric.better is Better.LOW else metric.low
        if wider is None or end is None or not wider.contains(end):
            yield (
                f"{metric.name} is found by a search, so only FAIL is conclusive and no outcome "
                f'could pass; use severity = "warn" or tolerate = {end}'
            )


def _gate(demand: Demand, metric: Metric) -> Gate:
    limit = _limit(demand, metric)
    if isinstance(limit, str):
        raise ConfigError(limit)
    return Gate(
        name=demand.title,
        check=demand.check,
        metric=demand.metric,
        limit=limit,
        about=demand.about,
        versus=demand.not_worse_by is not None,
        tolerate=_tolerated(demand, metric),
        severity=demand.severity,
        why=demand.why,
    )


def _limit(demand: Demand, metric: Metric) -> Limit | str:
    """Return the values that are allowed, or what is wrong with them."""
    try:
        if demand.at_most is not None:
            return Limit.at_most(demand.at_most)
        if demand.at_least is not None:
            return Limit.at_least(demand.at_least)
        if demand.within is not None:
            return Limit(*demand.within)
        return _margin(demand.not_worse_by or 0.0, metric)
    except ConfigError as problem:
        return str(problem)


def _margin(margin: float, metric: Metric) -> Limit:
    """Return the signed differences that are allowed: this version minus the predecessor."""
    return Limit.at_most(margin) if metric.better is Better.LOW else Limit.at_least(0.0 - margin)


def _tolerated(demand: Demand, metric: Metric) -> Limit | None:
    match demand.tolerate:
        case None:
            return None
        case (low, high):
            return Limit(low, high) if demand.within and low <= high else None
        case float() | int() as end if not demand.within and isfinite(end):
            if demand.not_worse_by is not None:
                return _margin(end, metric)
            return Limit.at_most(end) if demand.at_most is not None else Limit.at_least(end)
        case _:
            return None


def _widens(wider: Limit, limit: Limit) -> bool:
    below = _or(wider.low, -inf) <= _or(limit.low, -inf)
    above = _or(wider.high, inf) >= _or(limit.high, inf)
    return below and above and wider != limit


def _or(end: float | None, otherwise: float) -> float:
    return otherwise if end is None else end


def _range(demand: Demand, metric: Metric) -> tuple[float, float]:
    high = _or(metric.high, inf)
    if demand.not_worse_by is None:
        return metric.low, high
    return metric.low - high, high - metric.low


def _guards(limit: Limit, better: Better) -> bool:
    """Say whether the limit has an end on the bad side of the metric."""
    match better:
        case Better.LOW:
            return limit.high is not None
        case Better.HIGH:
            return limit.low is not None
        case Better.ZERO:
            return limit.low is not None and limit.high is not None
        case Better.NEITHER:
            return False


def _side(better: Better) -> str:
    return "near zero" if better is Better.ZERO else str(better)


def _percent(ends: Iterable[float], high: float) -> str:
    """Guess that a share was written in percent."""
    over = [end for end in ends if high < end <= 100 * high and high == 1]
    return f"; did you mean {over[0] / 100:g}?" if over else ""


def _listed(kinds: Sequence[str]) -> str:
    return " and ".join(kinds) or "none"


def questions_versus(gates: Iterable[Gate], questions: Collection[Question]) -> list[Question]:
    """Return the paired questions that gates read and no check has planned."""
    return [
        Question(
            check=gate.check,
            metric=gate.metric,
            about=(gate.about or About()).versus_baseline,
        )
        for gate in gates
        if gate.versus and not any(map(gate.reads, questions))
    ]
