"""From a path or an object to a model that can be asked."""

from typing import Any

from audit.errors import SubjectError
from audit.predictors import Model


def load_model(source: Any) -> Model:  # noqa: ANN401 - a path, or any object that predicts
    """Return what answers `Inputs`, whatever kind of model it is."""
    if isinstance(source, Model):
        return source
    msg = f"a model must be a path or an object that predicts, but got {type(source).__name__}"
    raise SubjectError(msg)
