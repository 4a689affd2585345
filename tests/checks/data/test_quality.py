from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.data.roles import Roles
from audit.demands import Demand
from audit.protocol import Check
from audit.results import Cause, Estimate, Question
from audit.subjects import Subject
from audit_checks.data.quality import Quality
from fixtures.planted import quality
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
from tests.checks.drift.sides import sides

CHECK: Check = Quality()
JUDGED, MISSING = "judged_share", "missing_share"
DUPLICATES, LEAKED, CONTENT = "duplicate_share", "leaked_share", "leaked_content_share"
CONSTANT, UNIQUE = "constant_columns", "near_unique_columns"
GROUP = Roles(groups={"race": ("a", "b")})


def of(metric: str, column: str = "") -> Question:
    return question(CHECK, metric, {"column": column} if column else {})


def measured(columns: dict[str, Any], **roles: Any) -> dict[Question, Estimate]:
    return estimates(ask(CHECK, subject(columns, **roles)))


def ends(estimate: Estimate) -> list[float]:
    return [round(end, 4) for end in (estimate.value, estimate.low, estimate.high)]


# 1. published intervals, and counts by hand or by pandas 3.0.6
def test_shares_of_rows_have_the_interval_of_wilson() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81/263
    found = measured({"x": [None] * 81 + ["a", "b"] * 91})
    assert ends(found[of(MISSING, "x")]) == [0.308, 0.2553, 0.3662]
    found = measured({"race": ["a"] * 80 + ["b"] + ["c"] * 182}, groups={"race": ("a", "b")})
    assert ends(found[of(JUDGED, "race")]) == [0.308, 0.2553, 0.3662]


@pytest.mark.parametrize("seed", range(3))
def test_repeats_and_common_rows_are_those_of_pandas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, now = (
        pd.DataFrame({"n": rng.integers(0, 9, 80), "x": rng.choice(np.array(["a", "b", None]), 80)})
        for _ in range(2)
    )
    found = estimates(ask(CHECK, sides(before, now)))
    common = now.merge(before.drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    assert found[of(DUPLICATES)].value == pytest.approx(now.duplicated().mean())
    assert found[of(CONTENT)].value == pytest.approx(common.mean())


def test_columns_without_content_are_counted_and_named() -> None:
    names = [f"n{i}" for i in range(200)]
    table: dict[str, Any] = {
        "one": ["a"] * 200,
        "none": [None] * 200,
        "name": names,
        "number": list(range(200)),
        "amount": [i / 7 for i in range(200)],
        "few": ["a", "b"] * 100,
    }
    found = findings(ask(CHECK, subject(table)))
    assert found[of(CONSTANT)].details == {"columns": ["one", "none"]}
    assert found[of(UNIQUE)].details == {"columns": ["name", "number"]}
    assert found[of(UNIQUE)].estimate.value == 2


# 2. properties
ROW = st.tuples(st.integers(0, 3), st.sampled_from(["x", "y", "", None]), st.sampled_from("abc"))
ROWS = st.lists(ROW, min_size=1, max_size=40)


def columns(rows: Sequence[tuple[int, str | None, str]]) -> dict[str, list[Any]]:
    number, text, race = zip(*rows, strict=True)
    return {"number": list(number), "text": list(text), "race": list(race)}


def grouped(rows: dict[str, Any]) -> dict[Question, Estimate]:
    return measured(rows, groups={"race": ("a", "b")})


@given(ROWS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(rows: list[Any], random: Any) -> None:
    once = columns(rows)
    order = random.sample(range(len(rows)), len(rows))
    assert grouped(once) == grouped(shuffled(once, order))


@given(ROWS)
def test_a_count_of_2_is_the_row_twice(rows: list[Any]) -> None:
    once = columns(rows)
    counted, written = grouped(once | {"count": [2] * len(rows)}), grouped(twice(once))
    for metric in (DUPLICATES, CONSTANT):
        assert counted[of(metric)].value == pytest.approx(written[of(metric)].value)
    for asked in (of(MISSING, "text"), of(JUDGED, "race")):
        assert counted[asked].value == written[asked].value
        assert counted[asked].n == written[asked].n


@given(ROWS, st.sampled_from([1e-3, 0.5, 1e4]))
def test_scaling_all_weights_changes_nothing(rows: list[Any], by: float) -> None:
    once, weights = columns(rows), np.arange(1.0, len(rows) + 1)
    one, other = grouped(once | {"weight": weights}), grouped(once | {"weight": by * weights})
    for asked, estimate in one.items():
        assert ends(estimate) == pytest.approx(ends(other[asked]), abs=2e-4)


@given(ROWS)
def test_every_row_of_a_table_is_leaked_into_itself(rows: list[Any]) -> None:
    once = columns(rows) | {"id": list(range(len(rows)))}
    found = estimates(ask(CHECK, sides(once, once, roles=Roles(id="id"))))
    assert found[of(LEAKED)].value == found[of(CONTENT)].value == 1


# 3. edges
def test_a_leak_needs_ids_on_both_sides() -> None:
    rows = {"x": [1, 2], "id": [1, 2]}
    table = sides(rows, rows, roles=Roles(id="id"), reference_roles=Roles())
    refusal = refusals(ask(CHECK, table))[of(LEAKED)]
    assert refusal.cause is Cause.NEED
    assert refusal.text == "needs an id column in the reference and in the rows under test"
    demand = Demand(check=CHECK.id, metric=LEAKED, at_most=0.0)
    assert verdict(CHECK, table, demand) == "inconclusive"


def test_content_is_compared_where_the_reference_has_all_columns() -> None:
    refusal = refusals(ask(CHECK, sides({"x": [1, 2]}, {"x": [1, 2], "z": [1, 2]})))[of(CONTENT)]
    assert refusal.text == "the reference has no column z"


def test_without_a_reference_or_groups_the_runner_says_so() -> None:
    refused = refusals(ask(CHECK, subject({"x": [1, 2]})))
    assert refused[of(LEAKED)].text == "needs reference"
    assert refused[of(JUDGED)].text == "needs groups"


def test_a_table_of_ids_alone_has_no_content() -> None:
    refusal = refusals(ask(CHECK, subject({"id": [1, 2]})))[of(DUPLICATES)]
    assert refusal.text == "needs features, a label or groups"


def test_null_nan_infinity_and_empty_text_are_missing() -> None:
    found = measured({"n": [1.0, None, float("nan"), float("inf")], "x": ["a", None, "", "b"]})
    assert found[of(MISSING, "n")].value == 0.75
    assert found[of(MISSING, "x")].value == 0.5


@pytest.mark.parametrize(
    ("before", "now", "share"),
    [
        ([1, 2, 3], ["1", "2", "3"], 1),
        ([1.0, 2.0, 9.0], [1, 2, 3], 2 / 3),
        (["1", "2", "4"], [1.0, 2.0, 5.0], 2 / 3),
        (["01", "2", "4"], ["1", "2", "3"], 1 / 3),
    ],
)
def test_an_id_leaks_whatever_type_holds_it(
    before: list[Any], now: list[Any], share: float
) -> None:
    found = estimates(ask(CHECK, sides({"id": before}, {"id": now}, roles=Roles(id="id"))))
    assert found[of(LEAKED)].value == pytest.approx(share)


def test_one_row_is_measured_with_all_its_doubt() -> None:
    found = measured({"x": ["a"]})
    assert found[of(MISSING, "x")].high > 0.7


def test_lists_are_compared_and_not_searched_for_content() -> None:
    found = measured({"x": [[1, 2], [1, 2], [3]], "y": ["a", "a", "a"]})
    assert found[of(DUPLICATES)].value == pytest.approx(1 / 3)
    assert found[of(CONSTANT)].value == 1


def test_engines_agree_and_may_differ_between_the_sides() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "id": range(400),
            "n": rng.integers(0, 3, 400) / 2,
            "x": rng.choice(["a", "b", ""], 400),
            "race": rng.choice(["a", "b", "c"], 400),
            "day": pd.Timestamp("2026-01-01"),
            "yes": rng.integers(0, 2, 400).astype(bool),
        }
    )
    frame.loc[::7, "n"] = np.nan
    roles = Roles(id="id", groups={"race": ("a", "b")})
    before, now = frame[:250], frame[150:]
    expected = estimates(ask(CHECK, sides(before, now, roles=roles)))
    polars = pl.from_pandas(before)
    lazy = duckdb.from_arrow(pl.from_pandas(now).to_arrow())
    for reference, test in ((polars, lazy), (polars.to_arrow(), now)):
        assert estimates(ask(CHECK, sides(reference, test, roles=roles))) == expected


