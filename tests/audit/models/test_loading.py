import pickle
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import audit
from audit.encoding import encode_frame
from audit.errors import MissingError, SubjectError
from audit.models.loading import load_model
from audit.predictors import Model
from fixtures.planted.models import LinearModel

ROWS = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0] * 25, "b": [1.0, 0.0] * 50})
LABELS = (ROWS["a"] > 1.5).astype(int)
FITTED = LogisticRegression().fit(ROWS, LABELS)
MODEL = LinearModel(weights=np.array([1.0, -1.0]))


def test_a_model_is_taken_as_it_is() -> None:
    assert load_model(MODEL) is MODEL


def test_a_skops_file_answers_as_what_was_dumped(tmp_path: Path) -> None:
    skops.io.dump(FITTED, tmp_path / "model.pkl")
    model = load_model("model.pkl", base=tmp_path)
    assert isinstance(model, Model)
    np.testing.assert_allclose(model.predict(encode_frame(ROWS)), FITTED.predict_proba(ROWS))
    assert len(model.digest) == 64


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(pickle.dumps(FITTED))
    with pytest.raises(SubjectError, match="is a pickle file, and loading one runs whatever code"):
        load_model(tmp_path / "model.skops")


def test_without_skops_its_files_are_refused_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skops.io.dump(FITTED, tmp_path / "model")
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(MissingError, match=r"skops.* pip install 'release-audit\[models\]'"):
        load_model(tmp_path / "model")


class Stranger(LogisticRegression):  # type: ignore[misc]
    """An estimator that skops does not know."""


def test_types_that_nobody_trusted_are_listed(tmp_path: Path) -> None:
    skops.io.dump(Stranger().fit(ROWS, LABELS), tmp_path / "model")
    [name] = skops.io.get_untrusted_types(file=tmp_path / "model")
    with pytest.raises(SubjectError, match=r"1 types .*: .*\.Stranger; .* \[model\] trusted"):
        load_model(tmp_path / "model")
    assert load_model(tmp_path / "model", trusted=[name]).classes == ("0", "1")


def test_a_damaged_skops_file_is_refused(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "model", "w") as archive:
        archive.writestr("schema.json", "{}")
    with pytest.raises(SubjectError, match="cannot be read as a skops file"):
        load_model(tmp_path / "model")


def test_a_skops_file_of_something_else_is_refused_by_name(tmp_path: Path) -> None:
    skops.io.dump(LogisticRegression(), tmp_path / "model")
    with pytest.raises(
        SubjectError, match=r"model: a LogisticRegression must be a classifier that is fitted"
    ):
        load_model(tmp_path / "model")


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match=r"models/2: there is no such file or folder"):
        load_model("models/2", base=tmp_path)


def test_a_transformers_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(SubjectError, match=r"holds no weights; write it with save_pretrained"):
        load_model(tmp_path)


def test_a_folder_without_a_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="model"):
        load_model(tmp_path)


def test_a_function_answers_in_this_process() -> None:
    model = load_model(lambda rows: rows["a"] / 4, classes=["0", "1"])
    np.testing.assert_allclose(model.predict(encode_frame(ROWS))[:, 1], ROWS["a"] / 4)
    assert not model.digest


def test_a_function_must_be_told_its_classes(tmp_path: Path) -> None:
    for source in (lambda rows: rows["a"], "scoring:predict"):
        with pytest.raises(SubjectError, match="a function does not know its classes"):
            load_model(source, base=tmp_path)


def test_a_function_answers_in_its_own_process(tmp_path: Path) -> None:
    (tmp_path / "scoring.py").write_text("def predict(rows):\n    return rows['a'] / 4\n")
    model = load_model("scoring:predict", base=tmp_path, classes=["0", "1"])
    np.testing.assert_allclose(model.predict(encode_frame(ROWS))[:, 1], ROWS["a"] / 4)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (RandomForestClassifier, "got the class RandomForestClassifier; give an object of it"),
        (torch.nn.Linear(2, 2), "a Linear reads no table of itself; give a function"),
        (7, "or an object of the shape audit.Model, but got int"),
        (None, "but got NoneType"),
    ],
)
def test_what_is_no_model_is_refused(source: object, said: str) -> None:
    with pytest.raises(SubjectError, match=said):
        load_model(source, classes=["0", "1"])


def test_an_estimator_is_audited_in_a_line() -> None:
    rows = ROWS.assign(y=LABELS, sex=["f", "m"] * 50)
    subject = audit.subject(FITTED, rows, label="y", groups=["sex"], favorable=1)
    assert subject.inputs.names == ("a", "b")
    [found] = [
        each
        for each in audit.check("performance.classification", subject).findings
        if each.question.metric == "accuracy" and not each.question.about
    ]
    assert found.estimate.value == FITTED.score(ROWS, LABELS)


def test_a_model_with_other_columns_than_the_data_is_refused() -> None:
    with pytest.raises(SubjectError, match=r"there is no column 'b' for a feature"):
        audit.subject(FITTED, ROWS.drop(columns="b").assign(y=LABELS), label="y")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["no", "yes"] * 50, r"must hold classes of the model \(0, 1\), but holds none"),
        (["0", "1", "2", "1"] * 25, "label 'y' must hold only the 2 classes .* does not in row 3"),
    ],
)
def test_labels_that_a_model_never_saw_are_refused(labels: list[str], said: str) -> None:
    with pytest.raises(SubjectError, match=said):
        audit.subject(FITTED, ROWS.assign(y=labels), label="y")
