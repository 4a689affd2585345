"""The stages of a training: masked words first, if they are asked for, then classes."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.files import write_atomically
from audit.training.determinism import drawing
from audit.training.progress import Progress
from audit.training.texts.examples import TextExamples
from audit.training.texts.losses import metrics_of, of_classes, of_masked_words
from audit.training.texts.methods import counted, fitted, merged
from audit.training.texts.pretrained import Base
from audit.training.texts.processes import first, wait
from audit.training.texts.settings import TextSettings
from audit.training.texts.splits import Parts
from audit.training.texts.stage import Stage
from audit.training.texts.tokens import Tokenised

_PRETRAIN_RATE: Final = 1e-4
_PRETRAINED: Final = "pretrained.safetensors"


@dataclass(frozen=True, kw_only=True, eq=False)
class Taught:
    """What a training gave."""

    network: Any
    tokenizer: Any
    told: dict[str, Any]
    """For the record."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """Trains a network.

    Attributes
    ----------
    examples : TextExamples
        In order.
    parts : Parts
        Of their rows.
    checkpoint, logs : Path or None
        Where the stages keep what they reached, and their curves; None keeps nothing on disk.

    """

    examples: TextExamples
    parts: Parts
    settings: TextSettings
    base: Base
    checkpoint: Path | None
    logs: Path | None
    progress: Progress

    def train(self) -> Taught:
        """Go through the stages.

        Raises
        ------
        SubjectError
            If a loss grew beyond all numbers.

        """
        seed = self.settings.seed  # each draw has its own, whatever a resumed training leaves out
        with drawing(seed, "head"):
            network = self.base.classifier(self.examples.classes, self._tokenizer)
        told: dict[str, Any] = {}
        if self._plain is not None:
            told["pretrain"] = self._pretrain(network)
        with drawing(seed, "adapters"):
            network = fitted(network, self.settings.method)
        trained, _ = counted(network)
        history = self._stage("fine-tuning", network).run()
        network = merged(network)
        if not all(bool(torch.isfinite(weight).all()) for weight in network.parameters()):
            msg = (
                "the training diverged: weights grew beyond all numbers; lower "
                f"train.learning_rate, which is {self.settings.learning_rate:g}"
            )
            raise SubjectError(msg)
        told |= {
            "trained_parameters": trained,
            "parameters": counted(network)[1],
            **epochs_of(history),
        }
        return Taught(network=network.cpu(), tokenizer=self._tokenizer, told=told)

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - transformers types say little
        return self.base.tokenizer()

    @cached_property
    def _fit(self) -> Tokenised:
        return Tokenised(self.parts.fit.texts, self._tokenizer, self.parts.fit.labels)

    @cached_property
    def _held(self) -> Tokenised | None:
        held = self.parts.held
        return None if held is None else Tokenised(held.texts, self._tokenizer, held.labels)

    @cached_property
    def _plain(self) -> Tokenised | None:
        if not self.settings.pretrain or self.examples.unlabelled is None:
            return None
        if self._tokenizer.mask_token_id is None:
            msg = f"train.pretrain: the tokenizer in {self.base.folder} has no mask for words"
            raise SubjectError(msg)
        return Tokenised(self.examples.unlabelled, self._tokenizer)

    def _pretrain(self, network: Any) -> dict[str, Any]:  # noqa: ANN401
        """Teach the encoder masked words; what was learned is kept until the end."""
        from safetensors.torch import load_file, save

        kept = None if self.checkpoint is None else self.checkpoint / _PRETRAINED
        plain = self._plain
        rows = 0 if plain is None else len(plain)
        told = {"rows": rows, "epochs": self.settings.pretrain_epochs}
        if kept is not None and kept.is_file():
            network.base_model.load_state_dict(load_file(kept), strict=False)
            return told
        with drawing(self.settings.seed, "masked words"):
            masked = self.base.masked()
        history = self._stage("masked words", masked).run()
        weights = {
            name: weight.detach().cpu().clone().contiguous()
            for name, weight in masked.base_model.state_dict().items()
        }
        network.base_model.load_state_dict(weights, strict=False)
        if kept is not None and first():
            write_atomically(kept, save(weights))
        wait()
        return told | {"loss": epochs_of(history)["curves"]["train_loss"]}

    def _stage(self, name: str, network: Any) -> Stage:  # noqa: ANN401
        settings, rate = self.settings, self.settings.learning_rate or _PRETRAIN_RATE
        before = self._steps(self._plain, settings.pretrain_epochs)
        own: dict[str, Any] = {"fit": self._fit, "held": self._held, "before": before}
        own |= {"loss": of_classes(self._weights), "metrics": metrics_of(self._weights)}
        if name == "masked words":
            rate = _PRETRAIN_RATE
            own = {"fit": self._plain, "loss": of_masked_words(self._tokenizer)}
        return Stage(
            name=name,
            network=network,
            settings=settings,
            epochs=settings.pretrain_epochs if name == "masked words" else settings.epochs,
            rate=rate,
            checkpoint=None
            if self.checkpoint is None
            else self.checkpoint / name.split(maxsplit=1)[0],
            logs=self.logs,
            progress=self.progress,
            total=before + self._steps(self._fit, settings.epochs),
            **own,
        )

    def _steps(self, texts: Tokenised | None, epochs: int) -> int:
        return 0 if texts is None else self.settings.steps(len(texts)) * epochs

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        """The weight of each class, on average 1 a row."""
        counts = np.bincount(self.parts.fit.labels, minlength=len(self.examples.classes))
        if self.settings.class_weight is None:
            return np.ones(len(counts))
        found = np.ones(len(counts))
        np.divide(counts.sum(), counts * (counts > 0).sum(), out=found, where=counts > 0)
        return found


def epochs_of(history: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the curves by epoch, and which epoch was the best, from what Trainer logged."""
    evaluated = [each for each in history if "eval_log_loss" in each]
    losses = [each["eval_log_loss"] for each in evaluated]
    found = {
        f"validation_{name}": [float(each[f"eval_{name}"]) for each in evaluated]
        for name in ("log_loss", "accuracy", "macro_f1")
    }
    trained = _train_losses(history)
    return {
        "epochs": len(trained),
        "best_epoch": losses.index(min(losses)) + 1 if losses else len(trained),
        "curves": {"train_loss": trained} | (found if evaluated else {}),
    }


def _train_losses(history: list[dict[str, Any]]) -> list[float]:
    """Return the mean loss of each epoch: of the intervals in it, by their steps."""
    sums: dict[int, list[float]] = {}
    last = 0
    for each in history:
        if "loss" in each:
            total = sums.setdefault(math.ceil(each["epoch"] - 1e-9), [0.0, 0.0])
            total[0] += each["loss"] * (each["step"] - last)
            total[1] += each["step"] - last
            last = each["step"]
    return [total / steps for _, (total, steps) in sorted(sums.items())]
