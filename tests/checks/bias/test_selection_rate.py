from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    selection_rate,
)
from hypothesis import given
from hypothesis import strategies as st

from audit.demands import Demand
from audit.protocol import Check
from audit.results import Cause, Estimate, Question
from audit.subjects import Subject
from audit_checks.bias.selection_rate import SelectionRate
from fixtures.planted import selection
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

CHECK: Check = SelectionRate()
QUICK: Check = SelectionRate(draws=50)
DIFFERENCE, RATIO = "demographic_parity_difference", "demographic_parity_ratio"
NOTHING_BUT_A_GAP = Demand(check=CHECK.id, metric=DIFFERENCE, at_most=0.1)
FOUR_FIFTHS = Demand(check=CHECK.id, metric=RATIO, at_least=0.8)
GAP = question(CHECK, DIFFERENCE, {"across": "sex"})
QUOTIENT = question(CHECK, RATIO, {"across": "sex"})


def hired(prediction: Sequence[Any], sex: Sequence[Any], **more: Any) -> Subject:
    columns = {"prediction": prediction, "sex": sex}
    amounts = {name: more.pop(name) for name in ("weight", "count") if name in more}
    roles = {"favorable": ("1",), "groups": {"sex": ()}} | more
    return subject(columns | amounts, **roles)


def rate_of(sex: str) -> Question:
    return question(CHECK, "selection_rate", {"sex": sex})


# 1. fairlearn 0.15.0, computed here
def drawn(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    rows = {
        name: rng.choice(list(levels), 300) for name, levels in (("race", "abc"), ("sex", "mf"))
    }
    prediction = rng.binomial(1, np.where(rows["race"] == "a", 0.5, 0.3))
    return {**rows, "prediction": prediction, "weight": rng.uniform(0.5, 3, 300)}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("names", [["race"], ["race", "sex"]])
def test_rates_gap_and_ratio_are_those_of_fairlearn(names: list[str], *, weighted: bool) -> None:
    rows = drawn(1)
    weight = rows.pop("weight") if not weighted else rows["weight"]
    found = estimates(
        ask(CHECK, subject(rows, groups=dict.fromkeys(("race", "sex"), ()), **CROSSED))
    )
    y, across = rows["prediction"], {"across": names if len(names) > 1 else names[0]}
    given_weight = {"sample_weight": weight} if weighted else {}
    groups = {"sensitive_features": {name: rows[name] for name in names}, **given_weight}
    for metric, theirs in (
        (DIFFERENCE, demographic_parity_difference(y, y, **groups)),
        (RATIO, demographic_parity_ratio(y, y, **groups)),
    ):
        assert found[question(CHECK, metric, across)].value == pytest.approx(theirs)
    frame = MetricFrame(
        metrics=selection_rate,
        y_true=y,
        y_pred=y,
        sensitive_features=groups["sensitive_features"],
        sample_params=given_weight or None,
    )
    for level, theirs in frame.by_group.items():
        about = dict(zip(names, level if len(names) > 1 else [level], strict=True))
        assert found[question(CHECK, "selection_rate", about)].value == pytest.approx(theirs)


CROSSED = {"intersections": (("race", "sex"),)}


def test_a_class_against_the_rest_has_rates_of_its_own() -> None:
    table = subject(
        {"prediction": list("aabbcc"), "sex": list("mfmfmf")}, groups={"sex": ()}, favorable=()
    )
    found = estimates(ask(CHECK, table))
    about = {"sex": "m", "class": "a"}
    assert found[question(CHECK, "selection_rate", about)].value == pytest.approx(1 / 3)
    assert question(CHECK, DIFFERENCE, {"across": "sex", "class": "c"}) in found


# 2. properties
ROWS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from("mf")), min_size=1, max_size=40)


def columns(rows: list[tuple[int, str]]) -> dict[str, list[Any]]:
    return {"prediction": [hit for hit, _ in rows], "sex": [sex for _, sex in rows]}


def measured(columns: dict[str, Any]) -> dict[Question, Estimate]:
    if 1 not in columns["prediction"]:
        columns |= {name: [*values, values[0]] for name, values in columns.items()}
        columns["prediction"][-1] = 1
    return estimates(ask(QUICK, hired(**columns)))


