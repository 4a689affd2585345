from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    equal_opportunity_difference,
    equalized_odds_difference,
    false_negative_rate,
    false_positive_rate,
    true_negative_rate,
    true_positive_rate,
)
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_score

from audit.demands import Demand
from audit.protocol import Check
from audit.results import Cause, Estimate, Question
from audit.subjects import Subject
from audit_checks.bias.error_rates import ErrorRates
from fixtures.planted import error_rates
from tests.checks.asking import (
    ask,
    estimates,
    findings,
    question,
    refusals,
    shuffled,
    subject,
    twice,
    verdict,
)

CHECK: Check = ErrorRates()
QUICK: Check = ErrorRates(draws=20)
OPPORTUNITY, ODDS = "equal_opportunity_difference", "equalized_odds_difference"
ACROSS = {"across": "sex"}
GAP, WIDEST = question(CHECK, OPPORTUNITY, ACROSS), question(CHECK, ODDS, ACROSS)
RATES = {
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "true_negative_rate": true_negative_rate,
    "false_negative_rate": false_negative_rate,
    "precision": precision_score,
    "accuracy": accuracy_score,
}


def judged(rows: dict[str, Any], **roles: Any) -> Subject:
    return subject(rows, **{"favorable": ("1",), "groups": {"sex": ()}} | roles)


# 1. fairlearn 0.15.0 and scikit-learn 1.9.1, computed here
def drawn(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    rows = {
        name: rng.choice(list(levels), 400) for name, levels in (("race", "abc"), ("sex", "mf"))
    }
    label = rng.binomial(1, 0.4, 400)
    prediction = rng.binomial(1, np.where(label == 1, 0.7, np.where(rows["race"] == "a", 0.3, 0.1)))
    return {**rows, "label": label, "prediction": prediction, "weight": rng.uniform(0.5, 3, 400)}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("names", [["race"], ["race", "sex"]])
def test_rates_and_gaps_are_those_of_fairlearn(names: list[str], *, weighted: bool) -> None:
    rows = drawn(1)
    weight = {"sample_weight": rows.pop("weight")} if not weighted else {}
    weight = {"sample_weight": rows["weight"]} if weighted else {}
    table = judged(rows, groups={"race": (), "sex": ()}, intersections=(("race", "sex"),))
    found = estimates(ask(QUICK, table))
    pair = {"y_true": rows["label"], "y_pred": rows["prediction"]}
    groups = {"sensitive_features": {name: rows[name] for name in names}}
    across = {"across": names if len(names) > 1 else names[0]}
    opportunity = equal_opportunity_difference(**pair, **groups, **weight)
    odds = equalized_odds_difference(**pair, **groups, **weight)
    assert found[question(CHECK, OPPORTUNITY, across)].value == pytest.approx(opportunity)
    assert found[question(CHECK, ODDS, across)].value == pytest.approx(odds)
    params = dict.fromkeys(RATES, weight) if weighted else None
    frame = MetricFrame(metrics=RATES, **pair, **groups, sample_params=params)
    for level, row in frame.by_group.iterrows():
        about = dict(zip(names, level if len(names) > 1 else [level], strict=True))
        for metric, theirs in row.items():
            assert found[question(CHECK, metric, about)].value == pytest.approx(theirs)


def test_a_class_against_the_rest_has_gaps_of_its_own() -> None:
    label, prediction = list("aabbcc") * 2, list("aabbca") * 2
    rows = {"label": label, "prediction": prediction, "sex": ["m"] * 6 + ["f"] * 6}
    found = estimates(ask(QUICK, judged(rows, favorable=())))
    about = {"sex": "m", "class": "c"}
    assert found[question(CHECK, "true_positive_rate", about)].value == pytest.approx(0.5)
    assert found[question(CHECK, "accuracy", {"sex": "m"})].value == pytest.approx(5 / 6)
    assert question(CHECK, ODDS, {"across": "sex", "class": "b"}) in found


# 2. properties
ROW = st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from("mf"))
ROWS = st.lists(ROW, max_size=40)


