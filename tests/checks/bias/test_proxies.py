from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.demands import Demand
from audit.errors import ConfigError
from audit.inputs import Inputs
from audit.protocol import Check
from audit.results import Cause, Finding, Question
from audit.stats.ranking import CROSS_FITTED_AUC_METHOD, attainable_auc, auc
from audit.subjects import Subject
from audit.units import units_of
from audit_checks.bias.proxies import Proxies
from audit_checks.cross_fitting import folds_of, level_scores
from fixtures.planted import proxies
from tests.checks.asking import ask, estimates, findings, question, refusals, shuffled, verdict

CHECK: Check = Proxies()
QUICK: Check = Proxies(folds=2)
AUC = question(CHECK, "proxy_auc", {"attribute": "sex"})
NO_PROXY = Demand(check=CHECK.id, metric="proxy_auc", at_most=0.6)


def subject(rows: dict[str, Any], **roles: Any) -> Subject:
    known = {"groups": {"sex": ()}, "id": "id" if "id" in rows else ""} | roles
    return Subject(units=units_of(read_frame(pd.DataFrame(rows)), Roles(**known)))


def drawn(seed: int, n: int = 120, by: float = 1.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n)
    return {
        "id": [f"unit {i}" for i in range(n)],
        "sex": sex.tolist(),
        "x": (rng.normal(size=n) + by * (sex == "f")).tolist(),
        "noise": rng.normal(size=n).tolist(),
        "town": rng.choice(list("abc"), n).tolist(),
    }


def found(of: Subject, check: Check = QUICK, asked: Question = AUC) -> Finding:
    return findings(ask(check, of))[asked]


# 1. the same folds, fitted and scored with scikit-learn alone
def test_the_number_is_that_of_scikit_learn() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    metrics = pytest.importorskip("sklearn.metrics")
    threadpoolctl = pytest.importorskip("threadpoolctl")
    of = proxies.proxied(1, 400)
    inputs, codes = of.inputs, of.group_codes("sex")
    places = folds_of(inputs, 5, 0).of
    scores = pd.Series(np.zeros(400))
    for fold in range(5):
        model = ensemble.HistGradientBoostingClassifier(
            max_iter=40,
            max_leaf_nodes=6,
            min_samples_leaf=10,
            categorical_features=[inputs.place("town")],
            early_stopping=False,
            random_state=0,
        )
        with threadpoolctl.threadpool_limits(1):
            model.fit(inputs.values[places != fold], codes[places != fold])
            scores[places == fold] = model.predict_proba(inputs.values[places == fold])[:, 0]
    parts = scores.groupby(places)
    ranked = (parts.rank() - 0.5) / parts.transform("size")
    finding = found(of, CHECK)
    assert finding.estimate.value == pytest.approx(metrics.roc_auc_score(codes == 0, ranked))
    best = {each["name"]: each["auc"] for each in finding.details["features"]}
    alone = metrics.roc_auc_score(codes == 0, inputs.values[:, inputs.place("x3")])
    assert best["x3"] == pytest.approx(alone)
    assert finding.details["features"][0]["name"] == "x3"


def test_the_interval_is_wider_than_that_of_scores_that_were_not_learnt_here() -> None:
    rng = np.random.default_rng(0)
    scores, positive = rng.normal(size=400), np.arange(400) < 200
    plain, crossed = (auc(scores, positive, level=0.95, folds=folds) for folds in (1, 5))
    # 1 + 5 / 4 times the variance
    assert (crossed.high - crossed.low) / (plain.high - plain.low) == pytest.approx(1.5, abs=0.01)
    assert crossed.method == CROSS_FITTED_AUC_METHOD


def test_of_several_levels_each_is_told_from_the_rest() -> None:
    rng = np.random.default_rng(3)
    race = np.repeat(["a", "b", "c"], 60)
    rows = {"race": race, "x": rng.normal(size=180) + 3 * (race == "b")}
    of = subject(rows, groups={"race": ()})
    values = {
        question.about["level"]: finding.estimate
        for question, finding in findings(ask(QUICK, of)).items()
    }
    assert set(values) == {"a", "b", "c"}
    assert values["b"].value > 0.9
    assert max(values["a"].value, values["c"].value) < 0.9


