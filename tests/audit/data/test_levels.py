import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.data.keys import band_names
from audit.data.levels import level_text


@pytest.mark.parametrize("value", [1, 1.0, "1", "1.0", np.int64(1), np.float32(1.0), "1.00"])
def test_one_is_one_however_it_is_held(value: object) -> None:
    assert level_text(value) == "1"


@pytest.mark.parametrize("value", [True, np.True_, "true", "True"])
def test_true_is_true_however_it_is_held(value: object) -> None:
    assert level_text(value) == "true"


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, "", pd.NaT, pd.NA])
def test_what_is_missing_is_no_level(value: object) -> None:
    assert level_text(value) is None


def test_a_day_is_written_as_a_day() -> None:
    assert level_text(dt.date(2026, 11, 24)) == "2026-11-24"


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_is_the_same_level_as_its_text(value: int) -> None:
    assert level_text(value) == level_text(str(value)) == level_text(float(value))


def test_bands_are_named_by_their_edges() -> None:
    assert band_names([18, 65.5]) == ("under 18", "18 to under 65.5", "65.5 and over")
