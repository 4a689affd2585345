from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from audit.encoding import encode_frame
from audit.errors import SubjectError
from audit.models.estimators import estimator_model
from audit.models.refitting import EstimatorTrainer
from audit.predictors import HasEstimator, Model, Trains

RNG = np.random.default_rng(0)
ROWS = pd.DataFrame({"a": RNG.normal(size=300), "c": RNG.choice(["u", "v"], size=300)})
LABELS: NDArray[np.int64] = np.asarray(ROWS["a"] > 0, dtype=np.int64)
TEXT = np.array(["no", "yes"])[LABELS]


DEFAULT = LogisticRegression(C=0.5)


def pipeline(classifier: Any) -> Any:
    number, text = (
        make_column_selector(dtype_include="number"),
        make_column_selector(dtype_exclude="number"),
    )
    return make_pipeline(
        make_column_transformer((StandardScaler(), number), (OneHotEncoder(), text)), classifier
    )


def trainer(classifier: Any = DEFAULT) -> EstimatorTrainer:
    fitted = pipeline(clone(classifier)).fit(ROWS, TEXT)
    return EstimatorTrainer(model=estimator_model(fitted))


def test_a_copy_is_fitted_as_the_model_was() -> None:
    made: Trains = trainer()
    copy = made.train(encode_frame(ROWS), LABELS, seed=0)
    assert isinstance(copy, Model)
    assert isinstance(copy, HasEstimator)
    assert copy.classes == ("no", "yes")
    assert copy.estimator[-1].C == 0.5
    expected = trainer().model.estimator.predict_proba(ROWS)
    np.testing.assert_allclose(copy.predict(encode_frame(ROWS)), expected, rtol=1e-9)


def test_the_model_under_audit_stays_as_it_is() -> None:
    made = trainer()
    before = made.model.predict(encode_frame(ROWS))
    made.train(encode_frame(ROWS), 1 - LABELS, seed=0)
    np.testing.assert_array_equal(made.model.predict(encode_frame(ROWS)), before)


def test_a_copy_learns_from_a_feature_that_the_model_has_not() -> None:
    more = ROWS.assign(mark=1.0 - LABELS)[["mark", "c", "a"]]
    opposite = trainer().train(encode_frame(more), 1 - LABELS, seed=0)
    assert opposite.features[0].name == "mark"
    found = opposite.predict(encode_frame(more))[:, 1]
    moved = opposite.predict(encode_frame(more).changed("mark", 0.0))[:, 1]
    assert np.corrcoef(found, 1 - LABELS)[0, 1] > 0.9
    assert np.abs(found - moved).max() > 0.1


def test_a_class_that_a_copy_never_saw_has_probability_0() -> None:
    labels = RNG.integers(0, 3, size=300)
    fitted = LogisticRegression().fit(ROWS[["a"]], np.array(["x", "y", "z"])[labels])
    rows = encode_frame(ROWS[["a"]])
    copy = EstimatorTrainer(model=estimator_model(fitted)).train(rows, LABELS * 2, seed=0)
    found = copy.predict(rows)
    assert copy.classes == ("x", "y", "z")
    assert not found[:, 1].any()
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert ((found.argmax(axis=1) == 2) == (LABELS == 1)).mean() > 0.95


def test_the_seed_reaches_every_part_that_draws() -> None:
    made = trainer(RandomForestClassifier(5, random_state=3))
    rows = encode_frame(ROWS)
    one, same, other = (made.train(rows, LABELS, seed=seed).predict(rows) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("labels", [np.zeros(300, dtype=np.int64), np.r_[-1, LABELS[1:]]])
def test_rows_of_one_class_or_of_none_are_refused(labels: NDArray[np.int64]) -> None:
    with pytest.raises(SubjectError, match="rows of two classes or more, all known"):
        trainer().train(encode_frame(ROWS), labels, seed=0)


def test_a_copy_that_cannot_be_fitted_is_a_sentence_without_the_rows() -> None:
    numbers = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS[["a"]], TEXT)
    made = EstimatorTrainer(model=estimator_model(numbers))
    with pytest.raises(SubjectError, match="fitted on 300 rows, but raised ValueError; can") as it:
        made.train(encode_frame(ROWS), LABELS, seed=0)
    assert "'u'" not in str(it.value)
