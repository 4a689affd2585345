"""Which words of a text move a decision most, by the gradient of its margin."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.predictors import Model, Remembers
from audit.text_batches import batches_of, pass_batches
from audit.text_predictors import DifferentiableTexts, Tokens
from audit.texts import Texts
from audit.words import words_of

MOST_WORDS: Final = 512
"""Words of a text that are weighed; those behind weigh nothing."""


def saliency(model: Model[Texts], texts: Texts) -> Matrix:
    """Weigh the words of texts, for the class that the model decides for.

    Parameters
    ----------
    model : Model
        With gradients.
    texts : Texts

    Returns
    -------
    ndarray of float, shape (n, MOST_WORDS)
        The length of the gradient of the margin by the vectors of a word's tokens; 0 behind the
        last word, and for words that were cut off.

    """
    if not isinstance(model, DifferentiableTexts):
        msg = "saliency needs a model of texts with gradients"
        raise TypeError(msg)
    differentiable: DifferentiableTexts = model

    def compute(some: Texts) -> Matrix:
        found, tokens = np.zeros((len(some), MOST_WORDS)), differentiable.tokens(some)
        lengths = tokens.held.sum(axis=1)

        def weigh(places: NDArray[np.int64]) -> None:
            read = tokens.take(places, int(lengths[places].max()))
            found[places] = _weighed(differentiable, read, some.take(places))

        pass_batches(batches_of(lengths), lengths, weigh, " with its gradients")
        return np.round(found, 9)

    if isinstance(model, Remembers):
        remembers: Remembers[Texts] = model
        return remembers.remember("saliency of the margin", texts, compute)
    return compute(texts)


def _weighed(model: DifferentiableTexts, tokens: Tokens, texts: Texts) -> Matrix:
    import torch

    with torch.enable_grad():
        vectors = model.vectors(torch.from_numpy(tokens.ids)).detach().requires_grad_()
        logits = model.logits_of(vectors, torch.from_numpy(tokens.held))
        best = logits.topk(2, dim=1).values
        [gradient] = torch.autograd.grad((best[:, 0] - best[:, 1]).sum(), vectors)
    lengths = gradient.float().norm(dim=2).cpu().numpy().astype(np.float64)
    found = np.zeros((len(texts), MOST_WORDS))
    for row, text in enumerate(texts.values):
        starts = np.array([word.start for word in words_of(text)][:MOST_WORDS], dtype=np.int64)
        owners = _owners(tokens.starts[row], starts)
        real = tokens.held[row] & ~tokens.special[row] & (owners >= 0)
        np.add.at(found[row], owners[real], lengths[row][real])
    return found


def _owners(begins: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the word in which each token begins; -1 before the first."""
    return np.asarray(np.searchsorted(starts, begins, side="right") - 1, dtype=np.int64)
