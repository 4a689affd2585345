"""Weights and frequencies."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.data.counting import Cells
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.stats.counts import Count
from audit.units import Units, units_of

ROW = st.tuples(st.integers(0, 1), st.sampled_from("fm"), st.floats(0.1, 10), st.integers(1, 4))
ROWS = st.lists(ROW, min_size=1, max_size=20)
Rows = list[tuple[int, str, float, int]]


def units(rows: Rows, *, weight: str = "", count: str = "") -> Units:
    frame = pd.DataFrame(rows, columns=["yhat", "sex", "w", "n"])
    roles = Roles(prediction="yhat", groups={"sex": ()}, weight=weight, count=count)
    return units_of(read_frame(frame), roles)


def women(units: Units) -> Count:
    """Count the women with a 1 among all women."""
    cells = units.cells("prediction", "sex")
    return cells.count({"prediction": ["1"]}, among={"sex": ["f"]})


@settings(max_examples=20)
@given(ROWS, st.sampled_from([1e-3, 0.5, 7.0, 1e4]))
def test_scaling_all_weights_changes_no_count(rows: Rows, by: float) -> None:
    scaled = [(yhat, sex, weight * by, n) for yhat, sex, weight, n in rows]
    one, other = women(units(rows, weight="w")), women(units(scaled, weight="w"))
    assert (one.k, one.n, one.rows) == pytest.approx((other.k, other.n, other.rows), abs=1e-9)


@settings(max_examples=20)
@given(ROWS)
def test_equal_weights_are_no_weights(rows: Rows) -> None:
    equal = [(yhat, sex, 3.0, n) for yhat, sex, _, n in rows]
    one, other = women(units(equal, weight="w")), women(units(equal))
    assert (one.k, one.n, one.rows) == pytest.approx((other.k, other.n, other.rows))


@settings(max_examples=20)
@given(ROWS)
def test_a_frequency_is_the_row_so_many_times(rows: Rows) -> None:
    repeated = [row for row in rows for _ in range(row[3])]
    one, other = units(rows, count="n"), units(repeated)
    assert women(one) == women(other)
    assert one.groups == other.groups


@settings(max_examples=20)
@given(ROWS)
def test_a_weighted_frequency_is_the_weighted_row_so_many_times(rows: Rows) -> None:
    repeated = [row for row in rows for _ in range(row[3])]
    one, other = women(units(rows, count="n", weight="w")), women(units(repeated, weight="w"))
    assert (one.k, one.n, one.rows) == pytest.approx((other.k, other.n, other.rows))


# by hand: hits weigh 3 of 4 in all, the squares sum to 10, so that n = 4^2 / 10
def test_weights_count_by_the_effective_sample_size() -> None:
    found = women(units([(1, "f", 3.0, 1), (0, "f", 1.0, 1), (1, "m", 9.0, 1)], weight="w"))
    assert (found.k, found.n, found.rows) == pytest.approx((1.2, 1.6, 2))


def test_a_frequency_repeats_the_scores_of_its_row() -> None:
    frame = pd.DataFrame({"y": [1, 0], "p": [0.9, 0.2], "n": [2, 1], "w": [1.0, 5.0]})
    roles = Roles(label="y", scores=("p",), count="n", weight="w")
    found = units_of(read_frame(frame), roles)
    scored = found.scored(found.targets[0])
    assert scored.weight is not None
    assert (scored.score.tolist(), scored.outcome.tolist(), scored.weight.tolist()) == (
        [0.9, 0.9, 0.2],
        [True, True, False],
        [1.0, 1.0, 5.0],
    )


def test_nothing_is_counted_where_nothing_is() -> None:
    cells = Cells(keys=("sex",), cells={})
    empty: dict[str, Any] = {"hits": {}, "among": {"sex": ["f"]}}
    assert cells.count(**empty) == Count(k=0, n=0)
    assert cells.levels("sex") == {}
