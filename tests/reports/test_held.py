"""What is read out of details that anybody may have written."""

from typing import Any

import pytest

from audit_reports.pages.held import curve_in, number_in, numbers_in, rows_in, shares_in, unfolded

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("value", "known"),
    [(1, 1.0), (0.5, 0.5), (-2, -2.0), (True, None), (NAN, None), (INF, None), ("1", None)],
)
def test_a_number_is_finite_and_no_truth(value: Any, known: float | None) -> None:
    assert number_in(value) == known


@pytest.mark.parametrize("value", [None, 3, "123", [1, None], [True], {"a": 1}])
def test_a_list_with_anything_else_in_it_is_no_list_of_numbers(value: Any) -> None:
    assert numbers_in(value) == ()


def test_lists_and_tuples_are_read_alike() -> None:
    assert numbers_in([1, 2.5]) == numbers_in((1, 2.5)) == (1.0, 2.5)
    assert shares_in([["a", 1]]) == shares_in((("a", 1),)) == (("a", 1.0),)


def test_the_lines_of_a_curve_are_of_one_length() -> None:
    assert curve_in({"x": [1, 2], "y": [3, 4]}, ("x", "y")) == ((1.0, 2.0), (3.0, 4.0))
    assert curve_in({"x": [1, 2], "y": [3]}, ("x", "y")) == ()
    assert curve_in({"x": [], "y": []}, ("x", "y")) == ()
    assert curve_in({"x": [1]}, ("x", "y")) == ()
    assert curve_in([1, 2], ("x",)) == ()


@pytest.mark.parametrize("value", [None, [["a"]], [["a", "b"]], [[1, 2]], [["a", 1], 3], "ab"])
def test_shares_are_names_with_numbers(value: Any) -> None:
    assert shares_in(value) == ()


@pytest.mark.parametrize(
    "value", [None, [], [1], [{"a": 1}, {"b": 1}], [{"a": [1]}], {"a": 1}, [{"a": 1}, 2]]
)
def test_rows_have_the_same_plain_keys(value: Any) -> None:
    assert rows_in(value) == ()


def test_rows_may_hold_words_numbers_and_nothing() -> None:
    rows = ({"a": 1, "b": "x", "c": None}, {"c": 0.5, "b": "y", "a": True})
    assert rows_in(list(rows)) == rows


def test_a_list_within_rows_is_unfolded_and_what_a_row_lacks_is_nothing() -> None:
    rows = [{"level": "f", "cuts": [{"at": 1}]}, {"level": "m", "cuts": [{"at": 2}], "by lot": 3}]
    assert unfolded(rows) == [
        {"level": "f", "at": 1, "by lot": None},
        {"level": "m", "at": 2, "by lot": 3},
    ]


@pytest.mark.parametrize(
    "value", [None, 3, [], [1], [{"a": 1}], [{"a": [1]}], [{"a": [{}], "b": [{}]}], [{"a": []}]]
)
def test_what_does_not_unfold_stays_as_it_is(value: Any) -> None:
    assert unfolded(value) == value
