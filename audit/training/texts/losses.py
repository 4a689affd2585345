"""What a network is taught: classes, or masked words."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from audit.training.texts.stage import Loss

_MASKED: Final = 0.15
_AS_MASK: Final = 0.8
_AS_OTHER: Final = 0.9
_UNASKED: Final = -100


def of_classes(weights: NDArray[np.float64]) -> Loss:
    """Return the mean cross-entropy, each class weighted."""
    held = torch.from_numpy(weights).float()

    def loss(network: Any, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:  # noqa: ANN401
        labels = batch["labels"]
        logits = network(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
        ).logits
        each = cross_entropy(logits.float(), labels, reduction="none")
        return (each * held.to(each.device)[labels]).mean(), logits

    return loss


def of_masked_words(tokenizer: Any) -> Loss:  # noqa: ANN401 - transformers types say little
    """Return the mean cross-entropy of the words that were masked.

    As in Devlin et al. (2019), "BERT", section 3.1: 15 % of the tokens are asked for; of these 80 %
    are masked, 10 % replaced by another token, 10 % left as they are.
    """
    special, mask = torch.tensor(tokenizer.all_special_ids), int(tokenizer.mask_token_id)
    words = len(tokenizer)

    def loss(network: Any, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:  # noqa: ANN401
        ids = batch["input_ids"]
        draws, kinds = torch.rand(ids.shape), torch.rand(ids.shape)
        others = torch.randint(words, ids.shape)
        held = ids.cpu()
        asked = (draws < _MASKED) & ~torch.isin(held, special)
        seen = torch.where(asked & (kinds < _AS_MASK), mask, held)
        seen = torch.where(asked & (kinds >= _AS_MASK) & (kinds < _AS_OTHER), others, seen)
        targets = torch.where(asked, held, _UNASKED).to(ids.device)
        logits = network(
            input_ids=seen.to(ids.device), attention_mask=batch["attention_mask"]
        ).logits
        total = cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), ignore_index=_UNASKED, reduction="sum"
        )
        return total / max(int(asked.sum()), 1), logits

    return loss


def metrics_of(weights: NDArray[np.float64]) -> Callable[[Any], dict[str, float]]:
    """Return what tells how well texts are sorted; the log loss is weighted by class."""

    def metrics(predicted: Any) -> dict[str, float]:  # noqa: ANN401 - transformers' own
        logits, labels = np.asarray(predicted.predictions), np.asarray(predicted.label_ids)
        return measured(logits.astype(np.float64), labels.astype(np.int64), weights)

    return metrics


def measured(
    logits: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> dict[str, float]:
    """Return log loss, accuracy and the mean F1 of the classes that occur.

    Examples
    --------
    >>> measured(np.zeros((2, 2)), np.array([0, 1]), np.ones(2))["accuracy"]
    0.5

    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    own = weights[labels]
    decided = logits.argmax(axis=1)
    loss = -(own * log_shares[np.arange(len(labels)), labels]).sum() / own.sum()
    return {
        "log_loss": float(loss),
        "accuracy": float((decided == labels).mean()),
        "macro_f1": float(np.mean([_f1(decided == k, labels == k) for k in np.unique(labels)])),
    }


def _f1(decided: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float(2 * (decided & true).sum() / (decided.sum() + true.sum()))
