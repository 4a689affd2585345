"""Processor time a step: transformers.Trainer against our loop for tables, on the same rows.

Both train a 64-32 network in batches of 64 on one thread for the same epochs; each epoch ends with
a validation loss and a checkpoint. transformers and accelerate must be installed. Processor time of
one thread is what the clock would show on an idle machine.

Run: python benchmarks/training_loop.py [--epochs 20]
"""

import argparse
import contextlib
import io
import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Trainer, TrainingArguments

from audit.draws import keys_of
from audit.inputs import Feature, Inputs
from audit.models.layout import Layout
from audit.models.network import Network
from audit.training.settings import TableSettings
from audit.training.tables import train_tables

ROWS, NUMBERS, BATCH = 1357, 45, 64  # 1,152 to fit by, 18 steps an epoch


def inputs() -> tuple[Inputs, NDArray[np.int64]]:
    """Draw rows of which the first number decides."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((ROWS, NUMBERS))
    features = tuple(Feature(name=f"x{place}") for place in range(NUMBERS))
    labels = (values[:, 0] + rng.standard_normal(ROWS) > 0).astype(np.int64)
    return Inputs(features=features, values=values, keys=keys_of(map(str, range(ROWS)))), labels


def ours(rows: Inputs, labels: NDArray[np.int64], epochs: int, *, folder: str | None) -> None:
    """Train with our loop; without a folder it keeps no checkpoint and writes no log."""
    settings = TableSettings(epochs=epochs, patience=None)
    train_tables(rows, labels, classes=("0", "1"), settings=settings, folder=folder)


class Wrapped(torch.nn.Module):
    """The same network, as Trainer calls one."""

    def __init__(self, rows: Inputs) -> None:
        super().__init__()
        self.network = Network(Layout(features=rows.features), classes=2, hidden=(64, 32))

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the loss and the logits."""
        logits = self.network.answer(x)
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


def theirs(rows: Inputs, labels: NDArray[np.int64], epochs: int, *, folder: str | None) -> None:
    """Train with transformers.Trainer; without a folder it neither evaluates nor saves."""
    values = np.hstack([rows.values, np.zeros_like(rows.values)])
    both = list(zip(torch.tensor(values).float(), torch.tensor(labels), strict=True))

    def together(some: list[Any]) -> dict[str, torch.Tensor]:
        return {"x": torch.stack([x for x, _ in some]), "labels": torch.stack([y for _, y in some])}

    when = "no" if folder is None else "epoch"
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=folder or scratch,
            num_train_epochs=epochs,
            per_device_train_batch_size=BATCH,
            per_device_eval_batch_size=1024,
            eval_strategy=when,
            save_strategy=when,
            save_total_limit=1,
            logging_strategy=when,
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
        )
        cut = ROWS - 205
        trainer = Trainer(
            model=Wrapped(rows),
            args=arguments,
            train_dataset=both[:cut],
            eval_dataset=both[cut:],
            data_collator=together,
        )
        trainer.train()


def main() -> None:
    """Print milliseconds a step, the least of three runs after one to warm up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    epochs = parser.parse_args().epochs
    torch.set_num_threads(1)
    rows, labels = inputs()
    ways: dict[str, Callable[..., None]] = {"our loop": ours, "transformers.Trainer": theirs}
    for kept in (False, True):
        for name, way in ways.items():
            seconds = []
            for _ in range(4):
                with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as quiet:
                    quiet.enter_context(contextlib.redirect_stdout(io.StringIO()))
                    started = time.process_time()
                    way(rows, labels, epochs, folder=folder if kept else None)
                    seconds.append(time.process_time() - started)
            what = "validation, checkpoint each epoch" if kept else "steps alone"
            print(f"{name}, {what}: {min(seconds[1:]) / epochs / 18 * 1e3:.2f} ms a step")


if __name__ == "__main__":
    main()
