from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import predicting
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.demands import Demand
from audit.gathering import subject as model_subject
from audit.inputs import Feature, Kind, Matrix
from audit.models.cached import Cached
from audit.protocol import Check
from audit.results import Cause
from audit.subjects import Subject
from audit_checks.robustness.feature_noise import FeatureNoise
from fixtures.planted import feature_noise as planted
from fixtures.planted.models import FunctionModel
from tests.checks.asking import ask, estimates, findings, question, refusals, verdict

CHECK: Check = FeatureNoise()
DROP, FLIPS = "accuracy_drop", "flip_rate"
PROBES = tuple(planted.COSTS)


def about(probe: str, severity: int = 3) -> dict[str, Any]:
    return {"probe": probe, "severity": severity}


def asked(function: Callable[[Matrix], Matrix], frame: pd.DataFrame, **more: Any) -> Subject:
    return model_subject(
        FunctionModel(function=function, **more), frame, label="label", favorable=1
    )


def small(n: int = 40) -> pd.DataFrame:
    x = np.random.default_rng(0).standard_normal(n)
    return pd.DataFrame({"x": x, "z": x**2, "label": (x > 0).astype(int)})


def positive(values: Matrix) -> Matrix:
    return (values[:, 0] > 0).astype(float)


# 1. a normal number changes its sign under noise of s standard deviations in atan(s) / pi of rows
@pytest.mark.parametrize(("severity", "sd"), [(1, 0.1), (2, 0.25), (3, 0.5)])
def test_noise_flips_as_many_as_the_normal_law_says(severity: int, sd: float) -> None:
    check = FeatureNoise(rows=20_000)
    found = findings(ask(check, planted.brittle(3, "noise", 20_000)))
    flips = found[question(CHECK, FLIPS, about("noise", severity))]
    assert flips.estimate.low <= np.arctan(sd) / np.pi <= flips.estimate.high
    assert flips.details["size"] == sd


@pytest.mark.parametrize("probe", PROBES)
def test_what_is_lost_is_what_was_planted(probe: str) -> None:
    found = estimates(ask(FeatureNoise(rows=10_000), planted.brittle(1, probe, 10_000)))
    drop = found[question(CHECK, DROP, about(probe))]
    assert drop.low <= planted.COSTS[probe] <= drop.high


def test_the_drop_is_the_difference_of_both_accuracies() -> None:
    for asked_for, found in findings(ask(CHECK, planted.brittle(1, "noise"))).items():
        told = found.details
        if asked_for.metric == DROP:
            lost = told["accuracy clean"] - told["accuracy perturbed"]
            assert found.estimate.value == pytest.approx(lost)
        else:
            assert found.estimate.value == pytest.approx(told["flips"] / 2000)


# 2. properties
@settings(deadline=None, max_examples=15)
@given(st.permutations(range(40)))
def test_shuffling_the_rows_changes_nothing(order: list[int]) -> None:
    frame = small().assign(id=[f"id {i}" for i in range(40)])
    model = FunctionModel(function=positive, features=(Feature(name="x"), Feature(name="z")))
    check = FeatureNoise(rows=25)
    one, other = (
        estimates(ask(check, model_subject(model, each, label="label", favorable=1, id="id")))
        for each in (frame, frame.iloc[order])
    )
    assert {q: (e.value, e.low, e.high) for q, e in one.items()} == {
        q: (e.value, e.low, e.high) for q, e in other.items()
    }


def test_the_same_seed_probes_the_same_rows_of_two_versions() -> None:
    one, other = (findings(ask(CHECK, planted.brittle(1, "noise"), seed=seed)) for seed in (1, 2))
    assert {q: f.details for q, f in one.items()} == {q: f.details for q, f in other.items()}
    assert {q: f.details for q, f in one.items()} != {
        q: f.details
        for q, f in findings(ask(FeatureNoise(seed=1), planted.brittle(1, "noise"))).items()
    }


def test_no_more_rows_are_probed_than_the_setting_says() -> None:
    found = findings(ask(FeatureNoise(rows=100), planted.steady(1)))
    assert {each.estimate.n for each in found.values()} == {100}
    assert {each.details["rows"] for each in found.values()} == {100}


# 3. edges
def test_only_what_applies_is_asked() -> None:
    record = ask(CHECK, asked(positive, small()))
    probes = {(q.about["probe"], q.about["severity"]) for q in record.questions}
    noise_and_missing = {(name, i) for name in ("noise", "missing") for i in (1, 2, 3)}
    assert probes == noise_and_missing | {("units", 1), ("units", 2)}


def test_a_probe_without_sizes_is_left_out() -> None:
    record = ask(FeatureNoise(noise=(), missing=(0.5,), units=()), asked(positive, small()))
    assert {(q.about["probe"], q.about["severity"]) for q in record.questions} == {("missing", 1)}


def test_a_model_that_cannot_read_missing_values_is_measured_on_the_rest() -> None:
    def strict(values: Matrix) -> Matrix:
        if np.isnan(values).any():
            msg = "Input X contains NaN"
            raise ValueError(msg)
        return positive(values)

    record = ask(CHECK, asked(strict, small()))
    assert {q.about["probe"] for q in findings(record)} == {"noise", "units"}
    found = refusals(record)
    assert {q.about["probe"] for q in found} == {"missing"}
    assert {(each.cause, each.text) for each in found.values()} == {
        (
            Cause.NEED,
            "the model does not answer rows of the probe missing: ValueError: Input X contains NaN",
        )
    }


