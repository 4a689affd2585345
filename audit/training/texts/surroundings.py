"""What a training changes around it, and puts back."""

import os
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from audit.errors import SubjectError
from audit.memory import ran_out
from audit.models.quiet import quiet_transformers
from audit.training.determinism import deterministic, drawing
from audit.training.texts.settings import TextSettings

_WORKSPACE: Final = "CUBLAS_WORKSPACE_CONFIG"


@contextmanager
def undisturbed(seed: int) -> Iterator[None]:
    """Seed and quieten all that transformers touches within; what was set is restored after."""
    os.environ.setdefault(_WORKSPACE, ":4096:8")  # or cuBLAS is not deterministic
    python, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 - transformers' own
    try:
        with quiet(), drawing(seed, "texts"), deterministic(), _exact_attention():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(arrays)  # noqa: NPY002


@contextmanager
def _exact_attention() -> Iterator[None]:
    """Leave out the attention kernels of a GPU whose gradients differ from run to run."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    if not torch.cuda.is_available():
        yield
        return
    with sdpa_kernel([SDPBackend.MATH]):
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Let transformers say nothing but errors within."""
    with quiet_transformers(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"transformers\.")
        yield


@contextmanager
def enough_memory(settings: TextSettings) -> Iterator[None]:
    """Turn memory that is not enough into a sentence."""
    try:
        yield
    except (MemoryError, RuntimeError) as problem:
        if not ran_out(problem):
            raise
        msg = (
            f"the memory is too small to train with train.batch_size = {settings.batch_size} and "
            f"train.max_length = {settings.max_length}; halve one of them, or train less with "
            "another train.method"
        )
        raise SubjectError(msg) from problem