def test_the_low_side_allows_for_the_search_over_levels() -> None:
    rng = np.random.default_rng(4)
    rows = {"race": np.repeat(["a", "b", "c"], 60), "x": rng.normal(size=180)}
    of = subject(rows, groups={"race": ()})
    inputs, codes = of.inputs, of.group_codes("race")
    scores = level_scores(inputs, codes, 3, folds_of(inputs, 2, 0), 0)[:, 1]
    estimate = found(of, asked=question(CHECK, "proxy_auc", {"attribute": "race", "level": "b"}))
    wide, plain = (auc(scores, codes == 1, level=level, folds=2) for level in (1 - 0.05 / 3, 0.95))
    assert estimate.estimate.low == pytest.approx(wide.low)
    assert estimate.estimate.high == pytest.approx(plain.high)


# 2. properties
@pytest.mark.parametrize("seed", range(2))
def test_shuffling_the_rows_changes_nothing(seed: int) -> None:
    rows = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(rows["sex"])).tolist()
    one, other = found(subject(rows)), found(subject(shuffled(rows, order)))
    assert one.estimate.value == pytest.approx(other.estimate.value)
    assert one.details["features"] == other.details["features"]


@pytest.mark.parametrize("seed", range(2))
def test_the_attribute_s_own_column_is_never_a_feature(seed: int) -> None:
    rows = drawn(seed, by=0.0)
    plain = found(subject(rows))
    listed = found(subject(rows, features=("sex", "x", "noise", "town")))
    assert plain.estimate.value == listed.estimate.value
    assert {each["name"] for each in listed.details["features"]} == {"x", "noise", "town"}


def test_a_count_says_how_often_a_row_stands() -> None:
    rows = drawn(4)
    once = found(subject(rows | {"count": [1] * 120}, count="count"))
    assert once.estimate == found(subject(rows)).estimate
    twice = found(subject(rows | {"count": [2] * 120}, count="count"))
    assert twice.estimate.n == 240
    # the features alone order the rows as before
    assert twice.details["features"][0] == pytest.approx(once.details["features"][0])


def test_a_monotone_change_of_a_number_changes_its_own_auc_by_nothing() -> None:
    rows = drawn(5)
    other = rows | {"x": np.exp(rows["x"]).tolist()}
    one, two = (
        {each["name"]: each["auc"] for each in found(subject(each)).details["features"]}
        for each in (rows, other)
    )
    assert one == pytest.approx(two)


def test_a_feature_tells_in_either_direction() -> None:
    rows = drawn(6)
    other = rows | {"x": (-np.array(rows["x"])).tolist()}
    assert found(subject(rows)).details["features"][0] == pytest.approx(
        found(subject(other)).details["features"][0]
    )


# 3. edges
@pytest.mark.parametrize(
    ("rows", "roles", "reason", "cause"),
    [
        pytest.param(
            {"sex": ["f"] * 9 + ["m"] * 50, "x": range(59)},
            {},
            "needs at least 10 rows of either outcome, but got 9 and 50",
            Cause.DATA,
            id="nine of a level",
        ),
        pytest.param(
            {"sex": ["f"] * 30, "x": range(30)},
            {},
            "a comparison needs two levels, but only f is judged",
            Cause.DATA,
            id="one level",
        ),
        pytest.param(
            {"sex": ["f", "m"] * 30, "x": range(60)},
            {"features": ("sex",)},
            "there is no feature beside sex",
            Cause.DATA,
            id="no other feature",
        ),
        pytest.param(
            {"sex": ["f", "m"] * 30, "x": range(60), "w": [1.0] * 60},
            {"weight": "w"},
            "proxy_auc of weighted rows is not defined yet",
            Cause.NEED,
            id="weights",
        ),
    ],
)
def test_what_has_no_number_says_why(
    rows: dict[str, Any], roles: dict[str, Any], reason: str, cause: Cause
) -> None:
    refusal = refusals(ask(QUICK, subject(rows, **roles)))[AUC]
    assert (refusal.text, refusal.cause) == (reason, cause)
    assert verdict(QUICK, subject(rows, **roles), NO_PROXY) == "inconclusive"


def test_a_rare_level_is_unmeasured_beside_measured_ones() -> None:
    rows = {"race": list("a" * 40 + "b" * 40 + "c" * 5), "x": list(range(85))}
    record = ask(QUICK, subject(rows, groups={"race": ()}))
    assert {q.about["level"] for q in findings(record)} == {"a", "b"}
    assert {q.about["level"] for q in refusals(record)} == {"c"}


def test_features_that_tell_everything_keep_a_width() -> None:
    rows = {"sex": ["f", "m"] * 30, "x": [0.0, 1.0] * 30}
    estimate = found(subject(rows)).estimate
    assert estimate.value == 1
    assert estimate.low < 1


