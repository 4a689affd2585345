"""Texts as batches of tokens, in an order that belongs to the seed and the epoch alone."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler

from audit.texts import Texts
from audit.training.determinism import seed_of

_TOGETHER: Final = 50
"""Batches whose texts are sorted by length, so that little is filled up."""


class Tokenised(Dataset[dict[str, Any]]):
    """Texts as a network reads them.

    Parameters
    ----------
    texts : Texts
    labels : ndarray of int64, optional
    tokenizer : transformers.PreTrainedTokenizerFast
        Which knows where to cut off.

    """

    def __init__(
        self,
        texts: Texts,
        tokenizer: Any,  # noqa: ANN401 - transformers types say little
        labels: NDArray[np.int64] | None = None,
    ) -> None:
        values = [*texts.values]
        self.ids: list[list[int]] = (
            tokenizer(values, truncation=True, verbose=False)["input_ids"] if values else []
        )
        self.labels = labels
        self.filling = int(tokenizer.pad_token_id)
        self.lengths = np.array([len(ids) for ids in self.ids], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: int) -> dict[str, Any]:
        label = None if self.labels is None else int(self.labels[place])
        return {"ids": self.ids[place], "label": label}

    def by_length(self) -> "Tokenised":
        """Return the same texts, the shortest first."""
        order = np.argsort(self.lengths, kind="stable")
        made: Tokenised = object.__new__(Tokenised)
        made.ids = [self.ids[place] for place in order]
        made.labels = None if self.labels is None else self.labels[order]
        made.filling, made.lengths = self.filling, self.lengths[order]
        return made

    def together(self, held: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Fill some of them up to the longest."""
        width = max(len(each["ids"]) for each in held)
        ids = torch.full((len(held), width), self.filling, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, each in enumerate(held):
            ids[row, : len(each["ids"])] = torch.tensor(each["ids"], dtype=torch.long)
            mask[row, : len(each["ids"])] = 1
        found = {"input_ids": ids, "attention_mask": mask}
        if self.labels is not None:
            found["labels"] = torch.tensor([each["label"] for each in held], dtype=torch.long)
        return found


class Shuffled(Sampler[int]):
    """An order for each epoch, texts of like length near each other.

    Whoever trains sets `epoch`; nothing else is remembered, so that a training can go on anywhere.
    """

    def __init__(self, lengths: NDArray[np.int64], batch_size: int, seed: int) -> None:
        self.lengths, self.batch_size, self.seed, self.epoch = lengths, batch_size, seed, 0

    def __len__(self) -> int:
        return len(self.lengths)

    def set_epoch(self, epoch: int) -> None:
        """Tell which epoch is next."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng(seed_of(self.seed, "order", self.epoch))
        order = rng.permutation(len(self))
        width = self.batch_size * _TOGETHER
        parts = [order[start : start + width] for start in range(0, len(order), width)]
        sorts = [np.argsort(self.lengths[part], kind="stable") for part in parts]
        near = np.concatenate([part[sort] for part, sort in zip(parts, sorts, strict=True)])
        whole = len(near) // self.batch_size
        batches = near[: whole * self.batch_size].reshape(whole, self.batch_size)
        shuffled = batches[rng.permutation(whole)].ravel()
        yield from (int(place) for place in [*shuffled, *near[whole * self.batch_size :]])
