from typing import Any

import numpy as np
import pandas as pd
import pytest

import audit
from audit.encoding import encode_frame
from audit.errors import SubjectError
from audit.models.cached import Cached
from audit.models.functions import in_this_process
from audit.models.loading import load_model
from audit.predictors import Model, NamesColumns

ROWS = pd.DataFrame({"a": [0.0, np.nan, 0.5], "home": ["own", None, "rent"], "b": [1, 2, 3]})
INPUTS = encode_frame(ROWS)


def test_rows_reach_a_function_as_numbers_and_text() -> None:
    seen: list[pd.DataFrame] = []

    def half(rows: pd.DataFrame) -> Any:
        seen.append(rows)
        return np.full(len(rows), 0.5)

    model = in_this_process(half, classes=["0", "1"])
    assert isinstance(model, Model)
    assert isinstance(model, NamesColumns)
    assert model.predict(INPUTS).tolist() == [[0.5, 0.5]] * 3
    [rows] = seen
    assert [str(each) for each in rows.dtypes] == ["float64", "object", "float64"]
    assert rows["home"].tolist() == ["own", None, "rent"]


def test_a_function_is_given_the_columns_that_it_reads_in_their_order() -> None:
    def wide(rows: pd.DataFrame) -> Any:
        assert [*rows.columns] == ["b", "a"]
        return rows["b"] / 4

    model = in_this_process(wide, classes=["0", "1"], columns=["b", "a"])
    np.testing.assert_allclose(model.predict(INPUTS)[:, 1], [0.25, 0.5, 0.75])
    with pytest.raises(SubjectError, match="the model reads no feature 'c'"):
        in_this_process(wide, classes=["0", "1"], columns=["c"]).predict(INPUTS)


def test_a_subject_holds_only_what_the_function_reads() -> None:
    rows = pd.concat([ROWS] * 20, ignore_index=True).assign(y=[0, 1, 1] * 20)
    model = load_model(lambda each: each["b"] / 4, classes=["0", "1"], features=["b"])
    subject = audit.subject(model, rows, label="y", favorable=1)
    assert subject.inputs.names == ("b",)


def test_columns_of_a_frame_go_by_their_names() -> None:
    def named(rows: pd.DataFrame) -> Any:
        return pd.DataFrame({"yes": [0.9] * len(rows), "no": [0.1] * len(rows)})

    model = in_this_process(named, classes=["no", "yes"])
    assert model.predict(INPUTS)[0].tolist() == [0.1, 0.9]


def test_a_function_that_raises_is_a_sentence_without_the_rows() -> None:
    def raises(rows: pd.DataFrame) -> Any:
        raise ValueError(rows["home"][0])

    with pytest.raises(SubjectError, match=r"^raises must answer 3 rows, but raised ValueError$"):
        in_this_process(raises, classes=["0", "1"]).predict(INPUTS)


def test_a_function_without_numbers_is_a_sentence() -> None:
    model = in_this_process(lambda rows: ["yes"] * len(rows), classes=["0", "1"])
    with pytest.raises(SubjectError, match="must return numbers, but returned a list"):
        model.predict(INPUTS)


def test_no_rows_reach_no_function() -> None:
    def never(_: pd.DataFrame) -> Any:
        raise AssertionError

    assert in_this_process(never, classes=["0", "1"]).predict(INPUTS.take(slice(0))).shape == (0, 2)


def test_a_function_is_asked_once_for_each_row() -> None:
    asked: list[int] = []

    def count(rows: pd.DataFrame) -> Any:
        asked.append(len(rows))
        return np.full(len(rows), 0.5)

    model = Cached(in_this_process(count, classes=["0", "1"]))
    model.predict(INPUTS.repeated(3))
    model.predict(INPUTS)
    assert asked == [3]
