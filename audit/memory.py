"""What to do where a batch does not fit into memory: give it in halves."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SAID: Final = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")


class TooLargeError(Exception):
    """One row alone does not fit into memory."""

    def __init__(self, row: int) -> None:
        self.row = row
        super().__init__(f"row {row} alone does not fit into memory")


def ran_out(problem: BaseException) -> bool:
    """Say whether a problem is that memory ran out, of the processor or of the accelerator.

    Examples
    --------
    >>> ran_out(MemoryError()), ran_out(RuntimeError("CUDA out of memory. Tried …"))
    (True, True)
    >>> ran_out(RuntimeError("expected a float"))
    False

    """
    told = isinstance(problem, RuntimeError) and any(each in str(problem) for each in _SAID)
    return told or isinstance(problem, MemoryError)


def in_halves(rows: NDArray[np.int64], compute: Callable[[NDArray[np.int64]], None]) -> None:
    """Compute for rows; where memory runs out, for one half of them and then for the other.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
    compute : callable
        Takes some of them, and keeps what it finds itself.

    Raises
    ------
    TooLargeError
        If one row alone does not fit.

    """
    waiting = [rows]
    while waiting:
        some = waiting.pop()
        if _fits(some, compute):
            continue
        if len(some) == 1:
            raise TooLargeError(int(some[0]))
        waiting += [some[len(some) // 2 :], some[: len(some) // 2]]


def _fits(rows: NDArray[np.int64], compute: Callable[[NDArray[np.int64]], None]) -> bool:
    try:
        compute(rows)
    except (MemoryError, RuntimeError) as problem:
        if not ran_out(problem):
            raise
    else:
        return True
    _release()  # here, where no traceback holds tensors any more
    return False


def _release() -> None:
    import sys

    if "torch" in sys.modules and (cuda := sys.modules["torch"].cuda).is_available():
        cuda.empty_cache()
