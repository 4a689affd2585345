"""Reviews whose truth is known and a tiny base, to fine-tune on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from audit.models.text_model import TextModel
from audit.training.texts.settings import TextSettings
from audit.training.texts.train import train_texts
from fixtures.planted.texts import Reviews, network, reviews, tokenizer

ROWS = reviews(160, 1)
CLASSES = ("bad", "good")


def base(folder: Path, *, dropout: float = 0.1, masked: bool = False) -> TextSettings:
    """Write an untrained base, and say how it is fine-tuned in two seconds."""
    made = network(0)
    made.config.hidden_dropout_prob = dropout
    (made if masked else made.bert).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return TextSettings(
        base=str(folder), learning_rate=3e-3, max_length=32, epochs=3, batch_size=32, patience=None
    )


def trained(settings: TextSettings, rows: Reviews = ROWS, **how: Any) -> TextModel:
    return train_texts(rows.texts, rows.labels, classes=CLASSES, settings=settings, **how)


def learnable(settings: TextSettings) -> TextSettings:
    """Enough steps for the tiny base to learn the words."""
    return replace(settings, epochs=6, batch_size=16)


def weights(model: TextModel) -> dict[str, bytes]:
    held = model.network.state_dict().items()
    return {name: np.asarray(value.detach().cpu().numpy()).tobytes() for name, value in held}