def columns(rows: Sequence[tuple[int, int, str]]) -> dict[str, list[Any]]:
    # a row of each kind, so that the questions are the same
    all_kinds = [*rows, *((y, p, sex) for y in (0, 1) for p in (0, 1) for sex in "mf")]
    label, prediction, sex = zip(*all_kinds, strict=True)
    return {"label": list(label), "prediction": list(prediction), "sex": list(sex)}


def measured(rows: dict[str, Any]) -> dict[Question, Estimate]:
    return estimates(ask(QUICK, judged(rows)))


@given(ROWS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(rows: list[tuple[int, int, str]], random: Any) -> None:
    once = columns(rows)
    order = random.sample(range(len(once["sex"])), len(once["sex"]))
    assert measured(once) == measured(shuffled(once, order))


@given(ROWS)
def test_renaming_the_levels_changes_no_gap(rows: list[tuple[int, int, str]]) -> None:
    once = columns(rows)
    renamed = once | {"sex": [{"m": "a", "f": "z"}[sex] for sex in once["sex"]]}
    one, other = measured(once), measured(renamed)
    assert (one[GAP], one[WIDEST]) == (other[GAP], other[WIDEST])


@given(ROWS)
def test_a_count_of_2_is_the_row_twice(rows: list[tuple[int, int, str]]) -> None:
    once = columns(rows)
    assert measured(once | {"count": [2] * len(once["sex"])}) == measured(twice(once))


@given(ROWS, st.sampled_from([1e-3, 0.5, 1e4]))
def test_scaling_all_weights_changes_nothing(rows: list[tuple[int, int, str]], by: float) -> None:
    once = columns(rows)
    weights = np.arange(1.0, len(once["sex"]) + 1)
    one, other = measured(once | {"weight": weights}), measured(once | {"weight": by * weights})
    for asked, estimate in one.items():
        ends = (estimate.value, estimate.low, estimate.high)
        assert ends == pytest.approx((other[asked].value, other[asked].low, other[asked].high))


# 3. edges
def rate_of(metric: str, sex: str) -> Question:
    return question(CHECK, metric, {"sex": sex})


NO_POSITIVES = "no rows with a favourable label in f"
NO_NEGATIVES = "no rows with an unfavourable label in f"


@pytest.mark.parametrize(
    ("label", "prediction", "asked", "reason"),
    [
        ([0, 0, 1, 0], [0, 1, 1, 0], GAP, NO_POSITIVES),
        ([0, 0, 1, 0], [0, 1, 1, 0], WIDEST, NO_POSITIVES),
        ([1, 1, 1, 0], [0, 1, 1, 0], WIDEST, NO_NEGATIVES),
        ([0, 0, 1, 0], [0, 1, 1, 0], rate_of("true_positive_rate", "f"), NO_POSITIVES),
        ([0, 0, 1, 0], [0, 1, 1, 0], rate_of("false_negative_rate", "f"), NO_POSITIVES),
        ([1, 1, 1, 0], [0, 1, 1, 0], rate_of("false_positive_rate", "f"), NO_NEGATIVES),
        ([1, 1, 1, 0], [0, 1, 1, 0], rate_of("true_negative_rate", "f"), NO_NEGATIVES),
        (
            [0, 1, 1, 0],
            [0, 0, 1, 0],
            rate_of("precision", "f"),
            "no rows with a favourable prediction in f",
        ),
    ],
)
def test_what_has_no_denominator_says_so(
    label: list[int], prediction: list[int], asked: Question, reason: str
) -> None:
    rows = {"label": label, "prediction": prediction, "sex": list("ffmm")}
    refusal = refusals(ask(CHECK, judged(rows)))[asked]
    assert (refusal.text, refusal.cause) == (reason, Cause.DATA)


def test_an_empty_level_has_no_accuracy_and_leaves_the_gaps_open() -> None:
    rows = {"label": [0, 1, 0, 1], "prediction": [0, 1, 0, 1], "sex": list("ffmm")}
    table = judged(rows, groups={"sex": ("f", "m", "x")})
    assert refusals(ask(CHECK, table))[rate_of("accuracy", "x")].text == "no rows in x"
    demand = Demand(check=CHECK.id, metric=ODDS, at_most=0.99)
    assert verdict(CHECK, table, demand) == "inconclusive"


def test_one_level_has_nothing_to_be_compared_with() -> None:
    rows = {"label": [0, 1], "prediction": [0, 1], "sex": list("ff")}
    reason = "a comparison needs two levels, but only f is judged"
    assert refusals(ask(CHECK, judged(rows)))[GAP].text == reason


def test_the_details_name_the_rate_that_is_apart_and_its_levels() -> None:
    rows = columns([(0, 1, "f")] * 5)
    found = findings(ask(QUICK, judged(rows)))
    details = {"rows not judged": 0, "lowest": "m", "highest": "f"}
    assert found[WIDEST].details == details | {"rate": "false_positive_rate"}


# 4. the planted pair
PAIR = pytest.mark.parametrize("metric", [OPPORTUNITY, ODDS])


@PAIR
@pytest.mark.parametrize("seed", range(5))
def test_the_planted_gap_is_found(seed: int, metric: str) -> None:
    demand = Demand(check=CHECK.id, metric=metric, at_most=0.1)
    assert verdict(CHECK, error_rates.missed(seed), demand) == "fail"


@PAIR
@pytest.mark.parametrize("seed", range(5))
def test_the_clean_twin_is_not_accused(seed: int, metric: str) -> None:
    demand = Demand(check=CHECK.id, metric=metric, at_most=0.1)
    assert verdict(CHECK, error_rates.alike(seed), demand) == "pass"


# 5. coverage and power
DRAWS = 500
SKETCH: Check = ErrorRates(draws=1)


def simulated(recalls: Sequence[float], alarms: Sequence[float], n: int) -> list[Estimate]:
    """Draw the equalized odds difference of levels of n positives and n negatives."""
    rng, found = np.random.default_rng(n), []
    for _ in range(DRAWS):
        hits = [rng.binomial(n, recalls), rng.binomial(n, alarms)]
        rows = [
            (label, prediction, f"level {i}", count)
            for label, counts in ((1, hits[0]), (0, hits[1]))
            for i, k in enumerate(counts.tolist())
            for prediction, count in ((1, k), (0, n - k))
            if count
        ]
        label, prediction, sex, count = zip(*rows, strict=True)
        cells = {"label": label, "prediction": prediction, "sex": sex, "count": count}
        found.append(estimates(ask(SKETCH, judged(cells)))[WIDEST])
    return found


@pytest.mark.slow
def test_equal_errors_pass_at_2000_a_level_in_99_percent() -> None:
    found = simulated([0.8] * 4, [0.2] * 4, 2000)
    assert np.mean([each.high <= 0.1 for each in found]) >= 0.99


@pytest.mark.slow
def test_a_gap_of_twice_the_limit_fails_at_1000_in_80_percent() -> None:
    found = simulated([0.8] * 3 + [0.6], [0.2] * 4, 1000)
    assert np.mean([each.low > 0.1 for each in found]) >= 0.80


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 1000])
@pytest.mark.parametrize(
    ("recalls", "alarms", "truth"),
    [
        ([0.8, 0.7, 0.8], [0.2, 0.2, 0.1], 0.1),
        ([0.8, 0.7, 0.8], [0.2, 0.2, 0.2], 0.1),
        ([0.5] * 4, [0.5] * 4, 0.0),
    ],
)
def test_the_true_gap_lies_in_the_interval_in_95_percent(
    recalls: list[float], alarms: list[float], truth: float, n: int
) -> None:
    found = simulated(recalls, alarms, n)
    assert np.mean([each.low <= truth <= each.high for each in found]) >= 0.95
    assert np.mean([each.low > truth for each in found]) <= 0.05
    assert np.mean([each.high < truth for each in found]) <= 0.05
