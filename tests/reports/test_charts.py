import re
from importlib.resources import files
from itertools import pairwise, product

import pytest

from audit.limits import Limit
from audit_reports.charts import bar, change, colours, dumbbell, forest, overlay, reliability
from audit_reports.charts.scale import Linear, nice, ticks
from audit_reports.charts.strip import Strip, draw
from audit_reports.charts.svg import Span

AT_MOST = Limit.at_most(0.05)
AT_LEAST = Limit.at_least(0.8)


def strip(limit: Limit, span: Span | None, look: str = "pass", **more: object) -> Strip:
    return Strip(title="a gate", limit=limit, span=span, look=look, nothing="no estimate", **more)  # type: ignore[arg-type]


def drawn(made: Strip) -> str:
    return draw(made, "s-1")


def whisker(svg: str) -> tuple[float, float]:
    found = re.search(r"M([\d.]+) 11v8m0-4H([\d.]+)m0-4v8", svg)
    assert found
    return float(found[1]), float(found[2])


@pytest.mark.parametrize(
    ("reach", "half"),
    [(0.165, 0.2), (1, 1), (0.0701, 0.08), (1.01, 1.5), (0.3, 0.3), (9, 10), (2.2, 2.5)],
)
def test_a_scale_ends_at_a_round_value(reach: float, half: float) -> None:
    assert nice(reach) == half


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e-300, 1e300, 1.7e308])
def test_no_value_breaks_a_scale(value: float) -> None:
    span = Span(value, -value, value)
    for made in (strip(AT_MOST, span), strip(Limit(-1e-9, 1e-9), span, before="v1")):
        positions = [float(x) for x in re.findall(r'[xM]="?(-?[\d.]+)', drawn(made))]
        assert all(0 <= x <= 264 for x in positions)
    assert len(ticks(-value, value)) >= 2


def test_the_limit_stands_in_the_middle() -> None:
    svg = drawn(strip(AT_LEAST, Span(0.71, 0.65, 0.776), "fail"))
    assert "M132 0V31" in drawn(strip(Limit(-0.02, 0.02), Span(0, -0.01, 0.01)))
    assert re.search(r'<text x="132" [^>]*>0.8<', svg)


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        (AT_MOST, Span(0.03, 0.02, 0.04), Span(0.08, 0.07, 0.09)),
        (AT_LEAST, Span(0.9, 0.85, 0.95), Span(0.7, 0.65, 0.75)),
    ],
    ids=["at most", "at least"],
)
def test_better_is_to_the_right(limit: Limit, good: Span, bad: Span) -> None:
    assert min(whisker(drawn(strip(limit, good)))) > 132
    assert max(whisker(drawn(strip(limit, bad, "fail")))) < 132


def test_an_interval_that_touches_from_inside_meets_the_line() -> None:
    assert min(whisker(drawn(strip(AT_MOST, Span(0.03, 0.02, 0.05))))) == 132


def test_positions_follow_the_formula() -> None:
    made = strip(AT_LEAST, Span(0.71, 0.65, 0.776), "fail")
    assert made.half == 0.2
    assert made.at(0.65) == pytest.approx(132 + (0.65 - 0.8) / 0.2 * 120)
    assert strip(AT_MOST, Span(0.019, 0.011, 0.026)).at(0.05) == 132


def test_a_scale_is_cut_where_the_metric_ends() -> None:
    svg = drawn(strip(AT_LEAST, Span(0.55, 0.5, 0.6), "fail", low=0.0, high=1.0))
    assert ">1.0<" in svg
    made = strip(AT_LEAST, Span(0.55, 0.5, 0.6), "fail", low=0.0, high=1.0)
    assert f"H{made.at(1.0):g}" in svg  # the axis stops at the end of the range


def test_between_two_limits_lies_the_zone() -> None:
    made = strip(Limit(-0.02, 0.02), Span(0.006, -0.005, 0.018))
    assert made.half >= 1.5 * 0.04
    svg = drawn(made)
    assert f"M{made.at(0.02):g} 0V31" in svg
    assert "+0.02" in svg
    assert "\N{MINUS SIGN}0.02" in svg


def test_without_an_estimate_nothing_looks_met() -> None:
    svg = drawn(strip(AT_MOST, None, "unmeasured"))
    assert colours.ZONE not in svg
    assert "no estimate" in svg
    assert 'stroke-dasharray="3 3"' in svg


def test_the_predecessor_is_named_even_beside_its_margin() -> None:
    svg = drawn(strip(Limit.at_least(-0.01), Span(0.008, -0.001, 0.05), before="before"))
    assert ">before<" in svg


@pytest.mark.parametrize("look", [key for key in colours.STATUS if key != "error"])
def test_every_status_has_a_point(look: str) -> None:
    assert colours.STATUS[look] in drawn(strip(AT_MOST, Span(0.08, 0.07, 0.09), look))


