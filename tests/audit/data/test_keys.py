import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.data.keys import band_key, band_names, column_key
from audit.data.tables import read_frame

EDGES = st.lists(
    st.integers(-100, 100).map(lambda n: n / 4), min_size=1, max_size=5, unique=True
).map(sorted)


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        ([30, 45], ("under 30", "30 to under 45", "45 and over")),
        ([0.5], ("under 0.5", "0.5 and over")),
        ([1234567.5], ("under 1234567.5", "1234567.5 and over")),
        ([1e6, 2e6], ("under 1000000", "1000000 to under 2000000", "2000000 and over")),
    ],
)
def test_a_band_says_where_it_ends(edges: list[float], names: tuple[str, ...]) -> None:
    assert band_names(edges) == names


@given(EDGES)
def test_no_two_bands_share_a_name(edges: list[float]) -> None:
    assert len(set(band_names(edges))) == len(edges) + 1


def test_an_edge_belongs_to_the_band_above_it_and_a_missing_age_to_none() -> None:
    ages = [29.999, 30, 44.999, 45, 1000, -5, math.nan, None, math.inf]
    key = band_key(read_frame(pd.DataFrame({"age": ages})), "age", [30, 45])
    assert (key.rows, key.missing) == (
        {"under 30": 2, "30 to under 45": 2, "45 and over": 3},
        2,
    )


def test_whole_numbers_are_cut_too() -> None:
    key = band_key(read_frame(pd.DataFrame({"age": [29, 30, 31]})), "age", [30])
    assert key.rows == {"under 30": 1, "30 and over": 2}


def test_values_that_stand_for_one_level_are_counted_together() -> None:
    table = read_frame(pd.DataFrame({"zip": ["1", "1.0", "01", "True", "true", "", None]}))
    key = column_key(table, "zip")
    assert (key.rows, key.missing) == ({"01": 1, "1": 2, "true": 2}, 2)
    codes = table.frame.lazy().select(key.codes(["true", "1"]).alias("code")).collect()
    assert codes["code"].to_list() == [1, 1, -1, 0, 0, -1, -1]


def test_a_level_that_does_not_occur_has_no_rows_and_no_code() -> None:
    table = read_frame(pd.DataFrame({"sex": ["f", "m"]}))
    codes = table.frame.lazy().select(column_key(table, "sex").codes(["x"]).alias("code"))
    assert codes.collect()["code"].to_list() == [-1, -1]
