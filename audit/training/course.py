"""Every network of a model: a fold each, and for each trade-off of a grid search."""

import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.models.layout import Layout
from audit.models.network import Network
from audit.models.tables import TableModel
from audit.training.board import Board
from audit.training.checkpoint import Checkpoint
from audit.training.examples import Examples, Places
from audit.training.loop import History, Lesson, Rows, learn
from audit.training.progress import Progress
from audit.training.settings import TableSettings
from audit.training.splits import fold_of, held_back

_Mask = NDArray[np.bool_]


class Course:
    """Trains the networks, one after the other.

    Parameters
    ----------
    examples : Examples
        In order.
    settings : TableSettings
    checkpoint : Checkpoint
    board : Board
    progress : callable

    Attributes
    ----------
    networks : list of dict
        What is to be told of each, for the record.

    """

    def __init__(
        self,
        examples: Examples,
        settings: TableSettings,
        *,
        checkpoint: Checkpoint,
        board: Board,
        progress: Progress,
    ) -> None:
        self.examples, self.settings = examples, settings
        self.checkpoint, self.board, self.progress = checkpoint, board, progress
        self.layout = Layout(features=examples.inputs.features)
        self.values = self.layout.represent(examples.inputs).values
        nowhere = np.full(len(examples), -1)
        self.levels: Places = nowhere if examples.levels is None else examples.levels
        self.tried = settings.grid_size if settings.mitigation else 1
        self.total = (settings.folds or 1) * self.tried * settings.epochs
        self.networks: list[dict[str, Any]] = []

    def train(self) -> TableModel:
        """Train all, and return the model."""
        keys, folds = self.examples.inputs.keys, self.settings.folds
        fold = None if folds is None else fold_of(keys, folds, self.settings.seed)
        usable = np.ones(len(keys), dtype=np.bool_)
        if self.settings.mitigation is not None:
            usable = self.levels >= 0
        networks = [
            self._network(place, usable if fold is None else usable & (fold != place))
            for place in range(folds or 1)
        ]
        return TableModel(
            features=self.examples.inputs.features,
            classes=self.examples.classes,
            hidden=self.settings.hidden,
            networks=networks,
            keys=keys[usable],
            contents=self.examples.inputs.digests[usable, 0],
            folds=None if fold is None else fold[usable],
        )

    def _network(self, fold: int, taught: _Mask) -> Network:
        """Train the network of a fold on the rows that it may see."""
        started = time.monotonic()
        rows = np.flatnonzero(taught)
        keys = self.examples.inputs.keys[rows]
        back = held_back(keys, self.settings.validation, self.settings.seed, fold)
        told: dict[str, Any] = {"fit_rows": int((~back).sum()), "validation_rows": int(back.sum())}
        if self.settings.mitigation is None:
            weights = self._class_weights(self.examples.labels[rows[~back]])
            labels = self.examples.labels[rows]
            network, history = self._learn(fold, 0, rows, back, labels, weights[labels])
            told |= _curves(history)
        else:
            network, more = self._mitigated(fold, rows, back)
            told |= more
        told |= self._metrics(network, rows[back]) | {"seconds": time.monotonic() - started}
        self.networks.append(told)
        return network

    def _mitigated(self, fold: int, rows: Places, back: _Mask) -> tuple[Network, dict[str, Any]]:
        from audit.training.mitigation import search

        favorable, histories = self.settings.favorable, {}

        def teach(point: int, labels: Places, weights: Matrix) -> Network:
            own = labels if favorable == 1 else 1 - labels
            network, histories[point] = self._learn(fold, point, rows, back, own, weights)
            return network

        chosen = search(
            self.values[rows],
            (self.examples.labels[rows] == favorable).astype(np.int64),
            self.levels[rows],
            self.settings,
            teach,
        )
        self.progress(self._what(fold, self.tried), self._done(fold, self.tried), self.total)
        grid = [
            point | (_curves(histories[number]) if number in histories else {})
            for point, number in zip(chosen.points, chosen.numbers, strict=True)
        ]
        return chosen.network, {"grid": grid}

    def _learn(  # noqa: PLR0913, PLR0917 - which network, which rows, and what they teach it
        self,
        fold: int,
        point: int,
        rows: Places,
        back: _Mask,
        labels: Places,
        weights: Matrix,
    ) -> tuple[Network, History]:
        values = self.values[rows]

        def part(some: _Mask) -> Rows:
            mean = weights[some].mean()
            scaled = weights[some] / mean if mean > 0 else np.ones(int(some.sum()))
            return Rows(
                values=torch.as_tensor(values[some]),
                labels=torch.as_tensor(labels[some]),
                weights=torch.as_tensor(scaled),
            )

        lesson = Lesson(
            name=self._name(fold, point),
            fold=fold,
            settings=self.settings,
            layout=self.layout,
            classes=len(self.examples.classes),
            fit=part(~back),
            validation=part(back) if back.any() else None,
        )

        def after(history: History) -> None:
            self.board.add(lesson.name, history)
            done = self._done(fold, point) + history.epochs
            self.progress(self._what(fold, point), done, self.total)

        network, history = learn(lesson, self.checkpoint, after)
        self.progress(self._what(fold, point), self._done(fold, point + 1), self.total)
        return network, history

    def _name(self, fold: int, point: int) -> str:
        """Name a network: of a fold, of a trade-off."""
        own = "network" if self.settings.folds is None else f"fold-{fold + 1}"
        return f"{own}-grid-{point + 1}" if self.settings.mitigation else own

    def _what(self, fold: int, point: int) -> str:
        """Say what is being trained."""
        folds, parts = self.settings.folds, []
        if folds is not None:
            parts.append(f"fold {fold + 1} of {folds}")
        if self.settings.mitigation:
            parts.append(f"trade-off {min(point + 1, self.tried)} of {self.tried}")
        return ", ".join(parts) or "network"

    def _done(self, fold: int, point: int) -> int:
        """Return the epochs that lie before a network."""
        return (fold * self.tried + point) * self.settings.epochs

    def _class_weights(self, labels: Places) -> Matrix:
        """Return the weight of each class; one that does not occur has none."""
        counts = np.bincount(labels, minlength=len(self.examples.classes))
        if self.settings.class_weight is None:
            return np.ones(len(counts))
        return np.divide(len(labels), counts, out=np.zeros(len(counts)), where=counts > 0)

    def _metrics(self, network: Network, rows: Places) -> dict[str, float]:
        """Return how the network answers the rows that told it when to stop."""
        if not len(rows):
            return {}
        with torch.inference_mode():
            logits = network(torch.as_tensor(self.values[rows])).double()
            labels = torch.as_tensor(self.examples.labels[rows])
            loss = torch.nn.functional.cross_entropy(logits, labels)
            right = (logits.argmax(dim=1) == labels).double().mean()
        return {"validation_log_loss": float(loss), "validation_accuracy": float(right)}


def _curves(history: History) -> dict[str, Any]:
    return {
        "epochs": history.epochs,
        "best_epoch": history.best_epoch,
        "curves": {
            "train_loss": history.train_loss,
            "validation_loss": history.validation_loss,
            "validation_accuracy": history.validation_accuracy,
        },
    }
