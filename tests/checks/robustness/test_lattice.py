from itertools import combinations

import numpy as np
import pytest

from audit.stats.slices import gap_to_all
from audit_checks.robustness import lattice
from audit_checks.robustness.lattice import Lattice
from audit_checks.robustness.predicates import Predicate


def drawn(seed: int, n: int = 300, features: int = 4) -> Lattice:
    rng = np.random.default_rng(seed)
    columns = {f"f{i}": rng.integers(0, 3, n) for i in range(features)}
    return Lattice(
        predicates=[
            Predicate(name=f"{name} = {level}", about=name, holds=column == level)
            for name, column in columns.items()
            for level in range(3)
        ],
        right=rng.random(n) < 0.8,
        first=rng.random(n) < 0.5,
        min_rows=10,
    )


def by_brute_force(of: Lattice) -> dict[str, float]:
    """Return the lower bound of the gap of every slice, counted one by one."""
    slices = {each.name: each.holds for each in of.predicates}
    for one, other in combinations([*of.predicates], 2):
        if one.about != other.about:
            slices[" and ".join(sorted((one.name, other.name)))] = one.holds & other.holds
    found = {}
    for name, holds in slices.items():
        sizes = [
            (inside & half).sum() for inside in (holds, ~holds) for half in (of.first, ~of.first)
        ]
        if min(sizes) >= of.min_rows:
            inside = holds & of.first
            k, n = float((of.right & inside).sum()), float(inside.sum())
            hits, total = float((of.right & of.first).sum()), float(of.first.sum())
            bounds = gap_to_all(np.array(k), np.array(n), np.array(hits), total, 0.95)
            found[name] = float(bounds.low)
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("block", [1, 5, 256])
def test_the_search_is_complete(seed: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lattice, "_BLOCK", block)
    monkeypatch.setattr(lattice, "_ROWS", 37)
    every = by_brute_force(drawn(seed))
    found = drawn(seed).worst(7)
    assert found.searched == len(every)
    best = sorted(every, key=lambda name: -every[name])[:7]
    assert [each.name for each in found.slices] == best


def test_two_slices_of_the_same_rows_are_one_with_the_shorter_name() -> None:
    some = drawn(1)
    copies = [
        Predicate(name=f"copy of {p.name}", about="copy", holds=p.holds)
        for p in [*some.predicates][:3]
    ]
    twice = Lattice(
        predicates=[*copies, *some.predicates], right=some.right, first=some.first, min_rows=10
    )
    names = [each.name for each in twice.worst(50).slices]
    assert not any("copy of f0" in name and " and f0" in name for name in names)
    masks = [each.holds.tobytes() for each in twice.worst(50).slices]
    assert len(masks) == len(set(masks))


def test_the_half_that_confirms_is_not_read() -> None:
    some = drawn(2)
    other = Lattice(
        predicates=some.predicates,
        right=np.where(some.first, some.right, ~some.right),
        first=some.first,
        min_rows=10,
    )
    assert [s.name for s in some.worst(5).slices] == [s.name for s in other.worst(5).slices]


def test_without_a_slice_that_is_large_enough_nothing_is_found() -> None:
    some = drawn(1)
    large = Lattice(predicates=some.predicates, right=some.right, first=some.first, min_rows=150)
    assert large.worst(5).slices == ()
    assert large.worst(5).searched == 0


def test_no_predicates_find_nothing() -> None:
    some = drawn(1)
    none = Lattice(predicates=[], right=some.right, first=some.first, min_rows=1)
    assert none.worst(5).slices == ()


def test_two_statements_about_one_feature_are_never_combined() -> None:
    some = drawn(3)
    wide = [
        Predicate(name=f"f0 <= {edge}", about="f0", holds=np.arange(300) % 10 <= edge)
        for edge in (4, 6, 8)
    ]
    one = Lattice(predicates=wide, right=some.right, first=some.first, min_rows=10)
    assert one.worst(50).searched == 3
    assert not any(" and " in each.name for each in one.worst(50).slices)


def test_a_slice_that_leaves_too_few_others_is_none() -> None:
    some = drawn(3)
    most = Predicate(name="most", about="most", holds=np.arange(300) >= 12)
    one = Lattice(predicates=[most], right=some.right, first=some.first, min_rows=10)
    assert one.worst(5).slices == ()
