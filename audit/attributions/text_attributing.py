"""Attributions to words as the checks ask for them: checked, and computed once for each text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.attributions.attributing import refuse_unfit
from audit.attributions.text_choosing import TextMethod, text_method_of
from audit.attributions.text_gradients import TextIntegrated
from audit.attributions.text_words import held_words, widths
from audit.inputs import Matrix
from audit.predictors import Model, Remembers
from audit.text_predictors import ExplainsTexts
from audit.texts import Texts

_DIGITS: Final = 9
"""Decimals that are kept, as of probabilities: the last bits change with the size of a batch."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextAttributing:
    """One way to explain one model of texts.

    Attributes
    ----------
    explainer : ExplainsTexts
        One of ours, or the client's own. What ours gives for a text is remembered; the client's
        is asked each time, since nobody knows all its settings.
    keeper : Remembers, optional
        Who remembers; None is the model itself, if it can.
    name : str
        What tells the model from the keeper and from others that the keeper remembers for: a copy
        without a name of its own is asked each time.

    """

    model: Model[Texts]
    explainer: ExplainsTexts
    seed: int
    keeper: Remembers[Texts] | None = None
    name: str = ""

    def explain(self, texts: Texts, targets: NDArray[np.int64]) -> TextIntegrated:
        """Explain the target of each text.

        Raises
        ------
        SubjectError
            If the explainer does not give one finite number for each word.

        """
        keeper = keeper_of(self.model) if self.keeper is None else self.keeper
        told = self.keeper is None or bool(self.name)
        if keeper is not None and told and isinstance(self.explainer, TextMethod):
            return self._remembered(keeper, self.explainer, texts, targets)
        return self._explained(texts, targets)

    def _explained(self, texts: Texts, targets: NDArray[np.int64]) -> TextIntegrated:
        found = self.explainer.explain(self.model, texts, targets, seed=self.seed)
        refuse_unfit(found, len(texts), int(held_words(texts).max(initial=0)))
        steps = found.steps if isinstance(found, TextIntegrated) else np.zeros(len(texts))
        return TextIntegrated(
            values=np.asarray(found.values, dtype=np.float64),
            output=np.asarray(found.output, dtype=np.float64),
            base=np.asarray(found.base, dtype=np.float64),
            method=found.method,
            steps=steps.astype(np.int64),
        )

    def _remembered(
        self,
        keeper: Remembers[Texts],
        method: TextMethod,
        texts: Texts,
        targets: NDArray[np.int64],
    ) -> TextIntegrated:
        described = method.described(self.model)
        rooms = widths(texts)
        table = np.zeros((len(texts), int(rooms.max(initial=0)) + 3))
        for room, target in sorted({*zip(rooms.tolist(), targets.tolist(), strict=True)}):
            rows = np.flatnonzero((rooms == room) & (targets == target))
            table[rows, : room + 3] = keeper.remember(
                f"attributions {self.name} {described} seed={self.seed} target={target} "
                f"words={room}",
                texts.take(rows),
                self._table_of(target, room),
            )
        return TextIntegrated(
            output=table[:, 0],
            base=table[:, 1],
            steps=table[:, 2].astype(np.int64),
            values=table[:, 3 : 3 + int(held_words(texts).max(initial=0))],
            method=described,
        )

    def _table_of(self, target: int, room: int) -> Callable[[Texts], Matrix]:
        """Return what explains one class: output, base and steps, then the values."""

        def compute(texts: Texts) -> Matrix:
            found = self._explained(texts, np.full(len(texts), target))
            table = np.zeros((len(texts), room + 3))
            table[:, 0], table[:, 1] = found.output, found.base
            table[:, 2] = found.steps
            table[:, 3 : 3 + found.values.shape[1]] = found.values
            return np.round(table, _DIGITS)

        return compute


def text_attributing(
    model: Model[Texts], *, method: str, explainer: ExplainsTexts | None, seed: int
) -> TextAttributing:
    """Explain by the client's own explainer where there is one, by a method of ours otherwise."""
    chosen = explainer if explainer is not None else text_method_of(method, model)
    return TextAttributing(model=model, explainer=chosen, seed=seed)


def keeper_of(model: object) -> Remembers[Texts] | None:
    """Return a model that remembers, None if it does not."""
    return model if isinstance(model, Remembers) else None
