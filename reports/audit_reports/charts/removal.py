"""Faithfulness is the gap: what is named first against what is drawn at random."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from audit_reports.charts import plane
from audit_reports.charts.colours import BAND
from audit_reports.charts.svg import plot


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """A curve over the share of features that is taken away, at least one step long."""

    title: str
    axis: str
    removed: tuple[str, ...]
    attributed: tuple[float, ...]
    random: tuple[float, ...]
    names: tuple[str, str]
    """What the solid and the dashed line are called."""


def draw(made: Removal) -> Markup:
    """Draw a plot of 336 by 252 pixels; the gap between both lines is filled."""
    return plot(plane.WIDTH, plane.HEIGHT, made.title, _parts(made))


def _parts(made: Removal) -> Iterator[str]:
    on = plane.plane(made.removed, (0.0, *made.attributed, *made.random), made.axis)
    yield from plane.ground(on)
    named, drawn = (
        [(on.x(step), on.y.at(value)) for step, value in enumerate(line)]
        for line in (made.attributed, made.random)
    )
    if len(named) > 1:
        yield f'<path d="M{plane.corners((*named, *reversed(drawn)))}z" fill="{BAND}"/>'
    yield from plane.dashed(drawn)
    yield from plane.solid(named)
    yield from plane.names([(named[-1], made.names[0]), (drawn[-1], made.names[1])])
