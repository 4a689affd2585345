import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from audit import SubjectError
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.units import Group, Units, units_of
from tests.audit.asking import units

NAN = float("nan")
THREE = {"y": list("abc"), "a": [0.5, 0.2, 0.1], "b": [0.3, 0.5, 0.1], "c": [0.2, 0.3, 0.8]}


def targets(found: Units) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    return [(target.positive, dict(target.about)) for target in found.targets]


def judged(found: Units) -> dict[str, tuple[str, ...]]:
    return {name: group.judged for name, group in found.groups.items()}


@pytest.mark.parametrize(
    ("labels", "named", "favorable"),
    [
        pytest.param([0, 1], (), ("1",), id="1"),
        pytest.param([0.0, 1.0], (), ("1",), id="1.0"),
        pytest.param(["0", "1"], (), ("1",), id="1 as text"),
        pytest.param([False, True], (), ("true",), id="true"),
        pytest.param(["False", "True"], (), ("true",), id="True as text"),
        pytest.param([1, 2], ("2",), ("2",), id="named"),
        pytest.param([1, 2, 3], ("2", "3"), ("2", "3"), id="several"),
        pytest.param([1, 2, 3], ("2", "2"), ("2",), id="named twice"),
        pytest.param([1, 1], (), ("1",), id="the only class"),
        pytest.param(["no", "yes"], (), (), id="neither 1 nor true"),
    ],
)
def test_the_favourable_class_is_the_named_one_or_1_or_true(
    labels: list[Any], named: tuple[str, ...], favorable: tuple[str, ...]
) -> None:
    found = units({"y": labels}, label="y", favorable=named)
    assert found.favorable == favorable
    if favorable:
        assert targets(found) == [(favorable, {})]


def test_without_a_favourable_class_each_is_judged_against_the_rest() -> None:
    found = units({"y": ["b", "a"], "yhat": ["c", "a"]}, label="y", prediction="yhat")
    assert targets(found) == [((each,), {"class": each}) for each in "abc"]
    assert found.targets[0].ask({"sex": "f"}) == {"sex": "f", "class": "a"}


def test_classes_that_only_one_of_label_and_prediction_holds_are_classes() -> None:
    found = units({"y": [1, 1], "yhat": [0, 2]}, label="y", prediction="yhat")
    assert found.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("scores", "written"),
    [
        pytest.param(("a", "b", "c"), (), id="in sorted order"),
        pytest.param(("c", "a", "b"), ("c", "a", "b"), id="by class"),
    ],
)
def test_each_class_has_its_own_score(scores: tuple[str, ...], written: tuple[str, ...]) -> None:
    found = units(THREE, label="y", scores=scores, score_classes=written)
    for target in found.targets:
        [name] = target.positive
        scored = found.scored(target)
        assert scored.score.tolist() == THREE[name]
        assert scored.outcome.tolist() == [each == name for each in "abc"]


def test_the_score_of_several_favourable_classes_is_their_sum() -> None:
    found = units(THREE, label="y", scores=("a", "b", "c"), favorable=("a", "b"))
    scored = found.scored(found.targets[0])
    assert scored.score.tolist() == pytest.approx([0.8, 0.7, 0.2])
    assert scored.outcome.tolist() == [True, True, False]


def test_scores_that_sum_to_a_little_more_than_1_are_no_more_than_1() -> None:
    columns = {"y": ["a", "b"], "p": [0.6, 0.2], "q": [0.4004, 0.8], "r": [0.0, 0.0]}
    roles = {"scores": ("p", "q", "r"), "score_classes": ("a", "b", "c"), "favorable": ("a", "b")}
    found = units(columns, label="y", **roles)
    assert found.scored(found.targets[0]).score.tolist() == [1.0, 1.0]


def test_a_class_that_does_not_occur_may_have_a_score() -> None:
    columns = {"y": ["a", "b"], "p": [0.5, 0.5], "q": [0.3, 0.3], "r": [0.2, 0.2]}
    found = units(columns, label="y", scores=("p", "q", "r"), score_classes=("a", "b", "c"))
    assert found.classes == ("a", "b", "c")


def test_a_named_level_that_is_not_there_is_judged_with_no_rows() -> None:
    found = units({"y": [1, 0], "sex": ["f", "x"]}, label="y", groups={"sex": ("f", "m")})
    group = found.groups["sex"]
    assert (group.judged, group.rows, group.missing) == (("f", "m"), {"f": 1, "x": 1}, 0)


def test_a_missing_level_is_counted_and_not_judged() -> None:
    found = units({"y": [1, 0, 1, 0], "sex": ["f", None, "", "m"]}, label="y", groups={"sex": ()})
    group = found.groups["sex"]
    assert (group.judged, group.rows, group.missing) == (("f", "m"), {"f": 1, "m": 1}, 2)