def test_what_may_not_break_a_limit_is_drawn_dashed() -> None:
    waived = drawn(strip(AT_MOST, Span(0.08, 0.07, 0.09), "waived", ceiling=0.1))
    tolerated = drawn(
        strip(AT_LEAST, Span(0.8, 0.79, 0.82), "tolerated", tolerate=Limit.at_least(0.7))
    )
    assert 'stroke-dasharray="3 2"' in waived
    assert ">0.1<" in waived
    assert 'stroke-dasharray="3 2"' in tolerated
    assert ">0.7<" in tolerated


def test_labels_never_overlap() -> None:
    for value, before in product((0.011, 0.02, 0.09), ("v1", "the version before")):
        svg = drawn(strip(Limit.at_most(0.01), Span(value, 0, value), "fail", before=before))
        spans = re.findall(r'x="([\d.]+)"[^>]*>([^<]+)</(?:text|tspan)', svg)
        ends = sorted((float(x) - 3 * len(s), float(x) + 3 * len(s)) for x, s in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(ends))


def test_few_rows_are_drawn_hollow() -> None:
    scale = forest.shared([0.3, 0.7])
    row = forest.Row(title="native", span=Span(0.5, 0.31, 0.69), few=True)
    few = forest.draw(row, scale, forest.Ground(key="f"), first=True)
    assert 'stroke-dasharray="3 3"' in few
    assert colours.PAPER in few


def test_rows_of_one_table_share_a_scale() -> None:
    scale = forest.shared([0.43, 0.64])
    assert scale.ticks == (0.4, 0.45, 0.5, 0.55, 0.6, 0.65)
    assert scale.line.at(0.4) == 12
    assert scale.line.at(0.65) == 252
    later = forest.draw(forest.Row(title="b"), scale, forest.Ground(key="f"), first=False)
    assert '<use href="#f"/>' in later
    assert all(f">{tick:.2f}<" in forest.axis("axis", scale) for tick in scale.ticks)


def test_a_bin_outside_the_band_is_said_in_words() -> None:
    bins = [
        reliability.Bin(n=9, predicted=0.2, observed=0.2, low=0.1, high=0.3),
        reliability.Bin(n=9, predicted=0.8, observed=0.5, low=0.7, high=0.9),
    ]
    svg = reliability.draw("curve", bins, "predicted", "outside")
    assert svg.count("outside") == 1


def test_a_change_for_the_better_points_to_the_right() -> None:
    for low in (True, False):
        value = -0.01 if low else 0.01
        made = change.Change(
            title="change", span=Span(value, value, value), low_is_better=low, margin=0.02
        )
        assert made.at(value) > 132
        assert colours.ZONE in change.draw(made)


def test_the_other_charts_draw_what_they_get() -> None:
    scale = forest.shared([0.4, 0.6])
    assert 'cx="132"' in dumbbell.draw("a", 0.5, 0.55, scale)
    assert 'width="120"' in bar.draw("rows", 50, 100)
    assert "&lt;b&gt;" in overlay.draw("<b>", [0.5, 0.5], [1, 0], ("<", ">"))
    assert "…" in overlay.draw("a", [1], [1], ("an endless label of a bin", ""))


def test_a_line_of_values_ends_at_its_pixels() -> None:
    line = Linear(0, 1, 12, 252)
    assert [line.at(value) for value in (-1, 0, 0.5, 1, 2)] == [12, 12, 132, 252, 252]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens() -> tuple[dict[str, str], dict[str, str]]:
    sheet = (files("audit_reports") / "style" / "report.css").read_text(encoding="utf-8")
    blocks = sheet.split("prefers-color-scheme:dark")
    found = []
    for block in (blocks[0], blocks[1].split("forced-colors")[0]):
        pairs = re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})\b", block)
        found.append({k: "#" + v[1:] * (2 if len(v) == 4 else 1) for k, v in pairs})
    light, dark = found
    return light, {**light, **dark}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_in_pictures_can_be_read(theme: int) -> None:
    known = tokens()[theme]
    for ground in ("paper", "zone", "band"):
        assert contrast(known["ink"], known[ground]) >= 7
        assert contrast(known["muted"], known[ground]) >= 4.5
    for word in ("pass", "fail", "inconclusive", "waived", "link", "muted"):
        assert contrast(known[word], known["paper"]) >= 4.5
    for plate in ("blocked", "passed", "undecided", "broken"):
        assert contrast("#ffffff", known[plate]) >= 7


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_marks_in_pictures_stand_out(theme: int) -> None:
    known = tokens()[theme]
    for mark, ground in product(
        ("pass", "fail", "inconclusive", "waived", "new", "old"), ("paper", "zone")
    ):
        assert contrast(known[mark], known[ground]) >= 3


def test_the_style_sheet_knows_every_colour_that_is_drawn() -> None:
    sheet = (files("audit_reports") / "style" / "report.css").read_text(encoding="utf-8")
    light = tokens()[0]
    drawn_colours = {
        *colours.STATUS.values(),
        colours.MUTED,
        colours.LINE,
        colours.PAPER,
        colours.ZONE,
        colours.BAND,
        colours.NEW,
        colours.OLD,
    }
    for colour in drawn_colours:
        found = re.search(rf'\[fill="{colour}"\]{{fill:var\(--([\w-]+)\)}}', sheet)
        assert found, colour
        assert light[found[1]] == colour
