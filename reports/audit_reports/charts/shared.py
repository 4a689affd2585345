"""What many drawings of a page repeat, drawn once."""

from markupsafe import Markup

from audit_reports.charts.forest import dot
from audit_reports.charts.strip import whole_ground


def shared() -> Markup:
    """Return the shapes for the sprite of the page."""
    return Markup(dot() + whole_ground())  # noqa: S704 - holds no text
