import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from audit.data.roles import Roles
from audit.demands import Demand
from audit.protocol import Check
from audit.results import Cause, Estimate, Question
from audit.subjects import Subject
from audit_checks.drift.predictions import Predictions
from fixtures.planted import drift
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict
from tests.checks.drift.sides import sides

CHECK: Check = Predictions()
SCORES, CLASSES = "score_ks_distance", "class_total_variation"
OF_SCORES, OF_CLASSES = question(CHECK, SCORES), question(CHECK, CLASSES)
ROLES = Roles(prediction="yhat", scores=("p",), favorable=("1",))


def logged(scores: Sequence[float]) -> dict[str, Any]:
    return {"p": list(scores), "yhat": [int(score >= 0.5) for score in scores]}


def both(before: Sequence[float], now: Sequence[float]) -> Subject:
    # a row of each class, so that the classes are the same
    return sides(logged([*before, 0.1, 0.9]), logged([*now, 0.1, 0.9]), roles=ROLES)


def measured(before: Sequence[float], now: Sequence[float]) -> dict[Question, Estimate]:
    return estimates(ask(CHECK, both(before, now)))


# 1. scipy 1.17.1
def test_the_distance_of_scores_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    before, now = rng.beta(2, 2, 300), rng.beta(3, 2, 200)
    expected = ks_2samp([*before, 0.1, 0.9], [*now, 0.1, 0.9]).statistic
    assert measured(before.tolist(), now.tolist())[OF_SCORES].value == pytest.approx(expected)


def test_the_variation_of_two_classes_is_the_difference_of_a_share() -> None:
    found = measured([0.8] * 799 + [0.2] * 199, [0.8] * 399 + [0.2] * 599)[OF_CLASSES]
    assert found.value == pytest.approx(0.4)


def test_each_class_has_a_distance_of_its_own() -> None:
    rows = {"yhat": list("abc") * 9, **{each: [1 / 3] * 27 for each in ("pa", "pb", "pc")}}
    roles = Roles(prediction="yhat", scores=("pa", "pb", "pc"))
    found = estimates(ask(CHECK, sides(rows, rows, roles=roles)))
    assert {q.about.get("class") for q in found if q.metric == SCORES} == {"a", "b", "c"}


# 2. properties
ROWS = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(ROWS, ROWS)
def test_swapping_the_sides_changes_no_distance(one: list[float], other: list[float]) -> None:
    there, back = measured(one, other), measured(other, one)
    for asked in (OF_SCORES, OF_CLASSES):
        assert there[asked].value == pytest.approx(back[asked].value)
    assert there[OF_SCORES].high == pytest.approx(back[OF_SCORES].high)


@given(ROWS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(rows: list[float], random: Any) -> None:
    mixed = random.sample(rows, len(rows))
    assert measured(rows, [0.3] * 9) == measured(mixed, [0.3] * 9)


@given(ROWS)
def test_a_count_of_2_is_the_row_twice(rows: list[float]) -> None:
    rows = [*rows, 0.1, 0.9]
    other = logged([0.2, 0.4, 0.6] * 5)
    counted = {**logged(rows), "n": [2] * len(rows)}
    weighed = sides({**other, "n": [1] * 15}, counted, roles=replace(ROLES, count="n"))
    doubled = sides(other, logged(rows * 2), roles=ROLES)
    assert estimates(ask(CHECK, weighed)) == estimates(ask(CHECK, doubled))


# 3. edges
def test_a_reference_without_scores_or_predictions_says_so() -> None:
    rows = {**logged([0.2, 0.8] * 9), "y": [0, 1] * 9}
    roles = replace(ROLES, label="y")
    bare = sides(rows, rows, roles=roles, reference_roles=Roles(label="y", favorable=("1",)))
    refused = refusals(ask(CHECK, bare))
    assert refused[OF_SCORES].text == "the reference has no scores"
    assert refused[OF_CLASSES].text == "the reference has no predictions"
    assert {refused[q].cause for q in (OF_SCORES, OF_CLASSES)} == {Cause.NEED}
    for metric in (SCORES, CLASSES):
        demand = Demand(check=CHECK.id, metric=metric, at_most=0.9)
        assert verdict(CHECK, bare, demand) == "inconclusive"


def test_one_row_is_too_few() -> None:
    table = sides(logged([0.9]), logged([0.1, 0.9]), roles=ROLES)
    refused = refusals(ask(CHECK, table))
    assert refused[OF_SCORES].text == "needs at least 2 rows, but got 1"
    assert refused[OF_CLASSES].text == "needs at least 2 rows, but got 1"


def test_weighted_rows_are_refused() -> None:
    rows = {**logged([0.2, 0.8] * 9), "w": [1.0, 2.0] * 9}
    refused = refusals(ask(CHECK, sides(rows, rows, roles=replace(ROLES, weight="w"))))
    assert refused[OF_SCORES].text == "score_ks_distance of weighted rows is not defined yet"


def test_equal_scores_have_a_distance_of_0_and_a_width() -> None:
    found = measured([0.5] * 99, [0.5] * 99)
    for asked in (OF_SCORES, OF_CLASSES):
        assert found[asked].value == 0
        assert found[asked].high > found[asked].low


def test_the_shares_of_both_sides_are_shown() -> None:
    found = findings(ask(CHECK, both([0.2] * 9, [0.8] * 9)))
    assert [each["label"] for each in found[OF_CLASSES].details["bins"]] == ["0", "1"]
    assert found[OF_SCORES].details["kind"] == "numeric"


# 4. the planted pairs
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("planted", "metric"), [(drift.surer_scores, SCORES), (drift.more_approvals, CLASSES)]
)
def test_the_planted_drift_is_found_and_the_twin_is_not_accused(
    planted: Any,
    metric: str,
    seed: int,
) -> None:
    demand = Demand(check=CHECK.id, metric=metric, at_most=0.1)
    assert verdict(CHECK, planted(seed), demand) == "fail"
    assert verdict(CHECK, drift.steady(seed), demand) == "pass"


def test_the_score_alone_moves_where_the_classes_do_not() -> None:
    demand = Demand(check=CHECK.id, metric=CLASSES, at_most=0.1)
    assert verdict(CHECK, drift.surer_scores(0), demand) == "pass"


# 5. coverage
@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 500])
def test_an_interval_holds_the_true_distance(n: int) -> None:
    # P(U <= t) - P(sqrt(U) <= t) = t - t^2 is at most 1/4
    rng, held = np.random.default_rng(n), 0
    for _ in range(400):
        found = measured(rng.random(n).tolist(), np.sqrt(rng.random(n)).tolist())[OF_SCORES]
        held += found.low <= 0.25 <= found.high
    assert held / 400 >= 0.93


def test_drift_without_a_method_leaves_evidently_alone() -> None:
    code = (
        "import sys, datetime as dt\n"
        "from audit.record import Provenance\n"
        "from audit.runner import Job, run\n"
        "from audit_checks.drift.columns import Columns\n"
        "from audit_checks.drift.predictions import Predictions\n"
        "from fixtures.planted import drift\n"
        "told = Provenance(seed=0, confidence=0.95, tool='test')\n"
        "run(Job(checks=[Columns(), Predictions()], subject=drift.steady(0, 200), "
        "provenance=told, today=dt.date(2027, 1, 1)))\n"
        "print([name for name in sys.modules if name.startswith('evidently')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.splitlines()[0] == "[]"
