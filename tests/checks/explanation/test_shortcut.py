from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from audit.demands import Demand
from audit.draws import first_half, keys_of
from audit.errors import ConfigError
from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.protocol import Check
from audit.results import Cause, Finding
from audit.subjects import Subject
from audit_checks.explanation.planting import Planting
from audit_checks.explanation.shortcut import Shortcut
from fixtures.planted.explanations import Spoiled, at_random, trained_by_shortcut
from fixtures.planted.trained import LogisticTrainer
from tests.checks.asking import ask, findings, question, refusals, verdict
from tests.checks.explanation.given import Given

CHECK: Check = Shortcut()
PRECISION = question(CHECK, "precision_at_1")
NAMED_FIRST = Demand(check=CHECK.id, metric="precision_at_1", at_least=0.9)
PLANTED = "planted shortcut"


def found(explainer: Any, **settings: Any) -> Finding:
    return findings(ask(Shortcut(**settings), trained_by_shortcut(explainer, 0, 600)))[PRECISION]


def ranked(place: int) -> Given:
    """Name a feature first in every row, and the others in their order."""
    return Given(
        values=lambda inputs: (
            np.where(np.arange(5) == place, 9.0, np.arange(5.0)) * np.ones((len(inputs), 1))
        )
    )


# 1. by hand
def test_an_explainer_that_always_names_the_shortcut_is_always_right() -> None:
    finding = found(ranked(4))
    assert finding.estimate.value == 1
    n = finding.estimate.n
    # Clopper and Pearson's lower end of n/n is (a/2)^(1/n); beta quantiles of scipy agree
    assert finding.estimate.low == pytest.approx(0.025 ** (1 / n))
    assert finding.estimate.low == pytest.approx(beta.ppf(0.025, n, 1))
    assert (finding.estimate.attainable, finding.estimate.flawless) == (finding.estimate.low, 1)


def test_an_explainer_that_never_names_it_is_never_right() -> None:
    finding = found(ranked(0))
    assert finding.estimate.value == 0
    assert finding.details["mean rank"] == 2


def test_the_shortcut_must_be_largest_alone() -> None:
    tied = Given(values=lambda inputs: np.ones(inputs.values.shape))
    assert found(tied).estimate.value == 0


def test_attributions_against_the_decision_do_not_name_its_cause() -> None:
    away = Given(values=lambda inputs: np.array([0.1, 0, 0, 0, -9.0]) * np.ones((len(inputs), 1)))
    assert found(away).estimate.value == 0


def test_the_record_proves_the_reliance() -> None:
    details = found(ranked(4)).details
    assert details["accuracy with the shortcut"] > 0.95
    assert details["accuracy when swapped"] < 0.1
    assert details["strength"] == 1
    assert details["rows that flip"] > 200
    assert 250 < details["rows trained on"] < 350


# 2. properties
LABELS = st.lists(st.integers(0, 2), min_size=1, max_size=60)


def planting(labels: list[int], classes: tuple[str, ...] = ("a", "b", "c")) -> Planting:
    n = len(labels)
    inputs = Inputs(
        features=(Feature(name=PLANTED),),
        values=np.zeros((n, 1)),
        keys=keys_of(map(str, range(n))),
    )
    return Planting(inputs=inputs, labels=np.array(labels), classes=classes, seed=0)


@given(LABELS)
def test_what_is_swapped_is_always_another_class(labels: list[int]) -> None:
    planted = planting(labels)
    column = planted.swapped().values[:, planted.place]
    assert (column != labels).all()
    assert set(column) <= {0, 1, 2}
    assert planted.right().values[:, planted.place].tolist() == labels


@given(LABELS)
def test_the_planted_feature_takes_no_other_ones_name(labels: list[int]) -> None:
    features = planting(labels).right().features
    assert features[1] == Feature(name=f"{PLANTED}'", kind=Kind.CATEGORY, levels=("a", "b", "c"))


def test_the_label_is_planted_as_often_as_said() -> None:
    labels = np.random.default_rng(0).integers(0, 3, 20_000)
    planted = planting(labels.tolist())
    for strength in (0.5, 0.95, 1.0):
        hits = planted.mostly_right(strength).values[:, 1] == labels
        assert hits.mean() == pytest.approx(strength, abs=0.012)
    wrong = planted.swapped().values[:, 1]
    assert np.bincount(((wrong - labels) % 3).astype(int)).tolist()[1:] == pytest.approx(
        [10_000] * 2, abs=300
    )


def test_the_copy_never_sees_the_rows_that_are_explained() -> None:
    seen: dict[str, Any] = {}

    class Watching(LogisticTrainer):
        def train(self, inputs: Inputs, labels: Any, *, seed: int) -> Any:
            seen["trained"] = set(inputs.keys.tolist())
            return super().train(inputs, labels, seed=seed)

    def values(inputs: Inputs) -> Matrix:
        seen["explained"] = set(inputs.keys.tolist())
        return np.ones(inputs.values.shape)

    subject = replace(trained_by_shortcut(Given(values=values), 0, 600), trainer=Watching())
    ask(CHECK, subject)
    half = set(subject.inputs.keys[first_half(subject.inputs.keys, "shortcut", 0)].tolist())
    assert seen["trained"] == half
    assert not seen["explained"] & half


