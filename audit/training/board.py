"""The curves of a training as TensorBoard shows them."""

from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from audit.training.loop import History

RUNS: Final = "runs"


class Board:
    """A log for each network under `runs`; nothing without a folder.

    Parameters
    ----------
    folder : Path or None
        Of the model.
    fresh : bool
        Whether the logs of an earlier training are deleted.

    """

    def __init__(self, folder: Path | None, *, fresh: bool) -> None:
        self.folder = folder
        if folder is not None and fresh:
            for log in (folder / RUNS).glob("*/events.out.tfevents.*"):
                log.unlink()
        self._writer: Any = None
        self._name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._close()

    def add(self, name: str, history: History) -> None:
        """Log the last epoch of a network."""
        if self.folder is None:
            return
        writer = self._of(name, history.epochs)
        curves = {
            "loss/train": history.train_loss,
            "loss/validation": history.validation_loss,
            "accuracy/validation": history.validation_accuracy,
        }
        for curve, values in curves.items():
            if values:
                writer.add_scalar(curve, values[-1], history.epochs)

    def _of(self, name: str, epoch: int) -> Any:  # noqa: ANN401 - tensorboard has no types
        if name != self._name:
            from torch.utils.tensorboard import SummaryWriter

            self._close()
            place = str(self.folder and self.folder / RUNS / name)
            self._writer = SummaryWriter(place, purge_step=epoch)
            self._name = name
        return self._writer

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._name = None, ""
