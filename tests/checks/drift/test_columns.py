from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, wasserstein_distance

from audit.data.roles import Roles
from audit.demands import Demand
from audit.errors import ConfigError
from audit.protocol import Check
from audit.results import Cause, Estimate, Question
from audit.subjects import Subject
from audit_checks.drift.columns import Columns
from fixtures.planted import drift
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict
from tests.checks.drift.sides import sides

CHECK: Check = Columns()
KS, TV, MISSING = "ks_distance", "total_variation", "missing_change"
NEW, PSI, MOVE = "new_categories", "population_stability_index", "wasserstein_over_iqr"


def of(metric: str, column: str = "x") -> Question:
    return question(CHECK, metric, {"column": column})


def measured(reference: Sequence[Any], test: Sequence[Any]) -> dict[Question, Estimate]:
    return estimates(ask(CHECK, sides({"x": reference}, {"x": test})))


def ends(estimate: Estimate) -> list[float]:
    return [round(end, 4) for end in (estimate.value, estimate.low, estimate.high)]


# 1. scipy 1.17.1, and published intervals
def drawn(seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=300), np.round(rng.normal(0.3, 1.5, size=200), 1)


@pytest.mark.parametrize("seed", range(3))
def test_distances_of_numbers_are_those_of_scipy(seed: int) -> None:
    before, now = drawn(seed)
    found = measured(before, now)
    iqr = np.subtract(*np.quantile(before, [0.75, 0.25]))
    assert found[of(KS)].value == pytest.approx(ks_2samp(before, now).statistic)
    assert found[of(MOVE)].value == pytest.approx(wasserstein_distance(before, now) / iqr)


def test_the_change_of_missing_values_has_the_interval_of_newcombe() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II: 56/70 - 48/80
    before = [None] * 48 + ["a"] * 32
    found = measured(before, [None] * 56 + ["a"] * 14)[of(MISSING)]
    assert ends(found) == [0.2, 0.0524, 0.3339]


def test_new_categories_have_the_interval_of_wilson() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81/263
    found = measured(["a"] * 300, ["b"] * 81 + ["a"] * 182)[of(NEW)]
    assert ends(found) == [0.308, 0.2553, 0.3662]


def test_the_stability_index_is_that_of_the_formula_less_its_mean() -> None:
    found = findings(ask(CHECK, sides({"x": ["a", "b"] * 500}, {"x": ["a"] * 300 + ["b"] * 700})))
    p, q = np.array([500.5, 500.5]) / 1001, np.array([300.5, 700.5]) / 1001
    plain = float(((q - p) * np.log(q / p)).sum())
    index = found[of(PSI)]
    assert index.details["plain"] == pytest.approx(plain)
    assert index.estimate.value == pytest.approx(plain - 2 / 1000)


# 2. properties
LETTERS = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=40)
NUMBERS = st.lists(st.integers(-50, 50), min_size=15, max_size=60, unique=True)


@given(LETTERS, LETTERS)
def test_swapping_the_sides_of_categories_flips_signs_alone(
    one: list[str | None], other: list[str | None]
) -> None:
    one, other = [*one, "a", "b"], [*other, "b", "c"]
    there, back = measured(one, other), measured(other, one)
    assert there[of(TV)].value == pytest.approx(back[of(TV)].value)
    flipped = [-end for end in (back[of(MISSING)].high, back[of(MISSING)].low)]
    assert [there[of(MISSING)].low, there[of(MISSING)].high] == pytest.approx(flipped)


@given(NUMBERS, NUMBERS)
def test_swapping_the_sides_of_numbers_changes_no_distance(
    one: list[int], other: list[int]
) -> None:
    there, back = measured(one, other)[of(KS)], measured(other, one)[of(KS)]
    assert ends(there) == ends(back)


