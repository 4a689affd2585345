"""The best weights of a training so far, in memory and on disk."""

from pathlib import Path
from typing import Any

import torch

from audit.files import write_atomically
from audit.training.texts.processes import first


class Best:
    """Keeps the weights that are trained, as they were at the best epoch.

    Parameters
    ----------
    file : Path or None
        Where they are kept until the model is written; None keeps them in memory alone.

    """

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._held: dict[str, torch.Tensor] | None = None

    def keep(self, network: Any) -> None:  # noqa: ANN401 - transformers types say little
        """Keep the weights as they are now."""
        from safetensors.torch import save

        if not first():
            return
        self._held = {
            name: weight.detach().cpu().clone().contiguous()
            for name, weight in network.named_parameters()
            if weight.requires_grad
        }
        if self.file is not None:
            write_atomically(self.file, save(self._held))

    def restore(self, network: Any) -> None:  # noqa: ANN401
        """Give the weights back to the network."""
        from safetensors.torch import load_file

        held = self._held
        if held is None and self.file is not None and self.file.is_file():
            held = load_file(self.file)
        if held is not None:
            weights = dict(network.named_parameters())
            with torch.no_grad():
                for name, value in held.items():
                    weights[name].copy_(value)