# 4. the planted pairs
Planted = Callable[[int], Subject]
FLAWS = [
    pytest.param(quality.unjudged, JUDGED, {"at_least": 0.95}, id="unjudged"),
    pytest.param(quality.missing_values, MISSING, {"at_most": 0.05}, id="missing"),
    pytest.param(quality.leaked, LEAKED, {"at_most": 0.0}, id="leaked"),
    pytest.param(quality.empty_columns, CONSTANT, {"at_most": 0}, id="constant"),
    pytest.param(quality.empty_columns, UNIQUE, {"at_most": 0}, id="near unique"),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("planted", "metric", "limit"), FLAWS)
def test_the_planted_flaw_is_found_and_the_twin_is_not_accused(
    planted: Planted, metric: str, limit: dict[str, Any], seed: int
) -> None:
    demand = Demand(check=CHECK.id, metric=metric, **limit)
    assert verdict(CHECK, planted(seed), demand) == "fail"
    assert verdict(CHECK, quality.clean(seed), demand) == "pass"


def test_repeated_content_is_described() -> None:
    found = estimates(ask(CHECK, quality.repeated(0)))
    assert found[of(DUPLICATES)].value == 0.5
    assert estimates(ask(CHECK, quality.clean(0)))[of(DUPLICATES)].value == 0


# 5. false alarms and power
@pytest.mark.slow
def test_one_of_20_columns_at_the_limit_fails_in_5_percent_at_most() -> None:
    demand, rng = Demand(check=CHECK.id, metric=MISSING, at_most=0.1), np.random.default_rng(1)
    alarms = 0
    for _ in range(150):
        flags = rng.random((500, 20)) < 0.1
        table: dict[str, Any] = {f"x{i}": np.where(flags[:, i], np.nan, 1.0) for i in range(20)}
        alarms += verdict(CHECK, subject(table), demand) == "fail"
    assert alarms / 150 <= 0.05


@pytest.mark.slow
def test_twice_the_limit_is_found() -> None:
    demand, rng = Demand(check=CHECK.id, metric=MISSING, at_most=0.1), np.random.default_rng(2)
    found = [
        verdict(
            CHECK, subject({"x": np.where(rng.random(300) < 0.2, np.nan, 1.0).tolist()}), demand
        )
        for _ in range(100)
    ]
    assert found.count("fail") >= 90
