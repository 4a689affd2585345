"""Do the attributions of a row sum to what they are meant to explain?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.attributing import steps_of
from audit.attributions.gaps import LEAST_CHANGE, relative_gap
from audit.errors import ConfigError
from audit.predictors import Attribution
from audit.protocol import Context, Need
from audit.results import Answer, Better, Finding, Json, Metric, Question
from audit.subjects import Subject
from audit_checks.explanation.asking import Explained, How, answered, explained
from audit_checks.explanation.shares import flawed_share
from audit_checks.explanation.text_asking import text_answered
from audit_checks.explanation.text_completeness import texts_complete

_AGREES: Final = 1e-3
"""Up to which an output may differ from the model's own score."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Completeness:
    """The share of rows whose attributions miss the change of the output.

    A row is incomplete if its attributions miss `output - base` by more than the tolerance,
    relative to it (or to 0.01 where it is smaller), or if the output that the explainer states is
    neither the probability of the model's decision nor its log odds.

    References
    ----------
    .. [1] M. Sundararajan, A. Taly, Q. Yan (2017), "Axiomatic attribution for deep networks",
           International Conference on Machine Learning 34: the axiom of completeness.

    """

    id: ClassVar[str] = "explanation.completeness"
    question: ClassVar[str] = "Do the attributions of a row sum to what they are meant to explain?"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name="incomplete_share", better=Better.LOW, function="audit.stats.proportions.rate"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.MODEL})

    rows: int = 300
    """Rows that are explained, drawn by their ids."""
    seed: int = 0
    """Of the rows and of the explainer."""
    method: str = "auto"
    """`auto`, `shap` or `integrated_gradients`, of texts also `gradient_x_input`; the client's own
    explainer always wins."""
    tolerance: float = 0.05
    """Of the gap, relative to the change of the output."""

    def __post_init__(self) -> None:
        """Refuse a tolerance that holds for nothing or for everything."""
        self._how.refuse_unfit(self.id)
        if not 0 < self.tolerance < 1:
            msg = f"checks.{self.id}: tolerance must lie in (0, 1), but got {self.tolerance}"
            raise ConfigError(msg)

    @property
    def _how(self) -> How:
        return How(rows=self.rows, seed=self.seed, method=self.method)

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002
        """Ask about all rows."""
        yield Question(check=self.id, metric=self.metrics[0].name)

    def measure(self, subject: Subject, context: Context) -> list[Answer]:
        """Explain, and hold the sums against the outputs."""
        if subject.text_model is not None:
            [question] = self.questions(subject)
            return text_answered(
                subject,
                self._how,
                [question],
                lambda: texts_complete(subject, self._how, question, self.tolerance, context),
            )
        return answered(
            subject, self._how, self.questions(subject), lambda: self._measure(subject, context)
        )

    def _measure(self, subject: Subject, context: Context) -> Iterator[Answer]:
        found = explained(subject, self._how)
        gap, another = relative_gap(found.attribution), _another_output(found)
        unequal = _another_base(found, self.tolerance)
        flawed = (gap > self.tolerance) | another | unequal
        estimate = flawed_share(flawed, level=context.confidence)
        details = {
            **found.details,
            "tolerance": self.tolerance,
            "rows with another output": int(another.sum()),
            "rows with another base": int(unequal.sum()),
            "gap": _spread(gap),
            **_steps(found.attribution),
        }
        [question] = self.questions(subject)
        yield Finding(question=question, estimate=estimate, details=details)


def _another_output(found: Explained) -> NDArray[np.bool_]:
    """Say in which rows something else than the score of the decision was explained."""
    from scipy.special import expit

    output = found.attribution.output
    as_score = np.abs(output - found.scores) > _AGREES
    as_log_odds = np.abs(expit(output) - found.scores) > _AGREES
    differs: NDArray[np.bool_] = as_score & as_log_odds
    return differs


def _another_base(found: Explained, tolerance: float) -> NDArray[np.bool_]:
    """Say in which rows the explanation starts elsewhere than in others of its kind.

    Rows of the same class that the same part of the model answers start from the same background,
    so that a base of a row's own can only be made up: any attributions add up from some base.
    """
    base, differs = found.attribution.base, np.zeros(len(found.inputs), dtype=np.bool_)
    kinds = np.column_stack([found.targets, found.parts])
    for kind in np.unique(kinds, axis=0):
        rows = (kinds == kind).all(axis=1)
        differs[rows] = np.abs(base[rows] - np.median(base[rows])) > tolerance * LEAST_CHANGE
    return differs


def _spread(gap: NDArray[np.float64]) -> dict[str, float]:
    return {
        "median": float(np.median(gap)),
        "p95": float(np.quantile(gap, 0.95)),
        "largest": float(gap.max()),
    }


def _steps(attribution: Attribution) -> dict[str, Json]:
    steps = steps_of(attribution)
    used, rows = np.unique(steps[steps > 0], return_counts=True)
    if not len(used):
        return {}
    return {"rows by steps": dict(zip(map(str, used.tolist()), rows.tolist(), strict=True))}
