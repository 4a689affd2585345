"""Which weights of a classifier are trained."""

from collections.abc import Iterator
from typing import Any, Final

from torch import nn

from audit.errors import SubjectError
from audit.training.texts.settings import Method

_RANK: Final = 8
_SCALE: Final = 16
_LAST: Final = 2


def fitted(network: Any, method: Method) -> Any:  # noqa: ANN401 - transformers types say little
    """Return the network with the weights of the method open to training, all others fixed.

    Low-rank changes go to every linear layer of the blocks: on the query and the value alone, a
    small encoder learned nothing but the most frequent class.

    Raises
    ------
    SubjectError
        If the network has no blocks that could be told apart.

    """
    if method == "full":
        return network
    if method == "lora":
        return _with_adapters(network)
    open_ones = [*_heads(network)]
    if method == "last_layers":
        open_ones += [f"{_blocks(network)}.{place}" for place in _last(network)]
    for name, weight in network.named_parameters():
        weight.requires_grad = any(name.startswith(f"{each}.") for each in open_ones)
    return network


def merged(network: Any) -> Any:  # noqa: ANN401
    """Return a plain network, low-rank changes added to its weights."""
    return network.merge_and_unload() if hasattr(network, "merge_and_unload") else network


def counted(network: Any) -> tuple[int, int]:  # noqa: ANN401
    """Return the number of parameters that are trained, and of all."""
    held = [(weight.numel(), weight.requires_grad) for weight in network.parameters()]
    return sum(n for n, trained in held if trained), sum(n for n, _ in held)


def _heads(network: Any) -> Iterator[str]:  # noqa: ANN401
    """Name what stands above the blocks: the classifier, and the pooler before it."""
    encoder = network.base_model_prefix
    above = [(name, module) for name, module in network.named_children() if name != encoder]
    for name, module in network.base_model.named_children():
        if "pool" in name:
            above.append((f"{encoder}.{name}", module))
    yield from (name for name, module in above if any(True for _ in module.parameters()))


def _blocks(network: Any) -> str:  # noqa: ANN401
    """Return the name of the list of blocks."""
    for name, module in network.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == network.config.num_hidden_layers:
            return str(name)
    msg = "train.method: the base has no blocks that transformers names; use full or head"
    raise SubjectError(msg)


def _last(network: Any) -> range:  # noqa: ANN401
    layers = int(network.config.num_hidden_layers)
    return range(max(layers - _LAST, 0), layers)


def _with_adapters(network: Any) -> Any:  # noqa: ANN401
    from peft import LoraConfig, get_peft_model

    inside = f"{_blocks(network)}."
    linear = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and name.startswith(inside)
    ]
    config = LoraConfig(
        r=_RANK,
        lora_alpha=_SCALE,
        lora_dropout=0.0,
        target_modules=linear,
        modules_to_save=[*_heads(network)],
    )
    return get_peft_model(network, config)
