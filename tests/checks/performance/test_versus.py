from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from audit.demands import Demand
from audit.protocol import Check
from audit.results import Cause, Finding, Question
from audit.subjects import Baseline, Subject
from audit_checks.performance.classification import Classification
from audit_checks.performance.versus import PAIRED
from fixtures.planted import performance
from tests.checks.asking import (
    after,
    ask,
    estimates,
    findings,
    question,
    refusals,
    subject,
    verdict,
)

CHECK: Check = Classification()
QUICK: Check = Classification(draws=50)
LOSSES = ("log_loss", "brier_score")
BY_SCORE = (*LOSSES, "roc_auc")


def versus(metric: str, **about: str) -> Question:
    return question(CHECK, metric, {"versus": "baseline", **about})


def version(seed: int, ids: Sequence[int], **more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    place = np.array(ids)
    truth = np.random.default_rng(0).uniform(0.05, 0.95, 1000)
    label = np.random.default_rng(1).binomial(1, truth)
    score = np.clip(truth + rng.normal(0, 0.1, 1000), 0.01, 0.99)
    rows = {"id": ids, "label": label[place], "score": score[place]}
    return rows | {"prediction": (score > 0.5).astype(int)[place]} | more


def binary(rows: dict[str, Any], **roles: Any) -> Subject:
    return subject(rows, **{"scores": ("score",), "favorable": ("1",)} | roles)


def compared(now: dict[str, Any], before: dict[str, Any]) -> dict[Question, Finding]:
    return findings(ask(QUICK, after(binary(now), binary(before))))


# 1. scikit-learn 1.9.1, computed here
def test_each_difference_is_that_of_the_two_versions() -> None:
    now, before = version(2, range(300)), version(3, range(300))
    found = compared(now, before)
    functions = {
        "accuracy": (sk.accuracy_score, "prediction"),
        "balanced_accuracy": (sk.balanced_accuracy_score, "prediction"),
        "log_loss": (sk.log_loss, "score"),
        "brier_score": (sk.brier_score_loss, "score"),
        "roc_auc": (sk.roc_auc_score, "score"),
    }
    assert set(functions) == set(PAIRED)
    for metric, (function, column) in functions.items():
        ours, theirs = (function(each["label"], each[column]) for each in (now, before))
        finding = found[versus(metric)]
        assert finding.estimate.value == pytest.approx(ours - theirs), metric
        assert finding.details["value_now"] == pytest.approx(ours)
        assert finding.details["value_before"] == pytest.approx(theirs)
        assert (finding.details["lost"], finding.details["new"]) == (0, 0)


def test_several_classes_are_compared_by_all_their_scores() -> None:
    tables = [classed(seed) for seed in (4, 5)]
    found = findings(ask(QUICK, after(*(classes(each) for each in tables))))
    chances = [np.column_stack([each[name] for name in "abc"]) for each in tables]
    label = tables[0]["label"]
    now, before = (sk.log_loss(label, each, labels=list("abc")) for each in chances)
    assert found[versus("log_loss")].estimate.value == pytest.approx(now - before)
    now, before = (sk.brier_score_loss(label, each, labels=list("abc")) for each in chances)
    assert found[versus("brier_score")].estimate.value == pytest.approx(now - before)
    now, before = (sk.roc_auc_score(np.array(label) == "b", each[:, 1]) for each in chances)
    assert found[versus("roc_auc", **{"class": "b"})].estimate.value == pytest.approx(now - before)


def classed(seed: int, n: int = 200) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    label = np.random.default_rng(0).choice(list("abc"), n)
    chance = rng.dirichlet([1, 1, 1], n)
    prediction = np.array(list("abc"))[chance.argmax(axis=1)]
    columns = dict(zip("abc", chance.T, strict=True))
    return {"id": range(n), "label": label, "prediction": prediction, **columns}


def classes(rows: dict[str, Any], **roles: Any) -> Subject:
    # not in alphabetical order: the place of a score is not that of its class among others
    return subject(rows, scores=("c", "a", "b"), score_classes=("c", "a", "b"), **roles)


# 2. properties
def test_swapping_the_versions_flips_the_sign() -> None:
    now, before = version(2, range(300)), version(3, range(300))
    one, other = compared(now, before), compared(before, now)
    for metric in PAIRED:
        first, second = one[versus(metric)].estimate, other[versus(metric)].estimate
        assert first.value == pytest.approx(-second.value)
        assert (first.low, first.high) == pytest.approx((-second.high, -second.low)), metric


def test_shuffling_either_version_changes_nothing() -> None:
    order = np.random.default_rng(9).permutation(300).tolist()
    one = compared(version(2, range(300)), version(3, range(300)))
    other = compared(version(2, order), version(3, range(300)))
    for metric in PAIRED:
        first, second = one[versus(metric)].estimate, other[versus(metric)].estimate
        assert (first.value, first.low, first.high) == pytest.approx(
            (second.value, second.low, second.high)
        )


# 3. edges
def test_a_lost_id_is_a_wrong_answer_now() -> None:
    before = version(2, range(300))
    found = compared(version(2, range(240)), before)
    right = before["prediction"] == before["label"]
    accuracy = found[versus("accuracy")]
    assert accuracy.estimate.value == pytest.approx(-np.sum(right[240:]) / 300)
    assert (accuracy.details["lost"], accuracy.estimate.n) == (60, 300)
    assert found[versus("balanced_accuracy")].estimate.value < 0


@pytest.mark.parametrize("metric", BY_SCORE)
def test_a_lost_id_leaves_a_loss_open(metric: str) -> None:
    table = after(binary(version(2, range(299))), binary(version(2, range(300))))
    refusal = refusals(ask(QUICK, table))[versus(metric)]
    assert refusal.text == "1 ids that the predecessor answered have no answer now"
    assert refusal.cause is Cause.DATA


def test_losing_a_whole_class_is_no_way_to_a_better_recall() -> None:
    before = classed(4)
    kept = np.flatnonzero((before["label"] != "c") & (before["prediction"] != "c"))
    names = ("id", "label", "prediction")
    rows: dict[str, Any] = {name: np.array(before[name])[kept] for name in names}
    # right wherever there is a row left
    now = rows | {"prediction": rows["label"]}
    table = after(subject(now), subject({name: before[name] for name in names}))
    found = estimates(ask(QUICK, table))[versus("balanced_accuracy")]
    assert found.value < np.mean(before["label"] == "a")
    demand = Demand(check=CHECK.id, metric="balanced_accuracy", not_worse_by=0.0)
    assert verdict(QUICK, table, demand) != "pass"


def test_new_ids_do_not_enter() -> None:
    found = compared(version(2, range(400)), version(3, range(300)))
    accuracy = found[versus("accuracy")]
    assert (accuracy.details["new"], accuracy.estimate.n) == (100, 300)


@pytest.mark.parametrize(
    ("now", "before", "reason"),
    [
        pytest.param(range(100), range(100, 200), "no id in common", id="other rows"),
        pytest.param([*range(100)], None, "the bundle keeps no predictions", id="nothing was kept"),
    ],
)
def test_what_cannot_be_paired_says_why(
    now: Sequence[int], before: Sequence[int] | None, reason: str
) -> None:
    table = binary(version(2, now))
    kept = (
        Baseline(why_not="the bundle keeps no predictions")
        if before is None
        else Baseline(units=binary(version(2, before)).units)
    )
    found = refusals(ask(QUICK, replace(table, baseline=kept)))
    for metric in PAIRED:
        refusal = found[versus(metric)]
        assert refusal.text.startswith(reason)
        assert refusal.cause is Cause.NEED


def test_a_predecessor_without_scores_is_compared_by_its_answers() -> None:
    before = {name: values for name, values in version(3, range(50)).items() if name != "score"}
    record = ask(QUICK, after(binary(version(2, range(50))), subject(before, favorable=("1",))))
    assert versus("accuracy") in estimates(record)
    assert {refusals(record)[versus(each)].text for each in BY_SCORE} == {
        "the predecessor kept no scores"
    }


def test_one_score_of_the_predecessor_is_not_taken_for_that_of_each_class() -> None:
    now, before = classed(4), classed(5)
    one = subject({**before, "score": before["a"]}, scores=("score",), favorable=("a",))
    record = ask(QUICK, after(classes(now), one))
    for asked in [versus(each) for each in LOSSES] + [versus("roc_auc", **{"class": "b"})]:
        assert refusals(record)[asked].cause is Cause.NEED
    # where both mean the same favourable class, that class alone can be compared
    record = ask(QUICK, after(classes(now, favorable=("a",)), one))
    assert versus("roc_auc") in estimates(record)
    assert {refusals(record)[versus(each)].text for each in LOSSES} == {
        "the predecessor has no score for the same classes"
    }


def test_an_impossible_truth_before_leaves_the_loss_open() -> None:
    before = version(2, range(50))
    before["score"][0] = 1 - before["label"][0]
    table = after(binary(version(2, range(50))), binary(before))
    assert "exactly 0 in 1 rows" in refusals(ask(QUICK, table))[versus("log_loss")].text
    assert versus("brier_score") in estimates(ask(QUICK, table))


def test_a_version_that_changed_nothing_is_not_proven_equal_by_few_rows() -> None:
    rows = version(2, range(100))
    for metric in PAIRED:
        demand = Demand(check=CHECK.id, metric=metric, not_worse_by=0.0)
        assert verdict(QUICK, after(binary(rows), binary(rows)), demand) == "inconclusive"


def test_no_difference_is_asked_for_without_a_predecessor() -> None:
    record = ask(QUICK, binary(version(2, range(50))))
    assert not [each for each in record.questions if "versus" in each.about]


# 4. the planted pair
MARGINS = {
    "accuracy": 0.025,
    "balanced_accuracy": 0.025,
    "log_loss": 0.05,
    "brier_score": 0.015,
    "roc_auc": 0.025,
}
EACH = pytest.mark.parametrize(("metric", "margin"), MARGINS.items())


@EACH
@pytest.mark.parametrize("seed", range(3))
def test_the_worse_version_is_found(seed: int, metric: str, margin: float) -> None:
    demand = Demand(check=CHECK.id, metric=metric, not_worse_by=margin)
    assert verdict(QUICK, performance.worse(seed), demand) == "fail"


@EACH
@pytest.mark.parametrize("seed", range(3))
def test_the_version_that_is_as_good_is_not_accused(seed: int, metric: str, margin: float) -> None:
    demand = Demand(check=CHECK.id, metric=metric, not_worse_by=margin)
    assert verdict(QUICK, performance.as_good(seed), demand) == "pass"


# 5. coverage and power
@pytest.mark.slow
def test_differences_are_covered_and_seldom_accused() -> None:
    draws = [ask(Classification(draws=10), performance.as_good(seed, 500)) for seed in range(500)]
    for metric in PAIRED:
        found = [estimates(each)[versus(metric)] for each in draws]
        assert np.mean([each.low <= 0 <= each.high for each in found]) >= 0.93, metric
        assert np.mean([each.low > 0 for each in found]) <= 0.05, metric
        assert np.mean([each.high < 0 for each in found]) <= 0.05, metric


@pytest.mark.slow
def test_a_version_as_good_passes_its_attainable_margin_in_80_percent() -> None:
    draws = [ask(Classification(draws=10), performance.as_good(seed, 1000)) for seed in range(500)]
    for metric in PAIRED:
        found = [estimates(each)[versus(metric)] for each in draws]
        margin = np.mean([each.attainable or 0.0 for each in found])
        low_is_better = metric in LOSSES
        kept = [each.high <= margin if low_is_better else each.low >= -margin for each in found]
        assert np.mean(kept) == pytest.approx(0.8, abs=0.06), metric
