import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.data.tables import read_frame
from audit.draws import keys_of
from audit.encoding import encode, encode_frame
from audit.errors import SubjectError
from audit.inputs import Feature, Inputs, Kind, stacked
from audit.space import Space

FRAME = pd.DataFrame(
    {
        "income": [1.0, 2.0, None, 4.0],
        "home": ["rent", None, "own", "rent"],
        "old": [True, False, True, True],
        "id": ["a", "b", "c", "d"],
    }
)
values = arrays(np.float64, (6, 3), elements=st.floats(-5, 5) | st.just(np.nan))


def inputs(of: pd.DataFrame = FRAME) -> Inputs:
    return encode(read_frame(of), ["income", "home", "old"], "id")


def numbers(matrix: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Inputs:
    features = tuple(Feature(name=f"x{i}") for i in range(matrix.shape[1]))
    return Inputs(features=features, values=matrix, keys=keys_of(map(str, range(len(matrix)))))


def test_numbers_stay_numbers_and_all_else_becomes_places_among_levels() -> None:
    found = inputs()
    assert found.features == (
        Feature(name="income"),
        Feature(name="home", kind=Kind.CATEGORY, levels=("own", "rent")),
        Feature(name="old"),
    )
    expected = [[1, 1, 1], [2, np.nan, 0], [np.nan, 0, 1], [4, 1, 1]]
    np.testing.assert_array_equal(found.values, expected)
    assert found.keys.tolist() == keys_of("abcd").tolist()


def test_a_frame_gives_back_what_was_read() -> None:
    frame = inputs().frame()
    assert frame["home"].fillna("?").tolist() == ["rent", "?", "own", "rent"]
    np.testing.assert_array_equal(frame["income"], FRAME["income"])


def test_levels_that_a_model_does_not_know_stand_behind_those_that_it_knows() -> None:
    known = [Feature(name="home", kind=Kind.CATEGORY, levels=("rent",))]
    found = encode(read_frame(FRAME), [], "id", known)
    assert found.features[0].levels == ("rent", "own")
    np.testing.assert_array_equal(found.values[:, 0], [0, np.nan, 1, 0])


@pytest.mark.parametrize(
    ("frame", "known", "words"),
    [
        ({"x": [1.0, np.inf]}, [Feature(name="x")], "feature 'x' must be finite, but row 2 is not"),
        ({"x": ["one", "2"]}, [Feature(name="x")], "feature 'x' must be numbers, as the model"),
        ({"x": [1.0]}, [Feature(name="xx")], "no column 'xx' for a feature; did you mean 'x'?"),
        (
            {"x": [f"t{i}" for i in range(1001)]},
            [Feature(name="x", kind=Kind.CATEGORY)],
            "feature 'x' must have at most 1000 levels, but has 1001",
        ),
    ],
)
def test_a_column_that_cannot_be_read_is_named(
    frame: dict[str, list[object]], known: list[Feature], words: str
) -> None:
    with pytest.raises(SubjectError) as caught:
        encode(read_frame(pd.DataFrame(frame)), [], "", known)
    assert words in str(caught.value)


def test_without_ids_a_row_is_its_place_under_the_digest_of_its_table() -> None:
    one, other = FRAME.drop(columns="id"), FRAME.drop(columns="id").assign(income=1.0)
    assert (encode_frame(one).keys == encode_frame(one.copy()).keys).all()
    assert not (encode_frame(one).keys == encode_frame(other).keys).any()


@given(values, values)
def test_rows_have_the_same_digest_exactly_if_they_have_the_same_values(
    first: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    second: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> None:
    same = ((first == second) | (np.isnan(first) & np.isnan(second))).all(axis=1)
    equal = (numbers(first).digests == numbers(second).digests).all(axis=1)
    assert (same == equal).all()


def test_close_rows_do_not_share_a_digest() -> None:
    grid = np.stack(np.meshgrid(np.arange(300.0), np.arange(300.0)), axis=-1).reshape(-1, 2)
    near = np.concatenate([grid, grid * 2.0**-40, np.nextafter(grid, 1e9)])
    digests = numbers(np.unique(near, axis=0)).digests
    for half in range(2):
        assert len(np.unique(digests[:, half])) == len(digests)


def test_the_sign_of_zero_does_not_tell_rows_apart() -> None:
    found = numbers(np.array([[0.0, 1.0], [-0.0, 1.0]])).digests
    assert (found[0] == found[1]).all()


def test_a_changed_feature_is_the_only_one_that_differs() -> None:
    found = inputs().changed("home", "own")
    assert found.values[:, 1].tolist() == [0, 0, 0, 0]
    np.testing.assert_array_equal(found.values[:, [0, 2]], inputs().values[:, [0, 2]])
    with pytest.raises(SubjectError, match="no level 'tent'"):
        inputs().changed("home", "tent")
    with pytest.raises(SubjectError, match="no feature 'hom'; did you mean 'home'"):
        inputs().changed("hom", "own")


def test_rows_and_keys_must_agree() -> None:
    with pytest.raises(ValueError, match=r"must have shape \(1, 2\)"):
        numbers(np.zeros((2, 2))).take(slice(0, 1)).having(np.zeros((2, 2)))


def test_stacked_and_repeated_rows_keep_their_keys() -> None:
    both = stacked([inputs(), inputs()])
    assert len(both) == 8
    assert (both.keys[4:] == inputs().keys).all()
    assert (inputs().repeated(2).keys == np.repeat(inputs().keys, 2)).all()


def test_what_is_usual_is_asked_of_the_rows_where_it_is_known() -> None:
    space = Space(inputs=inputs())
    assert space.sd[0] == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert (space.low[0], space.high[0], space.typical[0]) == (1, 4, 2)
    assert space.typical[1] == 1
    assert space.shares(1).tolist() == pytest.approx([1 / 3, 2 / 3])
    assert space.numbers.tolist() == [0, 2]


def test_a_feature_without_a_value_has_nothing_that_is_usual() -> None:
    empty = pd.DataFrame({"x": [None, None], "c": pd.Series([None, None], dtype="str")})
    space = Space(inputs=encode_frame(empty.astype({"x": "float64"})))
    assert space.sd.tolist() == [0, 0]
    assert np.isnan(space.typical).all()
    assert space.shares(1).tolist() == []
