import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.svm import LinearSVC

import audit
from audit.encoding import encode_frame
from audit.errors import SubjectError
from audit.inputs import Inputs
from audit.models.cached import Cached
from audit.models.estimators import estimator_model
from audit.predictors import HasEstimator, Model, NamesColumns

RNG = np.random.default_rng(0)
ROWS = pd.DataFrame(
    {
        "income": RNG.normal(size=200),
        "home": RNG.choice(["own", "rent", "other"], size=200),
        "age": RNG.integers(20, 70, size=200),
    }
)
ROWS.loc[::9, "income"] = np.nan
LABELS = np.where((ROWS["income"].fillna(0) + (ROWS["home"] == "rent")) > 0.5, "yes", "no")


DEFAULT = LogisticRegression(max_iter=500)


def pipeline(classifier: Any = DEFAULT) -> Any:
    return make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), "passthrough"), ["income", "age"]),
            (
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="?"),
                    OneHotEncoder(handle_unknown="ignore"),
                ),
                ["home"],
            ),
        ),
        clone(classifier),
    )


def with_gaps() -> pd.DataFrame:
    rows = ROWS.copy()
    rows.loc[::7, "home"] = np.nan
    return rows


FITTED = pipeline().fit(with_gaps(), LABELS)


@pytest.mark.filterwarnings("error")
def test_a_pipeline_answers_as_it_does_itself() -> None:
    model = estimator_model(FITTED)
    assert isinstance(model, Model)
    assert isinstance(model, HasEstimator)
    assert isinstance(model, NamesColumns)
    assert model.classes == ("no", "yes")
    assert model.features is None
    assert model.columns == ("income", "home", "age")
    found = model.predict(encode_frame(with_gaps()))
    np.testing.assert_allclose(found, FITTED.predict_proba(with_gaps()), rtol=1e-12)


def test_columns_reach_it_in_the_fitted_order_whatever_the_order_of_the_data() -> None:
    model = estimator_model(FITTED)
    swapped = with_gaps()[["age", "income", "home"]].assign(other=1.0)
    np.testing.assert_allclose(
        model.predict(encode_frame(swapped)), FITTED.predict_proba(with_gaps()), rtol=1e-12
    )


def test_a_subject_reads_the_columns_that_the_estimator_was_fitted_on() -> None:
    rows = with_gaps().assign(y=LABELS, noise="text", sex=["f", "m"] * 100)
    subject = audit.subject(FITTED, rows, label="y", groups=["sex"], favorable="yes")
    assert subject.inputs.names == ("income", "home", "age")
    assert subject.units.roles.features == ("income", "home", "age")


def test_the_reference_is_read_as_the_rows_under_test_are_and_asked_once() -> None:
    rows = with_gaps().assign(y=LABELS)
    reference = rows[:60].assign(home=["castle", *rows["home"][1:60]])
    subject = audit.subject(FITTED, rows, reference=reference, label="y", favorable="yes")
    model = subject.model
    assert isinstance(model, Cached)
    asked = model.forward_rows
    distinct = rows.drop(columns="y").drop_duplicates()
    assert asked == len(distinct) + 1  # the castle
    model.predict(subject.inputs)
    model.predict(subject.background)
    assert model.forward_rows == asked


def test_a_number_that_the_reference_never_has_is_a_number_there_too() -> None:
    rows = with_gaps().assign(y=LABELS)
    reference = rows[:60].assign(income=None)
    subject = audit.subject(FITTED, rows, reference=reference, label="y", favorable="yes")
    model = subject.model
    assert isinstance(model, Cached)
    asked = model.forward_rows
    model.predict(subject.background)
    assert model.forward_rows == asked
    assert subject.background.features[0] == subject.inputs.features[0]


def test_missing_text_is_none_where_an_encoder_was_fitted_on_none() -> None:
    rows = pd.DataFrame({"home": pd.Series(["own", None, "rent", None] * 10, dtype=object)})
    fitted = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(rows, [0, 1, 0, 1] * 10)
    found = estimator_model(fitted).predict(encode_frame(rows))
    np.testing.assert_allclose(found, fitted.predict_proba(rows), rtol=1e-12)


def test_categories_are_spelled_as_they_were_fitted() -> None:
    rows = pd.DataFrame({"old": ["True", "False", "1.0", "x"] * 10})
    fitted = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(rows, [0, 1, 1, 0] * 10)
    found = estimator_model(fitted).predict(encode_frame(rows))
    np.testing.assert_allclose(found, fitted.predict_proba(rows), rtol=1e-12)


def test_encoders_are_found_however_deep_they_are() -> None:
    rows = pd.DataFrame({"old": ["True", "False", "True", "x"] * 10})
    inner = make_pipeline(OneHotEncoder(), LogisticRegression())
    searched = GridSearchCV(
        VotingClassifier([("one", inner)], voting="soft"), {"one__memory": [None]}, cv=2
    ).fit(rows, [0, 1, 1, 0] * 10)
    found = estimator_model(searched).predict(encode_frame(rows))
    np.testing.assert_allclose(found, searched.predict_proba(rows), rtol=1e-12)


def test_whole_numbers_and_booleans_that_were_fitted_as_categories_are_found() -> None:
    rows = pd.DataFrame({"code": [1, 2, 3, 2] * 10, "old": [True, False] * 20})
    fitted = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(rows, [0, 1, 1, 0] * 10)
    found = estimator_model(fitted).predict(encode_frame(rows))
    np.testing.assert_allclose(found, fitted.predict_proba(rows), rtol=1e-12)


