import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audit.errors import AuditError
from audit.models import store as store_module
from audit.models.store import Store, order_of

Digests = NDArray[np.uint64]


def digests(*pairs: tuple[int, int]) -> Digests:
    return np.array(pairs, dtype=np.uint64).reshape(-1, 2)


def values(*rows: float) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64)


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.npz"))


def filled(folder: Path) -> Store:
    store = Store(folder)
    store.put("predict", digests((1, 1), (2, 2)), values(0.1, 0.2))
    store.put("predict", digests((3, 3)), values(0.3))
    return store


def test_what_was_put_is_found_and_nothing_else() -> None:
    store = Store()
    store.put("predict", digests((1, 1), (2, 2)), values(0.1, 0.2))
    known, found = store.get("predict", digests((2, 2), (2, 1), (1, 1), (9, 9)))
    assert known.tolist() == [True, False, True, False]
    assert found is not None
    assert found[known].tolist() == [0.2, 0.1]


def test_operations_are_apart() -> None:
    store = Store()
    store.put("predict", digests((1, 1)), values(0.1))
    known, found = store.get("explain", digests((1, 1)))
    assert not known.any()
    assert found is None


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), unique=True, min_size=1),
    st.integers(1, 7),
)
@settings(max_examples=300)
def test_digests_with_equal_first_halves_are_told_apart(
    pairs: list[tuple[int, int]], size: int
) -> None:
    store, every = Store(), digests(*pairs)
    for start in range(0, len(pairs), size):
        part = every[start : start + size]
        store.put("predict", part, part[:, 1].astype(np.float64) + 100 * part[:, 0])
    known, found = store.get("predict", every)
    assert known.all()
    assert found is not None
    assert found.tolist() == [second + 100 * first for first, second in pairs]
    assert not store.get("predict", digests(*[(first, 41) for first in range(5)]))[0].any()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3))))
def test_digests_are_sorted_by_both_halves(pairs: list[tuple[int, int]]) -> None:
    every = digests(*pairs)
    assert [tuple(each) for each in every[order_of(every)].tolist()] == sorted(pairs)


def test_values_of_any_shape_are_kept() -> None:
    store = Store()
    for name, shape in (("one number", ()), ("a row", (3,)), ("a matrix", (2, 2)), ("none", (0,))):
        made = np.arange(2 * int(np.prod(shape)), dtype=np.float64).reshape(2, *shape)
        store.put(name, digests((5, 1), (4, 1)), made)
        _, found = store.get(name, digests((4, 1), (5, 1)))
        assert found is not None
        np.testing.assert_array_equal(found, made[::-1])


def test_values_of_another_shape_than_before_are_refused() -> None:
    store = Store()
    store.put("predict", digests((1, 1)), np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"must have shape \(1, 2\), but have \(1, 3\)"):
        store.put("predict", digests((2, 2)), np.zeros((1, 3)))
    with pytest.raises(ValueError, match="the values of 2 rows"):
        store.put("predict", digests((3, 3), (4, 4)), np.zeros((1, 2)))


def test_a_run_that_was_killed_finds_its_answers_again(tmp_path: Path) -> None:
    filled(tmp_path)
    known, found = Store(tmp_path).get("predict", digests((3, 3), (1, 1), (4, 4)))
    assert known.tolist() == [True, True, False]
    assert found is not None
    assert found[:2].tolist() == [0.3, 0.1]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"\x00\x00\x00\x00\x00\x00\x00") + 1] ^= 255
    at = len(content) // 3
    content[at] ^= 255
    path.write_bytes(bytes(content))


def _other_rows(path: Path) -> None:
    np.savez(path, digests=digests((1, 1), (2, 2)), values=values(0.9))


def _other_kind(path: Path) -> None:
    np.savez(path, digests=np.array([[1.0, 1.0]]), values=values(0.9))


def _other_text(path: Path) -> None:
    np.savez(path, digests=digests((1, 1)), values=np.array(["0.9"]))


def _other_names(path: Path) -> None:
    np.savez(path, keys=digests((1, 1)))


def _flat(path: Path) -> None:
    np.savez(path, digests=np.array([1, 1], dtype=np.uint64), values=values(0.9, 0.9))


def _pickled(path: Path) -> None:
    objects = np.empty(1, dtype=object)
    objects[0] = {}
    np.savez(path, digests=digests((1, 1)), values=objects)


@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _emptied,
        _flipped,
        _other_rows,
        _other_kind,
        _other_text,
        _other_names,
        _flat,
        _pickled,
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_damaged_file_is_as_if_it_were_not_there(damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    filled(tmp_path)
    [hurt] = [path for path in files(tmp_path) if len(np.load(path)["values"]) == 2]
    damage(hurt)
    known, found = Store(tmp_path).get("predict", digests((1, 1), (2, 2), (3, 3)))
    assert known.tolist() == [False, False, True]
    assert found is not None
    assert found[2] == 0.3


def test_what_a_kill_left_half_written_is_not_read(tmp_path: Path) -> None:
    filled(tmp_path)
    [one, _] = files(tmp_path)
    one.with_name(f".{one.name}.abc").write_bytes(one.read_bytes()[:20])
    assert Store(tmp_path).get("predict", digests((1, 1), (3, 3)))[0].all()


def test_files_of_another_shape_than_the_first_are_not_read(tmp_path: Path) -> None:
    filled(tmp_path)
    np.savez(
        files(tmp_path)[0].with_name("zz.npz"), digests=digests((7, 7)), values=np.zeros((1, 4))
    )
    assert Store(tmp_path).get("predict", digests((7, 7), (1, 1)))[0].tolist() == [False, True]


def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, __: bytes, **_more: bool) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store_module, "write_atomically", full)
    store = Store(tmp_path)
    with pytest.raises(AuditError, match=r"cannot be kept there \(No space left on device\); make"):
        store.put("predict", digests((1, 1)), values(0.1))
    assert not store.get("predict", digests((1, 1)))[0].any()


def test_many_small_puts_are_found_after_they_were_merged(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rng = np.random.default_rng(0)
    every = rng.integers(1 << 63, size=(100, 2), dtype=np.uint64)
    for row in range(100):
        store.put("predict", every[row : row + 1], values(float(row)))
    for each in (store, Store(tmp_path)):
        known, found = each.get("predict", every)
        assert known.all()
        assert found is not None
        assert found.tolist() == list(range(100))


def test_no_rows_are_no_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("predict", digests(), np.zeros((0, 2)))
    assert not files(tmp_path)
    assert store.get("predict", digests())[1] is None


def test_clearing_forgets_what_is_on_disk_and_what_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    store = filled(folder)
    store.clear()
    assert not folder.exists()
    assert not store.get("predict", digests((1, 1)))[0].any()
