"""The charts of probes and explanations: pure functions from numbers to SVG."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_reports.charts import amount, plane, removal, severity
from audit_reports.charts.svg import Span

FINITE = st.floats(-1e300, 1e300)


def probe(**more: object) -> severity.Severity:
    made: dict[str, object] = {
        "title": "noise",
        "axis": "severity",
        "steps": ("1", "2", "3"),
        "now": (Span(0.01, 0.0, 0.02), Span(0.02, 0.01, 0.03), Span(0.05, 0.03, 0.07)),
        "before": (0.02, None, 0.04),
        "names": ("now", "before"),
        **more,
    }
    return severity.Severity(**made)  # type: ignore[arg-type]


def removed(**more: object) -> removal.Removal:
    made: dict[str, object] = {
        "title": "removal",
        "axis": "features taken away",
        "removed": ("1", "2"),
        "attributed": (0.2, 0.4),
        "random": (0.1, 0.1),
        "names": ("named", "random"),
        **more,
    }
    return removal.Removal(**made)  # type: ignore[arg-type]


def discs(svg: str) -> list[tuple[float, float]]:
    found = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="4" fill="#1d4f91"', svg)
    return [(float(x), float(y)) for x, y in found]


def test_a_worse_value_stands_higher_and_steps_go_to_the_right() -> None:
    points = discs(severity.draw(probe()))
    assert len(points) == 3
    assert all(a[0] < b[0] and a[1] > b[1] for a, b in pairwise(points))


def test_positions_follow_the_ticks() -> None:
    on = plane.plane(("1", "2"), (0.0, 0.1), "severity")
    assert on.marks[0] == 0
    assert on.y.at(0.0) == plane.BOTTOM
    assert on.y.at(on.marks[-1]) == plane.TOP
    assert (on.x(0) + on.x(1)) / 2 == (plane.LEFT + plane.RIGHT) / 2
    assert plane.plane(("1",), (0.0,), "").x(0) == (plane.LEFT + plane.RIGHT) / 2


def test_every_interval_has_a_whisker_and_one_without_width_has_none() -> None:
    assert len(re.findall(r"h8m-4 0V", severity.draw(probe()))) == 3
    points = tuple(Span(v, v, v) for v in (0.1, 0.2, 0.3))
    assert "h8m-4 0V" not in severity.draw(probe(now=points))


def test_a_step_without_a_number_leaves_a_gap_in_the_marks_and_draws_nothing() -> None:
    svg = severity.draw(probe(now=(Span(0.01, 0, 0.02), None, Span(0.05, 0.03, 0.07))))
    assert len(discs(svg)) == 2
    assert all(f">{step}<" in svg for step in ("1", "2", "3"))


def test_the_zone_is_cut_at_the_axes_and_holds_what_meets_the_limit() -> None:
    svg = severity.draw(probe(zone=(float("-inf"), 0.03), limits=(0.03,)))
    zone = re.search(r'y="([\d.]+)" width="230" height="([\d.]+)" fill="#d9eee7"', svg)
    assert zone
    top, tall = float(zone[1]), float(zone[2])
    assert top + tall == plane.BOTTOM
    assert [plane.TOP <= y < top for _, y in discs(svg)] == [False, False, True]


def test_lines_are_named_only_where_there_are_two() -> None:
    assert ">before<" in severity.draw(probe())
    alone = severity.draw(probe(before=(None, None, None)))
    assert ">before<" not in alone
    assert ">now<" not in alone


@pytest.mark.parametrize("last", [0.05, 0.0501, 0.049])
def test_names_stand_apart(last: float) -> None:
    svg = severity.draw(probe(before=(0.02, None, last)))
    ys = [float(y) for y in re.findall(r'<text x="280" y="([\d.]+)"', svg)]
    assert len(ys) == 2
    assert abs(ys[0] - ys[1]) >= 15


def test_the_gap_between_named_and_random_is_filled() -> None:
    svg = removal.draw(removed())
    assert len(re.findall('fill="#e3e8ee"', svg)) == 1
    assert 'stroke-dasharray="5 3"' in svg
    single = removed(removed=("1",), attributed=(0.2,), random=(0.1,))
    assert "#e3e8ee" not in removal.draw(single)


def test_an_amount_reaches_its_part_of_the_largest() -> None:
    assert 'width="120" height="12"' in amount.draw("a", 0.5, 1.0)
    assert 'width="0" height="12"' in amount.draw("a", -0.5, 1.0)
    assert 'width="0" height="12"' in amount.draw("a", 0.0, 0.0)


def test_hostile_names_are_text() -> None:
    word = "</text><script>"
    for svg in (
        severity.draw(probe(title=word, axis=word, names=(word, word), steps=(word, "2", "3"))),
        removal.draw(removed(title=word, axis=word, names=(word, word))),
        amount.draw(word, 1, 2),
    ):
        assert "<script" not in svg
        assert svg.startswith('<svg role="img"')
        assert "<title>&lt;/text&gt;" in svg


@settings(max_examples=200, deadline=None)
@given(values=st.lists(FINITE, min_size=1, max_size=5), wide=st.floats(0, 1e300))
def test_no_value_leaves_the_picture(values: list[float], wide: float) -> None:
    spans = tuple(Span(v, v - wide / 2, v + wide / 2) for v in values)
    steps = tuple(map(str, range(len(values))))
    svgs = [
        severity.draw(probe(steps=steps, now=spans, before=tuple(values))),
        removal.draw(
            removed(removed=steps, attributed=tuple(values), random=tuple(reversed(values)))
        ),
    ]
    for svg in svgs:
        for x, y in re.findall(r'cx="([^"]+)" cy="([^"]+)"', svg):
            assert plane.LEFT <= float(x) <= plane.RIGHT
            assert plane.TOP <= float(y) <= plane.BOTTOM
        assert "nan" not in svg
        assert "inf" not in svg