def test_an_estimator_that_was_fitted_on_an_array_is_given_an_array() -> None:
    numbers = ROWS[["income", "age"]].fillna(0)
    fitted = LogisticRegression().fit(numbers.to_numpy(), LABELS)
    model = estimator_model(fitted)
    assert model.columns is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model.predict(encode_frame(numbers))
    np.testing.assert_allclose(found, fitted.predict_proba(numbers.to_numpy()))
    named = estimator_model(fitted, columns=["income", "age"])
    np.testing.assert_array_equal(named.predict(encode_frame(numbers[["age", "income"]])), found)


def test_another_number_of_columns_than_it_was_fitted_on_is_refused() -> None:
    fitted = LogisticRegression().fit(ROWS[["age"]].to_numpy(), LABELS)
    with pytest.raises(SubjectError, match="was fitted on 1 features, but the data give 2; list"):
        estimator_model(fitted).predict(encode_frame(ROWS[["income", "age"]]))


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(SubjectError, match="reads no feature 'home'"):
        estimator_model(FITTED).predict(encode_frame(ROWS[["income", "age"]]))


def test_no_rows_are_answered() -> None:
    assert estimator_model(FITTED).predict(encode_frame(with_gaps()[:0])).shape == (0, 2)


def test_classes_are_written_as_levels_in_the_estimators_order() -> None:
    numbers = ROWS[["age"]]
    whole = LogisticRegression().fit(numbers, (ROWS["age"] % 3) * 1.0)
    truth = LogisticRegression().fit(numbers, ROWS["age"] > 40)
    assert estimator_model(whole).classes == ("0", "1", "2")
    assert estimator_model(truth).classes == ("false", "true")


def fitted(estimator: Any) -> Callable[[], Any]:
    return lambda: estimator.fit(ROWS[["age"]], LABELS == "yes")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (LogisticRegression, "a LogisticRegression must be a classifier that is fitted"),
        (pipeline, "a Pipeline must be .*; fit it first"),
        (lambda: GridSearchCV(LogisticRegression(), {"C": [1.0]}), "fit it first"),
        (fitted(LinearSVC()), "a LinearSVC must have predict_proba; put it in a .*Calibrated"),
        (fitted(LinearRegression()), "a LinearRegression must be a classifier"),
        (
            lambda: RandomForestClassifier(2).fit(
                ROWS[["age"]], np.column_stack([LABELS == "yes", ROWS["age"] > 40])
            ),
            "must know two classes or more of one label",
        ),
    ],
)
def test_an_estimator_that_cannot_be_asked_is_refused(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(SubjectError, match=said):
        estimator_model(make())


class Odd(LogisticRegression):  # type: ignore[misc]
    answer: Any = None

    def predict_proba(self, _: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ValueError("secret cell"), "the Odd must answer the rows, but raised ValueError; numbers"),
        (np.full((200, 2), np.nan), "finite"),
        (np.full((199, 2), 0.5), "one row for each of the 200 rows"),
        (np.full((200, 3), 1 / 3), "a column for each of the 2 classes"),
        (np.full((200, 2), 0.6), "sum to 1"),
    ],
)
def test_answers_that_are_no_probabilities_are_refused(answer: Any, said: str) -> None:
    odd = Odd().fit(ROWS[["age"]], LABELS)
    odd.answer = answer
    with pytest.raises(SubjectError, match=said) as caught:
        estimator_model(odd).predict(encode_frame(ROWS[["age"]]))
    assert "secret" not in str(caught.value)


def test_the_digest_is_the_same_for_the_same_estimator_and_another_for_another() -> None:
    forest = RandomForestClassifier(3, random_state=0)
    for first, second in (
        (DEFAULT, LogisticRegression(C=0.1)),
        (forest, RandomForestClassifier(3, random_state=1)),
    ):
        one, same, other = (
            estimator_model(pipeline(each).fit(ROWS, LABELS)).digest
            for each in (first, first, second)
        )
        assert one == same != other
        assert len(one) == 64


_PRINT = """
import numpy as np
from sklearn.linear_model import LogisticRegression
from audit.models.estimators import estimator_model
print(estimator_model(LogisticRegression().fit(np.eye(3), [0, 1, 1])).digest)
"""


def test_the_digest_is_the_same_in_another_process() -> None:
    here = estimator_model(LogisticRegression().fit(np.eye(3), [0, 1, 1])).digest
    found = subprocess.run(
        [sys.executable, "-c", _PRINT],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "PYTHONHASHSEED": "7"},
    )
    assert found.stdout.strip() == here


def _doubled(rows: Any) -> Any:
    return rows * 2


def test_what_a_dump_does_not_show_has_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    own = make_pipeline(FunctionTransformer(_doubled), LogisticRegression())
    assert not estimator_model(own.fit(ROWS[["age"]], LABELS)).digest
    assert not estimator_model(Odd().fit(ROWS[["age"]], LABELS)).digest
    monkeypatch.setitem(sys.modules, "skops.io", None)
    assert not estimator_model(FITTED).digest


def test_a_batch_size_changes_no_decision() -> None:
    rows: Inputs = encode_frame(with_gaps())
    forest = pipeline(RandomForestClassifier(10, random_state=0)).fit(with_gaps(), LABELS)
    expected = Cached(estimator_model(forest)).predict(rows)
    for batch in (17, 64):
        found = Cached(estimator_model(forest), batch=batch).predict(rows)
        np.testing.assert_array_equal(found, expected)


def test_gaps_reach_an_estimator_that_reads_them() -> None:
    rows = ROWS[["income", "age"]]
    boosted = HistGradientBoostingClassifier(max_iter=2).fit(rows, LABELS)
    found = estimator_model(boosted).predict(encode_frame(rows))
    np.testing.assert_allclose(found, boosted.predict_proba(rows))
