from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import audit
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.errors import SubjectError
from audit.inputs import Feature
from audit.models.cached import Cached
from audit.planning import offers
from audit.predicting import model_subject, predicted
from fixtures.planted.models import FunctionModel, LinearModel

MODEL = LinearModel(weights=np.array([1.0, -1.0]), features=(Feature(name="a"), Feature(name="b")))
RNG = np.random.default_rng(0)
ROWS = pd.DataFrame({"a": RNG.normal(size=300), "b": RNG.normal(size=300)})
ROWS = ROWS.assign(
    y=(ROWS["a"] > ROWS["b"]).astype(int), sex=["f", "m"] * 150, id=[f"i{i}" for i in range(300)]
)
ROLES = Roles(label="y", favorable=("1",), groups={"sex": ()}, id="id")


def test_a_model_answers_the_rows_and_its_answers_get_their_roles() -> None:
    table, roles = predicted(read_frame(ROWS), ROLES, MODEL)
    assert roles.prediction in table.types
    assert len(roles.scores) == 2
    assert roles.features == ("a", "b")
    assert table.digest == read_frame(ROWS).digest


def test_every_check_of_predictions_reads_the_answers_of_a_model() -> None:
    subject = audit.subject(MODEL, ROWS, label="y", groups=["sex"], favorable=1, id="id")
    [accuracy] = [
        each
        for each in audit.check("performance.classification", subject).findings
        if each.question.metric == "accuracy" and not each.question.about
    ]
    assert accuracy.estimate.value == 1.0


def test_logged_predictions_beside_a_model_are_refused() -> None:
    with pytest.raises(SubjectError, match="must be left out where there is a model"):
        predicted(read_frame(ROWS), replace(ROLES, prediction="y"), MODEL)


def test_a_model_with_other_features_than_the_data_is_refused() -> None:
    with pytest.raises(SubjectError, match="there is no column 'b' for a feature"):
        predicted(read_frame(ROWS.drop(columns="b")), ROLES, MODEL)


def test_labels_that_the_model_never_saw_are_refused() -> None:
    strange = ROWS.assign(y=["yes", "no"] * 150)
    with pytest.raises(SubjectError, match=r"must hold classes of the model \(0, 1\)"):
        model_subject(MODEL, read_frame(strange), replace(ROLES, favorable=()))


def test_a_model_that_reads_what_it_is_given_gets_the_columns_without_a_role() -> None:
    model = FunctionModel(function=lambda values: np.where(values[:, 0] > 0, 0.9, 0.1))
    subject = audit.subject(model, ROWS, label="y", groups=["sex"], id="id")
    assert subject.inputs.names == ("a", "b")


def test_the_reference_is_answered_too_and_its_rows_are_the_background() -> None:
    subject = audit.subject(MODEL, ROWS, reference=ROWS[:100], label="y", id="id")
    assert subject.reference is not None
    assert len(subject.background) == 100
    assert subject.reference.roles.prediction
    assert subject.labels.tolist() == ROWS["y"].tolist()


def test_without_a_reference_the_rows_under_test_are_the_background() -> None:
    subject = audit.subject(MODEL, ROWS, label="y", id="id")
    assert subject.background is subject.inputs


def test_a_subject_offers_what_its_model_can() -> None:
    with_gradients = audit.subject(MODEL, ROWS, label="y")
    without = audit.subject(FunctionModel(function=lambda v: v[:, 0] * 0 + 0.5), ROWS, label="y")
    assert offers(with_gradients) - offers(without) == {"gradients"}
    assert {"model", "features", "labels", "scores"} <= offers(without)


def test_a_model_is_asked_for_each_row_once_whatever_is_checked() -> None:
    model = Cached(MODEL)
    table = read_frame(pd.concat([ROWS, ROWS[:50]]).drop(columns="id"))
    subject = model_subject(model, table, replace(ROLES, id=""))
    audit.check("performance.classification", subject)
    model.predict(subject.inputs)
    assert model.forward_rows == len(ROWS)


def test_an_estimator_with_a_threshold_of_its_own_is_refused() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import FixedThresholdClassifier

    plain = LogisticRegression().fit(ROWS[["a", "b"]], ROWS["y"])
    assert audit.subject(plain, ROWS, label="y", groups=["sex"]).model is not None
    strict = FixedThresholdClassifier(LogisticRegression(), threshold=0.9)
    strict.fit(ROWS[["a", "b"]], ROWS["y"])
    with pytest.raises(SubjectError, match="decides for another class than the one it holds most"):
        audit.subject(strict, ROWS, label="y", groups=["sex"])
