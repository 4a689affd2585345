"""A copy of a model of texts, trained on other texts."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.models.text_model import TextModel
from audit.texts import Texts
from audit.training.texts.settings import TextSettings
from audit.training.texts.train import train_texts

MOST_STEPS: Final = 30
"""That fewer rows are repeated for: a copy that learned nothing shows nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextTrainer:
    """Trains copies as the model under audit was trained: from its base, by its method.

    A copy learns without validation and without a first stage on masked words; for all epochs, and
    for more where those are fewer steps than the model took, up to 30.

    Attributes
    ----------
    settings : TextSettings
        Of the model under audit; the base is where it lies now.
    classes : tuple of str
    steps : int
        That the training of the model took.

    """

    settings: TextSettings
    classes: tuple[str, ...]
    steps: int = 0

    def train(self, texts: Texts, labels: NDArray[np.int64], *, seed: int) -> TextModel:
        """Train a copy on other texts."""
        repeats = math.ceil(min(self.steps, MOST_STEPS) / self.settings.steps(len(texts)))
        alone = replace(
            self.settings,
            epochs=max(self.settings.epochs, repeats),
            pretrain="",
            validation=0.0,
            per_class=None,
            patience=None,
            seed=seed,
        )
        return train_texts(texts, labels, classes=self.classes, settings=alone)


def base_of(way: str, version: Path) -> Path | None:
    """Return the base that a version names, if it lies where it did."""
    found = version / way
    return found.resolve() if way and (found / "config.json").is_file() else None
