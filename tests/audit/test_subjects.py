from typing import Any

import pandas as pd
import pytest

from audit import SubjectError
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.subjects import units_of
from tests.audit.asking import units

SECRET = "s3cret"
TABLE: dict[str, Any] = {
    "id": ["a", "b", "c", "d"],
    "y": [1, 0, 1, 0],
    "yhat": [1, 0, 0, 0],
    "p": [0.9, 0.1, 0.4, 0.2],
    "q": [0.1, 0.9, 0.6, 0.8],
    "sex": ["m", "f", "m", None],
    "age": [20.0, 30.0, 45.0, float("nan")],
    "w": [1.0, 2.0, 1.0, 2.0],
    "note": [SECRET] * 4,
}


def refusal(columns: dict[str, Any] | None = None, **roles: Any) -> str:
    with pytest.raises(SubjectError) as caught:
        units({**TABLE, **(columns or {})}, **roles)
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("columns", "roles", "message"),
    [
        pytest.param({}, {"label": "lable"}, "no column 'lable' for label", id="column"),
        pytest.param({}, {"label": "yhta"}, "did you mean 'yhat'", id="nearest"),
        pytest.param({}, {"label": "y", "scores": ("note",)}, "must be numbers", id="text score"),
        pytest.param(
            {"p": [0.1, 0.2, float("nan"), 2.0]},
            {"label": "y", "scores": ("p",)},
            "score 'p' must lie in [0, 1] in every row, but is missing, no number or outside in row 3",
            id="NaN score",
        ),
        pytest.param(
            {"q": [0.1, 0.9, 0.6, 0.7]},
            {"label": "y", "scores": ("q", "p")},
            "must sum to 1 in every row, but do not in row 4",
            id="sum",
        ),
        pytest.param(
            {"y": [1, None, 0, None]},
            {"label": "y"},
            "2 are missing, the first in row 2",
            id="label",
        ),
        pytest.param(
            {"id": ["a", "b", "a", "b"]},
            {"prediction": "yhat", "id": "id"},
            "2 rows have the id of an earlier one, the first in row 3",
            id="ids",
        ),
        pytest.param(
            {"id": ["a", None, "c", "d"]}, {"prediction": "yhat", "id": "id"}, "row 2", id="no id"
        ),
        pytest.param(
            {"w": [1.0, -1.0, 1.0, 1.0]},
            {"prediction": "yhat", "weight": "w"},
            "positive number in every row, but is not in row 2",
            id="weight",
        ),
        pytest.param(
            {"w": [1.0, 1.5, 1.0, 1.0]},
            {"prediction": "yhat", "count": "w"},
            "whole number of at least 1 in every row, but is not in row 2",
            id="count",
        ),
        pytest.param(
            {"y": ["no", "yes", SECRET, "no"]},
            {"label": "y", "scores": ("p", "q"), "score_classes": ("no", "yes")},
            "must hold only the classes that have a score, no, yes, but does not in row 3",
            id="strangers",
        ),
        pytest.param(
            {"sex": [None] * 4},
            {"prediction": "yhat", "groups": {"sex": ()}},
            "must have a value in some row",
            id="empty group",
        ),
        pytest.param(
            {"class": ["a"] * 4},
            {"prediction": "yhat", "groups": {"class": ()}},
            "must not be named 'class'",
            id="reserved",
        ),
        pytest.param(
            {"y": ["a", "b", "a", "b"]},
            {"label": "y", "scores": ("p",)},
            "favorable must say which class",
            id="whose score",
        ),
        pytest.param(
            {"y": ["a", "b", "c", "a"]},
            {"label": "y", "scores": ("p", "q")},
            "one for each of the classes a, b, c, but are 2 columns",
            id="scores and classes",
        ),
        pytest.param({}, {"label": "y", "favorable": ("7",)}, "7 does not occur", id="favorable"),
        pytest.param(
            {},
            {"prediction": "yhat", "groups": {"sex": ()}, "intersections": (("sex", "race"),)},
            "an intersection must name two or more groups",
            id="intersection",
        ),
        pytest.param(
            {}, {"prediction": "yhat", "bands": {"age": (60.0, 30.0)}}, "ascending", id="bands"
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_row(
    columns: dict[str, Any], roles: dict[str, Any], message: str
) -> None:
    assert message in refusal(columns, **roles)


def test_all_problems_are_named_at_once() -> None:
    said = refusal(
        {"id": ["a"] * 4, "p": [2.0] * 4, "w": [-1.0] * 4},
        label="y",
        id="id",
        scores=("p",),
        weight="w",
    )
    assert len(said.splitlines()) == 3


def test_a_group_of_51_levels_is_refused_and_one_of_50_is_not() -> None:
    def table(n: int) -> dict[str, Any]:
        return {"yhat": [1, 0] * n, "g": [f"l{i}" for i in range(n)] * 2}

    assert len(units(table(50), prediction="yhat", groups={"g": ()}).groups["g"].judged) == 50
    with pytest.raises(SubjectError, match=r"at most 50 levels, but has 51; cut a number"):
        units(table(51), prediction="yhat", groups={"g": ()})


def test_the_favourable_outcome_is_1_or_else_each_class_in_turn() -> None:
    [target] = units(TABLE, label="y").targets
    assert (target.positive, target.about) == (("1",), {})
    found = units({**TABLE, "y": ["a", "b", "c", "a"]}, label="y").targets
    assert [(each.positive, dict(each.about)) for each in found] == [
        (("a",), {"class": "a"}),
        (("b",), {"class": "b"}),
        (("c",), {"class": "c"}),
    ]


def test_bands_sort_numbers_and_leave_out_what_is_missing() -> None:
    group = units(TABLE, prediction="yhat", bands={"age": (30.0, 45.0)}).groups["age"]
    assert group.judged == ("under 30", "30 to under 45", "45 and over")
    assert (dict(group.rows), group.missing) == (
        {"30 to under 45": 1, "45 and over": 1, "under 30": 1},
        1,
    )


def test_a_named_level_that_does_not_occur_is_judged_all_the_same() -> None:
    group = units(TABLE, prediction="yhat", groups={"sex": ("f", "m", "x")}).groups["sex"]
    assert group.judged == ("f", "m", "x")
    assert "x" not in group.rows


def test_a_reference_is_read_like_the_rows_under_test() -> None:
    roles = Roles(label="y", prediction="yhat", groups={"sex": ()})
    now = units_of(read_frame(pd.DataFrame(TABLE)), roles)
    other = pd.DataFrame({**TABLE, "sex": ["x", "f", "f", "f"], "yhat": [0, 0, 0, 0]})
    before = units_of(read_frame(other), roles, like=now)
    assert before.groups["sex"].judged == ("f", "m")
    assert (before.classes, before.favorable) == (now.classes, now.favorable)


def test_scaling_all_weights_changes_no_count_and_a_count_of_2_is_the_row_twice() -> None:
    def count(table: dict[str, Any], **roles: Any) -> Any:
        cells = units(table, label="y", prediction="yhat", **roles).cells("label", "prediction")
        return cells.count({"prediction": ["1"]}, {"label": ["1"]})

    scaled = {**TABLE, "w": [10.0 * w for w in TABLE["w"]]}
    assert count(TABLE, weight="w").n == pytest.approx(count(scaled, weight="w").n)
    twice = {name: [v for v in values for _ in range(2)] for name, values in TABLE.items()}
    assert count({**TABLE, "w": [2] * 4}, count="w") == count(twice)
