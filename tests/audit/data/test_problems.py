"""Every problem of a table is a line that names the column and never a value."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.errors import SubjectError
from audit.units import units_of

SECRET = "SECRET"
GOOD: dict[str, Any] = {
    "y": ["no", "yes", "no", "yes"],
    "yhat": ["no", "yes", "yes", "yes"],
    "p_no": [0.9, 0.2, 0.3, 0.4],
    "p_yes": [0.1, 0.8, 0.7, 0.6],
    "sex": ["f", "m", "f", "m"],
    "age": [20.0, 30.0, 40.0, 50.0],
    "id": ["a", "b", "c", "d"],
    "w": [1.0, 2.0, 1.0, 2.0],
    "n": [1, 2, 1, 2],
}
ROLES = Roles(
    label="y",
    prediction="yhat",
    scores=("p_no", "p_yes"),
    score_classes=("no", "yes"),
    favorable=("yes",),
    groups={"sex": ()},
    bands={"age": (30.0,)},
    intersections=(("sex", "age"),),
    id="id",
    weight="w",
    count="n",
)
ONE_SCORE = replace(ROLES, scores=("p_yes",), score_classes=())
NAN = float("nan")


def problems(roles: Roles = ROLES, make: Callable[..., Any] = pd.DataFrame, **changed: Any) -> str:
    with pytest.raises(SubjectError) as caught:
        units_of(read_frame(make({**GOOD, **changed}), source="t.csv"), roles)
    lines = str(caught.value).splitlines()
    assert all(SECRET not in line for line in lines)
    return "\n".join(line.removeprefix("t.csv: ") for line in lines)


def test_good_rows_have_no_problem() -> None:
    assert units_of(read_frame(pd.DataFrame(GOOD)), ROLES).classes == ("no", "yes")


@pytest.mark.parametrize("make", [pd.DataFrame, pa.table])
@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("y", ["no", None, "no", ""], "label 'y' must have a value .* 4 are missing, .* row 2"),
        ("yhat", ["no", "no", "", "no"], "prediction 'yhat' .* 1 are missing, the first in row 3"),
        ("y", ["no", "no", SECRET, "yes"], "label 'y' .* classes that have a score, .* in row 3"),
        (
            "yhat",
            ["no", "no", "no", SECRET],
            "prediction 'yhat' .* the 2 classes that have a score, but .* in row 4",
        ),
        ("p_no", [0.9, NAN, 0.3, 0.4], r"score 'p_no' must lie in \[0, 1\] .* outside in row 2"),
        ("p_no", [0.9, None, 0.3, 0.4], "score 'p_no' .* in row 2"),
        ("p_no", [0.9, 0.2, 1.3, 0.4], "score 'p_no' .* in row 3"),
        ("p_no", [0.9, 0.2, 0.3, -0.1], "score 'p_no' .* in row 4"),
        ("p_no", [0.9, 0.2, 0.3, 0.6], "the scores 'p_no', 'p_yes' must sum to 1 .* in row 4"),
        ("p_no", [SECRET] * 4, "scores 'p_no' must be numbers, but holds text"),
        ("p_no", [True] * 4, "scores 'p_no' must be numbers, but holds Boolean"),
        ("id", ["a", SECRET, "c", SECRET], "id 'id' must not repeat, but 1 rows .* in row 4"),
        ("id", [1, 2, 1, 1], "id 'id' must not repeat, but 2 rows .* in row 3"),
        ("id", ["a", "b", "", "d"], "id 'id' must have a value in every row, but not row 3"),
        ("id", ["a", None, None, "d"], "id 'id' must have a value in every row, but not row 2"),
        ("id", [1.0, NAN, NAN, 2.0], "id 'id' must have a value in every row, but not row 2"),
        ("w", [1.0, 2.0, -1.0, 2.0], "weight 'w' must be a positive number .* in row 3"),
        ("w", [0.0, 2.0, 1.0, 2.0], "weight 'w' .* in row 1"),
        ("w", [1.0, NAN, 1.0, 2.0], "weight 'w' .* in row 2"),
        ("w", [1.0, float("inf"), 1.0, 2.0], "weight 'w' .* in row 2"),
        ("w", [SECRET] * 4, "weight 'w' must be numbers, but holds text"),
        ("n", [1.0, 1.5, 1.0, 1.0], "count 'n' must be a whole number of at least 1 .* in row 2"),
        ("n", [1, 1, 0, 1], "count 'n' .* in row 3"),
        ("n", [1.0, NAN, 1.0, 1.0], "count 'n' .* in row 2"),
        ("n", [1.0, 1.0, None, 1.0], "count 'n' .* in row 3"),
        ("sex", [None] * 4, "group 'sex' must have a value in some row, but has none"),
        ("sex", [""] * 4, "group 'sex' must have a value in some row, but has none"),
        ("age", [NAN] * 4, "group 'age' must have a value in some row, but has none"),
        ("age", [SECRET] * 4, "bands 'age' must be numbers, but holds text"),
    ],
)
def test_a_bad_value_is_named_by_column_and_first_row(
    column: str, values: list[Any], message: str, make: Callable[..., Any]
) -> None:
    changed: dict[str, Any] = {column: values}
    found = problems(make=make, **changed)
    assert re.fullmatch(message, found)


def test_several_values_in_a_cell_are_refused() -> None:
    found = problems(make=pa.table, sex=[[SECRET], ["a"], ["b"], ["c"]])
    assert found == "groups 'sex' must hold one value a row, but holds several"


def test_every_problem_is_told_at_once() -> None:
    found = problems(
        y=["no", "", "no", SECRET],
        p_no=[2.0, 0.2, 0.3, 0.4],
        id=["a", "a", SECRET, "d"],
        w=[1.0, 2.0, -1.0, 2.0],
        n=[1.0, 1.0, 1.0, 1.5],
        sex=[""] * 4,
    )
    starts = ["label 'y'", "label 'y'", "score 'p_no'", "weight 'w'", "count 'n'", "id 'id'"]
    lines = found.splitlines()
    assert [line.partition(" must")[0] for line in lines] == [*starts, "group 'sex'"]


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (replace(ROLES, label="yy"), "no column 'yy' for label; did you mean 'y'?"),
        (replace(ROLES, prediction="yha"), "no column 'yha' for prediction; did you mean 'yhat'?"),
        (replace(ONE_SCORE, scores=("p_ye",)), "'p_ye' for scores; did you mean 'p_yes'?"),
        (replace(ROLES, id="ident"), "'ident' for id among its 9; is the first line its header?"),
        (
            replace(ROLES, weight="weight"),
            "'weight' for weight among its 9; is the first line its header?",
        ),
        (replace(ROLES, drop=("sexx",)), "'sexx' for drop; did you mean 'sex'?"),
        (replace(ROLES, features=("agee",)), "'agee' for features; did you mean 'age'?"),
        (replace(ROLES, groups={"sx": ()}, intersections=()), "'sx' for groups; did you mean"),
        (replace(ROLES, bands={"ag": (1.0,)}, intersections=()), "'ag' for bands; did you mean"),
        (replace(ROLES, groups={"sex": ("f", "f")}), "name each level once, but repeats one"),
        (replace(ROLES, groups={"sex": (), "age": ()}), "'age' must stand in groups or in bands"),
        (replace(ROLES, bands={"age": ()}), "must be ascending edges, but got []"),
        (replace(ROLES, bands={"age": (3.0, 1.0)}), "ascending edges, but got [3.0, 1.0]"),
        (replace(ROLES, bands={"age": (1.0, 1.0)}), "ascending edges, but got [1.0, 1.0]"),
        (replace(ROLES, bands={"age": (1.0, NAN)}), "ascending edges, but got [1.0, nan]"),
        (replace(ROLES, bands={"age": (1.0, float("inf"))}), "ascending edges, but got [1.0, inf]"),
        (replace(ROLES, intersections=(("sex", "race"),)), "but got ['sex', 'race']; groups are"),
        (
            replace(ROLES, intersections=(("sex",),)),
            "must name two or more groups, each once, but got ['sex']",
        ),
        (replace(ROLES, intersections=(("sex", "sex"),)), "two or more groups"),
        (replace(ROLES, intersections=(("sex", "sex", "age"),)), "each once, but got"),
        (
            replace(ROLES, favorable=("maybe",)),
            "among the 2 classes that occur, but maybe does not",
        ),
        (replace(ROLES, favorable=("no", "yes")), "must leave out one of the 2 classes"),
        (
            replace(ONE_SCORE, favorable=()),
            "favorable must say which of the 2 classes it is the probability",
        ),
        (replace(ROLES, scores=("p_no", "p_yes", "w"), score_classes=()), "but are 3 columns"),
    ],
)
def test_a_role_that_the_table_cannot_fill_is_named(roles: Roles, message: str) -> None:
    assert message in problems(roles, w=[0.0 + 1e-9] * 4)


@pytest.mark.parametrize("name", ["across", "versus", "class", "column", "label", "prediction"])
def test_a_group_cannot_take_a_reserved_name(name: str) -> None:
    columns: dict[str, Any] = {name: GOOD["sex"]}
    found = problems(replace(ROLES, groups={name: ()}, intersections=()), **columns)
    assert found == f"a group must not be named '{name}', a word with its own meaning"


def test_a_column_of_51_levels_is_no_group_and_one_of_50_is() -> None:
    roles = Roles(groups={"zip": (), "town": ()})
    rows = {"zip": range(51), "town": range(51)}
    with pytest.raises(SubjectError) as caught:
        units_of(read_frame(pd.DataFrame(rows)), roles)
    first, second = str(caught.value).splitlines()
    assert "group 'zip' must have at most 50 levels, but has 51" in first
    assert "cut a number into [data.bands] or name the judged levels" in first
    assert "group 'town'" in second
    fifty = {name: [*range(50), 0] for name in rows}
    assert len(units_of(read_frame(pd.DataFrame(fifty)), roles).groups["zip"].judged) == 50
    named = replace(roles, groups={"zip": ("1", "2")})
    assert units_of(read_frame(pd.DataFrame(rows)), named).groups["zip"].judged == ("1", "2")


def test_a_label_of_51_classes_is_no_label() -> None:
    with pytest.raises(SubjectError, match="at most 50 classes, but has 51; is it a number"):
        units_of(read_frame(pd.DataFrame({"y": range(51)})), Roles(label="y"))
    assert len(units_of(read_frame(pd.DataFrame({"y": range(50)})), Roles(label="y")).classes) == 50
