"""A network whose lowest layers have forgotten what they were trained to."""

import copy
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def with_random_layers(network: Any, share: float, *, seed: int) -> Any:  # noqa: ANN401
    """Return a copy with new weights in its lowest layers.

    Parameters
    ----------
    network : torch.nn.Module
        What stands before its longest list of blocks is one layer, and so is what stands behind it.
    share : float
        Of the layers, rounded up, in (0, 1].
    seed : int

    Returns
    -------
    torch.nn.Module
        Each weight is normal with the mean and the standard deviation of its own tensor, so that
        the size of what passes through the network stays about as it was.

    """
    import torch

    if not 0 < share <= 1:
        msg = f"share must lie in (0, 1], but got {share}"
        raise ValueError(msg)
    made = copy.deepcopy(network)
    layers = layers_of(made)
    drawn = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in layers[: math.ceil(share * len(layers))]:
            for weights in layer:
                if weights.numel() > 1:
                    new = torch.randn(weights.shape, generator=drawn)
                    weights.copy_(new.to(weights) * weights.std() + weights.mean())
    return made


def layers_of(network: Any) -> "list[list[torch.nn.Parameter]]":  # noqa: ANN401
    """Return the weights of each layer, from the input upwards."""
    import torch

    stacks = [each for each in network.named_modules() if isinstance(each[1], torch.nn.ModuleList)]
    if not stacks:
        return [[*network.parameters()]]
    name, stack = max(stacks, key=lambda each: len(each[1]))
    found: list[list[torch.nn.Parameter]] = [[] for _ in range(len(stack) + 2)]
    at = 0
    for path, weights in network.named_parameters():
        if path.startswith(f"{name}."):
            at = 1 + int(path.removeprefix(f"{name}.").partition(".")[0])
            found[at].append(weights)
        else:
            found[0 if not at else -1].append(weights)
    return [layer for layer in found if layer]
