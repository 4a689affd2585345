"""Explanations of rows drawn by their keys, as every check of this family asks for them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.attributing import CLIENTS, Attributing, attributing
from audit.attributions.choosing import METHODS, Method
from audit.attributions.text_choosing import TEXT_METHODS
from audit.draws import chosen
from audit.errors import ConfigError, nearest
from audit.inputs import Inputs, Matrix
from audit.predictors import Attribution, Differentiable, Model
from audit.results import Answer, Cause, Json, Question, Unmeasured
from audit.subjects import Subject
from audit_checks.refusals import weighted

_FEWEST_FEATURES: Final = 2
_FEWEST_ROWS: Final = 2
MOST_SILENT: Final = 0.05
"""Of the rows may have no attributions at all."""
NO_ATTRIBUTIONS: Final = "{rows} of {all} rows have no attributions at all"


@dataclass(frozen=True, kw_only=True, slots=True)
class How:
    """The settings that every check of this family has."""

    rows: int
    seed: int
    method: str

    def refuse_unfit(self, check: str) -> None:
        """Raise if they cannot be meant."""
        if self.rows < _FEWEST_ROWS:
            msg = f"checks.{check}: rows must be at least {_FEWEST_ROWS}, but got {self.rows}"
            raise ConfigError(msg)
        if self.method not in (*METHODS, *TEXT_METHODS):
            known = nearest(self.method, METHODS)
            msg = f"checks.{check}: method must be known, but got {self.method!r}{known}"
            raise ConfigError(msg)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Explained:
    """Rows and why the model decided them as it did.

    Attributes
    ----------
    targets : ndarray of int64, shape (n,)
        The model's own decision, whose score is explained.
    scores : ndarray of float, shape (n,)
        The probability of the target.

    """

    model: Model
    inputs: Inputs
    targets: NDArray[np.int64]
    scores: Matrix
    way: Attributing
    attribution: Attribution
    seed: int

    @property
    def parts(self) -> NDArray[np.int64]:
        """Which part of the model answers each row, shape (n,)."""
        return self.model.parts(self.inputs.keys)

    @property
    def details(self) -> dict[str, Json]:
        """Return what was done, for the record."""
        clients = not isinstance(self.way.explainer, Method)
        method = f"{CLIENTS}: {self.attribution.method}" if clients else self.attribution.method
        return {"rows": len(self.inputs), "seed": self.seed, "method": method}


def model_of(subject: Subject) -> Model:
    """Return the model, which the runner has found to be there."""
    if subject.model is None:
        msg = "an explanation check must be asked with a model, but got a subject without one"
        raise ValueError(msg)
    return subject.model


def explained(subject: Subject, how: How) -> Explained:
    """Explain rows under test, drawn by their keys, against the background."""
    inputs = subject.inputs.take(chosen(subject.inputs.keys, how.rows, "explained", how.seed))
    way = way_of(subject, model_of(subject), subject.background, how)
    return explained_by(way, inputs, how.seed)


def way_of(subject: Subject, model: Model, background: Inputs, how: How) -> Attributing:
    """Choose the way to explain a model: the client's, if there is one."""
    return attributing(
        model, background, method=how.method, explainer=subject.explainer, seed=how.seed
    )


def explained_by(way: Attributing, inputs: Inputs, seed: int) -> Explained:
    """Explain the decision in each row."""
    answers = way.model.predict(inputs)
    targets = answers.argmax(axis=1)
    return Explained(
        model=way.model,
        inputs=inputs,
        targets=targets,
        scores=answers.max(axis=1),
        way=way,
        attribution=way.explain(inputs, targets),
        seed=seed,
    )


def answered(
    subject: Subject,
    how: How,
    questions: Iterable[Question],
    measure: Callable[[], Iterable[Answer]],
) -> list[Answer]:
    """Answer the questions, or say of each why nothing can be explained."""
    questions = [*questions]
    if subject.units.roles.weight or subject.units.roles.count:
        return [weighted(each) for each in questions]
    gradients = isinstance(subject.model, Differentiable)
    if subject.explainer is None and how.method == "integrated_gradients" and not gradients:
        return _refused(questions, "integrated gradients need a model with gradients", Cause.NEED)
    if subject.explainer is None and how.method not in METHODS:
        return _refused(questions, "gradient times input explains texts", Cause.NEED)
    if len(subject.inputs.features) < _FEWEST_FEATURES:
        return _refused(questions, "the model reads fewer than two features", Cause.DATA)
    if len(subject.inputs) < _FEWEST_ROWS:
        return _refused(questions, "there are fewer than two rows to explain", Cause.DATA)
    return [*measure()]


def _refused(questions: Iterable[Question], reason: str, cause: Cause) -> list[Answer]:
    return [Unmeasured(question=each, reason=reason, cause=cause) for each in questions]
