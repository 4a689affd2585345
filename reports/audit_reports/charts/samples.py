"""The key of the strip: each of its marks, small."""

from dataclasses import dataclass

from markupsafe import Markup

from audit_reports.charts.colours import INK, OLD, STATUS, ZONE
from audit_reports.charts.points import pen, point
from audit_reports.charts.svg import Pen, box, upright, whisker


@dataclass(frozen=True, slots=True)
class Sample:
    """A mark and the key of its name."""

    name: str
    chart: Markup


def samples() -> tuple[Sample, ...]:
    """Draw each mark of a strip, 32 by 20 pixels."""
    looks = ("pass", "fail", "inconclusive", "tolerated", "warned", "waived")
    drawn = [
        Sample(look, _small(whisker(3, 29, 10, pen(look)) + point(16, 10, look))) for look in looks
    ]
    limit = box(12, 2, 18, 14, ZONE) + upright(12, 0, 20, Pen(INK, width=2))
    before = upright(16, 1, 19, Pen(OLD, 1.5, "2 2"))
    bounds = [
        upright(x, 1, 19, Pen(STATUS[look], 1.5, "3 2"))
        for x, look in ((11, "waived"), (21, "tolerated"))
    ]
    drawn += [
        Sample("limit", _small(limit)),
        Sample("before", _small(before)),
        Sample("bound", _small("".join(bounds))),
    ]
    return tuple(drawn)


def _small(body: str) -> Markup:
    size = 'width="32" height="20" aria-hidden="true"'
    return Markup(f"<svg {size}>{body}</svg>")  # noqa: S704 - holds no text
