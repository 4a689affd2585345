"""Let a model answer the rows under test, whether it reads their columns or a text."""

from typing import Any

from audit.data.roles import Roles
from audit.data.tables import Table
from audit.predicting import model_subject
from audit.predictors import Model, reads_texts
from audit.subjects import Baseline, Subject
from audit.text_predicting import text_subject
from audit.texts import Texts


def answered_subject(  # noqa: PLR0913 - a subject has this many parts
    model: Model | Model[Texts],
    table: Table,
    roles: Roles,
    *,
    reference: Table | None = None,
    trainer: Any = None,  # noqa: ANN401 - of tables or of texts, as the model
    explainer: Any = None,  # noqa: ANN401
    baseline: Baseline | None = None,
) -> Subject:
    """Let a model of any kind answer the rows under test, and put them together."""
    make: Any = text_subject if reads_texts(model) else model_subject
    found: Subject = make(
        model,
        table,
        roles,
        reference=reference,
        trainer=trainer,
        explainer=explainer,
        baseline=baseline,
    )
    return found
