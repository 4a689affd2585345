"""fairlearn's GridSearch around the loop: its best network, which no longer needs the group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.training.settings import TableSettings

if TYPE_CHECKING:
    from audit.models.network import Network

Teach = Callable[[int, NDArray[np.int64], Matrix], "Network"]
"""From the number of a trade-off, labels 0 and 1, shape (n,), and weights to a network."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """What a grid search came to."""

    network: "Network"
    points: list[dict[str, Any]]
    """For each trade-off in the grid's order: error rate, violation, whether it was chosen."""
    numbers: list[int | None]
    """Which network that was, counted from 0; None where it asks for one answer alone."""


class _Learner:
    """An estimator as fairlearn asks for one; a copy is the next trade-off."""

    def __init__(self, teach: Teach, favorable: int) -> None:
        self.teach, self.favorable, self.point = teach, favorable, -1
        self.made: list[int] = []
        self.network: Network | None = None

    def __deepcopy__(self, memo: object) -> Self:
        made = type(self)(self.teach, self.favorable)
        made.point = len(self.made)
        self.made.append(made.point)
        return made

    def fit(self, _values: Matrix, labels: NDArray[np.int64], sample_weight: Matrix) -> Self:
        """Train on labels that were changed and rows that were weighted."""
        self.network = self.teach(
            self.point, np.asarray(labels, dtype=np.int64), np.asarray(sample_weight, dtype=float)
        )
        return self

    def predict(self, values: Matrix) -> NDArray[np.int64]:
        """Return 1 where the decision is the favourable class."""
        import torch

        if self.network is None:
            msg = "predict before fit"
            raise RuntimeError(msg)
        with torch.inference_mode():
            logits = self.network(torch.as_tensor(np.asarray(values)))
        favoured: NDArray[np.int64] = (logits.argmax(dim=1) == self.favorable).numpy().astype(int)
        return favoured


def search(
    values: Matrix,
    labels: NDArray[np.int64],
    levels: NDArray[np.int64],
    settings: TableSettings,
    teach: Teach,
) -> Chosen:
    """Train a network for each trade-off and keep the best.

    Parameters
    ----------
    values : ndarray of float, shape (n, d)
        Representations; the levels are not among them.
    labels : ndarray of int64, shape (n,)
        1 where it is the favourable class.
    levels : ndarray of int64, shape (n,)
        The level of the protected group, used here and never by a network.
    settings : TableSettings
    teach : callable
        Trains one network.

    Returns
    -------
    Chosen
        The network with the least weighted sum of error rate and largest violation on these rows,
        as `GridSearch` chooses [1]_; a trade-off that asks for one answer alone is no network and
        is not chosen.

    References
    ----------
    .. [1] A. Agarwal, A. Beygelzimer, M. Dudik, J. Langford and H. Wallach (2018), "A reductions
           approach to fair classification", ICML, section 3.4.

    """
    from fairlearn.reductions import GridSearch

    grid = GridSearch(
        _Learner(teach, settings.favorable),
        constraints=_moment(settings),
        constraint_weight=settings.constraint_weight,
        grid_size=settings.grid_size,
        grid_limit=settings.grid_limit,
    )
    grid.fit(values, labels, sensitive_features=levels)
    errors, weight = grid.objectives_, settings.constraint_weight
    violations = [float(grid.gammas_[at].max()) for at in grid.gammas_.columns]
    losses = [
        (1 - weight) * error + weight * violation if isinstance(each, _Learner) else np.inf
        for each, error, violation in zip(grid.predictors_, errors, violations, strict=True)
    ]
    best = int(np.argmin(losses))
    network = getattr(grid.predictors_[best], "network", None)
    if network is None:
        msg = "every trade-off of the grid search asks for one answer alone; there is no network"
        raise SubjectError(msg)
    points = [
        {"error_rate": float(error), "violation": violation, "chosen": at == best}
        | ({} if np.isfinite(loss) else {"constant": True})
        for at, (error, violation, loss) in enumerate(zip(errors, violations, losses, strict=True))
    ]
    numbers = [getattr(each, "point", None) for each in grid.predictors_]
    return Chosen(network=network, points=points, numbers=numbers)


def _moment(settings: TableSettings) -> Any:  # noqa: ANN401 - fairlearn has no types
    from fairlearn import reductions

    moments = {
        "demographic_parity": reductions.DemographicParity,
        "true_positive_rate_parity": reductions.TruePositiveRateParity,
        "false_positive_rate_parity": reductions.FalsePositiveRateParity,
        "equalized_odds": reductions.EqualizedOdds,
        "error_rate_parity": reductions.ErrorRateParity,
    }
    return moments[settings.constraint]()
