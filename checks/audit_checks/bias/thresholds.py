"""Thresholds of each group's own, as fairlearn's ThresholdOptimizer chooses them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.stats.arrays import Floats

RATES: Final[Mapping[str, tuple[str, ...]]] = {
    "demographic_parity": ("selection_rate",),
    "true_positive_rate_parity": ("true_positive_rate",),
    "false_positive_rate_parity": ("false_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
}
"""By constraint, the rates that it makes equal."""
OBJECTIVES: Final = ("accuracy_score", "balanced_accuracy_score")

Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """The rows of some groups: the favourable score, the outcome, the decision, the group."""

    score: Floats
    outcome: Flags
    decided: Flags
    codes: Codes

    def take(self, rows: Flags) -> "Scores":
        """Return some of the rows."""
        return Scores(
            score=self.score[rows],
            outcome=self.outcome[rows],
            decided=self.decided[rows],
            codes=self.codes[rows],
        )

    def as_one(self) -> "Scores":
        """Return the rows as if all were of one group."""
        return replace(self, codes=np.zeros_like(self.codes))

    def of(self, rate: str) -> Flags:
        """Return the rows that a rate is a share of."""
        if rate == "true_positive_rate":
            return self.outcome
        return ~self.outcome if rate == "false_positive_rate" else np.ones_like(self.outcome)

    def counts(self, rate: str, levels: int) -> Floats:
        """Count the rows of each level that a rate is a share of."""
        return np.bincount(self.codes[self.of(rate)], minlength=levels).astype(np.float64)

    def rates(self, rate: str, decided: Floats, levels: int) -> list[float]:
        """Return a rate of each level; each has rows."""
        rows = self.of(rate)
        return [float(decided[rows & (self.codes == place)].mean()) for place in range(levels)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Thresholds:
    """Fitted thresholds, mixed at random where a rate lies between two of them."""

    optimizer: Any

    def chances(self, rows: Scores) -> Floats:
        """Return the chance of the favourable decision for each row.

        `predict` draws the decision with this chance; the chance itself has no seed.
        """
        found = self.optimizer._pmf_predict(  # noqa: SLF001 - there is no public name for it
            rows.score[:, None], sensitive_features=rows.codes
        )
        return np.asarray(found[:, 1], dtype=np.float64)

    def told(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return, for each level, its thresholds and how often each is used."""
        held = self.optimizer.interpolated_thresholder_.interpolation_dict
        return [{"level": name, **_rule(held[place])} for place, name in enumerate(names)]


def fit_thresholds(rows: Scores, *, constraint: str, objective: str, grid_size: int) -> Thresholds:
    """Choose thresholds; every level needs rows of both outcomes.

    References
    ----------
    .. [1] M. Hardt, E. Price, N. Srebro (2016), "Equality of opportunity in supervised
           learning", Advances in Neural Information Processing Systems 29.

    """
    from fairlearn.postprocessing import ThresholdOptimizer

    optimizer = ThresholdOptimizer(
        estimator=_identity(),
        constraints=constraint,
        objective=objective,
        grid_size=grid_size,
        prefit=True,
        predict_method="predict",
    )
    optimizer.fit(rows.score[:, None], rows.outcome.astype(np.int64), sensitive_features=rows.codes)
    return Thresholds(optimizer=optimizer)


def _identity() -> Any:  # noqa: ANN401 - scikit-learn has no types
    """Return an estimator whose prediction is its one feature: the score that is there already."""
    from sklearn.linear_model import LinearRegression

    model = LinearRegression()
    model.coef_, model.intercept_ = np.ones(1), 0.0
    return model


def _rule(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return one level's mixture; an infinite threshold is met by none, or by all."""
    told: dict[str, Any] = {
        "thresholds": [
            {
                "threshold": _finite(held[f"operation{place}"].threshold),
                "favourable": f"score {held[f'operation{place}'].operator}",
                "share": float(held[f"p{place}"]),
            }
            for place in (0, 1)
            if float(held[f"p{place}"]) > 0
        ]
    }
    if "p_ignore" in held:
        told["share decided by chance"] = float(held["p_ignore"])
        told["chance"] = float(held["prediction_constant"])
    return told


def _finite(threshold: float) -> float | str:
    return float(threshold) if np.isfinite(threshold) else str(float(threshold))