def test_constant_and_missing_features_tell_nothing_and_do_not_look_sure_of_it() -> None:
    rows = {"sex": ["f", "m"] * 30, "x": [1.0] * 60, "y": [np.nan] * 60, "t": ["a"] * 60}
    finding = found(subject(rows))
    assert finding.estimate.low < 0.5 < finding.estimate.high
    assert {each["auc"] for each in finding.details["features"]} == {0.5}
    assert verdict(QUICK, subject(rows), NO_PROXY) == "inconclusive"


def test_what_is_missing_can_tell() -> None:
    rows = {"sex": ["f", "m"] * 30, "x": [np.nan, 1.0] * 30, "t": [None, "a"] * 30}
    best = found(subject(rows)).details["features"]
    assert {each["name"]: each["auc"] for each in best} == {"t": 1, "x": 1}


def test_rows_without_a_judged_level_are_counted() -> None:
    rows = {"sex": ["f", "m"] * 30 + [None, "x"], "x": list(range(62))}
    details = found(subject(rows, groups={"sex": ("f", "m")})).details
    assert (details["rows"], details["rows not judged"]) == (60, 2)


def test_rows_beyond_the_most_are_drawn_by_their_ids() -> None:
    check = Proxies(folds=2, most_rows=60)
    rows = drawn(7)
    order = list(reversed(range(120)))
    one, other = found(subject(rows), check), found(subject(shuffled(rows, order)), check)
    assert one.details["rows"] == 60
    assert one.estimate.value == pytest.approx(other.estimate.value)


def test_another_seed_cuts_other_folds() -> None:
    rows = subject(drawn(8))
    assert found(rows).estimate != found(rows, Proxies(folds=2, seed=1)).estimate


@pytest.mark.parametrize(("setting", "value"), [("folds", 1), ("most_rows", 0)])
def test_a_setting_without_sense_is_refused(setting: str, value: int) -> None:
    with pytest.raises(ConfigError, match=f"{setting} must be at least"):
        Proxies(**{setting: value})


# 4. the planted pair
@pytest.mark.parametrize("seed", range(3))
def test_the_planted_proxy_is_found(seed: int) -> None:
    of = proxies.proxied(seed)
    assert verdict(CHECK, of, NO_PROXY) == "fail"


@pytest.mark.parametrize("seed", range(3))
def test_the_clean_twin_is_not_accused(seed: int) -> None:
    assert verdict(CHECK, proxies.unrelated(seed), NO_PROXY) == "pass"


# 5. coverage and power
def crossed(of: Subject) -> tuple[Inputs, np.ndarray[Any, np.dtype[np.bool_]]]:
    return of.inputs, of.group_codes("sex") == 0


@pytest.mark.slow
def test_features_without_a_relation_have_an_auc_of_one_half_on_average() -> None:
    found, limits = [], []
    for seed in range(120):
        inputs, positive = crossed(subject(drawn(seed, 150, by=0.0)))
        folds = folds_of(inputs, 5, 0)
        scores = level_scores(inputs, positive.astype(np.int64), 2, folds, 0)[:, 1]
        found.append(auc(scores, positive, level=0.95, folds=5))
        events = int(positive.sum())
        limits.append(attainable_auc(events, 150 - events, level=0.95, folds=5))
    values = np.array([each.value for each in found])
    assert abs(values.mean() - 0.5) < 3 * values.std() / np.sqrt(len(values))
    # DeLong alone covers .84 to .86
    assert np.mean([each.low <= 0.5 <= each.high for each in found]) >= 0.93
    kept = [each.high <= limit for each, limit in zip(found, limits, strict=True)]
    assert 0.70 <= np.mean(kept) <= 0.93


@pytest.mark.slow
def test_the_gate_finds_the_proxy_and_passes_the_twin_at_1500_rows() -> None:
    flawed = [estimates(ask(CHECK, proxies.proxied(seed)))[AUC] for seed in range(20)]
    clean = [estimates(ask(CHECK, proxies.unrelated(seed)))[AUC] for seed in range(40)]
    assert np.mean([each.low > 0.6 for each in flawed]) >= 0.95
    assert np.mean([each.low > 0.6 for each in clean]) <= 0.05
    assert np.mean([each.high <= 0.6 for each in clean]) >= 0.80
    # no classifier tells more than the feature itself does; trees lose a little
    assert np.mean([each.value for each in flawed]) == pytest.approx(proxies.AUC, abs=0.015)
