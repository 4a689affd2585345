"""The few shapes that every chart is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from audit_reports.charts.colours import INK, MUTED
from audit_reports.inert import inert

_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Span:
    """A number and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line is drawn; the style sheet re-colours it by its stroke."""

    stroke: str
    width: float = 1
    dash: str = ""

    def __str__(self) -> str:
        parts = [f'stroke="{self.stroke}"']
        parts += [f'stroke-width="{place(self.width)}"'] if self.width != 1 else []
        parts += [f'stroke-dasharray="{self.dash}"'] if self.dash else []
        return " ".join(parts)


def place(position: float) -> str:
    """Write a coordinate with at most one decimal."""
    text = f"{position:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def picture(width: int, height: int, title: str, body: Iterable[str]) -> Markup:
    """Wrap a drawing in its title."""
    return _wrap(f'width="{width}" height="{height}"', title, "".join(body))


def repeated(width: int, height: int, title: str, key: str) -> Markup:
    """Wrap a drawing that stands elsewhere on the page, words and all."""
    return _wrap(f'width="{width}" height="{height}"', title, again(key), words=True)


def plot(width: int, height: int, title: str, body: Iterable[str]) -> Markup:
    """Wrap a drawing that may shrink where there is less room."""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" class="plot"'
    return _wrap(size, title, "".join(body))


def _wrap(size: str, title: str, drawn: str, *, words: bool = False) -> Markup:
    font = ' font-size="12"' if words or "<text" in drawn else ""
    said = escape(inert(title, _LONGEST_TITLE), quote=False)
    return Markup(  # noqa: S704 - every text above is escaped
        f'<svg role="img" {size}{font}><title>{said}</title>{drawn}</svg>'
    )


def named(key: str, body: Iterable[str]) -> str:
    """Give a drawing a name, so that others can repeat it."""
    return f'<g id="{key}">{"".join(body)}</g>'


def again(key: str) -> str:
    """Repeat a drawing that has a name."""
    return f'<use href="#{key}"/>'


def path(d: str, pen: Pen) -> str:
    """Draw straight lines, which enclose nothing that could be filled."""
    return f'<path d="{d}" {pen}/>'


def upright(x: float, top: float, bottom: float, pen: Pen) -> str:
    """Draw an upright line."""
    return path(f"M{place(x)} {place(top)}V{place(bottom)}", pen)


def level(left: float, right: float, y: float, pen: Pen) -> str:
    """Draw a level line."""
    return path(f"M{place(left)} {place(y)}H{place(right)}", pen)


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """Fill a rectangle."""
    return (
        f'<rect x="{place(x)}" y="{place(y)}" width="{place(width)}" height="{place(height)}"'
        f' fill="{fill}"/>'
    )


def disc(x: float, y: float, radius: float, fill: str) -> str:
    """Fill a circle."""
    return f'<circle cx="{place(x)}" cy="{place(y)}" r="{place(radius)}" fill="{fill}"/>'


def ring(x: float, y: float, radius: float, pen: Pen, paper: str) -> str:
    """Draw a hollow circle."""
    return f'<circle cx="{place(x)}" cy="{place(y)}" r="{place(radius)}" fill="{paper}" {pen}/>'


def whisker(left: float, right: float, y: float, pen: Pen) -> str:
    """Draw an interval: one line and its two ends."""
    return path(f"M{place(left)} {place(y - 4)}v8m0-4H{place(right)}m0-4v8", pen)


def label(x: float, y: float, text: str, *, anchor: str = "middle", strong: bool = False) -> str:
    """Write a text; a strong one is in ink, any other muted."""
    look = f' fill="{INK}" font-weight="600"' if strong else f' fill="{MUTED}"'
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    said = escape(inert(text, _LONGEST_TITLE), quote=False)
    return f'<text x="{place(x)}" y="{place(y)}"{at}{look}>{said}</text>'
