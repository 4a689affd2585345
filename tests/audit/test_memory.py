import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from audit.memory import TooLargeError, in_halves, ran_out


@given(st.integers(1, 50), st.integers(1, 60), st.sampled_from([MemoryError, RuntimeError]))
def test_every_row_is_computed_once_in_parts_that_fit(
    n: int, room: int, kind: type[Exception]
) -> None:
    seen: list[int] = []

    def compute(rows: NDArray[np.int64]) -> None:
        if len(rows) > room:
            msg = "DefaultCPUAllocator: can't allocate memory"
            raise kind(msg)
        seen.extend(map(int, rows))

    in_halves(np.arange(n), compute)
    assert seen == [*range(n)]


def test_a_row_that_does_not_fit_alone_is_named() -> None:
    def compute(rows: NDArray[np.int64]) -> None:
        if 5 in rows:
            raise MemoryError

    with pytest.raises(TooLargeError, match="row 5 alone") as told:
        in_halves(np.arange(9), compute)
    assert told.value.row == 5


def test_any_other_problem_is_told_as_it_is() -> None:
    def compute(_: NDArray[np.int64]) -> None:
        msg = "expected Long but got Float"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="expected Long"):
        in_halves(np.arange(3), compute)


def test_what_torch_says_where_memory_runs_out_is_known() -> None:
    with pytest.raises(RuntimeError) as told:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert ran_out(told.value)
    assert ran_out(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"))
