import datetime as dt
from typing import Any

import pytest

from audit import About, Better, ConfigError, Demand, Gate, Limit, Metric, Question, Severity
from audit.binding import Asked, bind, questions_versus, refuse_unfit_waivers
from audit.record import Waiver

CHECK = "a.check"
RACE = About({"across": "race"})


def metric(name: str, better: Better, **more: Any) -> Metric:
    return Metric(name=name, better=better, function="f", **more)


METRICS = {
    each.name: each
    for each in (
        metric("gap", Better.LOW),
        metric("ratio", Better.HIGH, paired=True),
        metric("bias", Better.ZERO, low=-1.0),
        metric("rate", Better.NEITHER),
        metric("loss", Better.LOW, high=None, paired=True),
        metric("attack", Better.LOW, search=True),
    )
}
ASKED = {
    CHECK: Asked(
        metrics=METRICS,
        questions=[
            *(Question(check=CHECK, metric=name) for name in METRICS),
            Question(check=CHECK, metric="gap", about=RACE),
            Question(check=CHECK, metric="gap", about=About({"across": ["race", "sex"]})),
        ],
    )
}


def demand(metric: str, **limits: Any) -> Demand:
    return Demand(check=CHECK, metric=metric, name="g", **limits)


def bound(metric: str, **limits: Any) -> Gate:
    [gate] = bind([demand(metric, **limits)], ASKED)
    return gate


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param(demand("gab", at_most=0.1), "no metric 'gab'; did you mean", id="misspelt"),
        pytest.param(
            Demand(check="a.chek", metric="gap", name="g", at_most=0.1),
            "no check 'a.chek' was asked; did you mean 'a.check'",
            id="another check",
        ),
        pytest.param(demand("gap", at_least=0.1), "better low, which 'at least", id="wrong side"),
        pytest.param(demand("ratio", at_most=0.8), "better high", id="wrong side, high"),
        pytest.param(demand("bias", at_most=0.1), "better near zero", id="one side of zero"),
        pytest.param(demand("rate", at_least=0.1), "no gate can read it", id="only described"),
        pytest.param(demand("gap", at_most=10), r"must lie in \[0, 1\].*mean 0.1", id="percent"),
        pytest.param(demand("gap", at_most=1.0), "must forbid a part", id="allows everything"),
        pytest.param(demand("gap", at_most=-0.1), r"must lie in \[0, 1\]", id="below the range"),
        pytest.param(demand("gap"), "exactly one of .* but has none", id="no limit"),
        pytest.param(
            demand("gap", at_most=0.1, at_least=0.0), "but has at_most and at_least", id="two"
        ),
        pytest.param(demand("gap", at_most=float("nan")), "must have a finite end", id="nan"),
        pytest.param(demand("bias", within=(0.1, -0.1)), "low <= high", id="inside out"),
        pytest.param(
            demand("gap", at_most=0.1, tolerate=0.05), "tolerate must be wider", id="tighter"
        ),
        pytest.param(
            demand("gap", at_most=0.1, tolerate=(0.0, 0.2)), "tolerate must be", id="a pair"
        ),
        pytest.param(
            demand("bias", within=(-0.1, 0.1), tolerate=0.2), "tolerate must be", id="no pair"
        ),
        pytest.param(
            demand("gap", at_most=0.1, about=About({"across": "rase"})),
            "about must match a question of gap, but got {across=rase}",
            id="about nothing that is asked",
        ),
        pytest.param(
            demand("ratio", at_least=0.8, about=About({"versus": "baseline"})),
            "only not_worse_by reads",
            id="versus without a margin",
        ),
        pytest.param(demand("gap", not_worse_by=0.1), "no paired form", id="unpaired"),
        pytest.param(demand("bias", not_worse_by=0.1), "has no side", id="zero has no side"),
        pytest.param(demand("ratio", not_worse_by=-0.1), "at least 0", id="a negative margin"),
        pytest.param(demand("attack", at_most=0.1), "no outcome could pass", id="a search"),
    ],
)
def test_a_gate_that_cannot_judge_is_a_config_error(bad: Demand, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        bind([bad], ASKED)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"(?s)better low.*no metric"):
        bind([demand("gap", at_least=0.2), Demand(check=CHECK, metric="x", at_most=1)], ASKED)


