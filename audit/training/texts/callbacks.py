"""What happens beside the steps of transformers' Trainer."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from transformers import TrainerCallback

from audit.files import write_atomically
from audit.training.board import RUNS
from audit.training.determinism import seed_of
from audit.training.progress import Progress
from audit.training.texts.best import Best
from audit.training.texts.processes import first, wait
from audit.training.texts.tokens import Shuffled

MARK: Final = "whole.json"
"""The files of a checkpoint and their sizes; it is written last."""
_CURVES: Final = {
    "loss": "loss/train",
    "learning_rate": "learning_rate",
    "eval_log_loss": "loss/validation",
    "eval_accuracy": "accuracy/validation",
    "eval_macro_f1": "macro_f1/validation",
}


class Seeds(TrainerCallback):  # type: ignore[misc] # transformers has no types
    """Lets what is drawn in a step depend on the seed and the step alone."""

    def __init__(self, order: Shuffled, seed: int, rank: int) -> None:
        self.order, self.seed, self.rank = order, seed, rank

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Tell the order which epoch begins."""
        self.order.set_epoch(state.global_step * state.num_train_epochs // state.max_steps)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Seed the step."""
        torch.manual_seed(seed_of(self.seed, "step", state.global_step, self.rank))


class Shown(TrainerCallback):  # type: ignore[misc]
    """Tells how far a stage has come."""

    def __init__(self, progress: Progress, what: str, before: int, total: int) -> None:
        self.progress, self.what, self.before, self.total = progress, what, before, total

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Tell of a step."""
        if first():
            self.progress(self.what, self.before + state.global_step, self.total)


class Curves(TrainerCallback):  # type: ignore[misc]
    """Writes the curves of a stage as TensorBoard shows them."""

    def __init__(self, folder: Path, name: str) -> None:
        self.place = folder / RUNS / name
        self.writer: Any = None

    def on_log(
        self,
        args: Any,  # noqa: ANN401, ARG002
        state: Any,  # noqa: ANN401
        control: Any,  # noqa: ANN401, ARG002
        logs: Mapping[str, Any] | None = None,
        **_: Any,  # noqa: ANN401
    ) -> None:
        """Write what was logged."""
        if not first():
            return
        for name, value in (logs or {}).items():
            if name in _CURVES:
                self._open(state.global_step).add_scalar(_CURVES[name], value, state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Close the file."""
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def _open(self, step: int) -> Any:  # noqa: ANN401 - tensorboard has no types
        if self.writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self.writer = SummaryWriter(str(self.place), purge_step=step)
        return self.writer


class Stops(TrainerCallback):  # type: ignore[misc]
    """Keeps the best weights, and ends a stage that gets no better."""

    def __init__(self, best: Best, patience: int | None) -> None:
        self.best, self.patience = best, patience

    def on_evaluate(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Compare with the evaluations before."""
        losses = losses_of(state.log_history)
        if losses and losses[-1] <= min(losses):
            self.best.keep(model)
        control.should_training_stop |= is_patient_no_more(losses, self.patience)


class Keeps(TrainerCallback):  # type: ignore[misc]
    """Keeps one whole checkpoint: a mark is written last, then the one before is deleted."""

    def __init__(self, every: int | None) -> None:
        self.every = every

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Keep the state after so many steps; the end of an epoch is kept once it is evaluated."""
        ends_epoch = state.global_step * state.num_train_epochs % state.max_steps == 0
        if self.every is not None and state.global_step % self.every == 0 and not ends_epoch:
            control.should_save = control.should_log = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Mark a checkpoint as whole."""
        wait()
        if not first():
            return
        made = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        sizes = {path.name: path.stat().st_size for path in made.iterdir() if path.is_file()}
        write_atomically(made / MARK, json.dumps(sizes).encode())
        for other in Path(args.output_dir).glob("checkpoint-*"):
            if other != made:
                shutil.rmtree(other)


class LogsEpochs(TrainerCallback):  # type: ignore[misc]
    """Logs at the end of each epoch too, so that no mean spans a checkpoint."""

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """Ask for a log."""
        control.should_log = True


def losses_of(history: list[dict[str, Any]]) -> list[float]:
    """Return the validation losses of the epochs."""
    return [float(each["eval_log_loss"]) for each in history if "eval_log_loss" in each]


def is_patient_no_more(losses: list[float], patience: int | None) -> bool:
    """Say whether so many epochs brought nothing better.

    Examples
    --------
    >>> is_patient_no_more([0.5, 0.4, 0.45], 2), is_patient_no_more([0.5, 0.4, 0.45, 0.4], 2)
    (False, True)

    """
    if patience is None or not losses:
        return False
    return len(losses) - 1 - losses.index(min(losses)) >= patience


def whole_checkpoint(folder: Path, told: Callable[[Path], None] = lambda _: None) -> Path | None:
    """Return the last whole checkpoint, None if there is none; others are told of."""
    held = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    whole = [path for path in held if _is_whole(path)]
    for path in held:
        if path not in whole[-1:]:
            told(path)
    return whole[-1] if whole else None


def _is_whole(path: Path) -> bool:
    try:
        sizes = json.loads((path / MARK).read_bytes())
        return all((path / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False
