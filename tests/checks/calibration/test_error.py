from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.demands import Demand
from audit.errors import ConfigError
from audit.protocol import Check
from audit.results import Cause, Estimate, Question
from audit.subjects import Subject
from audit_checks.calibration.error import CalibrationError
from fixtures.planted import calibration
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

CHECK: Check = CalibrationError()
QUICK: Check = CalibrationError(draws=20)
ERROR, EXPECTED = "calibration_error", "expected_calibration_error"
ALL, EXPECTED_ALL = question(CHECK, ERROR), question(CHECK, EXPECTED)


def scored(rows: dict[str, Any], **roles: Any) -> Subject:
    groups = {"groups": {"sex": ()}} if "sex" in rows else {}
    return subject(rows, **{"scores": ("score",), "favorable": ("1",)} | groups | roles)


def drawn(seed: int, n: int, power: float = 1.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    score = rng.uniform(0.001, 0.999, n)
    label = rng.random(n) < score**power
    return {"label": label.astype(int), "score": score, "sex": rng.choice(list("mf"), n)}


# 1. by hand from the unit cases of verified_calibration, calibration/util_test.py: scores of .5 in
# four rows and .6 in five have an error of 4/9 * .25 + 5/9 * .2 where 3 and 4 of them come true
def test_the_expected_error_is_that_of_verified_calibration() -> None:
    score, label = [0.5] * 4 + [0.6] * 5, [1, 1, 1, 0, 1, 1, 1, 1, 0]
    table = scored({"score": score * 3, "label": label * 3})
    found = estimates(ask(QUICK, table))[EXPECTED_ALL]
    assert found.value == pytest.approx(4 / 9 * 0.25 + 5 / 9 * 0.2)


# statistics.md 3.1: T = sum w (m^2 - s^2 / n) over bins of equal size, written out
def test_the_error_is_the_debiased_root_of_the_mean_square() -> None:
    rows = drawn(3, 300, power=3)
    order = np.argsort(rows["score"])
    gap = (rows["score"] - rows["label"])[order].reshape(15, 20)
    square = np.mean(gap.mean(axis=1) ** 2 - gap.var(axis=1, ddof=1) / 20)
    found = estimates(ask(QUICK, scored(rows)))[ALL]
    assert found.value == pytest.approx(np.sqrt(square))


def test_the_error_of_a_level_is_that_of_its_rows_alone() -> None:
    rows = drawn(4, 600, power=2)
    women = rows["sex"] == "f"
    alone = estimates(ask(QUICK, scored({name: rows[name][women] for name in ("label", "score")})))
    level = estimates(ask(QUICK, scored(rows)))[question(CHECK, ERROR, {"sex": "f"})]
    assert (level.value, level.high, level.n) == (alone[ALL].value, alone[ALL].high, women.sum())
    # Bonferroni's correction over two levels
    assert level.low < alone[ALL].low


def test_a_weight_moves_the_curve_and_widens_the_interval() -> None:
    rows = drawn(6, 300)
    weight = np.random.default_rng(6).uniform(0.1, 9, 300)
    plain, weighted = (
        findings(ask(QUICK, scored(each)))[ALL] for each in (rows, rows | {"weight": weight})
    )
    first = np.argsort(rows["score"])[:20]
    observed = np.average(rows["label"][first], weights=weight[first])
    assert weighted.details["bins"][0]["observed"] == pytest.approx(observed)
    assert weighted.details["bins"][0]["observed"] != plain.details["bins"][0]["observed"]
    assert (weighted.estimate.attainable or 0.0) > (plain.estimate.attainable or 1.0)


def test_each_class_is_scored_against_the_rest() -> None:
    rng = np.random.default_rng(5)
    chance = rng.dirichlet([1, 1, 1], 300)
    label = [rng.choice(list("abc"), p=each) for each in chance]
    columns = dict(zip("abc", chance.T, strict=True))
    table = subject({"label": label, **columns}, scores=tuple("abc"), score_classes=tuple("abc"))
    found = estimates(ask(QUICK, table))
    rows = {"label": [int(each == "b") for each in label], "score": chance[:, 1]}
    alone = estimates(ask(QUICK, scored(rows)))
    assert found[question(CHECK, ERROR, {"class": "b"})] == alone[ALL]


def test_the_scores_of_several_favourable_classes_may_sum_to_a_little_more_than_1() -> None:
    rows: dict[str, list[Any]] = {
        "label": list("ab") * 20,
        "a": [0.5] * 40,
        "b": [0.5004] * 40,
        "c": [0.0] * 40,
    }
    table = subject(rows, scores=tuple("abc"), score_classes=tuple("abc"), favorable=("a", "b"))
    assert estimates(ask(QUICK, table))[ALL].value == 0


# 2. properties
ROW = st.tuples(st.integers(0, 1), st.integers(0, 20), st.sampled_from("mf"))
ROWS = st.lists(ROW, min_size=30, max_size=80)


def columns(rows: list[tuple[int, int, str]]) -> dict[str, list[Any]]:
    label, twentieths, sex = zip(*rows, (1, 20, "m"), (0, 0, "f"), strict=True)
    score = [each / 20 for each in twentieths]
    return {"label": list(label), "score": score, "sex": list(sex)}


def measured(rows: dict[str, Any]) -> dict[Question, tuple[float | None, ...]]:
    return {asked: numbers(each) for asked, each in estimates(ask(QUICK, scored(rows))).items()}


def numbers(estimate: Estimate) -> tuple[float | None, ...]:
    attainable = estimate.attainable or 0.0
    # squares are what is summed: near 0 a root shows their rounding
    return tuple(each**2 for each in (estimate.value, estimate.low, estimate.high, attainable))


Numbers = dict[Question, tuple[float | None, ...]]


def same(one: Numbers, other: Numbers) -> bool:
    """Say whether sums in another order gave the same numbers."""
    return one.keys() == other.keys() and all(
        one[asked] == pytest.approx(other[asked], abs=1e-12) for asked in one
    )


@given(ROWS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(rows: list[tuple[int, int, str]], random: Any) -> None:
    once = columns(rows)
    order = random.sample(range(len(once["sex"])), len(once["sex"]))
    assert same(measured(once), measured(shuffled(once, order)))


@given(ROWS)
def test_renaming_the_levels_changes_nothing(rows: list[tuple[int, int, str]]) -> None:
    once = columns(rows)
    renamed = once | {"sex": [{"m": "a", "f": "z"}[sex] for sex in once["sex"]]}
    one, other = measured(once), measured(renamed)
    for sex, name in (("m", "a"), ("f", "z")):
        level = question(CHECK, ERROR, {"sex": sex})
        assert one.get(level) == other.get(question(CHECK, ERROR, {"sex": name}))


@given(ROWS)
def test_a_count_of_2_is_the_row_twice(rows: list[tuple[int, int, str]]) -> None:
    once = columns(rows)
    assert same(measured(once | {"count": [2] * len(once["sex"])}), measured(twice(once)))


@given(ROWS, st.sampled_from([1e-3, 0.5, 1e4]))
def test_scaling_all_weights_changes_nothing(rows: list[tuple[int, int, str]], by: float) -> None:
    once = columns(rows)
    weights = np.arange(1.0, len(once["sex"]) + 1)
    assert same(measured(once | {"weight": weights}), measured(once | {"weight": by * weights}))


# 3. edges
@pytest.mark.parametrize("rows", [1, 19])
def test_fewer_than_20_rows_are_not_measured(rows: int) -> None:
    found = refusals(ask(CHECK, scored({"label": [1] * rows, "score": [0.9] * rows})))
    for asked in (ALL, EXPECTED_ALL):
        assert found[asked].text == f"needs at least 20 rows, but got {rows}"
        assert found[asked].cause is Cause.DATA


def test_a_level_without_rows_is_said_to_have_none_and_does_not_pass() -> None:
    table = scored(drawn(1, 4000), groups={"sex": ("m", "f", "x")})
    refusal = refusals(ask(CHECK, table))[question(CHECK, ERROR, {"sex": "x"})]
    assert refusal.text == "needs at least 20 rows, but got 0"
    assert (
        verdict(CHECK, table, Demand(check=CHECK.id, metric=ERROR, at_most=0.5)) == "inconclusive"
    )


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_scores_that_are_all_alike_and_right_have_a_width(score: float) -> None:
    rows = {"label": [int(score)] * 40, "no": [1 - score] * 40, "yes": [score] * 40}
    table = scored(rows, scores=("no", "yes"), score_classes=("0", "1"))
    found = estimates(ask(QUICK, table))
    for asked in (ALL, EXPECTED_ALL):
        assert found[asked].value == 0
        assert found[asked].high > 0


def test_without_groups_all_rows_are_still_judged() -> None:
    rows = drawn(1, 100)
    record = ask(QUICK, scored({name: rows[name] for name in ("label", "score")}))
    assert {str(each.about) for each in record.questions} == {"all"}
    assert record.measured


def test_the_expected_error_knows_no_weights() -> None:
    rows = drawn(1, 100) | {"weight": np.ones(100)}
    refusal = refusals(ask(QUICK, scored(rows)))[EXPECTED_ALL]
    assert refusal.text == "expected_calibration_error of weighted rows is not defined yet"
    assert refusal.cause is Cause.NEED


def test_the_details_draw_the_curve_with_its_band() -> None:
    found = findings(ask(CHECK, scored(drawn(1, 3000))))
    bins = found[ALL].details["bins"]
    assert [sorted(each) for each in bins] == [["high", "low", "n", "observed", "predicted"]] * 15
    assert sum(each["n"] for each in bins) == 3000
    assert sum(each["low"] <= each["observed"] <= each["high"] for each in bins) >= 12
    null = found[EXPECTED_ALL].details
    assert 0 < null["null_mean"] < null["null_quantile"]


def test_one_bin_shows_no_calibration() -> None:
    with pytest.raises(ConfigError, match="bins must be at least 2, but got 1"):
        CalibrationError(bins=1)


# 4. the planted pair
DEMAND = Demand(check=CHECK.id, metric=ERROR, at_most=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_the_overconfident_scores_are_found(seed: int) -> None:
    assert verdict(QUICK, calibration.overconfident(seed), DEMAND) == "fail"


@pytest.mark.parametrize("seed", range(5))
def test_the_calibrated_twin_is_not_accused(seed: int) -> None:
    assert verdict(QUICK, calibration.calibrated(seed), DEMAND) == "pass"


# 5. coverage and power, as in statistics.md 3.3, at the two-sided level
SKETCH: Check = CalibrationError(draws=1)


def simulated(temperature: float, n: int, draws: int) -> list[dict[Question, Estimate]]:
    rng, found = np.random.default_rng(n), []
    for _ in range(draws):
        score = rng.uniform(0.001, 0.999, n)
        label = rng.random(n) < calibration.tempered(score, temperature)
        found.append(estimates(ask(SKETCH, scored({"label": label.astype(int), "score": score}))))
    return found


def gaps(temperature: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    score = np.linspace(0.001, 0.999, 100_000)
    return np.asarray(score - calibration.tempered(score, temperature))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("temperature", "n", "passes", "fails"),
    [
        (1.0, 2000, 0.86, 0.0),
        (1.0, 10_000, 1.0, 0.0),
        (1.5, 2000, 0.0, 0.12),
        (2.0, 2000, 0.0, 1.0),
    ],
)
def test_the_gate_at_a_twentieth_passes_and_fails_as_planned(
    temperature: float, n: int, passes: float, fails: float
) -> None:
    found = [each[ALL] for each in simulated(temperature, n, 400)]
    assert np.mean([each.high <= 0.05 for each in found]) == pytest.approx(passes, abs=0.06)
    assert np.mean([each.low > 0.05 for each in found]) == pytest.approx(fails, abs=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 500, 2000])
@pytest.mark.parametrize("temperature", [1.0, 1.5, 2.0])
def test_the_true_errors_lie_in_their_intervals(temperature: float, n: int) -> None:
    gap = gaps(temperature)
    truth = {ALL: np.sqrt(np.mean(gap**2)), EXPECTED_ALL: np.mean(np.abs(gap))}
    draws = simulated(temperature, n, 400)
    for asked, true in truth.items():
        found = [each[asked] for each in draws]
        assert np.mean([each.low <= true <= each.high for each in found]) >= 0.93, asked
        assert np.mean([each.low > true for each in found]) <= 0.05, asked


@pytest.mark.slow
def test_calibrated_scores_pass_their_attainable_limit_in_80_percent() -> None:
    found = [each[ALL] for each in simulated(1.0, 1000, 400)]
    limit = np.mean([each.attainable or 0.0 for each in found])
    assert np.mean([each.high <= limit for each in found]) == pytest.approx(0.8, abs=0.06)