def test_every_band_is_judged_though_nobody_is_in_it() -> None:
    found = units({"y": [1, 0], "age": [20, NAN]}, label="y", bands={"age": (30.0, 45.0)})
    group = found.groups["age"]
    assert group.judged == ("under 30", "30 to under 45", "45 and over")
    assert (group.rows, group.missing) == ({"under 30": 1}, 1)


def test_an_intersection_is_made_of_its_groups() -> None:
    columns = {"y": [1, 0], "sex": ["f", "m"], "age": [20, 40]}
    found = units(
        columns,
        label="y",
        groups={"sex": ()},
        bands={"age": (30.0,)},
        intersections=(("sex", "age"),),
    )
    [(first, second)] = found.intersections()
    assert (first.name, second.name) == ("sex", "age")
    assert first.about("f") == {"sex": "f"}
    assert second.across == {"across": "age"}


def test_a_reference_is_read_like_the_rows_under_test() -> None:
    roles = Roles(label="y", groups={"sex": ()}, bands={"age": (30.0,)})
    test = units_of(
        read_frame(pd.DataFrame({"y": [0, 1, 2], "sex": ["f", "m", "x"], "age": [1, 2, 3]})), roles
    )
    frame = pd.DataFrame({"y": [0, 2], "sex": ["f", "other"], "age": [50, 60]})
    reference = units_of(read_frame(frame), roles, like=test)
    assert (reference.classes, reference.favorable) == (test.classes, test.favorable)
    assert judged(reference) == judged(test)
    assert reference.groups["sex"].rows == {"f": 1, "other": 1}


def test_a_reference_with_a_class_of_its_own_is_refused() -> None:
    roles = Roles(label="y")
    test = units_of(read_frame(pd.DataFrame({"y": ["a", "b"]})), roles)
    frame = pd.DataFrame({"y": ["a", "b", "new"]})
    with pytest.raises(SubjectError, match="does not in row 3") as caught:
        units_of(read_frame(frame), roles, like=test)
    assert "new" not in str(caught.value)


def test_a_group_of_51_judged_levels_cannot_be_made() -> None:
    levels = tuple(map(str, range(51)))
    with pytest.raises(SubjectError, match="at most 50 levels, but has 51"):
        Group(name="zip", judged=levels, rows={}, missing=0)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])
@pytest.mark.parametrize(
    ("ids", "texts"),
    [
        ([3, 1], ["3", "1"]),
        ([3.0, 1.0], ["3", "1"]),
        ([Decimal("3.00"), Decimal("1.50")], ["3", "1.50"]),
        (["3", "01"], ["3", "01"]),
        ([True, False], ["true", "false"]),
        ([dt.date(2026, 1, 2), dt.date(2026, 1, 3)], ["2026-01-02", "2026-01-03"]),
        (
            [dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC), dt.datetime(2026, 1, 3, tzinfo=dt.UTC)],
            ["2026-01-02T03:00:00+00:00", "2026-01-03T00:00:00+00:00"],
        ),
    ],
)
def test_an_id_is_the_same_text_on_every_engine(
    ids: list[Any], texts: list[str], make: Callable[[Any], Any]
) -> None:
    table = read_frame(make({"y": [1, 0], "id": ids}))
    assert units_of(table, Roles(label="y", id="id")).text("id").tolist() == texts


def test_the_rows_of_a_level_are_cut_out_with_their_weights() -> None:
    columns = {"y": [1, 0, 1], "p": [0.9, 0.2, 0.4], "sex": ["f", "m", "f"], "w": [1.0, 2.0, 3.0]}
    found = units(columns, label="y", scores=("p",), groups={"sex": ()}, weight="w")
    part = found.scored(found.targets[0], {"sex": ("m", "f")}).part("sex", 1)
    assert part.weight is not None
    assert (part.score.tolist(), part.weight.tolist()) == ([0.9, 0.4], [1.0, 3.0])


@pytest.mark.parametrize(
    ("roles", "features"),
    [
        ({}, ("income", "note")),
        ({"drop": ("note",)}, ("income",)),
        ({"features": ("income", "sex")}, ("income", "sex")),
        ({"features": ()}, ()),
    ],
)
def test_the_inputs_are_what_was_listed_or_else_what_has_no_role(
    roles: dict[str, Any], features: tuple[str, ...]
) -> None:
    columns = {"y": [1, 0], "sex": ["f", "m"], "income": [1, 2], "note": ["a", "b"]}
    found = units(columns, label="y", groups={"sex": ()}, **roles)
    assert found.roles.features_of(found.table) == features


def test_columns_are_fetched_row_by_row_in_one_pass() -> None:
    found = units({"y": [1, 0], "x": [5, 6]}, label="y")
    arrays = found.arrays({"x": nw.col("x"), "double": nw.col("x") * 2})
    assert (arrays["x"].tolist(), arrays["double"].tolist()) == ([5, 6], [10, 12])
    assert found.column("x").dtype == float
