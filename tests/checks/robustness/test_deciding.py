import numpy as np
import pytest

from audit.errors import SubjectError
from audit.inputs import Matrix
from audit_checks.robustness.deciding import decisions
from fixtures.planted.models import FunctionModel
from tests.audit.probes.table import rows


def test_the_likeliest_class_is_the_decision() -> None:
    model = FunctionModel(function=lambda values: np.linspace(0, 1, len(values)))
    assert decisions(model, rows(5)).tolist() == [0, 0, 0, 1, 1]


def test_no_probability_is_no_decision() -> None:
    model = FunctionModel(function=lambda values: np.where(values[:, 0] > 3000, np.nan, 0.5))
    with pytest.raises(SubjectError, match="answers are no probabilities"):
        decisions(model, rows(20))


def test_whatever_a_model_raises_becomes_one_error() -> None:
    def broken(values: Matrix) -> Matrix:
        raise KeyError(len(values))

    with pytest.raises(SubjectError, match="KeyError: 4"):
        decisions(FunctionModel(function=broken), rows(4))
