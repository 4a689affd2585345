"""A fine-tuning that is killed again and again, each time in a process of its own.

The processes are forked from one that has imported transformers and has computed nothing with it,
so that a kill costs no new start. Each dies at a share of the time that a whole one takes here.
"""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import peft  # noqa: F401 - the children need not import it again
import torch
import torch.utils.tensorboard
from transformers import Trainer  # noqa: F401 - the same

from audit.training.texts.settings import TextSettings
from fixtures.planted.texts import reviews
from tests.audit.training.reviewing import trained

KILLS: Final = 10
ROWS: Final = reviews(400, 3)
PLAIN: Final = reviews(200, 4).texts


def settings_of(base: TextSettings) -> TextSettings:
    """All that keeps a state: two stages, steps between epochs, low-rank changes, a best epoch."""
    return replace(
        base, method="lora", pretrain="plain.txt", pretrain_epochs=2, epochs=4, checkpoint_steps=3
    )


def train(settings: TextSettings, folder: Path) -> None:
    trained(settings, ROWS, unlabelled=PLAIN, folder=folder, resume=True)


def forked(settings: TextSettings, folder: Path) -> int:
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)
        train(settings, folder)
        os._exit(0)
    return child


def main(base: Path, folder: Path, other: Path) -> None:
    settings = settings_of(
        TextSettings(base=str(base), learning_rate=3e-3, max_length=32, batch_size=32)
    )
    started = time.monotonic()
    _, status = os.waitpid(forked(settings, other), 0)
    whole = time.monotonic() - started
    assert os.WEXITSTATUS(status) == 0
    moments = np.random.default_rng(0)
    for _ in range(KILLS):
        child = forked(settings, folder)
        time.sleep(whole * moments.uniform(0.1, 0.5))
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.WEXITSTATUS(status) == 0, "it broke before it was killed"
            break
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        (folder / "kills").open("a").write("x")
    _, status = os.waitpid(forked(settings, folder), 0)
    assert os.WEXITSTATUS(status) == 0


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
