from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from audit.text_batches import TOKENS, batches_of

lengths = st.lists(st.integers(1, 600), max_size=80).map(lambda each: np.array(each, np.int64))


def digests(n: int) -> NDArray[np.uint64]:
    return np.random.default_rng(n).integers(0, 2**63, size=(n, 2)).astype(np.uint64)


@given(lengths, st.integers(1, 5000))
def test_every_text_passes_once_and_the_budget_is_kept(
    lengths: NDArray[np.int64], tokens: int
) -> None:
    found = batches_of(lengths, digests(len(lengths)), tokens=tokens)
    assert sorted(place for batch in found for place in batch) == [*range(len(lengths))]
    for batch in found:
        assert len(batch) == 1 or lengths[batch].max() * len(batch) <= tokens


@given(lengths, st.integers(1, 5000))
def test_no_two_neighbouring_batches_would_fit_into_one(
    lengths: NDArray[np.int64], tokens: int
) -> None:
    found = batches_of(lengths, digests(len(lengths)), tokens=tokens)
    for batch, behind in pairwise(found):
        assert (len(batch) + 1) * lengths[behind[0]] > tokens


@given(lengths, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_changes_no_batch(lengths: NDArray[np.int64], rng: object) -> None:
    order = np.arange(len(lengths))
    rng.shuffle(order)  # type: ignore[attr-defined]
    held = digests(len(lengths))
    one = [batch.tolist() for batch in batches_of(lengths, held, tokens=TOKENS)]
    other = batches_of(lengths[order], held[order], tokens=TOKENS)
    assert one == [order[batch].tolist() for batch in other]
