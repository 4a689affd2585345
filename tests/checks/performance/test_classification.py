from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from audit.demands import Demand
from audit.protocol import Check
from audit.results import Cause, Estimate, Question
from audit.subjects import Subject
from audit_checks.performance.classification import Classification
from tests.checks.asking import (
    ask,
    estimates,
    question,
    refusals,
    shuffled,
    subject,
    twice,
    verdict,
)

CHECK: Check = Classification()
QUICK: Check = Classification(draws=50)
METRICS = [metric.name for metric in CHECK.metrics]
ALL = [question(CHECK, metric) for metric in METRICS]
WEIGHTLESS = "{} of weighted rows is not defined yet"


def binary(rows: dict[str, Any], **roles: Any) -> Subject:
    return subject(rows, **{"scores": ("score",), "favorable": ("1",)} | roles)


def multi(rows: dict[str, Any]) -> Subject:
    return subject(rows, scores=("a", "b", "c"), score_classes=("a", "b", "c"))


# 1. scikit-learn 1.9.1, computed here
def scored(seed: int, n: int = 300) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    score = rng.uniform(0.01, 0.99, n).round(2)
    label = rng.binomial(1, score)
    prediction = (rng.uniform(0.3, 0.7, n) < score).astype(int)
    return {"label": label, "prediction": prediction, "score": score}


def classed(seed: int, n: int = 300) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    chance = rng.dirichlet([1, 2, 0.7], n)
    label = [rng.choice(list("abc"), p=each) for each in chance]
    prediction = np.array(list("abc"))[chance.argmax(axis=1)]
    return {"label": label, "prediction": prediction, **dict(zip("abc", chance.T, strict=True))}


BY_PREDICTION: dict[str, Callable[..., float]] = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "macro_f1": lambda y, p: sk.f1_score(y, p, average="macro"),
}


@pytest.mark.parametrize("metric", BY_PREDICTION)
@pytest.mark.parametrize("classes", [2, 3])
def test_right_answers_are_those_of_scikit_learn(metric: str, classes: int) -> None:
    rows = scored(1) if classes == 2 else classed(1)
    found = estimates(ask(QUICK, binary(rows) if classes == 2 else multi(rows)))
    theirs = BY_PREDICTION[metric](rows["label"], rows["prediction"])
    assert found[question(CHECK, metric)].value == pytest.approx(theirs)


BY_SCORE: dict[str, Callable[..., float]] = {
    "log_loss": sk.log_loss,
    "brier_score": sk.brier_score_loss,
    "roc_auc": sk.roc_auc_score,
}


@pytest.mark.parametrize("metric", BY_SCORE)
def test_two_classes_are_scored_as_in_scikit_learn(metric: str) -> None:
    rows = scored(2)
    theirs = BY_SCORE[metric](rows["label"], rows["score"])
    found = estimates(ask(QUICK, binary(rows)))
    assert found[question(CHECK, metric)].value == pytest.approx(theirs)


@pytest.mark.parametrize("metric", ["log_loss", "brier_score"])
def test_more_classes_are_scored_as_in_scikit_learn(metric: str) -> None:
    rows = classed(3)
    chance = np.column_stack([rows[each] for each in "abc"])
    theirs = BY_SCORE[metric](rows["label"], chance, labels=list("abc"))
    found = estimates(ask(QUICK, multi(rows)))
    assert found[question(CHECK, metric)].value == pytest.approx(theirs)


def test_the_area_of_each_class_is_that_against_the_rest() -> None:
    rows = classed(4)
    found = estimates(ask(QUICK, multi(rows)))
    for each in "abc":
        theirs = sk.roc_auc_score(np.array(rows["label"]) == each, rows[each])
        assert found[question(CHECK, "roc_auc", {"class": each})].value == pytest.approx(theirs)


@pytest.mark.parametrize("metric", ["accuracy", "log_loss", "brier_score"])
def test_sampling_weights_are_those_of_scikit_learn(metric: str) -> None:
    rows = scored(5)
    weight = np.random.default_rng(5).uniform(0.5, 3, 300)
    by = "prediction" if metric == "accuracy" else "score"
    theirs = (BY_PREDICTION | BY_SCORE)[metric](rows["label"], rows[by], sample_weight=weight)
    found = estimates(ask(QUICK, binary(rows | {"weight": weight})))
    assert found[question(CHECK, metric)].value == pytest.approx(theirs)


def test_a_column_a_class_says_the_same_of_two_classes_as_one() -> None:
    rows = scored(6)
    both = rows | {"no": 1 - rows["score"]}
    one = estimates(ask(QUICK, binary(rows)))
    two = estimates(ask(QUICK, binary(both, scores=("no", "score"), score_classes=("0", "1"))))
    assert {q: e.value for q, e in one.items()} == pytest.approx(
        {q: e.value for q, e in two.items()}
    )


# 2. properties
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(1, 9)), max_size=20)


def columns(rows: list[tuple[int, int, int]]) -> dict[str, list[Any]]:
    # ten rows of each class, so that there is an area under the curve
    label, prediction, tenths = zip(*rows, *[(0, 0, 3), (1, 1, 6)] * 10, strict=True)
    score = [each / 10 for each in tenths]
    return {"label": list(label), "prediction": list(prediction), "score": score}


def measured(rows: dict[str, Any]) -> dict[Question, tuple[float, ...]]:
    found = estimates(ask(QUICK, binary(rows)))
    return {asked: numbers(each) for asked, each in found.items()}


def numbers(estimate: Estimate) -> tuple[float, ...]:
    attainable = estimate.attainable
    assert attainable is not None
    return (estimate.value, estimate.low, estimate.high, attainable)


