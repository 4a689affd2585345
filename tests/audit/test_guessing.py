from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.guessing import AGES, Guess, guess
from tests.audit.applicants import applicants

ROWS = applicants()


def guessed(frame: pd.DataFrame = ROWS, **changed: Any) -> Guess:
    return guess(read_frame(frame.assign(**changed)))


def words(no: str, yes: str) -> dict[str, Any]:
    return {name: np.where(ROWS[name] == 1, yes, no) for name in ("y_true", "y_pred")}


def test_every_role_of_a_plain_table_is_guessed() -> None:
    found = guessed()
    assert found.roles == Roles(
        label="y_true",
        prediction="y_pred",
        scores=("prob",),
        favorable=("1",),
        groups={"sex": ("f", "m"), "race": ("black", "white")},
        bands={"age": AGES},
        id="case_id",
    )
    assert found.classes == ("0", "1")
    assert list(found.small["race"]) == ["rare"]
    assert found.small["sex"] == {}


@pytest.mark.parametrize(
    ("no", "yes"),
    [("No", "Yes"), ("denied", "approved"), ("Denied", "APPROVED"), ("False", "True")],
)
def test_the_favourable_class_is_guessed_as_it_is_written(no: str, yes: str) -> None:
    expected = yes.lower() if yes == "True" else yes
    assert guessed(**words(no, yes)).roles.favorable == (expected,)


def test_no_score_is_guessed_where_nobody_knows_of_which_class_it_is() -> None:
    roles = guessed(**words("bad", "good")).roles
    assert (roles.favorable, roles.scores) == ((), ())


def test_two_classes_that_may_both_be_hoped_for_are_left_to_a_person() -> None:
    assert guessed(**words("approved", "granted")).roles.favorable == ()


def test_many_classes_have_no_one_score() -> None:
    classes = np.resize(list("abc"), len(ROWS))
    assert guessed(y_true=classes, y_pred=classes).roles.scores == ()


@pytest.mark.parametrize(
    ("column", "label"),
    [("hired", "hired"), ("truth", "truth"), ("Label", "Label")],
)
def test_a_label_is_known_by_its_name_or_by_its_levels(column: str, label: str) -> None:
    found = guessed(ROWS.rename(columns={"y_true": column}))
    assert found.roles.label == label


def test_two_columns_with_the_levels_of_the_prediction_leave_the_label_open() -> None:
    frame = ROWS.rename(columns={"y_true": "hired"}).assign(invited=ROWS["y_true"])
    assert guessed(frame).roles.label == ""


@pytest.mark.parametrize(
    ("values", "scores"),
    [
        pytest.param(ROWS["prob"] * 100, (), id="percent"),
        pytest.param(ROWS["prob"] - 0.5, (), id="below 0"),
        pytest.param(ROWS["prob"].astype(str), (), id="text"),
        pytest.param(np.full(len(ROWS), np.nan), (), id="nothing"),
        pytest.param(ROWS["prob"], ("prob",), id="probabilities"),
    ],
)
def test_a_score_lies_between_0_and_1(values: Any, scores: tuple[str, ...]) -> None:
    assert guessed(prob=values).roles.scores == scores


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.zeros(len(ROWS)), id="repeated"),
        pytest.param([None, *map(str, range(1, len(ROWS)))], id="missing once"),
    ],
)
def test_what_repeats_or_is_missing_is_no_id(values: Any) -> None:
    assert guessed(case_id=values).roles.id == ""


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(["f"] * len(ROWS), id="one level"),
        pytest.param([None] * len(ROWS), id="missing"),
        pytest.param(np.arange(len(ROWS)) % 60, id="too many levels"),
    ],
)
def test_what_sorts_the_rows_into_no_few_parts_is_no_group(values: Any) -> None:
    assert "sex" not in guessed(sex=values).roles.groups


def test_an_age_in_words_has_no_bands() -> None:
    assert guessed(age=[f"{age} years" for age in ROWS["age"]]).roles.bands == {}


def test_the_column_of_long_texts_is_guessed_and_names_are_not() -> None:
    rows = range(len(ROWS))
    texts = [f"the dress number {row} fits well and I would buy it again" for row in rows]
    assert guessed(review=texts, title=[f"a dress {row}" for row in rows]).roles.text == "review"
    assert guessed(title=[f"a dress {row}" for row in rows]).roles.text == ""
    assert guessed(review=np.resize(texts[:3], len(ROWS))).roles.text == ""