@given(LETTERS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(rows: list[str | None], random: Any) -> None:
    rows = [*rows, "a", "b"]
    mixed = random.sample(rows, len(rows))
    assert measured(rows, ["a", "b"] * 10) == measured(mixed, ["a", "b"] * 10)


@given(LETTERS, LETTERS)
def test_renaming_the_categories_changes_nothing(
    one: list[str | None], other: list[str | None]
) -> None:
    names = {"a": "z", "b": "m", "c": "a", None: None}
    one, other = [*one, "a", "b"], [*other, "b", "c"]
    renamed = measured([names[each] for each in one], [names[each] for each in other])
    assert measured(one, other) == renamed


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), min_size=15, max_size=40))
def test_a_count_of_2_is_the_row_twice(rows: list[tuple[int, str]]) -> None:
    number, letter = ([row[i] for row in [*rows, *rows[:2]]] for i in (0, 1))
    once = {"n": number, "x": letter, "count": [2] * len(number)}
    both = {"n": number * 2, "x": letter * 2}
    other = {"n": list(range(20)), "x": ["a", "b"] * 10}
    counted = sides({**other, "count": [1] * 20}, once, roles=Roles(count="count"))
    assert estimates(ask(CHECK, counted)) == estimates(ask(CHECK, sides(other, both)))


FEW = st.lists(st.floats(-5, 5), min_size=1, max_size=25)


@pytest.mark.slow
@settings(max_examples=2000)
@given(FEW, FEW)
def test_few_rows_never_pass_a_tight_limit(before: list[float], now: list[float]) -> None:
    table = sides({"x": before}, {"x": now})
    for metric in {asked.metric for asked in CHECK.questions(table)} & {KS, TV}:
        demand = Demand(check=CHECK.id, metric=metric, at_most=0.1)
        assert verdict(CHECK, table, demand) != "pass"


# 3. edges
@pytest.mark.parametrize(
    ("reference", "test", "metric", "reason"),
    [
        pytest.param(
            ["a"], ["a", "b"], TV, "fewer than two rows of the reference", id="one row before"
        ),
        pytest.param(["a", "b"], ["a"], TV, "fewer than two rows under test", id="one row now"),
        pytest.param(
            list(range(20)),
            [float("nan")] * 5 + [1.0],
            KS,
            "fewer than two rows under test have a value in column x",
            id="nothing but NaN",
        ),
        pytest.param(["a"] * 9, ["a"] * 9, PSI, "column x has one value only", id="one category"),
        pytest.param(
            [f"name {i}" for i in range(99)],
            [f"name {i}" for i in range(99)],
            TV,
            "column x has a different value in almost every row",
            id="names",
        ),
        pytest.param(
            [f"code {i % 1001}" for i in range(3000)],
            ["code 1"] * 99,
            NEW,
            "column x has more than 1000 categories",
            id="too many categories",
        ),
        pytest.param([[1], [2]], [[1], [2]], TV, "column x holds lists", id="lists"),
    ],
)
def test_what_cannot_be_compared_says_why(
    reference: list[Any], test: list[Any], metric: str, reason: str
) -> None:
    refusal = refusals(ask(CHECK, sides({"x": reference}, {"x": test})))[of(metric)]
    assert refusal.text.startswith(reason)


def test_missing_values_are_counted_where_categories_are_not_compared() -> None:
    names = [f"name {i}" for i in range(2000)]
    found = measured(names, [*names[:1000], *[None] * 500, *[""] * 500])
    assert found[of(MISSING)].value == 0.5


@pytest.mark.parametrize("lost", ["reference", "test"])
def test_a_column_that_a_side_lost_is_asked_and_leaves_the_gate_open(lost: str) -> None:
    whole, part = {"x": ["a", "b"] * 9, "y": ["c", "d"] * 9}, {"x": ["a", "b"] * 9}
    table = sides(part, whole) if lost == "reference" else sides(whole, part)
    refusal = refusals(ask(CHECK, table))[of(TV, "y")]
    assert refusal.cause is Cause.NEED
    assert refusal.text.endswith("no column y")
    demand = Demand(check=CHECK.id, metric=TV, at_most=0.9)
    assert verdict(CHECK, table, demand) == "inconclusive"


