from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.demands import Demand
from audit.inputs import Feature, Kind, Matrix
from audit.models.cached import Cached
from audit.predicting import model_subject
from audit.protocol import Check
from audit.results import Cause, Estimate, Finding, Question
from audit.subjects import Subject
from audit_checks.bias.counterfactual_swap import NOT_AN_INPUT, CounterfactualSwap
from fixtures.planted import swaps
from fixtures.planted.models import FunctionModel
from tests.checks.asking import ask, estimates, findings, question, refusals, shuffled, verdict

CHECK: Check = CounterfactualSwap()
FLIPS = question(CHECK, "flip_rate", {"attribute": "sex"})
SHIFT = question(CHECK, "score_shift", {"attribute": "sex"})
X = Feature(name="x")
SEX = Feature(name="sex", kind=Kind.CATEGORY, levels=("f", "m"))
NO_FLIPS = Demand(check=CHECK.id, metric="flip_rate", at_most=0.05)
NO_SHIFT = Demand(check=CHECK.id, metric="score_shift", at_most=0.05)


def asked(
    function: Callable[[Matrix], Matrix],
    rows: dict[str, Any],
    features: tuple[Feature, ...] = (X, SEX),
    reference: dict[str, Any] | None = None,
    **roles: Any,
) -> Subject:
    model = FunctionModel(function=function, features=features)
    known = {"groups": {"sex": ()}, "favorable": ("1",)} | roles
    return model_subject(
        Cached(model),
        read_frame(pd.DataFrame(rows)),
        Roles(**known),
        reference=None if reference is None else read_frame(pd.DataFrame(reference)),
    )


def found(of: Subject, metric: Question = FLIPS) -> Finding:
    return findings(ask(CHECK, of))[metric]


def lean(values: Matrix) -> Matrix:
    """Give men .2 more than women."""
    return np.asarray(np.clip(values[:, 0] + 0.2 * np.nan_to_num(values[:, 1]), 0, 1))


