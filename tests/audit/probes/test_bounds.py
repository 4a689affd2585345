import numpy as np
import pytest

from audit.errors import SubjectError
from audit.inputs import Inputs
from audit.probes.bounds import box_around
from tests.audit.probes.table import DEBT, FEATURES, FLAT, HOME, INCOME, JOB, row, rows, space


def test_a_number_may_move_by_eps_standard_deviations() -> None:
    some = rows()
    box = box_around(some, space(), 0.5, bounded=False)
    reach = 0.5 * space().sd
    np.testing.assert_allclose(box.high - some.values, np.tile(reach, (len(some), 1)), atol=1e-9)
    np.testing.assert_allclose(some.values - box.low, np.tile(reach, (len(some), 1)), atol=1e-9)


def test_categories_constants_and_immutable_features_do_not_move() -> None:
    box = box_around(rows(), space(), 0.5, immutable=["debt"])
    still = [DEBT, FLAT, JOB, HOME]
    np.testing.assert_array_equal(box.low[:, still], rows().values[:, still])
    np.testing.assert_array_equal(box.high[:, still], rows().values[:, still])
    assert (box.high[:, INCOME] > box.low[:, INCOME]).all()


def test_nothing_leaves_the_range_of_the_background() -> None:
    box = box_around(rows(), space(), 5)
    assert box.high[:, INCOME].max() == space().high[INCOME]
    assert box.low[:, DEBT].min() == space().low[DEBT]


def test_what_is_outside_the_range_already_comes_back_or_stays() -> None:
    far = row([1e6, -50.0, 7.0, 0, 0, 0])
    box = box_around(far, space(), 0.5)
    assert box.high[0, INCOME] == 1e6
    assert box.low[0, INCOME] < 1e6
    assert box.low[0, DEBT] == -50
    assert box.high[0, DEBT] > -50


def test_a_missing_number_stays_missing() -> None:
    box = box_around(row([np.nan] * 6), space(), 0.5)
    assert np.isnan(box.low).all()
    assert np.isnan(box.high).all()


def test_a_background_without_values_bounds_nothing() -> None:
    unseen = Inputs(features=FEATURES, values=np.full((3, 6), np.nan), keys=rows(3).keys)
    box = box_around(rows(3), type(space())(inputs=unseen), 0.5)
    np.testing.assert_array_equal(box.low, rows(3).values)


def test_an_immutable_feature_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SubjectError, match="did you mean 'debt'"):
        box_around(rows(), space(), 0.5, immutable=["dept"])
