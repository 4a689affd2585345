"""Let a model answer a table, so that every check of logged predictions can read its answers."""

from dataclasses import replace
from typing import Final

import narwhals as nw
import numpy as np
import pyarrow as pa

from audit.data.roles import Roles, fitting
from audit.data.tables import Table, read_frame
from audit.encoding import encode
from audit.errors import SubjectError
from audit.predictors import Explains, Model, Trains
from audit.subjects import Baseline, Subject, units_of

PREDICTION: Final = "model: prediction"
_SCORE: Final = "model: score of "


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
    if roles.prediction or roles.scores:
        msg = (
            f"{table.source}: prediction and scores must be left out where there is a model, "
            "which gives its own"
        )
        raise SubjectError(msg)
    inputs = encode(table, roles.features_of(table), roles.id, model.features)
    scores = model.predict(inputs)
    decided = np.array(model.classes, dtype=object)[scores.argmax(axis=1)]
    frame = table.frame.lazy().collect(backend="pyarrow").to_arrow()
    frame = frame.append_column(PREDICTION, pa.array(decided, pa.string()))
    names = [f"{_SCORE}{name}" for name in model.classes]
    for name, column in zip(names, scores.T, strict=True):
        frame = frame.append_column(name, pa.array(np.ascontiguousarray(column)))
    made = read_frame(frame, source=table.source)
    answered = replace(
        roles,
        prediction=PREDICTION,
        scores=tuple(names),
        score_classes=model.classes,
        features=roles.features_of(table) if model.features is None else _read(model),
    )
    return replace(made, digest=table.digest or made.digest), answered


def _read(model: Model) -> tuple[str, ...]:
    return tuple(feature.name for feature in model.features or ())


def labels_known(roles: Roles, table: Table, model: Model) -> str:
    """Return what is wrong if the label holds classes that the model cannot answer."""
    from audit.data.levels import level_text

    if not roles.label or roles.label not in table.types:
        return ""
    found = table.frame.lazy().select(nw.col(roles.label)).unique().collect(backend="pyarrow")
    levels = {level_text(each) for each in found.get_column(roles.label).to_list()} - {None}
    if levels and not levels & set(model.classes):
        return (
            f"{table.source}: label {roles.label!r} must hold classes of the model "
            f"({', '.join(model.classes[:5])}), but holds none of them"
        )
    return ""


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
    if problem := labels_known(roles, table, model):
        raise SubjectError(problem)
    units = units_of(*predicted(table, roles, model))
    compared = None
    if reference is not None:
        answered, read = predicted(reference, fitting(roles, reference), model)
        compared = units_of(answered, read, like=units)
    return Subject(
        units=units,
        reference=compared,
        baseline=baseline,
        model=model,
        trainer=trainer,
        explainer=explainer,
    )
