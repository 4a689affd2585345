from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import SubjectError
from audit.draws import keys_of
from audit.inputs import Feature, Inputs, Kind
from audit.models.layout import Layout

INCOME = Feature(name="income")
REGION = Feature(name="region", kind=Kind.CATEGORY, levels=("east", "west"))
LAYOUT = Layout(features=(REGION, INCOME))
NAN = float("nan")


def rows(features: tuple[Feature, ...], *values: tuple[float, ...]) -> Inputs:
    return Inputs(
        features=features,
        values=np.array(values, dtype=float).reshape(len(values), len(features)),
        keys=keys_of(map(str, range(len(values)))),
    )


def test_a_row_is_its_number_its_mark_and_a_column_a_level() -> None:
    found = LAYOUT.represent(rows((REGION, INCOME), (0, 7.5), (1, NAN), (NAN, -2)))
    assert found.values.tolist() == [
        [7.5, 0, 1, 0, 0, 0],
        [0, 1, 0, 1, 0, 0],
        [-2, 0, 0, 0, 0, 1],
    ]
    assert found.owners.tolist() == [1, 1, 0, 0, 0, 0]
    assert found.smooth.tolist() == [True, False, False, False, False, False]
    assert LAYOUT.width == 6


def test_owners_are_places_among_the_features_that_were_given() -> None:
    other = Feature(name="other")
    found = LAYOUT.represent(rows((INCOME, other, REGION), (1, 2, 0)))
    assert found.owners.tolist() == [0, 0, 2, 2, 2, 2]
    assert found.values.tolist() == [[1, 0, 1, 0, 0, 0]]


def test_a_level_that_training_never_saw_is_unknown() -> None:
    wider = replace(REGION, levels=("south", *REGION.levels))
    found = LAYOUT.represent(rows((wider, INCOME), (0, 1), (1, 1)))
    assert found.values[:, 2:].tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]


@given(
    order=st.permutations(["east", "west", "south", "north"]),
    texts=st.lists(st.sampled_from(["east", "west", "south", "north", None]), min_size=1),
)
def test_the_order_of_levels_changes_nothing(order: list[str], texts: list[str | None]) -> None:
    def coded(levels: list[str]) -> Inputs:
        feature = replace(REGION, levels=tuple(levels))
        places = [NAN if each is None else float(levels.index(each)) for each in texts]
        return rows((feature, INCOME), *((place, 1.0) for place in places))

    first = LAYOUT.represent(coded(["east", "west", "south", "north"])).values
    assert (LAYOUT.represent(coded(order)).values == first).all()
    assert (first[:, 2:].sum(axis=1) == 1).all()


def test_a_feature_that_is_missing_is_named_with_the_nearest_column() -> None:
    with pytest.raises(SubjectError, match=r"reads feature 'income', .* mean 'incomes'\?"):
        LAYOUT.represent(rows((REGION, Feature(name="incomes")), (0, 1)))


def test_a_number_in_place_of_a_category_is_refused() -> None:
    with pytest.raises(SubjectError, match="'region' as a category, but the data hold a number"):
        LAYOUT.represent(rows((Feature(name="region"), INCOME), (0, 1)))


def test_no_rows_are_represented_by_none() -> None:
    assert LAYOUT.represent(rows((REGION, INCOME))).values.shape == (0, 6)
