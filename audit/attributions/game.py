"""The game whose Shapley values are sought: what the model answers when only some features show."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Inputs, Matrix
from audit.predictors import Model, Remembers

_BATCH: Final = 65_536
"""Pairs of a row and a background row that are compared at once."""
_BLOCK: Final = 16_384
"""Rows that the model is asked at once."""


@dataclass(kw_only=True, slots=True, eq=False)
class Game:
    """What a coalition of features is worth, in every row at once.

    The rows between a background and a row are asked once and never again. A model that keeps its
    answers is therefore asked behind its cache: to keep these would take ten times as long as to
    answer them.

    Parameters
    ----------
    model : Model
    inputs : Inputs
        n rows of f features.
    targets : ndarray of int64, shape (n,)
        The class whose probability is the worth.
    background : Inputs
        b rows; a feature outside the coalition takes its value from each of them, and the
        answers are averaged. Each answer is asked under the key of the row that is explained.

    """

    model: Model
    inputs: Inputs
    targets: NDArray[np.int64]
    background: Inputs
    _known: dict[bytes, Matrix] = field(default_factory=dict)

    def __call__(self, coalitions: Matrix) -> Matrix:
        """Return the worth of each coalition, shape (m, f) of 0 and 1, for each row: (m, n)."""
        shown = np.asarray(coalitions) > 0
        names = [np.packbits(each).tobytes() for each in shown]
        places = {name: place for place, name in enumerate(names) if name not in self._known}
        new = shown[[*places.values()]]
        at_once = max(_BATCH // (len(self.inputs) * len(self.background)), 1)
        worths = [
            self._worths(new[start : start + at_once]) for start in range(0, len(new), at_once)
        ]
        self._known |= zip(places, (each for part in worths for each in part), strict=True)
        return np.array([self._known[name] for name in names])

    def _worths(self, shown: NDArray[np.bool_]) -> Matrix:
        """Ask the model about some coalitions, shape (c, f), in one call.

        From one coalition to the next, a row changes only if a feature that came or went differs
        from the background's; all others keep the answer that they had.
        """
        c, n, b = len(shown), len(self.inputs), len(self.background)
        changed = np.ones((c, n * b), dtype=np.bool_)
        came_or_went = (shown[1:] ^ shown[:-1]).astype(np.float32)
        changed[1:] = came_or_went @ self._differing().T > 0
        at, pair = np.nonzero(changed)
        answers = np.zeros((c, n * b))
        answers[at, pair] = self._answers(shown, at, pair)
        last = np.maximum.accumulate(np.where(changed, np.arange(c)[:, None], 0), axis=0)
        worths: Matrix = np.take_along_axis(answers, last, axis=0).reshape(c, n, b).mean(axis=2)
        return worths

    def _answers(
        self, shown: NDArray[np.bool_], at: NDArray[np.int64], pair: NDArray[np.int64]
    ) -> Matrix:
        """Ask about coalition `at` for each pair of a row and a background row."""
        model, b = _behind_cache(self.model), len(self.background)
        found = np.empty(len(at))
        for start in range(0, len(at), _BLOCK):
            part = slice(start, start + _BLOCK)
            row, behind = np.divmod(pair[part], b)
            values = np.where(
                shown[at[part]], self.inputs.values[row], self.background.values[behind]
            )
            asked = Inputs(features=self.inputs.features, values=values, keys=self.inputs.keys[row])
            found[part] = model.predict(asked)[np.arange(len(row)), self.targets[row]]
        return found

    def _differing(self) -> NDArray[np.float32]:
        """Say in which features a row differs from a row of the background, (n * b, f)."""
        ours, theirs = self.inputs.values[:, None, :], self.background.values
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        differing: NDArray[np.float32] = (~same).reshape(-1, ours.shape[2]).astype(np.float32)
        return differing


def _behind_cache(model: Model) -> Model:
    inner = getattr(model, "inner", None)
    return inner if isinstance(model, Remembers) and isinstance(inner, Model) else model