def test_a_role_of_either_side_is_no_feature() -> None:
    rows = {"x": ["a", "b"] * 9, "yhat": [0, 1] * 9, "y": [0, 1] * 9}
    roles = Roles(label="y", prediction="yhat")
    table = sides(rows, rows, roles=roles, reference_roles=Roles(label="y"))
    assert {asked.about["column"] for asked in CHECK.questions(table)} == {"x"}


def test_weighted_rows_are_refused() -> None:
    rows = {"x": ["a", "b"] * 9, "w": [1.0, 2.0] * 9}
    refused = refusals(ask(CHECK, sides(rows, rows, roles=Roles(weight="w"))))
    assert refused[of(TV)].cause is Cause.NEED
    assert refused[of(TV)].text == "total_variation of weighted rows is not defined yet"


def test_numbers_with_few_values_are_codes() -> None:
    codes, many = [1, 2, 3] * 600, [1.5 * i for i in range(1800)]
    assert of(TV) in measured(codes, codes)
    assert of(KS) in measured(codes, many)
    assert of(KS) in measured(codes[:-11] + list(range(11)), codes)


def test_a_group_is_read_as_its_levels() -> None:
    roles = Roles(bands={"age": (30, 45)}, features=("age",))
    rows = {"age": list(range(20, 60))}
    [found] = [
        each
        for asked, each in findings(ask(CHECK, sides(rows, rows, roles=roles))).items()
        if asked.metric == TV
    ]
    names = {each["label"] for each in found.details["bins"]}
    assert names == {"under 30", "30 to under 45", "45 and over"}


def test_the_bins_cut_at_deciles_and_set_a_frequent_value_apart() -> None:
    zeros = [0.0] * 500 + [float(i) for i in range(1, 501)]
    found = findings(ask(CHECK, sides({"x": zeros}, {"x": zeros[250:]})))[of(KS)]
    bins = {each["label"]: each for each in found.details["bins"]}
    assert found.details["kind"] == "numeric"
    assert bins["0"]["reference"] == 0.5
    assert bins["0"]["test"] == pytest.approx(1 / 3)
    assert len(bins) <= 12
    assert sum(each["test"] for each in bins.values()) == pytest.approx(1)


def test_the_smallest_categories_are_shown_as_one() -> None:
    rows = [f"c{i:02}" for i in range(40) for _ in range(100 - i)]
    found = findings(ask(CHECK, sides({"x": rows}, {"x": rows})))[of(TV)]
    labels = [each["label"] for each in found.details["bins"]]
    assert labels == [*(f"c{i:02}" for i in range(11)), "other"]


def test_engines_agree_and_may_differ_between_the_sides() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "n": rng.normal(size=400),
            "x": rng.choice(["a", "b", ""], 400),
            "c": rng.integers(0, 4, 400),
        }
    )
    frame.loc[::7, "n"] = np.nan
    before, now = frame[:250], frame[250:]
    expected = estimates(ask(CHECK, sides(before, now)))
    lazy = duckdb.from_arrow(pl.from_pandas(now).to_arrow())
    for reference, test in (
        (pl.from_pandas(before), lazy),
        (pl.from_pandas(before).to_arrow(), now),
    ):
        assert estimates(ask(CHECK, sides(reference, test))) == expected


def test_a_method_of_no_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="method must be 'evidently:NAME'"):
        Columns(method="psi")


# 4. the planted pairs
Planted = Callable[[int, int], Subject]
FLAWS = [
    pytest.param(drift.shifted, KS, {"at_most": 0.1}, id="numeric shift"),
    pytest.param(drift.heavy_tail_doubled, KS, {"at_most": 0.05}, id="heavy tail x 2"),
    pytest.param(drift.other_regions, TV, {"at_most": 0.1}, id="other mix"),
    pytest.param(drift.more_men, TV, {"at_most": 0.1}, id="other mix of a group"),
    pytest.param(drift.missing_ages, MISSING, {"within": (-0.05, 0.05)}, id="missing"),
    pytest.param(drift.new_region, NEW, {"at_most": 0.01}, id="new category"),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("planted", "metric", "limit"), FLAWS)