@given(ROWS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(rows: list[tuple[int, str]], random: Any) -> None:
    rows = [*rows, (1, "m")]
    order = random.sample(range(len(rows)), len(rows))
    assert measured(columns(rows)) == measured(shuffled(columns(rows), order))


@given(ROWS)
def test_renaming_the_levels_changes_no_number(rows: list[tuple[int, str]]) -> None:
    rows = [*rows, (1, "m")]
    names = {"m": "a", "f": "z"}
    renamed = measured(columns([(hit, names[sex]) for hit, sex in rows]))
    found = measured(columns(rows))
    assert [found.get(each) for each in (GAP, QUOTIENT)] == [
        renamed.get(each) for each in (GAP, QUOTIENT)
    ]
    assert found[rate_of("m")] == renamed[rate_of("a")]


@given(ROWS)
def test_a_count_of_2_is_the_row_twice(rows: list[tuple[int, str]]) -> None:
    once = columns([*rows, (1, "m")])
    counted = once | {"count": [2] * len(once["sex"])}
    assert measured(counted) == measured(twice(once))


@given(ROWS, st.sampled_from([1e-3, 0.5, 1e4]))
def test_scaling_all_weights_changes_nothing(rows: list[tuple[int, str]], by: float) -> None:
    once = columns([*rows, (1, "m")])
    weights = np.arange(1.0, len(once["sex"]) + 1)
    one = measured(once | {"weight": weights})
    other = measured(once | {"weight": by * weights})
    for asked, estimate in one.items():
        ends = (estimate.value, estimate.low, estimate.high)
        assert ends == pytest.approx((other[asked].value, other[asked].low, other[asked].high))


# 3. edges
EMPTY_LEVEL = {"groups": {"sex": ("f", "m", "x")}}


@pytest.mark.parametrize(
    ("rows", "more", "asked", "reason"),
    [
        pytest.param(
            ([1], ["m"]),
            {},
            GAP,
            "a comparison needs two levels, but only m is judged",
            id="one row",
        ),
        pytest.param(([1, 0], ["m", "f"]), EMPTY_LEVEL, GAP, "no rows in x", id="an empty level"),
        pytest.param(
            ([1, 0], ["m", "f"]), EMPTY_LEVEL, rate_of("x"), "no rows in x", id="its own rate"
        ),
        pytest.param(
            ([0, 0], ["m", "f"]),
            {"favorable": ("0",)},
            GAP,
            "",
            id="all alike have a gap with a width",
        ),
        pytest.param(
            ([1, 0, 0], ["", "m", "f"]),
            {},
            QUOTIENT,
            "all rates are 0, so there is no ratio",
            id="all rates are 0",
        ),
    ],
)
def test_what_has_no_number_says_why(
    rows: tuple[list[int], list[str]], more: dict[str, Any], asked: Question, reason: str
) -> None:
    record = ask(CHECK, hired(*rows, **more))
    if not reason:
        assert estimates(record)[asked].high > 0
        return
    refusal = refusals(record)[asked]
    assert (refusal.text, refusal.cause) == (reason, Cause.DATA)


def test_no_number_does_not_pass() -> None:
    table = hired([1, 1, 1, 1], ["m", "m", "f", "f"], **EMPTY_LEVEL)
    assert verdict(CHECK, table, NOTHING_BUT_A_GAP) == "inconclusive"


def test_a_level_of_one_row_leaves_the_gap_open() -> None:
    table = hired([1, 0] * 100 + [1], ["m"] * 200 + ["f"])
    assert verdict(CHECK, table, NOTHING_BUT_A_GAP) == "inconclusive"


def test_rows_that_are_not_judged_are_counted_beside_the_gap() -> None:
    table = hired([1, 1, 1, 0, 1], ["m", "f", "m", "f", ""])
    found = findings(ask(CHECK, table))[GAP]
    assert found.estimate.n == 4
    assert found.details == {"rows not judged": 1, "lowest": "f", "highest": "m"}


def test_an_intersection_is_judged_only_on_request() -> None:
    rows = drawn(2)
    table = subject(
        rows, groups={"race": (), "sex": ()}, intersections=(("race", "sex"), ("sex", "race"))
    )
    record = ask(CHECK, table, Demand(check=CHECK.id, metric=DIFFERENCE, at_most=0.1))
    crossed = [q for q in record.questions if {"race", "sex"} <= set(q.about)]
    assert len(crossed) == 6
    assert all(each.on_request for each in crossed)
    [gate] = record.gates
    assert {str(a.question.about) for a in gate.answers} == {"across=race", "across=sex"}


def test_a_gate_can_ask_for_an_intersection() -> None:
    table = subject(drawn(2), groups={"race": (), "sex": ()}, **CROSSED)
    about = question(CHECK, DIFFERENCE, {"across": ["race", "sex"]}).about
    demand = Demand(check=CHECK.id, metric=DIFFERENCE, about=about, at_most=0.5)
    assert verdict(CHECK, table, demand) == "pass"


# 4. the planted pair
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("demand", [NOTHING_BUT_A_GAP, FOUR_FIFTHS], ids=["gap", "ratio"])
def test_the_planted_gap_is_found(seed: int, demand: Demand) -> None:
    assert verdict(CHECK, selection.unequal(seed), demand) == "fail"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("demand", [NOTHING_BUT_A_GAP, FOUR_FIFTHS], ids=["gap", "ratio"])
def test_the_clean_twin_is_not_accused(seed: int, demand: Demand) -> None:
    assert verdict(CHECK, selection.equal(seed), demand) == "pass"
