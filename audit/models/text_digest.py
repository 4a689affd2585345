"""What tells a model of texts from others, in memory as in a folder."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any


def text_digest(network: Any, tokenizer: Any, classes: Sequence[str], max_length: int) -> str:  # noqa: ANN401
    """Return the sha256 of the weights, the structure, the tokenizer, and what is read of a text.

    Where a network came from and which version wrote it changes nothing.
    """
    found = hashlib.sha256()
    said = [_structure(network.config), [*classes], max_length, _tokenizer(tokenizer)]
    found.update(json.dumps(said, sort_keys=True, default=str).encode())
    for name, value in sorted(network.state_dict().items()):
        found.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        found.update(_bytes(value))
    return found.hexdigest()


def _bytes(value: Any) -> Any:  # noqa: ANN401 - a tensor, and a buffer of its bytes
    import torch

    return value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()


def _structure(config: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what the architecture itself has; what every config has says how it came to be."""
    from transformers import PretrainedConfig

    common = PretrainedConfig().to_dict().keys()
    own = {
        name: value
        for name, value in config.to_dict().items()
        if name not in common and not name.startswith("_")
    }
    return {**own, "model_type": config.model_type, "pad": getattr(config, "pad_token_id", None)}


def _tokenizer(tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return how it works; its truncation and padding are only what was asked of it last."""
    said: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return {
        **{name: said[name] for name in said if name not in {"truncation", "padding"}},
        "special": sorted(tokenizer.all_special_ids),
        "side": tokenizer.truncation_side,
    }
