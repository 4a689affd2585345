import os
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit.errors import ConfigError, MissingError
from audit.protocol import Check
from audit.results import Cause, Question
from audit_checks.drift.columns import Columns
from audit_checks.drift.evidently_scores import score
from fixtures.planted import drift
from tests.checks.asking import ask, findings, question, refusals
from tests.checks.drift.sides import sides

METRIC = "evidently_score"
ON_REQUEST: Check = Columns(method="evidently:wasserstein")


def of(column: str) -> Question:
    return question(ON_REQUEST, METRIC, {"column": column})


def rows(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"n": rng.normal(seed, 1, 200), "x": rng.choice(list("abcd"), 200)}


def by_report(column: str, kind: str, method: str) -> float:
    """Ask Evidently through its own report."""
    os.environ["DO_NOT_TRACK"] = "1"
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    meant: Any = DataDefinition(**{f"{kind}_columns": [column]})
    now, before = (
        Dataset.from_pandas(pd.DataFrame(rows(seed)), data_definition=meant) for seed in (1, 0)
    )
    snapshot = Report([ValueDrift(column=column, method=method)]).run(now, before)
    return float(snapshot.dict()["metrics"][0]["value"])


# Evidently 0.7.23, asked here
@pytest.mark.parametrize(
    ("column", "kind", "method"),
    [
        ("n", "numerical", "wasserstein"),
        ("n", "numerical", "ks"),
        ("x", "categorical", "jensenshannon"),
    ],
)
def test_the_score_is_the_one_in_the_report_of_evidently(
    column: str, kind: str, method: str
) -> None:
    check = Columns(method=f"evidently:{method}")
    found = findings(ask(check, sides(rows(0), rows(1))))[of(column)]
    assert found.estimate.value == pytest.approx(by_report(column, kind, method))
    assert found.estimate.low <= found.estimate.value <= found.estimate.high
    assert found.details["test"] == method


def test_the_other_answers_do_not_change() -> None:
    table = sides(rows(0), rows(1))
    asked = findings(ask(ON_REQUEST, table))
    assert {q: a for q, a in asked.items() if q.metric != METRIC} == findings(ask(Columns(), table))


def test_numpys_global_generator_is_given_back_as_it_was() -> None:
    np.random.seed(3)  # noqa: NPY002 - that one is meant
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    ask(ON_REQUEST, sides(rows(0), rows(1)))
    assert np.random.random() == expected  # noqa: NPY002


def test_a_score_by_permutations_is_the_same_in_each_run() -> None:
    # of Evidently's own, this one draws without a seed
    before, now = (pd.Series(half) for half in np.split(rows(0)["n"][:120], 2))
    once, again = (score("empirical_mmd", "num", before, now, 1) for _ in range(2))
    assert once == again


def test_a_test_that_does_not_read_the_column_says_so() -> None:
    refusal = refusals(ask(ON_REQUEST, sides(rows(0), rows(1))))[of("x")]
    assert refusal.text == "Evidently's wasserstein does not read a column like x"
    assert refusal.cause is Cause.DATA


def test_a_column_without_rows_has_no_score() -> None:
    before = {"n": [float(i) for i in range(20)]}
    refusal = refusals(ask(ON_REQUEST, sides(before, {"n": [float("nan")] * 5})))[of("n")]
    assert refusal.text.startswith("fewer than two rows under test")


def test_an_unknown_test_is_named_with_the_nearest_known() -> None:
    check = Columns(method="evidently:wassersteen")
    with pytest.raises(ConfigError, match="no stat test 'wassersteen'; did you mean 'wasserstein'"):
        list(check.questions(drift.steady(0, 50)))


def test_a_missing_evidently_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "evidently"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "evidently", None)
    with pytest.raises(MissingError, match=r"pip install 'release-audit\[evidently\]'"):
        list(ON_REQUEST.questions(drift.steady(0, 50)))
