"""Ask a network in the middle of its training, and leave the training as it was."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def undisturbed(network: Any) -> Iterator[None]:  # noqa: ANN401 - a torch.nn.Module
    """Give back the modes of its modules, its gradients, and all random numbers as they were."""
    import torch

    modes = [(module, module.training) for module in network.modules()]
    gradients = [(weights, weights.grad) for weights in network.parameters()]
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 - others use it
    threads = torch.get_num_threads()
    for weights, _ in gradients:
        weights.grad = None
    try:
        with torch.random.fork_rng():
            yield
    finally:
        torch.set_num_threads(threads)
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        for module, training in modes:
            module.training = training
        for weights, held in gradients:
            weights.grad = held
