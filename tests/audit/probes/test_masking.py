import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.draws import keys_of
from audit.inputs import Feature, Inputs, Kind
from audit.probes.masking import drawn_rows, masked, typical_rows
from tests.audit.probes.table import DEBT, HOME, JOB, rows, space


def test_hidden_features_are_replaced_and_no_others() -> None:
    some = rows(3)
    hidden = np.zeros(some.values.shape, dtype=bool)
    hidden[1, DEBT] = True
    found = masked(some, hidden, typical_rows(space(), 3)).values
    assert found[1, DEBT] == np.median(rows().values[:, DEBT])
    np.testing.assert_array_equal(found[~hidden], some.values[~hidden])


def test_the_typical_level_is_the_commonest() -> None:
    assert typical_rows(space(), 2)[:, JOB].tolist() == [0.0, 0.0]


@given(st.permutations(range(20)), st.permutations(range(30)), st.integers(1, 20))
def test_a_drawn_row_depends_on_key_and_background_alone(
    order: list[int], background: list[int], kept: int
) -> None:
    keys, behind = keys_of(map(str, range(20))), rows(30)
    places = np.array(order[:kept])
    found = drawn_rows(behind.take(np.array(background)), keys[places], "faith", 1)
    np.testing.assert_array_equal(found, drawn_rows(behind, keys, "faith", 1)[places])


def test_drawn_rows_are_whole_rows_as_likely_as_each_other() -> None:
    behind = rows(5)
    drawn = drawn_rows(behind, keys_of(map(str, range(10_000))), 1)
    counts = [(drawn == each).all(axis=1).sum() for each in behind.values]
    assert sum(counts) == 10_000
    assert counts == pytest.approx([2000] * 5, abs=150)


def test_another_salt_draws_other_rows() -> None:
    keys = keys_of(map(str, range(50)))
    assert not np.array_equal(drawn_rows(rows(), keys, 1), drawn_rows(rows(), keys, 2))


def test_a_level_that_the_rows_do_not_know_is_missing() -> None:
    some = rows(2)
    hidden = np.ones(some.values.shape, dtype=bool)
    values = some.values.copy()
    values[0, HOME] = 2
    found = masked(some, hidden, values).values
    assert np.isnan(found[0, HOME])
    assert found[1, HOME] == values[1, HOME]


def test_shapes_that_differ_are_refused() -> None:
    some = rows(2)
    with pytest.raises(ValueError, match="must have shape"):
        masked(some, np.ones((2, 3), dtype=bool), some.values)


def test_a_background_without_rows_is_refused() -> None:
    empty = Inputs(
        features=(Feature(name="a", kind=Kind.NUMBER),),
        values=np.empty((0, 1)),
        keys=np.empty(0, dtype=np.uint64),
    )
    with pytest.raises(ValueError, match="must hold rows"):
        drawn_rows(empty, keys_of(["a"]), 1)
