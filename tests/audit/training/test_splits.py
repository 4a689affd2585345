import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import SubjectError
from audit.draws import keys_of
from audit.training.splits import fold_of, held_back

KEYS = keys_of(map(str, range(2000)))


@given(rows=st.integers(200, 2000), seed=st.integers(0, 2**31), folds=st.integers(2, 6))
def test_a_row_has_its_fold_in_any_table_and_order(rows: int, seed: int, folds: int) -> None:
    some = np.random.default_rng(seed).permutation(2000)[:rows]
    whole = fold_of(KEYS, folds, seed)
    assert np.array_equal(fold_of(KEYS[some], folds, seed), whole[some])
    back = held_back(KEYS, 0.2, seed, 1)
    assert np.array_equal(held_back(KEYS[some], 0.2, seed, 1), back[some])


def test_folds_and_validation_are_about_as_large_as_asked() -> None:
    assert np.bincount(fold_of(KEYS, 4, 0)).min() > 400
    assert abs(held_back(KEYS, 0.25, 0).mean() - 0.25) < 0.03


def test_validation_is_drawn_anew_for_each_fold_and_seed() -> None:
    draws = [held_back(KEYS, 0.5, seed, fold) for seed in (0, 1) for fold in (0, 1)]
    for place, each in enumerate(draws):
        for other in draws[:place]:
            assert abs((each == other).mean() - 0.5) < 0.05


def test_rows_of_one_unit_share_fold_and_side() -> None:
    twice = np.repeat(KEYS, 2)
    assert (fold_of(twice, 5, 0).reshape(-1, 2).std(axis=1) == 0).all()
    assert (held_back(twice, 0.3, 0).reshape(-1, 2).std(axis=1) == 0).all()


def test_a_fold_without_rows_is_refused() -> None:
    with pytest.raises(SubjectError, match="50 folds need more rows than 40"):
        fold_of(KEYS[:40], 50, 0)


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_a_side_without_rows_is_refused(share: float) -> None:
    with pytest.raises(SubjectError, match="20 rows are too few to hold back a share of"):
        held_back(KEYS[:20], share, 0)


def test_a_share_of_0_holds_nothing_back() -> None:
    assert not held_back(KEYS, 0.0, 0).any()
