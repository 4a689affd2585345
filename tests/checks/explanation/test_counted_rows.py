"""A row that stands for several, or for a part of one, is not explained as if it were one."""

import numpy as np
import pandas as pd
import pytest

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.inputs import Feature
from audit.models.cached import Cached
from audit.predicting import model_subject
from audit.protocol import Check
from audit_checks.explanation.completeness import Completeness
from audit_checks.explanation.faithfulness import Faithfulness
from audit_checks.explanation.sensitive_reliance import SensitiveReliance
from audit_checks.explanation.stability import Stability
from fixtures.planted.models import LinearModel
from tests.checks.asking import ask, findings, refusals

FEATURES = tuple(Feature(name=name) for name in "ab")


@pytest.mark.parametrize(
    "check", [Completeness(), Faithfulness(), SensitiveReliance(proxies=("b",)), Stability()]
)
@pytest.mark.parametrize("role", ["count", "weight"])
def test_counted_and_weighted_rows_are_not_measured(role: str, check: Check) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=30), "b": rng.normal(size=30), "n": [2, 3] * 15})
    model = Cached(LinearModel(weights=np.array([1.0, 2.0]), features=FEATURES))
    roles = Roles(features=("a", "b"), **{role: "n"})  # type: ignore[arg-type]
    record = ask(check, model_subject(model, read_frame(frame), roles))
    assert not findings(record)
    assert {each.reason for each in refusals(record).values()} == {
        "{metric} of weighted rows is not defined yet"
    }
