"""Several processes that train one network together, as `torchrun` starts them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from audit.errors import ConfigError


def processes() -> int:
    """Return how many there are."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def first() -> bool:
    """Say whether this one is the first, which alone writes and shows."""
    return int(os.environ.get("RANK", "0")) == 0


def wait() -> None:
    """Wait until all have come here."""
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()


@contextmanager
def together() -> Iterator[None]:
    """Let the processes of `torchrun` know of each other within.

    The group is left in step, since a process that goes while another still speaks to it aborts.
    """
    import torch

    if processes() == 1 or torch.distributed.is_initialized():
        yield
        return
    from accelerate import PartialState  # type: ignore[import-untyped]

    PartialState(cpu=not torch.cuda.is_available())
    try:
        yield
        wait()
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        PartialState._reset_state()  # noqa: SLF001 - it would speak of a group that is gone


def share_of_each(batch_size: int) -> int:
    """Return the texts of a step that one process has.

    Raises
    ------
    ConfigError
        If they cannot be shared out evenly.

    """
    n = processes()
    if batch_size % n:
        msg = f"train.batch_size: must be a multiple of the {n} processes, but got {batch_size}"
        raise ConfigError(msg)
    return batch_size // n
