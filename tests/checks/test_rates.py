import numpy as np
import pytest

from audit.results import Better, Estimate
from audit.stats.counts import Count
from audit_checks.rates import judged_level, judged_rate


# P(K <= 87) is .198 and P(K <= 88) .297 for a binomial of 100 and .9; Wilson has .8019 for 88/100
def test_a_rate_could_prove_the_bound_that_four_of_five_draws_keep() -> None:
    found = judged_rate(Count(k=90, n=100), better=Better.HIGH, level=0.95)
    assert found.attainable == pytest.approx(0.8019, abs=5e-5)


@pytest.mark.parametrize(("k", "better"), [(0, Better.LOW), (20, Better.HIGH), (0, Better.HIGH)])
def test_a_rate_at_an_end_could_prove_its_own_bound(k: int, better: Better) -> None:
    found = judged_rate(Count(k=k, n=20), better=better, level=0.95)
    assert found.attainable == (found.low if better is Better.HIGH else found.high)


def test_a_level_could_prove_a_bound_beyond_its_own_and_within_its_range() -> None:
    estimate = Estimate(value=0.9, low=0.88, high=0.92, level=0.95, n=10, method="")
    high = judged_level(estimate, better=Better.HIGH, low=0, high=1)
    low = judged_level(estimate, better=Better.LOW, low=0, high=0.925)
    assert high.attainable == pytest.approx(0.88 - 0.8416 * 0.02 / 1.96, abs=1e-5)
    assert low.attainable == 0.925


@pytest.mark.slow
@pytest.mark.parametrize("better", [Better.HIGH, Better.LOW])
@pytest.mark.parametrize(("n", "p"), [(50, 0.9), (200, 0.5), (2000, 0.02)])
def test_a_true_rate_passes_its_attainable_limit_in_80_percent(
    n: int, p: float, better: Better
) -> None:
    rng = np.random.default_rng(n)
    limit = judged_rate(Count(k=n * p, n=n), better=better, level=0.95).attainable or 0.0
    drawn = [
        judged_rate(Count(k=k, n=n), better=better, level=0.95)
        for k in rng.binomial(n, p, 2000).tolist()
    ]
    kept = [e.low >= limit if better is Better.HIGH else e.high <= limit for e in drawn]
    assert 0.78 <= np.mean(kept) <= 0.92  # whole counts jump