def same(one: dict[Question, tuple[float, ...]], other: dict[Question, tuple[float, ...]]) -> bool:
    """Say whether sums in another order gave the same numbers."""
    return one.keys() == other.keys() and all(
        one[asked] == pytest.approx(other[asked]) for asked in one
    )


@given(ROWS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(rows: list[tuple[int, int, int]], random: Any) -> None:
    once = columns(rows)
    order = random.sample(range(len(once["label"])), len(once["label"]))
    assert same(measured(once), measured(shuffled(once, order)))


@given(ROWS)
def test_a_count_of_2_is_the_row_twice(rows: list[tuple[int, int, int]]) -> None:
    once = columns(rows)
    counted = once | {"count": [2] * len(once["label"])}
    assert same(measured(counted), measured(twice(once)))


@given(ROWS, st.sampled_from([1e-3, 0.5, 1e4]))
def test_scaling_all_weights_changes_nothing(rows: list[tuple[int, int, int]], by: float) -> None:
    once = columns(rows)
    weights = np.arange(1.0, len(once["label"]) + 1)
    assert same(measured(once | {"weight": weights}), measured(once | {"weight": by * weights}))


@given(ROWS)
def test_renaming_the_classes_changes_nothing(rows: list[tuple[int, int, int]]) -> None:
    once = columns(rows)
    names = {0: "z", 1: "a"}
    renamed = once | {
        role: [names[each] for each in once[role]] for role in ("label", "prediction")
    }
    found = estimates(ask(QUICK, binary(renamed, favorable=("a",))))
    # macro F1 draws its tables in the order of the classes
    other = {asked: numbers(each) for asked, each in found.items() if asked.metric != "macro_f1"}
    one = {asked: each for asked, each in measured(once).items() if asked.metric != "macro_f1"}
    assert same(one, other)


# 3. edges
ROW = {"label": [1], "prediction": [1], "score": [0.9]}
TEN = "needs at least 10 rows of either outcome, but got 1 and 0"


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("balanced_accuracy", "needs two classes, but there is one"),
        ("macro_f1", "needs two classes, but there is one"),
        ("log_loss", "needs at least 2 rows, but got 1"),
        ("brier_score", "needs at least 2 rows, but got 1"),
        ("roc_auc", TEN),
    ],
)
def test_one_row_is_too_few_for_all_but_the_accuracy(metric: str, reason: str) -> None:
    record = ask(CHECK, binary(ROW))
    refusal = refusals(record)[question(CHECK, metric)]
    assert (refusal.text, refusal.cause) == (reason, Cause.DATA)
    assert estimates(record)[question(CHECK, "accuracy")].low < 0.25


def test_a_class_without_rows_has_no_recall() -> None:
    rows = {"label": [0, 0, 1], "prediction": [0, 2, 1]}
    refusal = refusals(ask(CHECK, subject(rows)))[question(CHECK, "balanced_accuracy")]
    assert refusal.text == "no rows of class 2"


@pytest.mark.parametrize(("label", "score"), [(1, 0.0), (0, 1.0)])
def test_an_impossible_truth_is_not_clipped(label: int, score: float) -> None:
    rows = scored(7)
    rows["label"][4], rows["score"][4] = label, score
    table = binary(rows)
    refusal = refusals(ask(QUICK, table))[question(CHECK, "log_loss")]
    assert "exactly 0 in 1 rows" in refusal.text
    assert refusal.cause is Cause.DATA
    demand = Demand(check=CHECK.id, metric="log_loss", at_most=50)
    assert verdict(QUICK, table, demand) == "inconclusive"


@pytest.mark.parametrize("metric", ["balanced_accuracy", "macro_f1", "roc_auc"])
def test_what_knows_no_weights_is_not_measured_with_them(metric: str) -> None:
    rows = scored(8) | {"weight": np.ones(300)}
    refusal = refusals(ask(QUICK, binary(rows)))[question(CHECK, metric)]
    assert (refusal.text, refusal.cause) == (WEIGHTLESS.format(metric), Cause.NEED)


def test_perfect_answers_have_a_width() -> None:
    label = [0, 1] * 50
    found = estimates(ask(QUICK, binary({"label": label, "prediction": label, "score": label})))
    for asked, estimate in found.items():
        assert estimate.low < estimate.high, asked
    assert found[question(CHECK, "accuracy")].low < 0.97


def test_scores_that_sum_to_a_little_more_than_1_are_still_measured() -> None:
    rows = {"label": list("abc") * 10, "a": [1.0] * 30, "b": [0.0009] * 30, "c": [0.0] * 30}
    found = estimates(ask(QUICK, multi(rows)))
    assert found[question(CHECK, "brier_score")].high <= 2


def test_each_metric_needs_only_what_it_reads() -> None:
    rows = scored(9)
    only_scores = {name: rows[name] for name in ("label", "score")}
    only_predictions = {name: rows[name] for name in ("label", "prediction")}
    by_score = {each.metric for each in estimates(ask(QUICK, binary(only_scores)))}
    by_prediction = {each.metric for each in estimates(ask(QUICK, subject(only_predictions)))}
    assert by_score == set(BY_SCORE)
    assert by_prediction == set(BY_PREDICTION)


# 5. power: the attainable limit is what a model of this very level passes in 8 of 10 draws
@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 1000])
def test_a_true_level_passes_its_attainable_limit_in_80_percent(n: int) -> None:
    draws = [estimates(ask(Classification(draws=500), binary(scored(i, n)))) for i in range(400)]
    for asked in ALL:
        found = [each[asked] for each in draws]
        limit = np.mean([numbers(each)[3] for each in found])
        high = asked.metric not in {"log_loss", "brier_score"}
        kept = [each.low >= limit if high else each.high <= limit for each in found]
        assert np.mean(kept) == pytest.approx(0.8, abs=0.07), asked
