import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.models.answers import TOLERANCE, by_class, probabilities

CLASSES = ("no", "yes")


@given(arrays(np.float64, (7,), elements=st.floats(0, 1)))
def test_probabilities_are_returned_as_they_are(found: Matrix) -> None:
    answers = np.column_stack([1 - found, found])
    np.testing.assert_array_equal(probabilities(answers, 7, CLASSES, "it"), answers)


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=0, max_dims=3, max_side=4),
        elements=st.floats(-1, 2) | st.sampled_from([np.nan, np.inf]),
    ),
    st.integers(0, 4),
)
def test_whatever_comes_back_is_probabilities_or_a_sentence(found: Matrix, rows: int) -> None:
    try:
        kept = probabilities(found, rows, CLASSES, "it")
    except SubjectError as problem:
        assert str(problem).startswith("it must return")  # noqa: PT017 - either is right
        return
    assert kept.shape == (rows, 2)
    assert ((kept >= 0) & (kept <= 1)).all()
    assert (np.abs(kept.sum(axis=1) - 1) <= 2 * TOLERANCE).all()


def test_what_sums_of_32_bit_numbers_lose_is_no_fault() -> None:
    lost = np.array([[1.0 + TOLERANCE / 2, 0.0], [-TOLERANCE / 2, 1.0]])
    assert probabilities(lost, 2, CLASSES, "it").tolist() == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("off", [TOLERANCE * 1.01, -TOLERANCE * 1.01])
def test_a_sum_beyond_that_is(off: float) -> None:
    with pytest.raises(SubjectError, match="sum to 1, but returned another sum for 1 of 2 rows"):
        probabilities(np.array([[0.5, 0.5], [0.5, 0.5 + off]]), 2, CLASSES, "it")


@pytest.mark.parametrize(
    ("favorable", "expected"),
    [
        ((), [0.8, 0.2]),
        (("yes",), [0.8, 0.2]),
        (("no",), [0.2, 0.8]),
        (("no", "yes"), [0.8, 0.2]),
        (("other",), [0.8, 0.2]),
    ],
)
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_one_number_a_row_is_of_the_favourable_of_two_classes(
    favorable: tuple[str, ...], expected: list[float], shape: tuple[int, ...]
) -> None:
    found = by_class(np.full(shape, 0.2), CLASSES, favorable)
    np.testing.assert_allclose(found, [expected] * 3)


def test_a_column_a_class_is_left_as_it_is() -> None:
    answers = np.array([[0.2, 0.8]])
    assert by_class(answers, CLASSES, ("no",)) is answers


def test_one_number_for_three_classes_is_refused() -> None:
    with pytest.raises(SubjectError, match=r"shape \(2, 3\), a column for each of the 3 classes"):
        probabilities(by_class(np.full(2, 0.5), ("a", "b", "c")), 2, ("a", "b", "c"), "it")
