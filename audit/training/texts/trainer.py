"""A copy of a model of texts, trained on other texts."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import chosen
from audit.models.text_model import TextModel
from audit.texts import Texts
from audit.training.texts.settings import TextSettings
from audit.training.texts.train import train_texts

MOST_ROWS: Final = 600
"""That a copy learns from: a check must not cost what the training did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextTrainer:
    """Trains copies as the model under audit was trained: from its base, by its method.

    A copy learns from at most `most_rows` of the rows, drawn by their ids, for all epochs, without
    validation and without a first stage on masked words.

    Attributes
    ----------
    settings : TextSettings
        Of the model under audit; the base is where it lies now.
    classes : tuple of str
    most_rows : int

    """

    settings: TextSettings
    classes: tuple[str, ...]
    most_rows: int = MOST_ROWS

    def train(self, texts: Texts, labels: NDArray[np.int64], *, seed: int) -> TextModel:
        """Train a copy on other texts."""
        rows = chosen(texts.keys, self.most_rows, "copy", seed)
        alone = replace(
            self.settings, pretrain="", validation=0.0, per_class=None, patience=None, seed=seed
        )
        return train_texts(texts.take(rows), labels[rows], classes=self.classes, settings=alone)


def base_of(way: str, version: Path) -> Path | None:
    """Return the base that a version names, if it lies where it did."""
    found = version / way
    return found.resolve() if way and (found / "config.json").is_file() else None