def test_an_answer_of_nan_is_no_answer() -> None:
    record = ask(
        CHECK, asked(lambda values: np.where(values[:, 0] > 0, 1.0, 0) + 0 * values[:, 0], small())
    )
    found = refusals(record)[question(CHECK, FLIPS, about("missing"))]
    assert "returned NaN or infinity for 22 of 40 rows" in found.text


def test_nothing_measured_does_not_pass() -> None:
    subject = asked(lambda values: positive(values) + 0 * values[:, 0], small())
    demand = Demand(check=CHECK.id, metric=FLIPS, about=_about("missing"), at_most=0.99)
    assert verdict(CHECK, subject, demand) == "inconclusive"


def test_without_labels_flips_are_still_counted() -> None:
    model = FunctionModel(function=positive)
    record = ask(CHECK, model_subject(model, small().drop(columns="label"), favorable=1))
    assert {q.metric for q in findings(record)} == {FLIPS}
    assert [each.text for each in refusals(record).values()] == ["needs labels"]


def test_a_model_that_is_never_right_loses_nothing_and_has_a_width() -> None:
    frame = small().assign(label=lambda rows: 1 - rows["label"])
    found = estimates(ask(FeatureNoise(noise=(1e-9,)), asked(positive, frame)))
    drop = found[question(CHECK, DROP, about("noise", 1))]
    assert (drop.value, drop.low < 0 < drop.high) == (0, True)


def test_one_row_has_an_interval() -> None:
    found = estimates(ask(FeatureNoise(rows=1), asked(positive, small())))
    assert all(each.low < each.high for each in found.values())
    assert {each.n for each in found.values()} == {1}


def test_a_model_that_never_flips_passes_its_attainable_limit() -> None:
    found = estimates(ask(CHECK, planted.steady(1)))
    assert all(each.high <= each.attainable for each in found.values() if each.attainable)
    assert all(each.attainable and each.flawless == 0 for each in found.values())


@pytest.mark.parametrize("role", ["weight", "count"])
def test_amounts_are_not_measured_yet(role: str) -> None:
    roles: dict[str, Any] = {role: "amount"}
    model = FunctionModel(function=positive, features=(Feature(name="x"), Feature(name="z")))
    table = read_frame(small().assign(amount=2))
    known = Roles(label="label", favorable=("1",), features=("x", "z"), **roles)
    record = ask(CHECK, predicting.model_subject(Cached(model), table, known))
    assert not findings(record)
    assert all("of weighted rows is not defined yet" in r.text for r in refusals(record).values())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"noise": (0.5, 0.1)}, "noise must hold rising sizes above 0"),
        ({"missing": (0.0, 0.1)}, "missing must hold rising sizes above 0"),
        ({"units": (1, 1)}, "units must hold rising sizes"),
        ({"rows": 0}, "rows must be at least 1"),
    ],
)
def test_sizes_that_are_none_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FeatureNoise(**settings)


def test_a_category_is_swapped_for_a_level_of_the_background() -> None:
    words = np.array(["no", "yes"] * 20)
    frame = pd.DataFrame({"word": words, "label": (words == "yes").astype(int)})
    feature = Feature(name="word", kind=Kind.CATEGORY, levels=("no", "yes"))
    subject = asked(lambda values: values[:, 0], frame, features=(feature,))
    found = estimates(ask(FeatureNoise(missing=()), subject))
    assert [(q.metric, e.value) for q, e in found.items()] == [(DROP, 1.0), (FLIPS, 1.0)]


# 4. and 5. the planted pair, and its power
LIMIT = {"noise": 0.05, "missing": 0.05, "units": 0.05, "categories": 0.5}


def _about(probe: str) -> Any:
    return question(CHECK, DROP, about(probe)).about


def demand(probe: str) -> Demand:
    return Demand(check=CHECK.id, metric=DROP, about=_about(probe), at_most=LIMIT[probe])


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("seed", range(2))
def test_what_a_brittle_model_loses_is_found(probe: str, seed: int) -> None:
    assert verdict(CHECK, planted.brittle(seed, probe), demand(probe)) == "fail"


@pytest.mark.parametrize("seed", range(2))
def test_the_steady_twin_is_not_accused(seed: int) -> None:
    for probe in PROBES:
        assert verdict(CHECK, planted.steady(seed), demand(probe)) == "pass"


@pytest.mark.slow
@pytest.mark.parametrize("probe", PROBES)
def test_at_1500_rows_the_brittle_fail_and_the_steady_pass(probe: str) -> None:
    alone: dict[str, Any] = {name: () for name in PROBES if name != probe}
    check = FeatureNoise(**alone)
    bad = [verdict(check, planted.brittle(seed, probe, 1500), demand(probe)) for seed in range(40)]
    good = [verdict(check, planted.steady(seed, 1500), demand(probe)) for seed in range(20)]
    assert bad.count("fail") >= 0.95 * len(bad)
    assert good.count("pass") >= 0.8 * len(good)
    assert good.count("fail") <= 0.05 * len(good)


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 500])
def test_the_interval_of_the_drop_holds_the_truth(n: int) -> None:
    check = FeatureNoise(rows=n, noise=(0.5,), missing=(), units=(), categories=())
    asked_for = question(CHECK, DROP, about("noise", 1))
    held = [
        (e := estimates(ask(check, planted.brittle(seed, "noise", n)))[asked_for]).low
        <= planted.COSTS["noise"]
        <= e.high
        for seed in range(250)
    ]
    assert np.mean(held) >= 0.92  # 250 draws have a standard error of .014
