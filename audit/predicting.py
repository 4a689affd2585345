"""Let a model answer a table, so that every check of logged predictions can read its answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import narwhals as nw
import numpy as np
import pyarrow as pa

from audit.data.roles import Roles, fitting
from audit.data.tables import Table, read_frame
from audit.encoding import encode
from audit.errors import SubjectError
from audit.inputs import Feature, Inputs, Matrix
from audit.models.cached import Cached
from audit.models.estimators import EstimatorModel
from audit.predictors import AnswersApart, Batch, Explains, Model, NamesColumns, Trains
from audit.subjects import Baseline, Subject
from audit.training.known import trainer_of
from audit.units import units_of

PREDICTION: Final = "the model's decision"
_CLEARLY: Final = 1e-6
"""By which the most probable class must lead, before another decision is no tie."""
_MOST_FAMILIAR: Final = 0.5
"""Of the rows may have the values of rows that were trained on: coarse columns repeat."""
_SCORE: Final = "the model's probability of "


def predicted(table: Table, roles: Roles, model: Model) -> tuple[Table, Roles]:
    """Add a model's decisions and probabilities to a table.

    Returns
    -------
    Table, Roles
        The same rows under the same digest, with the columns of the answers and their roles.

    Raises
    ------
    SubjectError
        If the roles name logged predictions beside a model, or the model cannot answer.

    """
    return _answered(table, roles, model, _inputs(table, roles, model, model.features))


def _inputs(table: Table, roles: Roles, model: Model, known: Sequence[Feature] | None) -> Inputs:
    if roles.prediction or roles.scores:
        msg = (
            f"{table.source}: prediction and scores must be left out where there is a model, "
            "which gives its own"
        )
        raise SubjectError(msg)
    return encode(table, columns_of(model) or roles.features_of(table), roles.id, known)


def _answered(table: Table, roles: Roles, model: Model, inputs: Inputs) -> tuple[Table, Roles]:
    return with_answers(table, roles, model.classes, model.predict(inputs), inputs.names)


def with_answers(
    table: Table, roles: Roles, classes: Sequence[str], scores: Matrix, features: Sequence[str]
) -> tuple[Table, Roles]:
    """Add decisions and probabilities to a table."""
    decided = np.array(classes, dtype=object)[scores.argmax(axis=1)]
    frame = table.frame.lazy().collect(backend="pyarrow").to_arrow()
    frame = frame.append_column(PREDICTION, pa.array(decided, pa.string()))
    names = [f"{_SCORE}{name}" for name in classes]
    for name, column in zip(names, scores.T, strict=True):
        frame = frame.append_column(name, pa.array(np.ascontiguousarray(column)))
    made = read_frame(frame, source=table.source)
    answered = replace(
        roles,
        prediction=PREDICTION,
        scores=tuple(names),
        score_classes=tuple(classes),
        features=tuple(features),
    )
    return replace(made, digest=table.digest or made.digest), answered


def columns_of(model: Model) -> tuple[str, ...] | None:
    """Return the columns that a model reads; None if it reads whatever it is given."""
    if model.features is not None:
        return tuple(feature.name for feature in model.features)
    return model.columns if isinstance(model, NamesColumns) else None


def outcomes(table: Table, roles: Roles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the classes of the label and the favourable ones; a function knows neither."""
    if not roles.label or table.require(roles.label, "label"):
        return (), ()
    units = units_of(table, Roles(label=roles.label, favorable=roles.favorable, features=()))
    return units.classes, units.favorable


def labels_known(roles: Roles, table: Table, classes: Sequence[str]) -> str:
    """Return what is wrong if the label holds classes that the model cannot answer."""
    from audit.data.levels import level_text

    if not roles.label or roles.label not in table.types:
        return ""
    found = table.frame.lazy().select(nw.col(roles.label)).unique().collect(backend="pyarrow")
    levels = {level_text(each) for each in found.get_column(roles.label).to_list()} - {None}
    if levels and not levels & set(classes):
        return (
            f"{table.source}: label {roles.label!r} must hold classes of the model "
            f"({', '.join(classes[:5])}), but holds none of them"
        )
    return ""


def _decides_otherwise(table: Table, model: Model, inputs: Inputs) -> str:
    """Return what is wrong if an estimator does not decide for the class of most probability."""
    inner = model.inner if isinstance(model, Cached) else model
    if not isinstance(inner, EstimatorModel) or not len(inputs):
        return ""
    scores = np.sort(model.predict(inputs), axis=1)
    clear = scores[:, -1] - scores[:, -2] > _CLEARLY
    decided = inner.decisions(inputs) != model.predict(inputs).argmax(axis=1)
    if not (rows := int((decided & clear).sum())):
        return ""
    return (
        f"{table.source}: the {type(inner.estimator).__name__} decides for another class than the "
        f"one it holds most probable in {rows:,} of {table.rows:,} rows, as with a threshold of "
        "its own, which a probe of probabilities would not see; audit its logged predictions"
    )


def trained_on(table: Table, model: object, inputs: Batch) -> str:
    """Return what is wrong if rows would be answered by a network that was trained on them."""
    if not isinstance(model, AnswersApart):
        return ""
    if (alike := int(model.familiar(inputs).sum())) > _MOST_FAMILIAR * len(inputs):
        return (
            f"{table.source}: {alike:,} of {table.rows:,} rows have the values of rows that were "
            "trained on, under ids that the model does not know, so it would be judged by what it "
            "has seen; name the id column that it was trained with, or give other rows"
        )
    if not (rows := int(model.trained_on(inputs.keys).sum())):
        return ""
    return (
        f"{table.source}: {rows:,} of {table.rows:,} rows were trained on, so the model would be "
        "judged by what it has seen; give other rows, or train with folds"
    )


def _compared(
    table: Table, roles: Roles, model: Model, known: Sequence[Feature]
) -> tuple[Table, Roles]:
    """Answer the reference: each row by one network, if the rows under test are.

    The mean of several networks spreads less than one of them, so that its scores would seem to
    have drifted where nothing has.
    """
    inputs = _inputs(table, roles, model, known)
    if isinstance(model, AnswersApart):
        inputs = replace(inputs, keys=model.single(inputs.keys))
    return _answered(table, roles, model, inputs)


def model_subject(  # noqa: PLR0913 - a subject has this many parts
    model: Model,
    table: Table,
    roles: Roles,
    *,
    reference: Table | None = None,
    trainer: Trains | None = None,
    explainer: Explains | None = None,
    baseline: Baseline | None = None,
) -> Subject:
    """Let a model answer the rows under test and the reference, and put them together."""
    inputs = _inputs(table, roles, model, model.features)
    problem = (
        labels_known(roles, table, model.classes)
        or trained_on(table, model, inputs)
        or _decides_otherwise(table, model, inputs)
    )
    if problem:
        raise SubjectError(problem)
    units = units_of(*_answered(table, roles, model, inputs))
    compared = None
    if reference is not None:
        fitted = fitting(roles, reference)
        compared = units_of(*_compared(reference, fitted, model, inputs.features), like=units)
    return Subject(
        units=units,
        reference=compared,
        baseline=baseline,
        model=model,
        trainer=trainer or trainer_of(model),
        explainer=explainer,
    )
