import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from audit.inputs import Feature, Kind
from audit.models.layout import Layout
from audit.models.network import Network

LAYOUT = Layout(
    features=(
        Feature(name="a"),
        Feature(name="constant"),
        Feature(name="c", kind=Kind.CATEGORY, levels=("x", "y")),
    )
)
ROWS = torch.tensor(
    [
        [1.0, 5, 0, 0, 1, 0, 0, 0],
        [3.0, 5, 0, 0, 0, 1, 0, 0],
        [0.0, 5, 1, 0, 1, 0, 0, 0],
        [5.0, 5, 0, 0, 1, 0, 0, 0],
    ],
    dtype=torch.float64,
)


def network(hidden: tuple[int, ...] = (4,)) -> Network:
    torch.manual_seed(0)
    made = Network(LAYOUT, classes=2, hidden=hidden)
    made.standardise_by(ROWS)
    return made.double().eval()


def test_numbers_are_standardised_by_the_values_that_are_there() -> None:
    made = network()
    assert made.mean.tolist() == [3, 5]
    assert made.scale.tolist() == [0.5, 0]
    scaled = made.scaled(ROWS)
    assert scaled[:, 0].tolist() == pytest.approx(
        [-1 / np.sqrt(1 + 1 / 9), 0, 0, 0.9486832980505138]
    )
    assert (scaled[:, 1] == 0).all()


@pytest.mark.parametrize("hidden", [(), (4,), (8, 4)])
def test_what_training_never_saw_moves_the_answer_nowhere(hidden: tuple[int, ...]) -> None:
    made = network(hidden)
    usual = torch.tensor([[3.0, 5, 0, 0, 0, 0, 0, 0]], dtype=torch.float64)
    for column, value in ((1, 900.0), (2, 1.0), (3, 1.0), (6, 1.0), (7, 1.0)):
        changed = usual.clone()
        changed[0, column] = value
        assert torch.equal(made(changed), made(usual))


@given(st.floats(-1e12, 1e12))
def test_a_number_far_out_counts_for_no_more_than_three_standard_deviations(value: float) -> None:
    row = ROWS[:1].clone()
    row[0, 0] = value
    assert abs(float(network().scaled(row)[0, 0])) <= 3 + 1e-12


def test_columns_without_a_value_and_a_single_row_are_constant() -> None:
    made = Network(LAYOUT, classes=2, hidden=(4,))
    made.standardise_by(torch.tensor([[0.0, 5, 1, 0, 1, 0, 0, 0]], dtype=torch.float64))
    assert made.scale.tolist() == [0, 0]
    assert made.mean.tolist() == [0, 5]


def test_the_rounding_of_a_large_constant_is_no_spread() -> None:
    rows = ROWS[:1].repeat(7, 1)
    rows[:, 1] = 1e15 + 0.3
    made = network()
    made.standardise_by(rows)
    assert made.scale.tolist() == [0, 0]


def test_a_category_has_a_gradient() -> None:
    made = network()
    torch.nn.init.normal_(made.embeddings[0])
    row = ROWS[:1].clone().requires_grad_()
    made(row)[0, 1].backward()
    assert row.grad is not None
    assert row.grad[0, 4:].abs().min() > 0
