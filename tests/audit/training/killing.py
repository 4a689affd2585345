"""A training that is killed again and again, each time in a process of its own.

The processes are forked from one that has imported torch and has computed nothing with it, so that
a kill costs no new start.
"""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.utils.tensorboard

from tests.audit.training.applications import QUICK, applications, trained

KILLS: Final = 20
SETTINGS: Final = replace(QUICK, epochs=100, folds=3, patience=None)
ROWS: Final = 200


def train(folder: Path, told: int) -> None:
    """Go on, and write a byte after each epoch."""
    trained(
        applications(ROWS),
        SETTINGS,
        folder=folder,
        resume=True,
        progress=lambda _what, _done, _total: os.write(told, b"."),
    )


def main(folder: Path) -> None:
    moments = np.random.default_rng(0)
    torch.set_num_threads(1)
    for _ in range(KILLS):
        heard, told = os.pipe()
        child = os.fork()
        if child == 0:
            train(folder, told)
            os._exit(0)
        os.close(told)
        for _ in range(moments.integers(1, 9)):
            assert os.read(heard, 1), "the training ended before it was killed"
        time.sleep(moments.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(heard)
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert not (folder / "model.json").exists()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