# 1. the same numbers by plain arithmetic on the frame
@pytest.mark.parametrize("seed", range(3))
def test_flips_and_shifts_are_those_of_the_swapped_column(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, sex = rng.uniform(0, 0.8, 200), rng.choice(["f", "m"], 200)
    of = asked(lean, {"x": x, "sex": sex})
    woman, man = x > 0.5, x + 0.2 > 0.5
    assert found(of).estimate.value == pytest.approx(np.mean(woman != man))
    assert found(of, SHIFT).estimate.value == pytest.approx(0.2)
    by_pair = {(each["from"], each["to"]): each for each in found(of).details["swaps"]}
    assert by_pair["f", "m"]["gain"] == pytest.approx(np.mean((man > woman)[sex == "f"]))
    assert by_pair["m", "f"]["lose"] == pytest.approx(np.mean((man > woman)[sex == "m"]))
    assert by_pair["f", "m"]["lose"] == by_pair["m", "f"]["gain"] == 0
    assert by_pair["f", "m"]["rows"] == int((sex == "f").sum())


def test_a_unit_flips_if_any_other_level_flips_it() -> None:
    # .45 at a, .55 at b, .45 at c: every unit flips, a and c to b alone
    race = Feature(name="race", kind=Kind.CATEGORY, levels=("a", "b", "c"))
    of = asked(
        lambda values: 0.45 + 0.1 * (values[:, 0] == 1),
        {"race": list("aabbcc")},
        features=(race,),
        groups={"race": ()},
    )
    flips = findings(ask(CHECK, of))[question(CHECK, "flip_rate", {"attribute": "race"})]
    assert flips.estimate.value == 1
    assert {(s["from"], s["to"]): s["flip"] for s in flips.details["swaps"]} == {
        ("a", "b"): 1,
        ("a", "c"): 0,
        ("b", "a"): 1,
        ("b", "c"): 1,
        ("c", "a"): 0,
        ("c", "b"): 1,
    }


def test_a_shift_is_the_largest_over_the_other_levels() -> None:
    race = Feature(name="race", kind=Kind.CATEGORY, levels=("a", "b", "c"))
    scores = np.array([0.45, 0.55, 0.85])
    of = asked(
        lambda values: scores[values[:, 0].astype(int)],
        {"race": list("abc")},
        features=(race,),
        groups={"race": ()},
    )
    shift = findings(ask(CHECK, of))[question(CHECK, "score_shift", {"attribute": "race"})]
    assert shift.estimate.value == pytest.approx((0.4 + 0.3 + 0.4) / 3)


def test_the_attainable_limit_is_the_bound_of_no_flip() -> None:
    estimate = found(asked(lean, {"x": [0.1, 0.9] * 100, "sex": ["f", "m"] * 100})).estimate
    # Wilson at 0/200: z^2 / (n + z^2)
    assert estimate.attainable == pytest.approx(1.959964**2 / (200 + 1.959964**2))
    assert estimate.flawless == 0


def test_without_a_favourable_class_a_shift_is_the_total_variation() -> None:
    rows = {"x": [0.3, 0.6], "sex": ["f", "m"], "outcome": ["0", "1"]}
    of = asked(lean, rows, favorable=())
    of = Subject(units=replace(of.units, favorable=()), model=of.model)
    # .3 -> .5 and .8 -> .6: both probabilities move by .2, half of their sum is .2
    assert found(of, SHIFT).estimate.value == pytest.approx(0.2)
    assert set(found(of).details["swaps"][0]) == {"from", "to", "rows", "flip", *ENDS}


ENDS = ("flip low", "flip high")


# 2. properties
UNITS = st.lists(
    st.tuples(st.floats(0, 1).map(lambda x: round(x, 3)), st.sampled_from("fm")),
    min_size=2,
    max_size=30,
)


def columns(units: list[tuple[float, str]]) -> dict[str, list[Any]]:
    units = [*units, (0.4, "f"), (0.4, "m")]
    return {"x": [x for x, _ in units], "sex": [sex for _, sex in units]}


def numbers(of: Subject) -> dict[Question, Estimate]:
    return estimates(ask(CHECK, of))


def ends(of: Subject) -> list[Any]:
    return [pytest.approx(each) for each in plain(of)]


def plain(of: Subject) -> list[tuple[float, ...]]:
    return [(e.value, e.low, e.high, e.attainable or 0) for e in numbers(of).values()]


@settings(max_examples=15)
@given(UNITS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_changes_nothing(units: list[tuple[float, str]], random: Any) -> None:
    rows = columns(units)
    order = random.sample(range(len(rows["x"])), len(rows["x"]))
    assert plain(asked(lean, rows)) == ends(asked(lean, shuffled(rows, order)))


@settings(max_examples=15)
@given(UNITS)
def test_the_direction_of_the_attribute_changes_no_rate(units: list[tuple[float, str]]) -> None:
    rows = columns(units)
    other = rows | {"sex": ["m" if each == "f" else "f" for each in rows["sex"]]}
    assert plain(asked(lean, rows)) == ends(asked(lean, other))


@settings(max_examples=15)
@given(UNITS)
def test_a_count_of_2_is_the_row_twice(units: list[tuple[float, str]]) -> None:
    rows = columns(units)
    both = {name: values * 2 for name, values in rows.items()}
    counted = asked(lean, rows | {"count": [2] * len(rows["x"])}, count="count")
    assert plain(counted) == ends(asked(lean, both))


@settings(max_examples=15)
@given(UNITS, st.sampled_from([1e-3, 0.5, 1e4]))
def test_scaling_all_weights_changes_nothing(units: list[tuple[float, str]], by: float) -> None:
    rows = columns(units)
    weight = np.arange(1.0, len(rows["x"]) + 1)
    one = asked(lean, rows | {"weight": weight}, weight="weight")
    assert plain(one) == ends(asked(lean, rows | {"weight": by * weight}, weight="weight"))


def test_a_weighted_row_counts_as_much_as_it_weighs() -> None:
    # the one row that flips weighs 3 of 6
    rows = {"x": [0.4, 0.0, 0.0, 0.0], "sex": list("fmfm"), "weight": [3.0, 1, 1, 1]}
    estimate = found(asked(lean, rows, weight="weight")).estimate
    assert estimate.value == pytest.approx(0.5)
    assert estimate.n == 4


def test_a_row_that_does_not_enter_takes_its_weight_along() -> None:
    rows = {"x": [0.4, 0.0, 0.0], "sex": ["f", "m", None], "weight": [1.0, 3.0, 96.0]}
    assert found(asked(lean, rows, weight="weight")).estimate.value == pytest.approx(0.25)


# 3. edges
def test_an_attribute_that_is_no_input_changes_nothing_exactly() -> None:
    rows = {"x": [0.1, 0.9], "sex": ["f", "m"]}
    of = asked(lambda values: values[:, 0], rows, features=(X,))
    for metric in (FLIPS, SHIFT):
        estimate = found(of, metric).estimate
        assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)
        assert estimate.method == NOT_AN_INPUT
    assert found(of).details["input of the model"] is False
    assert verdict(CHECK, of, Demand(check=CHECK.id, metric="flip_rate", at_most=0.0)) == "pass"


def test_an_input_that_was_never_used_is_a_sample_with_a_width() -> None:
    of = asked(lambda values: values[:, 0], {"x": [0.1, 0.9] * 50, "sex": ["f", "m"] * 50})
    assert 0 < found(of).estimate.high < 0.05
    assert 0 < found(of, SHIFT).estimate.high < 0.05
    zero = Demand(check=CHECK.id, metric="flip_rate", at_most=0.0)
    assert verdict(CHECK, of, zero) == "inconclusive"


def test_rows_without_a_judged_level_do_not_enter() -> None:
    rows = {"x": [0.4, 0.4, 0.4, 0.4], "sex": ["f", "m", None, "x"]}
    levels = Feature(name="sex", kind=Kind.CATEGORY, levels=("f", "m", "x"))
    flips = found(asked(lean, rows, features=(X, levels), groups={"sex": ("f", "m")}))
    assert flips.estimate.n == 2
    assert flips.details["rows not judged"] == 2
    assert {each["to"] for each in flips.details["swaps"]} == {"f", "m"}


def test_a_band_is_set_to_its_median_in_the_background() -> None:
    seen: list[float] = []

    def remember(values: Matrix) -> Matrix:
        seen.extend(values[:, 0])
        return np.asarray((values[:, 0] >= 45) * 0.8 + 0.1)

    age = Feature(name="age")
    of = asked(
        remember,
        {"age": [20.0, 60.0, np.nan]},
        features=(age,),
        reference={"age": [30.0, 32.0, 34.0, 70.0, 72.0, 80.0]},
        groups={},
        bands={"age": (45.0,)},
    )
    flips = findings(ask(CHECK, of))[question(CHECK, "flip_rate", {"attribute": "age"})]
    assert {32.0, 72.0} <= set(seen)
    assert flips.estimate.value == 1
    assert flips.details["rows not judged"] == 1


def test_an_attribute_written_as_a_number_is_swapped_too() -> None:
    sex = Feature(name="sex")
    flips = found(asked(lean, {"x": [0.4, 0.4], "sex": [0, 1]}, features=(X, sex)))
    assert flips.estimate.value == 1
    assert {(each["from"], each["to"]) for each in flips.details["swaps"]} == {
        ("0", "1"),
        ("1", "0"),
    }


@pytest.mark.parametrize(
    ("sex", "levels", "reason"),
    [
        pytest.param("ff", (), "a comparison needs two levels, but only f is judged", id="one"),
        pytest.param(
            "fm", ("f", "x"), "it is not known what feature sex is at x", id="an unknown level"
        ),
    ],
)
def test_what_has_no_number_says_why(sex: str, levels: tuple[str, ...], reason: str) -> None:
    of = asked(lean, {"x": [0.1, 0.2], "sex": list(sex)}, groups={"sex": levels})
    for metric in (FLIPS, SHIFT):
        refusal = refusals(ask(CHECK, of))[metric]
        assert (refusal.text, refusal.cause) == (reason, Cause.DATA)
    assert verdict(CHECK, of, NO_FLIPS) == "inconclusive"


def test_one_row_is_too_few() -> None:
    of = asked(lean, {"x": [0.1, 0.2], "sex": ["f", None]}, groups={"sex": ("f", "m")})
    assert refusals(ask(CHECK, of))[FLIPS].text == "needs at least 2 rows, but got 1"


def test_rows_are_not_named() -> None:
    of = asked(lean, {"x": [0.123456, 0.2], "sex": ["f", "m"]})
    assert "0.123456" not in repr(found(of).details)


# 4. the planted pair
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("demand", [NO_FLIPS, NO_SHIFT], ids=["flips", "shift"])
def test_the_planted_swap_is_found(seed: int, demand: Demand) -> None:
    assert verdict(CHECK, swaps.moved(seed), demand) == "fail"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("demand", [NO_FLIPS, NO_SHIFT], ids=["flips", "shift"])
def test_the_clean_twin_is_not_accused(seed: int, demand: Demand) -> None:
    assert verdict(CHECK, swaps.unmoved(seed), demand) == "pass"


# 5. coverage and power
@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 1500])
def test_the_intervals_hold_the_true_flip_rate_and_shift(n: int) -> None:
    held = [numbers(swaps.moved(seed, n)) for seed in range(300)]
    # Wilson covers .95 on average; the worst cell at n=50, p=.125 is .93
    assert np.mean([each[FLIPS].low <= 0.125 <= each[FLIPS].high for each in held]) >= 0.92
    assert np.mean([each[SHIFT].low <= 0.1 <= each[SHIFT].high for each in held]) >= 0.95


@pytest.mark.slow
def test_the_gate_finds_the_flaw_and_passes_the_twin_at_1500_rows() -> None:
    flawed = [numbers(swaps.moved(seed))[FLIPS] for seed in range(100)]
    clean = [numbers(swaps.unmoved(seed))[FLIPS] for seed in range(100)]
    assert np.mean([each.low > 0.05 for each in flawed]) >= 0.95
    assert np.mean([each.low > 0.05 for each in clean]) <= 0.05
    assert np.mean([each.high <= 0.05 for each in clean]) >= 0.80
    assert all(each.high <= (each.attainable or 0) for each in clean)
