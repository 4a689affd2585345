"""Let a model of texts answer a table, as `audit.predicting` lets a model of tables."""

from typing import Final

from audit.data.roles import Roles, fitting
from audit.data.tables import Table
from audit.encoding import texts_of
from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.predicting import labels_known, trained_on, with_answers
from audit.predictors import Model, Trains
from audit.subjects import Baseline, Subject
from audit.text_predictors import EmbedsInOnePass, ExplainsTexts
from audit.texts import Texts
from audit.training.known import text_trainer_of
from audit.units import units_of

_MOST: Final = 16_000_000
"""Numbers of embeddings that are kept for checks which may ask for them: 128 MB, and about three
times as much while they are put in order."""


def text_subject(  # noqa: PLR0913 - a subject has this many parts
    model: Model[Texts],
    table: Table,
    roles: Roles,
    *,
    reference: Table | None = None,
    trainer: Trains[Texts] | None = None,
    explainer: ExplainsTexts | None = None,
    baseline: Baseline | None = None,
) -> Subject:
    """Let a model answer the texts under test and those of the reference.

    Raises
    ------
    SubjectError
        If the roles name no text, or logged predictions beside the model; if texts are missing, or
        the model was trained on them, or it cannot answer.

    """
    texts = _texts(table, roles)
    problem = labels_known(roles, table, model.classes) or trained_on(table, model, texts)
    if problem:
        raise SubjectError(problem)
    units = units_of(*_answered(table, roles, model, texts))
    compared = None
    if reference is not None:
        fitted = fitting(roles, reference)
        answered = _answered(reference, fitted, model, _texts(reference, fitted))
        compared = units_of(*answered, like=units)
    return Subject(
        units=units,
        reference=compared,
        baseline=baseline,
        text_model=model,
        text_trainer=trainer or text_trainer_of(model),
        text_explainer=explainer,
    )


def _texts(table: Table, roles: Roles) -> Texts:
    if roles.prediction or roles.scores:
        msg = (
            f"{table.source}: prediction and scores must be left out where there is a model, "
            "which gives its own"
        )
        raise SubjectError(msg)
    if not roles.text:
        msg = f"{table.source}: the model reads texts, so text must name the column that holds them"
        raise SubjectError(msg)
    return texts_of(table, roles.text, roles.id)


def _answered(table: Table, roles: Roles, model: Model[Texts], texts: Texts) -> tuple[Table, Roles]:
    features = roles.features_of(table)
    return with_answers(table, roles, model.classes, _predicted(model, texts), features)


def _predicted(model: Model[Texts], texts: Texts) -> Matrix:
    """Ask the model; where it gives places in the same pass, and they are few, they are kept."""
    asked: object = model
    if isinstance(asked, EmbedsInOnePass) and 0 < asked.embedding_size() * len(texts) <= _MOST:
        answers, _ = asked.predict_and_embed(texts)
        return answers
    return model.predict(texts)
