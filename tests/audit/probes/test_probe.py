from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.inputs import Feature, Inputs
from audit.probes.measured import measured
from audit.probes.noise import noisy
from audit.probes.probe import PROBES, Probe
from audit.probes.swaps import swapped
from audit.probes.units import FACTORS, in_wrong_units
from audit.space import Space
from tests.audit.probes.table import DEBT, FLAT, HOME, INCOME, JOB, ONE, row, rows, space

SIZES = {"noise": 0.5, "missing": 0.4, "units": 2.0, "categories": 1.0}
SEVERAL = pytest.mark.parametrize("probe", PROBES, ids=lambda each: each.name)


def changed(before: Inputs, after: Inputs) -> Any:
    same = before.values == after.values
    return ~(same | (np.isnan(before.values) & np.isnan(after.values)))


@SEVERAL
@given(order=st.permutations(range(12)), kept=st.integers(1, 12))
def test_what_is_done_to_a_row_is_its_own(probe: Probe, order: list[int], kept: int) -> None:
    some, size = rows(12), SIZES[probe.name]
    places = np.array(order[:kept])
    alone = probe.apply(some.take(places), space(), size, 3)
    together = probe.apply(some, space(), size, 3).take(places)
    np.testing.assert_array_equal(alone.values, together.values)


@SEVERAL
def test_another_seed_does_something_else(probe: Probe) -> None:
    one, other = (probe.apply(rows(), space(), SIZES[probe.name], seed).values for seed in (0, 1))
    assert not np.array_equal(one, other, equal_nan=True)


@SEVERAL
def test_the_rows_themselves_stay_as_they_are(probe: Probe) -> None:
    before = rows()
    probe.apply(before, space(), SIZES[probe.name], 0)
    np.testing.assert_array_equal(before.values, rows().values)


@SEVERAL
def test_an_unknown_value_stays_unknown(probe: Probe) -> None:
    unknown = row([np.nan] * 6)
    assert np.isnan(probe.apply(unknown, space(), SIZES[probe.name], 0).values).all()


@SEVERAL
def test_a_table_without_features_has_nothing_to_probe(probe: Probe) -> None:
    none = Inputs(features=(), values=np.empty((3, 0)), keys=np.arange(3, dtype=np.uint64))
    assert not probe.applies(Space(inputs=none), 1)
    assert probe.apply(none, Space(inputs=none), 1, 0).values.shape == (3, 0)


def test_noise_has_the_size_that_it_says() -> None:
    many = rows(20_000)
    usual = Space(inputs=many)
    added = noisy(many, usual, 0.25, 0).values - many.values
    assert added[:, INCOME].std() == pytest.approx(0.25 * usual.sd[INCOME], rel=0.02)
    assert added[:, INCOME].mean() == pytest.approx(0, abs=0.01 * usual.sd[INCOME])
    assert not added[:, [FLAT, JOB, HOME, ONE]].any()
    assert abs(np.corrcoef(added[:, INCOME], added[:, DEBT])[0, 1]) < 0.03


def test_twice_the_noise_is_the_same_noise_twice_as_large() -> None:
    some = rows()
    one, two = (noisy(some, space(), size, 0).values - some.values for size in (0.1, 0.2))
    np.testing.assert_allclose(two, 2 * one, atol=1e-9)


@pytest.mark.parametrize(("share", "gone"), [(0.01, 1), (0.2, 1), (0.5, 3), (1.0, 6)])
def test_a_share_of_the_features_is_gone(share: float, gone: int) -> None:
    missing = PROBES[1]
    assert (np.isnan(missing.apply(rows(), space(), share, 0).values).sum(axis=1) == gone).all()


@pytest.mark.parametrize("name", SIZES)
def test_a_larger_size_holds_the_smaller(name: str) -> None:
    [probe] = [each for each in PROBES if each.name == name]
    few, many = (probe.apply(rows(), space(), size, 0) for size in (0.5 * 2, 0.5 * 4))
    less, more = changed(rows(), few), changed(rows(), many)
    assert not (less & ~more).any()
    np.testing.assert_array_equal(
        few.values[less & (name != "noise")], many.values[less & (name != "noise")]
    )


def test_a_wrong_unit_is_one_of_the_factors_and_all_are_as_likely() -> None:
    some = rows(8000)
    wrong = in_wrong_units(some, Space(inputs=some), 1, 0)
    hit = changed(some, wrong)
    assert (hit.sum(axis=1) == 1).all()
    assert not hit[:, [JOB, HOME, ONE]].any()
    factors = wrong.values[hit] / some.values[hit]
    for factor in FACTORS:
        assert np.isclose(factors, factor).mean() == pytest.approx(0.25, abs=0.02)
    assert hit[:, INCOME].mean() == pytest.approx(1 / 2, abs=0.02)


def test_a_number_of_0_has_no_unit_to_be_wrong() -> None:
    wrong = in_wrong_units(row([0, 5, 0, 0, 0, 0]), space(), 1, 0)
    assert changed(row([0, 5, 0, 0, 0, 0]), wrong).tolist() == [
        [False, True, False, False, False, False]
    ]


def test_a_swap_draws_the_other_levels_as_often_as_the_background() -> None:
    some = rows(20_000)
    usual = Space(inputs=some)
    wrong = swapped(some, usual, 2, 0)
    hit = changed(some, wrong)
    assert (hit.sum(axis=1) == 2).all()
    assert not hit[:, [INCOME, DEBT, FLAT, ONE]].any()
    clerks = some.values[:, JOB] == 0
    shares = usual.shares(JOB)
    cooks = (wrong.values[clerks, JOB] == 1).mean()
    assert cooks == pytest.approx(shares[1] / (shares[1] + shares[2]), abs=0.02)
    assert (wrong.values[:, JOB] != some.values[:, JOB]).all()


def test_a_swap_takes_no_level_that_the_rows_do_not_know() -> None:
    wider = rows(50)
    levels = (*wider.features[HOME].levels, "tent")
    features = (
        *wider.features[:HOME],
        Feature(name="home", kind=wider.features[HOME].kind, levels=levels),
        wider.features[ONE],
    )
    values = wider.values.copy()
    values[:, HOME] = 2
    background = Space(inputs=Inputs(features=features, values=values, keys=wider.keys))
    wrong = swapped(rows(50), background, 2, 0)
    assert not changed(rows(50), wrong)[:, HOME].any()


@pytest.mark.parametrize(
    ("name", "size", "applies"),
    [
        ("noise", 0.1, True),
        ("missing", 0.1, True),
        ("units", 2, True),
        ("units", 3, False),  # the third is constant
        ("categories", 2, True),
        ("categories", 3, False),  # the third has one level
    ],
)
def test_a_probe_applies_where_there_is_enough_to_change(
    name: str, size: float, *, applies: bool
) -> None:
    [probe] = [each for each in PROBES if each.name == name]
    assert probe.applies(space(), size) is applies


def test_a_yes_or_no_written_as_a_number_has_no_noise_and_no_unit() -> None:
    some = rows()
    values = some.values.copy()
    values[:, DEBT] = np.arange(len(some)) % 2
    flagged = some.having(values)
    usual = Space(inputs=flagged)
    assert measured(usual).tolist() == [INCOME]
    for probe in (noisy, in_wrong_units):
        assert not changed(flagged, probe(flagged, usual, 2, 0))[:, DEBT].any()
