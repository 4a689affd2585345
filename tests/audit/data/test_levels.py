import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.data.levels import level_text

ONES = [1, 1.0, "1", "1.0", "1.00", np.int8(1), np.float32(1), np.str_("1.0"), Decimal("1.0")]
MISSING = [None, math.nan, np.float32("nan"), "", pd.NaT, pd.NA, np.datetime64("NaT")]


@pytest.mark.parametrize("value", ONES, ids=repr)
def test_one_is_one_however_it_is_held(value: object) -> None:
    assert level_text(value) == "1"


@pytest.mark.parametrize("value", [True, np.True_, "True", "true"], ids=repr)
def test_true_is_true_however_it_is_held_and_not_1(value: object) -> None:
    assert level_text(value) == "true"


@pytest.mark.parametrize("value", [False, np.False_, "False", "false"], ids=repr)
def test_false_is_false_however_it_is_held_and_not_0(value: object) -> None:
    assert level_text(value) == "false"


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_what_is_missing_is_no_level(value: object) -> None:
    assert level_text(value) is None


@pytest.mark.parametrize(
    ("value", "level"),
    [
        pytest.param("01", "01", id="a code with a zero in front"),
        pytest.param(" a", " a", id="a blank in front"),
        pytest.param("1.5", "1.5", id="half"),
        pytest.param(0.5, "0.5", id="half as a number"),
        pytest.param(-0.0, "0", id="the negative zero"),
        pytest.param("v1.0", "v1.0", id="a version"),
        pytest.param("1.0.0", "1.0.0", id="a longer version"),
        pytest.param("nan", "nan", id="a name that reads like no number"),
        pytest.param("None", "None", id="a name that reads like nothing"),
        pytest.param(math.inf, "inf", id="infinity"),
        pytest.param(dt.date(2026, 11, 24), "2026-11-24", id="a day"),
        pytest.param(pd.Timestamp("2026-11-24 10:00"), "2026-11-24T10:00:00", id="a time"),
    ],
)
def test_a_level_is_written_as_it_stands(value: object, level: str) -> None:
    assert level_text(value) == level


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_is_one_level_however_it_is_held(number: int) -> None:
    assert level_text(number) == level_text(float(number)) == level_text(str(number)) == str(number)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none()))
def test_a_level_read_once_more_stays_what_it_is(value: object) -> None:
    level = level_text(value)
    assert level is None or level_text(level) == level


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_two_numbers_never_share_a_level(number: float) -> None:
    assert float(level_text(number) or "") == number
