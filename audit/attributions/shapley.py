"""Shapley values by shap: exact where it can be, by permutations otherwise, all rows at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.game import Game
from audit.attributions.seeding import own_random_numbers
from audit.attributions.structures import Exact, Structure, structure_of
from audit.draws import chosen
from audit.inputs import Inputs, Matrix
from audit.packages import needed
from audit.predictors import Attribution, Model

_FEW_COALITIONS: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Shapley:
    """Shapley values of the probability of a class, or of the log odds of a linear or boosted one.

    shap explains one row that stands for all: its features are 1, its background is 0, and the
    function of the 0s and 1s answers for every row, so that the model is asked for large batches
    and all rows share the permutations. The values of a row are those that shap would give it
    alone, with the same permutations and background.

    Attributes
    ----------
    permutations : int
        Each is walked forth and back, which is exact for interactions of two features. Where all
        coalitions are few, they are all asked.
    background_rows : int
        Rows behind hidden features, drawn by their keys; a linear estimator takes all there are.
        At the same cost, more of them are better than more permutations
        (`benchmarks/attributions.py`).

    References
    ----------
    .. [1] S. M. Lundberg, S.-I. Lee (2017), "A unified approach to interpreting model
           predictions", Advances in Neural Information Processing Systems 30.
    .. [2] R. Mitchell, J. Cooper, E. Frank, G. Holmes (2022), "Sampling permutations for Shapley
           value estimation", Journal of Machine Learning Research 23: antithetic permutations.

    """

    permutations: int = 2
    background_rows: int = 50

    def described(self, model: Model, background: Inputs) -> str:
        """Name the method and its settings."""
        structure, rows = structure_of(model, background), len(background)
        if structure is Structure.LINEAR:
            return f"shap linear, exact, {rows} background rows"
        behind = f"{min(rows, self.background_rows)} background rows"
        if structure is not Structure.OTHER:
            return f"shap {structure}, exact, {behind}"
        if self._all(len(background.features)):
            return f"shap exact, {behind}"
        return f"shap permutation, {self.permutations} permutations, {behind}"

    def explain(
        self,
        model: Model,
        inputs: Inputs,
        targets: NDArray[np.int64],
        *,
        background: Inputs,
        seed: int,
    ) -> Attribution:
        """Explain the target's probability, or its log odds if the model is linear."""
        method = self.described(model, background)
        structure = structure_of(model, background)
        if structure is not Structure.LINEAR:
            rows = chosen(background.keys, self.background_rows, "background", seed)
            background = background.take(rows)
        if structure is Structure.OTHER:
            game = Game(model=model, inputs=inputs, targets=targets, background=background)
            values, output, base = self._play(game, len(inputs.features), seed)
            return Attribution(values=values, output=output, base=base, method=method)
        estimator: Any = model.estimator  # type: ignore[attr-defined]
        found = Exact(structure=structure, estimator=estimator)
        explained = found.explain(model, inputs, targets, background)
        return Attribution(
            values=explained.values, output=explained.output, base=explained.base, method=method
        )

    def _all(self, features: int) -> bool:
        """Say whether all coalitions are few, or no more than permutations would ask."""
        return 1 << features <= max(_FEW_COALITIONS, self.permutations * 2 * features)

    def _play(
        self, game: Callable[[Matrix], Matrix], features: int, seed: int
    ) -> tuple[Matrix, Matrix, Matrix]:
        """Return the values of all rows, their outputs and their bases."""
        explainers = needed("shap").explainers
        masker = needed("shap").maskers.Independent(np.zeros((1, features)))
        asked: dict[str, Any] = {"silent": True}
        with own_random_numbers(seed):
            if self._all(features):
                explainer = explainers.Exact(game, masker)
            else:
                explainer = explainers.Permutation(game, masker, seed=seed % 2**32)
                asked["max_evals"] = self.permutations * (2 * features + 1)
            found = explainer(np.ones((1, features)), **asked)
        values = np.asarray(found.values, dtype=np.float64).reshape(features, -1)
        ends = game(np.array([np.ones(features), np.zeros(features)]))
        return np.ascontiguousarray(values.T), ends[0], ends[1]
