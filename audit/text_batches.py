"""Which texts pass through a network together: those of like length, up to a number of tokens."""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.errors import SubjectError
from audit.memory import TooLargeError, in_halves

TOKENS: Final = 2048
"""Of a batch, fillings counted; on two cores larger batches are slower (`benchmarks/`)."""


def batches_of(
    lengths: NDArray[np.int64], digests: NDArray[np.uint64] | None = None, *, tokens: int = TOKENS
) -> list[NDArray[np.int64]]:
    """Sort texts by length and cut them into batches.

    Parameters
    ----------
    lengths : ndarray of int64, shape (n,)
        Tokens of each text, as the network reads it.
    digests : ndarray of uint64, shape (n, 2), optional
        The order of texts of the same length, so that the order in which they come changes nothing;
        left out, it is that order.
    tokens : int
        That a batch may have, filled up to its longest text; a longer text passes alone.

    Returns
    -------
    list of ndarray of int64
        Places of texts, each once.

    Examples
    --------
    >>> lengths = np.array([5, 2, 2, 9])
    >>> [batch.tolist() for batch in batches_of(lengths, tokens=8)]
    [[1, 2], [0], [3]]

    """
    ties = () if digests is None else (digests[:, 1], digests[:, 0])
    order = np.lexsort((*ties, lengths))
    found, begin = [], 0
    for at in range(1, len(order) + 1):
        full = at < len(order) and (at + 1 - begin) * lengths[order[at]] > tokens
        if at == len(order) or full:
            found.append(order[begin:at])
            begin = at
    return found


def pass_batches(
    batches: Iterable[NDArray[np.int64]],
    lengths: NDArray[np.int64],
    compute: Callable[[NDArray[np.int64]], None],
    what: str = "",
) -> None:
    """Compute for one batch after the other; where one does not fit into memory, for its halves.

    Parameters
    ----------
    batches : iterable of ndarray of int64
        Places of texts.
    lengths : ndarray of int64, shape (n,)
        Tokens of each text.
    compute : callable
        Takes some places, and keeps what it finds itself.
    what : str
        What else must fit beside a text, for the sentence, such as " with its gradients".

    Raises
    ------
    SubjectError
        If one text alone does not fit.

    """
    for batch in batches:
        try:
            in_halves(batch, compute)
        except TooLargeError as problem:
            msg = (
                f"even one text of {lengths[problem.row]:,} tokens{what} does not fit into memory; "
                "free memory, use a larger machine, or set a smaller model_max_length in the "
                "tokenizer"
            )
            raise SubjectError(msg) from problem
