"""A fitted scikit-learn estimator as a model of tables, in Python or from a skops file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.data.levels import level_text
from audit.draws import Keys
from audit.errors import SubjectError
from audit.files import sha256
from audit.inputs import Inputs, Matrix
from audit.models.answers import probabilities
from audit.models.skops_digest import digest_of
from audit.models.spelling import Spelling
from audit.packages import needing

_MOST_SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class EstimatorModel:
    """It answers with `predict_proba`, on frames as the estimator was fitted on.

    Numbers are given as float, categories as text, in the fitted order of the columns.

    Attributes
    ----------
    estimator : object
        Fitted, with `predict_proba`.
    classes : tuple of str
        As levels are written, in the estimator's own order.
    columns : tuple of str or None
        What it was fitted on, if it was fitted on a frame: what kind they are, the data say.
    digest : str
        sha256 of the skops file, or of the skops dump; "" if there is no such dump.
    spelling : Spelling
        How categories and missing values were written when it was fitted.

    """

    estimator: Any
    classes: tuple[str, ...]
    columns: tuple[str, ...] | None
    digest: str
    spelling: Spelling
    features: None = None
    protocol: str = "one model"

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        """Answer every row alike."""
        return np.zeros(len(keys), dtype=np.int64)

    def decisions(self, inputs: Inputs) -> NDArray[np.int64]:
        """Return what `estimator.predict` decides, as places among the classes; -1 is none."""
        found = self.estimator.predict(_rows(self, inputs))
        places = {level: place for place, level in enumerate(self.classes)}
        return np.array([places.get(level_text(each) or "", -1) for each in found], dtype=np.int64)

    def predict(self, inputs: Inputs) -> Matrix:
        """Return the probability of each class."""
        if not len(inputs):
            return np.empty((0, len(self.classes)))
        who = f"the {type(self.estimator).__name__}"
        rows = _rows(self, inputs)
        try:
            answers = np.asarray(self.estimator.predict_proba(rows), dtype=np.float64)
        except Exception as problem:
            msg = f"{who} must answer the rows, but raised {type(problem).__name__}; {_ADVICE}"
            raise SubjectError(msg) from problem
        return probabilities(answers, len(inputs), self.classes, who)


_ADVICE: Final = (
    "numbers reach it as float, all else as text, so a pipeline must hold what turns text into "
    "numbers"
)


def estimator_model(
    estimator: Any,  # noqa: ANN401 - scikit-learn has no types
    *,
    columns: Sequence[str] | None = None,
    digest: str | None = None,
) -> EstimatorModel:
    """Take a fitted estimator.

    Parameters
    ----------
    estimator : object
        Anything with `classes_` and `predict_proba`.
    columns : sequence of str, optional
        What it reads, where it was fitted on an array and does not know.
    digest : str, optional
        Left out, that of its skops dump.

    Raises
    ------
    SubjectError
        If it is not fitted, gives no probabilities, or answers several questions at once.

    """
    classes = _classes(estimator)
    if not hasattr(estimator, "predict_proba"):
        msg = (
            f"a {type(estimator).__name__} must have predict_proba; put it in a "
            "sklearn.calibration.CalibratedClassifierCV, or name a Python function"
        )
        raise SubjectError(msg)
    named = _fitted_on(estimator) or (None if columns is None else tuple(columns))
    return EstimatorModel(
        estimator=estimator,
        classes=classes,
        columns=named,
        spelling=Spelling.of(estimator),
        digest=digest_of(estimator) if digest is None else digest,
    )


def read_skops(
    path: Path, *, trusted: Sequence[str] = (), columns: Sequence[str] | None = None
) -> EstimatorModel:
    """Read an estimator from a skops file, running nothing that is not trusted.

    Raises
    ------
    MissingError
        If skops is not installed.
    SubjectError
        If the file holds types that nobody trusted, is damaged, or holds no fitted classifier.

    """
    with needing(f"{path}: reading a skops file"):
        import skops.io
    try:
        strangers = sorted(set(skops.io.get_untrusted_types(file=path)) - set(trusted))
    except Exception as problem:
        raise SubjectError(_unreadable(path, problem)) from problem
    if strangers:
        raise SubjectError(_untrusted(path, strangers))
    try:
        loaded = skops.io.load(path, trusted=[*trusted])
    except Exception as problem:
        raise SubjectError(_unreadable(path, problem)) from problem
    try:
        return estimator_model(loaded, columns=columns, digest=sha256([path]))
    except SubjectError as problem:
        msg = f"{path}: {problem}"
        raise SubjectError(msg) from problem


def _unreadable(path: Path, problem: Exception) -> str:
    return (
        f"{path}: cannot be read as a skops file ({type(problem).__name__}); was it cut off, or "
        "written with packages that are not installed here?"
    )


def _untrusted(path: Path, strangers: Sequence[str]) -> str:
    more = len(strangers) - _MOST_SHOWN
    shown = ", ".join(strangers[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return (
        f"{path}: holds {len(strangers)} types that skops does not trust of itself: {shown}; if "
        "you know them, name them in [model] trusted, or as load_model(…, trusted=[…])"
    )


def _classes(estimator: Any) -> tuple[str, ...]:  # noqa: ANN401
    name = type(estimator).__name__
    try:
        values = estimator.classes_
    except Exception as problem:
        msg = f"a {name} must be a classifier that is fitted, but has no classes_; fit it first"
        raise SubjectError(msg) from problem
    if np.ndim(values) != 1 or len(values) < 2:  # noqa: PLR2004 - two classes
        msg = f"a {name} must know two classes or more of one label"
        raise SubjectError(msg)
    found = tuple(text for each in values if (text := level_text(each)) is not None)
    if len(set(found)) < len(values):
        msg = f"a {name} must have classes that differ when written as text; rename its labels"
        raise SubjectError(msg)
    return found


def _fitted_on(estimator: Any) -> tuple[str, ...] | None:  # noqa: ANN401
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else tuple(map(str, names))


def _rows(model: EstimatorModel, inputs: Inputs) -> Any:  # noqa: ANN401
    """Return the rows as a frame; as an array, if that is what the estimator was fitted on."""
    estimator, columns = model.estimator, model.columns
    if columns is not None and inputs.names != columns:
        inputs = ordered(inputs, columns)
    wanted = getattr(estimator, "n_features_in_", len(inputs.features))
    if wanted != len(inputs.features):
        msg = (
            f"the {type(estimator).__name__} was fitted on {wanted} features, but the data give "
            f"{len(inputs.features)}; list them in features, or drop the others"
        )
        raise SubjectError(msg)
    frame = model.spelling.frame(inputs)
    return frame if _fitted_on(estimator) is not None else frame.to_numpy()


def ordered(inputs: Inputs, columns: Sequence[str]) -> Inputs:
    """Return the inputs with exactly these columns."""
    places = [inputs.place(name) for name in columns]
    return Inputs(
        features=tuple(inputs.features[place] for place in places),
        values=inputs.values[:, places],
        keys=inputs.keys,
    )
