"""How far the rows reach: the filled part of a dashed frame."""

from markupsafe import Markup

from audit_reports.charts.colours import OLD, STATUS
from audit_reports.charts.svg import Pen, box, picture


def draw(title: str, have: int, need: int) -> Markup:
    """Draw the rows that there are against the rows that it takes, 264 by 24 pixels."""
    filled = 240 * min(have / max(need, 1), 1.0)
    frame = Pen(OLD, dash="3 2")
    parts = [
        f'<rect x="12" y="6" width="240" height="12" fill="none" {frame}/>',
        box(12, 6, filled, 12, STATUS["inconclusive"]),
    ]
    return picture(264, 24, title, parts)
