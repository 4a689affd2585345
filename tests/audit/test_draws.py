import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, spearmanr

from audit.draws import chosen, first_half, keys_of, normals, uniforms

KEYS = keys_of(f"row {i}" for i in range(20_000))


def test_a_key_is_the_first_eight_bytes_of_blake2b() -> None:
    # b2sum -l 64 <(printf a) prints 40f89e395b66422f
    assert keys_of(["a"])[0] == int.from_bytes(bytes.fromhex("40f89e395b66422f"), "little")


@given(st.permutations(range(12)), st.integers(1, 12))
def test_a_draw_belongs_to_the_row_wherever_it_stands(order: list[int], rows: int) -> None:
    keys = KEYS[:12]
    assert (uniforms(keys[order], 7, "noise") == uniforms(keys, 7, "noise")[order]).all()
    taken = set(keys[chosen(keys, rows, 7)].tolist())
    assert set(keys[order][chosen(keys[order], rows, 7)].tolist()) == taken


def test_draws_are_uniform_normal_and_independent_between_salts() -> None:
    first, second = uniforms(KEYS, 1, "a"), uniforms(KEYS, 2, "a")
    assert kstest(first, "uniform").pvalue > 0.001
    assert kstest(normals(KEYS, 1), "norm").pvalue > 0.001
    assert abs(spearmanr(first, second).statistic) < 0.03
    assert first.min() > 0
    assert first.max() < 1


def test_neighbouring_keys_give_draws_that_have_nothing_in_common() -> None:
    following = np.arange(20_000, dtype=np.uint64)
    assert kstest(uniforms(following, "a"), "uniform").pvalue > 0.001
    drawn = uniforms(following, "a")
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.03


def test_a_larger_choice_holds_every_smaller_one() -> None:
    few, more = chosen(KEYS, 50, 7), chosen(KEYS, 500, 7)
    assert len(few) == 50
    assert set(few.tolist()) < set(more.tolist())
    assert (np.diff(more) > 0).all()


def test_more_rows_than_there_are_is_all_of_them() -> None:
    assert chosen(KEYS[:3], 10).tolist() == [0, 1, 2]
    assert len(chosen(KEYS[:0], 10)) == 0


def test_a_half_is_half() -> None:
    assert first_half(KEYS, 3).mean() == pytest.approx(0.5, abs=0.02)
