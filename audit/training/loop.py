"""One network, epoch after epoch, until its validation loss is no better.

Shuffles and dropout of an epoch are drawn from (seed, fold, epoch), so what a training needs to go
on is its weights and those of its optimizer, and no state of a random generator.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final

import torch
from torch import nn

from audit.errors import SubjectError
from audit.models.layout import Layout
from audit.models.network import Network
from audit.training.checkpoint import Checkpoint, Reached
from audit.training.determinism import drawing
from audit.training.settings import TableSettings

_NOW: Final = "now."
_BEST: Final = "best."
_OPTIMIZER: Final = "optimizer."


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Rows with their answers.

    Attributes
    ----------
    values : Tensor, shape (n, d)
        Representations.
    labels : Tensor of int64, shape (n,)
    weights : Tensor, shape (n,)
        How much each counts; the mean is 1.

    """

    values: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor


@dataclass(kw_only=True, slots=True)
class History:
    """What each epoch came to."""

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    best_epoch: int = 0
    """Whose weights are kept; counted from 1."""

    @property
    def epochs(self) -> int:
        """How many were trained."""
        return len(self.train_loss)

    def ended(self, settings: TableSettings) -> bool:
        """Say whether there is nothing left to train."""
        waited = self.epochs - self.best_epoch
        late = settings.patience is not None and waited >= settings.patience
        return self.epochs >= settings.epochs or late


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What one network is to learn."""

    name: str
    """Its own in this training."""
    fold: int
    settings: TableSettings
    layout: Layout
    classes: int
    fit: Rows
    validation: Rows | None


def learn(
    lesson: Lesson, checkpoint: Checkpoint, after: Callable[[History], None]
) -> tuple[Network, History]:
    """Train a network and return it with its best weights.

    Parameters
    ----------
    lesson : Lesson
    checkpoint : Checkpoint
        Where it goes on, and what it keeps after each epoch.
    after : callable
        Called after each epoch that is kept.

    """
    course = _Course(lesson)
    reached = checkpoint.load(lesson.name)
    if reached is not None:
        course.restore(reached)
    while not course.history.ended(lesson.settings):
        course.epoch()
        checkpoint.save(lesson.name, course.reached())
        after(course.history)
    course.network.load_state_dict(course.best)
    return course.network.eval(), course.history


class _Course:
    """The state of a training."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson, self.history = lesson, History()
        given = lesson.settings
        with drawing(given.seed, lesson.fold, "weights"):
            self.network = Network(
                lesson.layout, classes=lesson.classes, hidden=given.hidden, dropout=given.dropout
            )
        self.network.standardise_by(lesson.fit.values)
        self.fit = self._scaled(lesson.fit)
        self.validation = lesson.validation and self._scaled(lesson.validation)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=given.learning_rate,
            weight_decay=given.weight_decay,
            fused=True,
        )
        self.best = _copied(self.network)

    def epoch(self) -> None:
        """Train one more epoch, and keep its weights if they are the best yet."""
        history = self.history
        with drawing(self.lesson.settings.seed, self.lesson.fold, history.epochs):
            history.train_loss.append(self._pass())
        if self.validation is not None:
            loss, accuracy = self._measure(self.validation)
            history.validation_loss.append(loss)
            history.validation_accuracy.append(accuracy)
        if self._is_best():
            history.best_epoch = history.epochs
            self.best = _copied(self.network)

    def reached(self) -> Reached:
        """Return all that is needed to go on."""
        moments = {
            f"{_OPTIMIZER}{place}.{name}": value
            for place, held in self.optimizer.state_dict()["state"].items()
            for name, value in held.items()
        }
        tensors = {f"{_NOW}{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"{_BEST}{name}": value for name, value in self.best.items()}
        return Reached(tensors=tensors | moments, said=asdict(self.history))

    def restore(self, reached: Reached) -> None:
        """Go on from there."""
        self.history = History(**reached.said)
        self.network.load_state_dict(_under(_NOW, reached))
        self.best = _under(_BEST, reached)
        held: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in _under(_OPTIMIZER, reached).items():
            place, name = key.split(".")
            held.setdefault(int(place), {})[name] = value
        state = self.optimizer.state_dict()
        self.optimizer.load_state_dict(state | {"state": held})

    def _pass(self) -> float:
        """Train on every row once, and return the mean loss."""
        total = torch.zeros(())
        self.network.train()
        order = torch.randperm(len(self.fit.labels))
        for some in torch.split(order, self.lesson.settings.batch_size):
            self.optimizer.zero_grad()
            logits = self.network.answer(self.fit.values[some])
            losses = nn.functional.cross_entropy(logits, self.fit.labels[some], reduction="none")
            loss = (losses * self.fit.weights[some]).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            total += loss.detach() * len(some)
        return self._finite(float(total) / len(self.fit.labels))

    def _measure(self, rows: Rows) -> tuple[float, float]:
        """Return the weighted log loss and the accuracy."""
        self.network.eval()
        with torch.inference_mode():
            logits = self.network.answer(rows.values).double()
            losses = nn.functional.cross_entropy(logits, rows.labels, reduction="none")
            right = (logits.argmax(dim=1) == rows.labels).double().mean()
        return self._finite(float((losses * rows.weights).mean())), float(right)

    def _is_best(self) -> bool:
        losses = self.history.validation_loss
        return not losses or losses[-1] < min(losses[:-1], default=float("inf"))

    def _finite(self, loss: float) -> float:
        if not torch.tensor(loss).isfinite():
            msg = (
                f"the training of {self.lesson.name} ran away in epoch {self.history.epochs + 1}: "
                "its loss is no number; lower the learning rate"
            )
            raise SubjectError(msg)
        return loss

    def _scaled(self, rows: Rows) -> Rows:
        values = self.network.scaled(rows.values).float()
        return Rows(values=values, labels=rows.labels, weights=rows.weights.float())


def _copied(network: Network) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def _under(prefix: str, reached: Reached) -> dict[str, torch.Tensor]:
    """Return the tensors whose names begin so, by the rest of their names."""
    return {
        name.removeprefix(prefix): value
        for name, value in reached.tensors.items()
        if name.startswith(prefix)
    }