def test_the_planted_drift_is_found(
    planted: Planted, metric: str, limit: dict[str, Any], seed: int
) -> None:
    demand = Demand(check=CHECK.id, metric=metric, **limit)
    assert verdict(CHECK, planted(seed, 8000), demand) == "fail"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("planted", "metric", "limit"), FLAWS)
def test_the_clean_twin_is_not_accused(
    planted: Planted, metric: str, limit: dict[str, Any], seed: int
) -> None:
    del planted
    demand = Demand(check=CHECK.id, metric=metric, **limit)
    assert verdict(CHECK, drift.steady(seed, 8000), demand) == "pass"


# 5. false alarms and power
def undrifted(seed: int, n: int) -> Subject:
    rng, kinds = np.random.default_rng(seed), 4

    def side() -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for i in range(kinds):
            columns[f"normal {i}"] = rng.normal(size=n)
            columns[f"tail {i}"] = rng.lognormal(0, 2, n)
            columns[f"zeros {i}"] = rng.poisson(0.1, n) * rng.exponential(size=n)
            columns[f"five {i}"] = rng.integers(0, 5, n)
            zipf = 1 / np.arange(1, 51 + 150 * i)
            names = np.array([f"level {j}" for j in range(len(zipf))])
            columns[f"zipf {i}"] = rng.choice(names, n, p=zipf / zipf.sum())
        columns["normal 0"][rng.random(n) < 0.05] = np.nan
        return columns

    return sides(side(), side())


STRICTEST = [
    Demand(check=CHECK.id, metric=KS, at_most=0.0),
    Demand(check=CHECK.id, metric=TV, at_most=0.0),
    Demand(check=CHECK.id, metric=NEW, at_most=0.0),
    Demand(check=CHECK.id, metric=MISSING, within=(0.0, 0.0)),
]


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 5000])
def test_twenty_columns_without_drift_raise_a_false_alarm_in_5_percent_at_most(n: int) -> None:
    runs = 100
    alarms = [
        any(each.verdict == "fail" for each in ask(CHECK, undrifted(seed, n), *STRICTEST).gates)
        for seed in range(runs)
    ]
    assert np.mean(alarms) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("n", "least"), [(500, 0.9), (300, 0.6)])
def test_a_shift_of_three_times_the_limit_is_found(n: int, least: float) -> None:
    demand = Demand(check=CHECK.id, metric=KS, at_most=0.1)
    found = [verdict(CHECK, drift.shifted(seed, n), demand) == "fail" for seed in range(100)]
    assert np.mean(found) >= least


@pytest.mark.slow
@pytest.mark.parametrize(("planted", "truth"), [(drift.steady, 0.0), (drift.shifted, 0.8)])
def test_the_move_lies_in_its_interval(planted: Planted, truth: float) -> None:
    # 0.8 standard deviations of a normal column are 0.8 / 1.349 quartile ranges
    held = 0
    for seed in range(200):
        move = estimates(ask(CHECK, planted(seed, 500)))[of(MOVE, "age")]
        held += move.low <= truth / 1.349 <= move.high
    assert held / 200 >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("west", [0.25, 0.3, 0.6])
@pytest.mark.parametrize("n", [200, 2000])
def test_the_stability_index_lies_in_its_interval(west: float, n: int) -> None:
    p, q = np.full(4, 0.25), np.array([west, *[(1 - west) / 3] * 3])
    truth, rng, held = float(((q - p) * np.log(q / p)).sum()), np.random.default_rng(n), 0
    for _ in range(300):
        before, now = (list(rng.choice(list("wxyz"), n, p=shares)) for shares in (p, q))
        index = measured(before, now)[of(PSI)]
        held += index.low <= truth <= index.high
    assert held / 300 >= 0.92