def test_a_name_stands_for_one_gate() -> None:
    with pytest.raises(ConfigError, match="'g': the name must be unique"):
        bind([demand("gap", at_most=0.1), demand("gap", at_most=0.2)], ASKED)


@pytest.mark.parametrize(
    ("gate", "limit", "tolerate"),
    [
        (bound("gap", at_most=0.1, tolerate=0.2), Limit.at_most(0.1), Limit.at_most(0.2)),
        (bound("ratio", at_least=0.8, tolerate=0.7), Limit.at_least(0.8), Limit.at_least(0.7)),
        (
            bound("bias", within=(-0.1, 0.1), tolerate=(-0.2, 0.2)),
            Limit(-0.1, 0.1),
            Limit(-0.2, 0.2),
        ),
        (bound("ratio", not_worse_by=0.02), Limit.at_least(-0.02), None),
        (bound("loss", not_worse_by=0.02, tolerate=0.1), Limit.at_most(0.02), Limit.at_most(0.1)),
        (bound("ratio", not_worse_by=0.0), Limit.at_least(0.0), None),
        (bound("loss", at_most=7.0), Limit.at_most(7.0), None),
        (bound("attack", at_most=0.1, tolerate=1.0), Limit.at_most(0.1), Limit.at_most(1.0)),
    ],
)
def test_a_demand_becomes_the_values_that_it_allows(
    gate: Gate, limit: Limit, tolerate: Limit | None
) -> None:
    assert (gate.limit, gate.tolerate) == (limit, tolerate)


def test_a_margin_reads_the_paired_question_alone_and_it_is_planned() -> None:
    gate = bound("ratio", not_worse_by=0.02)
    [paired] = questions_versus([gate], ASKED[CHECK].questions)
    assert paired.about == {"versus": "baseline"}
    assert gate.reads(paired)
    assert not any(map(gate.reads, ASKED[CHECK].questions))
    assert questions_versus([gate], [paired]) == []


def test_a_gate_on_an_unmet_metric_is_bound_whatever_its_about() -> None:
    asked = {CHECK: Asked(metrics=METRICS, questions=[], unmet=["gap"])}
    [gate] = bind([demand("gap", at_most=0.1, about=RACE)], asked)
    assert gate.about == RACE


def waiver(gate: str = "g", ceiling: float | None = 0.2) -> Waiver:
    day = dt.date(2027, 1, 1)
    return Waiver(gate=gate, reason="r", owner="a", approver="b", expires=day, ceiling=ceiling)


@pytest.mark.parametrize(
    ("given", "severity", "message"),
    [
        (waiver(gate="h"), Severity.BLOCK, "there is no such gate; known are g"),
        (waiver(ceiling=None), Severity.BLOCK, "ceiling must say the worst value"),
        (waiver(ceiling=0.05), Severity.BLOCK, "must lie beyond the limit 'at most 0.1'"),
        (waiver(), Severity.WARN, "needs no waiver"),
    ],
)
def test_a_waiver_that_nothing_could_use_is_a_config_error(
    given: Waiver, severity: Severity, message: str
) -> None:
    gate = bound("gap", at_most=0.1, severity=severity)
    with pytest.raises(ConfigError, match=message):
        refuse_unfit_waivers([given], [gate])


def test_what_was_answered_before_can_be_waived_without_a_ceiling() -> None:
    refuse_unfit_waivers([waiver("answered before", None)], [])
    with pytest.raises(ConfigError, match="waiver of 'answered': there is no such gate"):
        refuse_unfit_waivers([waiver("answered", None)], [])
