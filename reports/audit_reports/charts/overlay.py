"""Two distributions over the same bins: the reference filled, the rows under test in outline."""

from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from audit_reports.charts.colours import MUTED, NEW, OLD
from audit_reports.charts.labels import width as text_width
from audit_reports.charts.svg import Pen, label, level, place, plot

_WIDTH, _HEIGHT, _BASE = 160, 96, 78
_ROOM: Final = 76


def draw(
    title: str, reference: Sequence[float], test: Sequence[float], ends: tuple[str, str]
) -> Markup:
    """Draw a small multiple of 160 by 96 pixels; shares in, one a bin; `ends` name the axis."""
    return plot(_WIDTH, _HEIGHT, title, _parts(reference, test, ends))


def _parts(
    reference: Sequence[float], test: Sequence[float], ends: tuple[str, str]
) -> Iterator[str]:
    wide, top = _WIDTH / len(test), max(*reference, *test, 1e-12) * 1.05

    def y(share: float) -> float:
        return _BASE - max(share, 0.0) / top * (_BASE - 4)

    bars = "".join(
        f"M{place(i * wide)} {_BASE}V{place(y(share))}H{place((i + 1) * wide)}V{_BASE}z"
        for i, share in enumerate(reference)
    )
    yield f'<path d="{bars}" fill="{OLD}" fill-opacity=".45"/>'
    steps = "".join(f"V{place(y(share))}H{place((i + 1) * wide)}" for i, share in enumerate(test))
    yield f'<path d="M0 {_BASE}{steps}V{_BASE}" fill="none" {Pen(NEW, 2)}/>'
    yield level(0, _WIDTH, _BASE, Pen(MUTED))
    yield label(0, _HEIGHT - 4, _short(ends[0]), anchor="start")
    yield label(_WIDTH, _HEIGHT - 4, _short(ends[1]), anchor="end")


def _short(text: str) -> str:
    while text_width(text) > _ROOM:
        text = text.removesuffix("…")[:-1] + "…"
    return text
