from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from fairlearn.metrics import MetricFrame, selection_rate
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import SubjectError
from audit.frames import arrays_subject
from audit.units import Group, Units

Y = [1, 0, 1, 0, 1, 1]
P = [1, 1, 0, 0, 1, 0]
SEX = list("mfmfmf")
RACE = list("bbwwbw")


def units(*favorable: str, **arrays: Any) -> Units:
    return arrays_subject(arrays, favorable=favorable).units


def group(values: Any) -> dict[str, Group]:
    return dict(units(y_true=Y, y_pred=P, sensitive_features=values).groups)


def refusal(**arrays: Any) -> str:
    with pytest.raises(SubjectError) as caught:
        units(**arrays)
    return str(caught.value)


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series, pl.Series, pd.Categorical])
def test_an_array_may_be_of_any_kind(make: Callable[[Any], Any]) -> None:
    found = units(y_true=make(Y), y_pred=make(P), sensitive_features=make(SEX))
    assert (found.classes, found.favorable) == (("0", "1"), ("1",))
    assert found.keys["label"].rows == {"0": 2, "1": 4}
    assert found.groups["group"].rows == {"f": 3, "m": 3}


@pytest.mark.parametrize(
    ("values", "names"),
    [
        pytest.param(pd.Series(SEX, name="sex"), ["sex"], id="a series"),
        pytest.param(pl.Series("sex", SEX), ["sex"], id="a series of polars"),
        pytest.param(pd.DataFrame({"sex": SEX, "race": RACE}), ["sex", "race"], id="a frame"),
        pytest.param(pl.DataFrame({"sex": SEX, "race": RACE}), ["sex", "race"], id="of polars"),
        pytest.param({"sex": SEX, "race": RACE}, ["sex", "race"], id="a mapping"),
        pytest.param(list(zip(SEX, RACE, strict=True)), ["group 0", "group 1"], id="rows"),
        pytest.param(np.array([SEX, RACE]).T, ["group 0", "group 1"], id="two dimensions"),
        pytest.param(pd.DataFrame({0: SEX, ("a", "b"): RACE}), ["0", "('a', 'b')"], id="no text"),
    ],
)
def test_the_groups_have_the_names_that_were_given(values: Any, names: list[str]) -> None:
    found = group(values)
    assert list(found) == names
    assert found[names[0]].rows == {"f": 3, "m": 3}
    assert len(names) == 1 or found[names[1]].rows == {"b": 3, "w": 3}


@pytest.mark.parametrize("nothing", [None, float("nan"), np.nan, pd.NA])
@pytest.mark.parametrize("make", [list, pd.Series, lambda values: np.array(values, dtype=object)])
def test_what_is_missing_in_a_list_is_no_level(make: Callable[[Any], Any], nothing: object) -> None:
    [found] = group(make(["m", nothing, "m", "f", "m", nothing])).values()
    assert (found.rows, found.missing) == ({"f": 1, "m": 3}, 2)


def test_what_is_masked_is_missing() -> None:
    [found] = group(np.ma.masked_equal([1, 2, 1, 2, 9, 9], 9)).values()
    assert (found.rows, found.missing) == ({"1": 2, "2": 2}, 2)


def test_nullable_columns_keep_their_levels() -> None:
    [found] = group(pd.Series([1, 2, None, 1, 2, 1], dtype="Int64")).values()
    assert (found.rows, found.missing) == ({"1": 3, "2": 2}, 1)


def test_the_index_of_a_series_does_not_matter() -> None:
    found = units(y_true=pd.Series(Y, index=range(6, 0, -1)), y_pred=P)
    assert (
        found.cells("label", "prediction").cells
        == units(y_true=Y, y_pred=P).cells("label", "prediction").cells
    )


