"""A stage of a training: transformers' Trainer, which can be killed and goes on to the same end."""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import PrinterCallback, Trainer, TrainingArguments

from audit.training.determinism import seed_of
from audit.training.progress import Progress
from audit.training.texts.best import Best
from audit.training.texts.callbacks import (
    Curves,
    Keeps,
    LogsEpochs,
    Seeds,
    Shown,
    Stops,
    is_patient_no_more,
    losses_of,
    whole_checkpoint,
)
from audit.training.texts.processes import first, processes, share_of_each, wait
from audit.training.texts.settings import TextSettings
from audit.training.texts.tokens import Shuffled, Tokenised

Loss = Callable[[Any, dict[str, torch.Tensor]], tuple[torch.Tensor, torch.Tensor]]
"""From a network and a batch to the loss and the logits."""
_LOGS: Final = 10
"""Steps between two points of a curve."""
_EVALUATED: Final = 32
_WARM: Final = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """What is trained on what.

    Attributes
    ----------
    name : str
        Of its curves and its checkpoints.
    network : transformers.PreTrainedModel
    fit : Tokenised
    held : Tokenised or None
        Measures when to stop.
    metrics : callable or None
        From what Trainer predicts to numbers, of which `log_loss` is watched.
    checkpoint : Path or None
        A folder for this stage; None keeps nothing on disk.
    logs : Path or None
        Of the model, for the curves.
    before, total : int
        Steps of the stages before it, and of all.

    """

    name: str
    network: Any
    fit: Tokenised
    settings: TextSettings
    epochs: int
    rate: float
    loss: Loss
    held: Tokenised | None = None
    metrics: Callable[[Any], dict[str, float]] | None = None
    checkpoint: Path | None = None
    logs: Path | None = None
    progress: Progress
    before: int = 0
    total: int

    def run(self) -> list[dict[str, Any]]:
        """Train, and return what was logged; the network has its best weights then."""
        if self.checkpoint is not None:
            return self._run(self.checkpoint)
        with tempfile.TemporaryDirectory(prefix="audit-training-") as folder:
            return self._run(Path(folder))

    def _run(self, folder: Path) -> list[dict[str, Any]]:
        best = Best(None if self.checkpoint is None else folder / "best.safetensors")
        reached = self._reached(folder)
        history = [] if reached is None else _history(reached)
        patience = self.settings.patience if self.held is not None else None
        if not is_patient_no_more(losses_of(history), patience):
            trainer = self._trainer(folder, best)
            trainer.train(resume_from_checkpoint=None if reached is None else str(reached))
            history = trainer.state.log_history
        if self.held is not None:
            best.restore(self.network)
        return history

    @staticmethod
    def _reached(folder: Path) -> Path | None:
        """Find the last whole checkpoint, and delete what a kill left half-written."""
        halves: list[Path] = []
        found = whole_checkpoint(folder, halves.append)
        wait()
        if first():
            for each in halves:
                shutil.rmtree(each)
        wait()
        return found

    def _trainer(self, folder: Path, best: Best) -> "_Trainer":
        order = Shuffled(self.fit.lengths, self.settings.batch_size, self.settings.seed)
        trainer = _Trainer(self, order, self._arguments(folder))
        trainer.remove_callback(PrinterCallback)
        rank = trainer.args.process_index
        trainer.add_callback(Seeds(order, seed_of(self.settings.seed, self.name), rank))
        trainer.add_callback(Shown(self.progress, self.name, self.before, self.total))
        trainer.add_callback(LogsEpochs())
        if self.held is not None:
            trainer.add_callback(Stops(best, self.settings.patience))
        if self.checkpoint is not None:
            trainer.add_callback(Keeps(self.settings.checkpoint_steps))
        if self.logs is not None:
            trainer.add_callback(Curves(self.logs, self.name))
        return trainer

    def _arguments(self, folder: Path) -> Any:  # noqa: ANN401
        gpu = torch.cuda.is_available()
        half = gpu and self.settings.mixed_precision
        bf16 = half and torch.cuda.is_bf16_supported()
        made = TrainingArguments(
            output_dir=str(folder),
            per_device_train_batch_size=share_of_each(self.settings.batch_size),
            per_device_eval_batch_size=_EVALUATED,
            num_train_epochs=self.epochs,
            learning_rate=self.rate,
            weight_decay=self.settings.weight_decay,
            warmup_steps=_WARM,
            lr_scheduler_type="linear",
            bf16=bf16,
            fp16=half and not bf16,
            use_cpu=not gpu,
            ddp_backend=None if processes() == 1 else "nccl" if gpu else "gloo",
            dataloader_pin_memory=gpu,
            seed=self.settings.seed % 2**32,
            eval_strategy="no" if self.held is None else "epoch",
            save_strategy="no" if self.checkpoint is None else "epoch",
            logging_strategy="steps",
            logging_steps=_LOGS,
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
            label_names=["labels"],
        )
        if gpu and processes() == 1:
            made._n_gpu = 1  # noqa: SLF001 - or it spreads a batch over all that it sees
        return made


class _Trainer(Trainer):  # type: ignore[misc] # transformers has no types
    """Trainer with our order of the texts and our loss."""

    def __init__(self, stage: Stage, order: Shuffled, args: Any) -> None:  # noqa: ANN401
        self.stage, self.order = stage, order
        super().__init__(
            model=stage.network,
            args=args,
            train_dataset=stage.fit,
            eval_dataset=None if stage.held is None else stage.held.by_length(),
            data_collator=stage.fit.together,
            compute_metrics=stage.metrics,
        )

    def _get_train_sampler(self, train_dataset: Any = None) -> Shuffled:  # noqa: ANN401, ARG002
        return self.order

    def compute_loss(
        self,
        model: Any,  # noqa: ANN401
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,  # noqa: FBT001, FBT002 - Trainer's own
        num_items_in_batch: Any = None,  # noqa: ANN401, ARG002
    ) -> Any:  # noqa: ANN401
        """Ask the stage."""
        loss, logits = self.stage.loss(model, inputs)
        return (loss, {"logits": logits}) if return_outputs else loss


def _history(checkpoint: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (checkpoint / "trainer_state.json").read_text(encoding="utf-8")
    )["log_history"]
    return found
