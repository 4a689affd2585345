"""What a probe costs, step by step: this version solid, the one before dashed."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from audit_reports.charts import plane
from audit_reports.charts.svg import Span, plot


@dataclass(frozen=True, kw_only=True, slots=True)
class Severity:
    """One probe."""

    title: str
    axis: str
    steps: tuple[str, ...]
    now: tuple[Span | None, ...]
    """This version at each step; None where it has no number."""
    before: tuple[float | None, ...] = ()
    """The predecessor at each step."""
    names: tuple[str, str] = ("", "")
    """What this version and the one before are called."""
    zone: tuple[float, float] | None = None
    """Values that meet the limit of the gate that reads it."""
    limits: tuple[float, ...] = ()
    judged: tuple[int, ...] = ()
    """The steps at which the gate judges."""


def draw(made: Severity) -> Markup:
    """Draw a plot of 336 by 252 pixels; at least one step has a number."""
    return plot(plane.WIDTH, plane.HEIGHT, made.title, _parts(made))


def _parts(made: Severity) -> Iterator[str]:
    spans = [(step, span) for step, span in enumerate(made.now) if span]
    old = [(step, value) for step, value in enumerate(made.before) if value is not None]
    values = [v for _, span in spans for v in (span.value, span.low, span.high)]
    values += [*(value for _, value in old), *made.limits]
    on = plane.plane(made.steps, values, made.axis)
    yield from plane.ground(on, made.zone)
    for value in made.limits:
        yield plane.limit(on, value)
    for step in made.judged:
        yield plane.dotted(on, step)
    then = [(on.x(step), on.y.at(value)) for step, value in old]
    here = [(on.x(step), on.y.at(span.value)) for step, span in spans]
    yield from plane.dashed(then)
    for step, span in spans:
        yield plane.whisker(on.x(step), on.y.at(span.low), on.y.at(span.high))
    yield from plane.solid(here)
    ends = zip((here, then), made.names, strict=True)
    yield from plane.names([(points[-1], name) for points, name in ends if points and then])
