from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit.demands import Demand
from audit.draws import chosen
from audit.errors import ConfigError
from audit.inputs import Matrix
from audit.protocol import Check
from audit.results import Cause, Finding
from audit.stats.exact import METHOD_COUNT
from audit_checks.explanation.sensitive_reliance import SensitiveReliance
from fixtures.planted.explanations import relying
from tests.checks.asking import ask, findings, question, refusals, verdict
from tests.checks.explanation.given import Given, asked_about

CHECK: Check = SensitiveReliance()
SHARE = question(CHECK, "sensitive_share")
LITTLE = Demand(check=CHECK.id, metric="sensitive_share", at_most=0.1)
NAMES = ("income", "debt", "sex")


def steady(values: Matrix) -> Matrix:
    return np.full(len(values), 0.7)


def subject(explainer: Any, rows: Any = None, **roles: Any) -> Any:
    rows = np.tile([[1.0, 2.0, 0.0], [3.0, 1.0, 1.0]], (20, 1)) if rows is None else rows
    given_ = {"groups": ["sex"], "features": list(NAMES)} | roles
    return asked_about(rows, steady, explainer, NAMES, **given_)


def found(explainer: Any, rows: Any = None, proxies: tuple[str, ...] = (), **roles: Any) -> Finding:
    check = SensitiveReliance(proxies=proxies)
    return findings(ask(check, subject(explainer, rows, **roles)))[SHARE]


def shared_out(*parts: float) -> Given:
    return Given(values=lambda inputs: np.tile(parts, (len(inputs), 1)))


# 1. by hand
def test_a_row_gives_the_share_of_its_absolute_attribution() -> None:
    finding = found(shared_out(0.3, -0.5, -0.2))
    assert finding.estimate.value == pytest.approx(0.2)
    assert finding.details["shares"] == [
        ["debt", pytest.approx(0.5)],
        ["income", pytest.approx(0.3)],
        ["sex", pytest.approx(0.2)],
    ]
    assert finding.details["sensitive features"] == ["sex"]


def test_proxies_count_with_the_protected() -> None:
    finding = found(shared_out(0.3, -0.5, -0.2), proxies=("debt",))
    assert finding.estimate.value == pytest.approx(0.7)
    assert finding.details["sensitive features"] == ["debt", "sex"]


def test_integrated_gradients_of_a_linear_model_give_the_shares_of_its_terms() -> None:
    """Along a straight path all terms keep their proportion: |w (x - mean)|, by hand."""
    subject_ = relying(2.0, 0, 300)
    inputs, background = subject_.inputs.values, subject_.background
    start = background.values[chosen(background.keys, 200, "background", 0)].mean(axis=0)
    terms = np.abs((inputs - start) * [1.0, -1.0, 2.0])
    by_hand = (terms[:, 2] / terms.sum(axis=1)).mean()
    estimate = findings(ask(CHECK, subject_))[SHARE].estimate
    assert estimate.value == pytest.approx(by_hand, abs=1e-6)
    assert estimate.low < estimate.value < estimate.high


def test_a_few_rows_without_attributions_are_left_out_and_counted() -> None:
    rows = np.vstack([np.ones((190, 3)), np.zeros((10, 3))])
    finding = found(Given(values=lambda x: x.values), rows)
    assert finding.estimate.n == 190
    assert finding.details["rows without attributions"] == 10
    assert finding.estimate.value == pytest.approx(1 / 3)


def test_many_rows_without_attributions_leave_no_number() -> None:
    rows = np.vstack([np.ones((189, 3)), np.zeros((11, 3))])
    refused = refusals(ask(CHECK, subject(Given(values=lambda x: x.values), rows)))[SHARE]
    assert refused.text == "11 of 200 rows have no attributions at all"


def test_a_background_without_a_level_leaves_no_number() -> None:
    rows = np.vstack([np.tile([1.0, 2.0, 0.0], (91, 1)), np.tile([3.0, 1.0, 1.0], (9, 1))])
    refused = refusals(ask(CHECK, subject(shared_out(1, 1, 1), rows)))[SHARE]
    assert refused.text.endswith("the background, which has under 10 rows of sex=1")


# 2. properties
@given(st.sampled_from([1e-6, 0.5, -2.0, 1e6]), st.integers(0, 99))
@settings(max_examples=8)
def test_scaling_all_attributions_changes_nothing(by: float, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(60, 3))
    rows[:, 2] = rows[:, 2] > 0
    one = found(Given(values=lambda x: 1 + x.values), rows).estimate
    other = found(Given(values=lambda x: by * (1 + x.values)), rows).estimate
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