def test_one_score_is_of_the_favourable_class_and_several_are_in_sorted_order() -> None:
    one = units(y_true=Y, y_prob=[0.1] * 6)
    assert (one.roles.scores, one.score_classes) == (("y_prob",), ())
    two = units(y_true=Y, y_prob=np.tile([0.3, 0.7], (6, 1)))
    assert two.score_classes == ("0", "1")
    assert two.scored(two.targets[0]).score.tolist() == [0.7] * 6
    three = units("2", y_true=[0, 1, 2] * 2, y_prob=np.tile([0.5, 0.3, 0.2], (6, 1)))
    assert (three.score_classes, three.favorable) == (("0", "1", "2"), ("2",))
    assert three.scored(three.targets[0]).score.tolist() == pytest.approx([0.2] * 6)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"y_true": Y, "y_pred": P[:-1], "sensitive_features": SEX},
            "all arrays must have the same length, but have: y_true 6, y_pred 5, group 6",
        ),
        ({"y_true": Y, "sensitive_features": {"y_true": SEX}}, "must not be named ['y_true']"),
        ({"y_true": Y, "sensitive_features": {"class": SEX}}, "must not be named 'class'"),
        ({"y_true": 1}, "y_true must have shape (n,), but has ()"),
        ({"y_true": np.zeros((6, 2))}, "y_true must have shape (n,), but has (6, 2)"),
        ({"y_true": Y, "sensitive_features": "sex"}, "sensitive_features must have shape (n,)"),
        ({"y_true": Y, "sensitive_features": np.zeros((6, 2, 2))}, "but has (6, 2, 2)"),
        ({"y_true": Y, "y_prob": ["SECRET"] * 6}, "y_prob must be numbers of shape (n,) or"),
        ({"y_true": Y, "y_prob": [[0.1], [0.1, 0.2]] * 3}, "y_prob must be numbers of shape"),
        ({"y_true": Y, "y_prob": np.zeros((6, 2, 2))}, "but has (6, 2, 2)"),
        ({"y_true": Y, "y_prob": [0.1, 0.2, 1.5, 0.1, 0.1, 0.1]}, "outside in row 3"),
        ({"y_true": Y, "y_prob": np.ma.masked_equal([0.5, 0.9] * 3, 0.9)}, "outside in row 2"),
        ({"y_true": Y, "sample_weight": [-1] * 6}, "must be a positive number in every row"),
        ({"y_true": [], "y_pred": []}, "must hold rows"),
        (
            {"y_true": Y, "sensitive_features": pd.DataFrame([[1, 2]] * 6, columns=["a", "a"])},
            "every column of sensitive_features must have a name of its own",
        ),
        (
            {"y_true": Y, "sensitive_features": {1: SEX, "1": RACE}},
            "every column of sensitive_features must have a name of its own",
        ),
        ({"y_true": [["SECRET"], ["a", "b"]] * 3}, "label 'y_true' must hold one value a row"),
        (
            {"y_true": Y, "sensitive_features": [1, "SECRET", None, 1, 1, 1]},
            "must hold values of one kind",
        ),
    ],
)
def test_arrays_that_fit_nothing_are_a_sentence(arrays: dict[str, Any], message: str) -> None:
    found = refusal(**arrays)
    assert message in found
    assert "SECRET" not in found
    assert len(found.splitlines()) == 1


ROW = st.tuples(st.integers(0, 1), st.sampled_from("abc"), st.floats(0.1, 9))


@settings(max_examples=25)
@given(st.lists(ROW))
def test_the_rates_are_those_of_the_metric_frame_of_fairlearn(
    rows: list[tuple[int, str, float]],
) -> None:
    y_pred, sex, weight = map(list, zip((1, "a", 1.0), *rows, strict=True))
    found = units(y_pred=y_pred, sensitive_features=sex, sample_weight=weight)
    theirs = MetricFrame(
        metrics=selection_rate,
        y_true=y_pred,
        y_pred=y_pred,
        sensitive_features=sex,
        sample_params={"sample_weight": weight},
    ).by_group
    cells = found.cells("prediction", "group")
    for level, rate in theirs.items():
        count = cells.count({"prediction": ["1"]}, among={"group": [str(level)]})
        assert count.k / count.n == pytest.approx(rate)