# 3. edges
def test_a_copy_that_does_not_rely_on_it_measures_nothing() -> None:
    blind = LogisticTrainer(blind_to=(PLANTED,))
    subject = replace(trained_by_shortcut(None, 0, 600), trainer=blind)
    refusal = refusals(ask(CHECK, subject))[PRECISION]
    assert refusal.cause is Cause.DATA
    assert "does not rely on the planted shortcut: its accuracy is 0." in refusal.text
    assert refusal.text.endswith("when it is swapped, and must fall by 0.300")
    assert verdict(CHECK, subject, NAMED_FIRST) == "inconclusive"


def test_too_few_labelled_rows_are_said() -> None:
    refusal = refusals(ask(CHECK, trained_by_shortcut(None, 0, 50)))[PRECISION]
    assert refusal.text.startswith("needs at least 40 rows, but got ")


def test_a_half_of_one_class_is_said() -> None:
    subject = trained_by_shortcut(None, 0, 200)
    flat = replace(subject)
    flat.__dict__["labels"] = np.zeros(200, dtype=np.int64)
    assert refusals(ask(CHECK, flat))[PRECISION].text == "needs two classes, but there is one"


def test_rows_without_a_label_are_left_out() -> None:
    subject = trained_by_shortcut(ranked(4), 0, 600)
    some = replace(subject)
    labels = subject.labels.copy()
    labels[:300] = -1
    some.__dict__["labels"] = labels
    finding = findings(ask(CHECK, some))[PRECISION]
    assert finding.details["rows trained on"] + finding.details["rows that flip"] <= 300


def test_a_copy_with_other_classes_is_an_error() -> None:
    subject = replace(
        trained_by_shortcut(None, 0, 200), trainer=LogisticTrainer(classes=("no", "yes"))
    )
    refusal = refusals(ask(CHECK, subject))[PRECISION]
    assert refusal.cause is Cause.ERROR
    assert "must have the classes of the model" in refusal.text


@pytest.mark.parametrize("taken", ["trainer", "label"])
def test_without_a_trainer_or_labels_it_is_a_need(taken: str) -> None:
    subject: Subject = trained_by_shortcut(None, 0, 200)
    if taken == "trainer":
        subject = replace(subject, trainer=None)
    else:
        subject = replace(
            subject, units=replace(subject.units, roles=replace(subject.units.roles, label=""))
        )
    assert refusals(ask(CHECK, subject))[PRECISION].cause is Cause.NEED


@pytest.mark.parametrize("setting", [{"strength": 0}, {"strength": 1.2}, {"reliance": 0}])
def test_a_shortcut_that_none_could_take_is_refused(setting: Any) -> None:
    with pytest.raises(ConfigError, match=r"must lie in \(0, 1\]"):
        Shortcut(**setting)


# 4. the planted pair: 44 rows in 100 are explained rightly, as by a mean of gradients
@pytest.mark.parametrize("seed", range(3))
def test_an_explainer_that_misses_the_cause_is_found(seed: int) -> None:
    broken = Spoiled(share=0.56, spoil=at_random)
    assert verdict(CHECK, trained_by_shortcut(broken, seed, 600), NAMED_FIRST) == "fail"


@pytest.mark.parametrize("seed", range(3))
def test_a_right_explainer_is_not_accused(seed: int) -> None:
    assert verdict(CHECK, trained_by_shortcut(None, seed, 600), NAMED_FIRST) == "pass"


# 5. coverage and power
@pytest.mark.slow
def test_the_interval_holds_the_share_of_rows_that_are_named_first() -> None:
    """A right explainer that is replaced in 30 % of the rows by one that is never right."""
    held = []
    for seed in range(150):
        never = Spoiled(share=0.3, spoil=lambda _, f: -np.abs(f.values), right=ranked(4))
        subject = trained_by_shortcut(never, seed, 400)
        estimate = findings(ask(CHECK, subject))[PRECISION].estimate
        held.append(estimate.low <= 0.7 <= estimate.high)
    assert np.mean(held) > 0.93


@pytest.mark.slow
def test_the_gate_tells_a_missed_cause_in_20_draws() -> None:
    broken = Spoiled(share=0.56, spoil=at_random)
    bad = [verdict(CHECK, trained_by_shortcut(broken, seed), NAMED_FIRST) for seed in range(20)]
    good = [verdict(CHECK, trained_by_shortcut(None, seed), NAMED_FIRST) for seed in range(20)]
    assert bad.count("fail") >= 19
    assert good.count("pass") >= 16
    assert good.count("fail") <= 1
