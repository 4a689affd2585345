"""A small network for tables, with standardisation and embeddings inside."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import nn

from audit.models.layout import Layout

_WIDEST: Final = 8
"""Of an embedding."""
_BEND: Final = 3.0
"""Standard deviations at which a number starts to count less than in proportion."""


class Network(nn.Module):
    """From representations to logits.

    A number is standardised and a missing one becomes its mean; far out, where training had few
    rows, it is bent so that it never counts for more than `_BEND` standard deviations. A category
    is its one-hot code times an embedding, so that there is a gradient. Embeddings and the weights
    of missing marks start at 0: what training never saw moves the answer nowhere.
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self, layout: Layout, *, classes: int, hidden: Sequence[int], dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.numbers = len(layout.numbers)
        self.blocks = list(layout.blocks)
        self.register_buffer("mean", torch.zeros(self.numbers, dtype=torch.float64))
        self.register_buffer("scale", torch.zeros(self.numbers, dtype=torch.float64))
        widths = [min(_WIDEST, (size + 1) // 2) for size in self.blocks]
        self.embeddings = nn.ParameterList(
            torch.zeros(size, width) for size, width in zip(self.blocks, widths, strict=True)
        )
        sizes = [2 * self.numbers + sum(widths), *hidden, classes]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            first = self.layers[0].get_parameter("weight")
            first[:, self.numbers : 2 * self.numbers] = 0.0

    def standardise_by(self, values: torch.Tensor) -> None:
        """Take means and standard deviations; a number that is constant counts for nothing."""
        numbers, marks = self._parts(values)[:2]
        there = 1 - marks
        rows = there.sum(0)
        self.mean = numbers.sum(0) / rows.clamp(min=1)
        spread = ((numbers - self.mean).square() * there).sum(0) / (rows - 1).clamp(min=1)
        sd = spread.sqrt()
        constant = sd <= 1e-12 * self.mean.abs()  # the rounding of a sum is no spread
        self.scale = torch.where(constant, 0.0, 1 / torch.where(constant, 1.0, sd))

    def scaled(self, values: torch.Tensor) -> torch.Tensor:
        """Return representations with their numbers standardised."""
        numbers, marks, codes = self._parts(values)
        z = (numbers - self.mean) * self.scale * (1 - marks)
        return torch.cat([z / (1 + (z / _BEND).square()).sqrt(), marks, codes], dim=1)

    def answer(self, scaled: torch.Tensor) -> torch.Tensor:
        """Return the logits of representations that are scaled."""
        numbers, codes = scaled[:, : 2 * self.numbers], scaled[:, 2 * self.numbers :]
        blocks = torch.split(codes, self.blocks, dim=1) if self.blocks else ()
        embedded = [code @ table for code, table in zip(blocks, self.embeddings, strict=True)]
        found = torch.cat([numbers, *embedded], dim=1)
        last = len(self.layers) - 1
        for place, layer in enumerate(self.layers):
            found = layer(found)
            if place < last:
                found = self.dropout(nn.functional.silu(found))
        return found

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (n, k), of representations, shape (n, d)."""
        return self.answer(self.scaled(values).to(self.layers[0].get_parameter("weight").dtype))

    def _parts(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        numbers, both = self.numbers, 2 * self.numbers
        return values[:, :numbers], values[:, numbers:both], values[:, both:]