@given(st.integers(0, 99), st.randoms(use_true_random=False))
@settings(max_examples=8)
def test_shuffling_the_rows_changes_nothing(seed: int, random: Any) -> None:
    rows = np.random.default_rng(seed).normal(size=(60, 3))
    rows[:, 2] = rows[:, 2] > 0
    order = random.sample(range(60), 60)
    explainer = Given(values=lambda x: 1 + x.values)
    one, other = found(explainer, rows).estimate, found(explainer, rows[order]).estimate
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


@given(st.integers(0, 99))
@settings(max_examples=8)
def test_one_more_proxy_never_lowers_the_share(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(60, 3))
    rows[:, 2] = rows[:, 2] > 0
    explainer = Given(values=lambda x: 1 + x.values)
    shares = [
        found(explainer, rows, proxies, groups=["sex"]).estimate.value
        for proxies in ((), ("debt",), ("debt", "income"))
    ]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


# 3. edges
def test_a_model_that_reads_no_group_attributes_exactly_nothing_to_it() -> None:
    rows = np.tile([[1.0, 2.0, 0.0], [3.0, 1.0, 1.0]], (20, 1))
    two = audit.subject(
        asked_about(rows[:, :2], steady, names=NAMES).model,
        pd.DataFrame(rows, columns=list(NAMES)),
        groups=["sex"],
    )
    finding = findings(ask(CHECK, two))[SHARE]
    assert (finding.estimate.low, finding.estimate.value, finding.estimate.high) == (0, 0, 0)
    assert finding.estimate.method == METHOD_COUNT
    assert finding.details["sensitive features"] == []
    assert verdict(CHECK, two, LITTLE) == "pass"


def test_where_nothing_is_declared_there_is_no_number() -> None:
    bare = subject(shared_out(1, 1, 1), groups=[])
    refusal = refusals(ask(CHECK, bare))[SHARE]
    assert refusal.text == "neither a group column nor a proxy is declared"
    assert refusal.cause is Cause.NEED
    assert verdict(CHECK, bare, LITTLE) == "inconclusive"


def test_attributions_of_nothing_do_not_pass() -> None:
    empty = subject(shared_out(0, 0, 0))
    assert refusals(ask(CHECK, empty))[SHARE].text == "40 of 40 rows have no attributions at all"
    assert verdict(CHECK, empty, LITTLE) == "inconclusive"


def test_no_reliance_in_the_rows_still_has_a_width() -> None:
    estimate = found(shared_out(1, 1, 0)).estimate
    assert (estimate.value, estimate.low) == (0, 0)
    assert 0 < estimate.high == estimate.attainable


def test_a_band_of_a_feature_is_protected_too() -> None:
    subject_ = subject(shared_out(0.3, 0.5, 0.2), groups=[], bands={"income": [2.0]})
    assert findings(ask(CHECK, subject_))[SHARE].details["sensitive features"] == ["income"]


def test_a_proxy_that_the_model_does_not_read_is_refused() -> None:
    with pytest.raises(ConfigError, match="reads no 'depth'; did you mean 'debt'"):
        ask(SensitiveReliance(proxies=("depth",)), subject(shared_out(1, 1, 1)))


def test_a_list_of_proxies_is_read_from_a_config() -> None:
    result = audit.check(CHECK.id, subject(shared_out(0.5, 0.25, 0.25)), proxies=["debt"])
    [finding] = result.findings
    assert finding.estimate.value == pytest.approx(0.5)


# 4. the planted pair
@pytest.mark.parametrize("seed", range(3))
def test_a_model_that_decides_by_a_group_is_found(seed: int) -> None:
    assert verdict(CHECK, relying(2.0, seed, 400), LITTLE) == "fail"


@pytest.mark.parametrize("seed", range(3))
def test_a_model_that_reads_it_and_gives_it_no_weight_is_not_accused(seed: int) -> None:
    assert verdict(CHECK, relying(0.0, seed, 400), LITTLE) == "pass"


# 5. coverage and power
@pytest.mark.slow
def test_the_interval_holds_the_mean_share() -> None:
    """Shares that are Beta(1, 3) have the mean 1/4."""
    held = []
    for seed in range(300):
        parts = np.random.default_rng(seed).dirichlet([1, 2, 1], size=100)
        explainer = Given(values=lambda x: x.values)
        estimate = found(explainer, parts, ("sex",), groups=[]).estimate
        held.append(estimate.low <= 0.25 <= estimate.high)
    assert np.mean(held) > 0.92


@pytest.mark.slow
def test_the_gate_tells_reliance_in_20_draws() -> None:
    bad = [verdict(CHECK, relying(2.0, seed), LITTLE) for seed in range(20)]
    good = [verdict(CHECK, relying(0.0, seed), LITTLE) for seed in range(20)]
    assert bad.count("fail") >= 19
    assert good.count("pass") >= 16
    assert good.count("fail") <= 1
