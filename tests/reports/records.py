"""Records to show: two versions, groups, and a gate of every kind."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from audit.gates import decide, judge, waiver_state
from audit.limits import Limit
from audit.record import (
    CheckResult,
    Decision,
    Gate,
    Judgement,
    NotAsked,
    Predecessor,
    Record,
    Severity,
    Waiver,
)
from audit.results import (
    About,
    Answer,
    Better,
    Cause,
    Estimate,
    Finding,
    Metric,
    Question,
    Unmeasured,
)
from audit.sources import DataPart, DataUsed, GroupUsed, Level, ModelCard, Provenance

TODAY = dt.date(2026, 11, 24)
GROUPS = (
    GroupUsed(
        name="race",
        levels=(
            Level(level="white", rows=3310, judged=True),
            Level(level="hispanic", rows=514, judged=True),
            Level(level="black", rows=702, judged=True),
            Level(level="native", rows=22, judged=True),
            Level(level="other", rows=64, judged=False),
        ),
        missing=200,
    ),
    GroupUsed(
        name="sex",
        levels=(
            Level(level="male", rows=3214, judged=True),
            Level(level="female", rows=1586, judged=True),
        ),
        missing=12,
    ),
)
DATA = DataUsed(
    parts=(
        DataPart(
            role="test",
            source="data/test.parquet",
            digest="7c39d6b011c502a43da7133e9b514895f0a1c2d3e4f5061728394a5b6c7d8e9f",
            rows=4812,
            columns=("label: approved", "prediction: yhat", "group: race", "group: sex"),
        ),
        DataPart(
            role="reference",
            source="data/train.parquet",
            digest="082dbea6099c699c6578a6bbc44a332e0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            rows=21044,
        ),
    ),
    groups=GROUPS,
    classes=("0", "1"),
    favorable=("1",),
)
MODEL = ModelCard(
    name="loan-approval",
    version="2",
    digest="9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4",
    purpose="Pre-screens mortgage applications; a clerk decides.",
    owner="credit-models@example.org",
    out_of_scope=("commercial loans", "loans above 420,000"),
)
PROVENANCE = Provenance(
    seed=7,
    confidence=0.95,
    tool="0.1.0",
    versions={"python": "3.11.9", "numpy": "2.4.0", "scipy": "1.17.0"},
    hardware={"cpu": "8 cores"},
    git_commit="4e1c9aa",
    config_digest="b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910",
    command="audit run audit.toml --baseline audits/loan-approval/1/latest",
    run_id="2026-11-24T09:12:44Z",
    seconds=221.4,
)
_WILSON = "Wilson score"
_GAP = "Newcombe over all pairs, Bonferroni below"
_SELECTION = (
    Metric(name="selection_rate", better=Better.NEITHER, function="audit.stats.proportions.rate"),
    Metric(
        name="demographic_parity_difference",
        better=Better.LOW,
        function="audit.stats.gaps.largest_gap",
    ),
    Metric(
        name="demographic_parity_ratio",
        better=Better.HIGH,
        function="audit.stats.ratios.smallest_ratio",
    ),
)


def estimate(
    value: float, low: float, high: float, *, n: int = 4812, method: str = _WILSON, **more: Any
) -> Estimate:
    return Estimate(value=value, low=low, high=high, level=0.95, n=n, method=method, **more)


def asked(check: str, metric: str, **about: Any) -> Question:
    return Question(check=check, metric=metric, about=About(about))


def found(question: Question, measured: Estimate, **details: Any) -> Finding:
    return Finding(question=question, estimate=measured, details=details)


def missing(
    question: Question, reason: str, cause: Cause = Cause.DATA, **params: str
) -> Unmeasured:
    return Unmeasured(question=question, reason=reason, cause=cause, params=params)


def selection() -> CheckResult:
    name = "bias.selection_rate"
    rates = [
        ("race", "white", 0.612, 0.595, 0.629, 3310),
        ("race", "hispanic", 0.529, 0.486, 0.572, 514),
        ("race", "black", 0.434, 0.398, 0.471, 702),
        ("race", "native", 0.5, 0.307, 0.693, 22),
        ("sex", "male", 0.588, 0.571, 0.605, 3214),
        ("sex", "female", 0.55, 0.525, 0.574, 1586),
    ]
    levels = [
        found(asked(name, "selection_rate", **{group: level}), estimate(v, low, high, n=n))
        for group, level, v, low, high, n in rates
    ]
    ratio = asked(name, "demographic_parity_ratio", across="race")
    gap = asked(name, "demographic_parity_difference", across="race")
    across = [
        found(
            ratio,
            estimate(0.71, 0.65, 0.776, method="MOVER-R Wilson over all pairs, Bonferroni above"),
            rows_not_judged=264,
            lowest="black",
            highest="white",
        ),
        found(gap, estimate(0.178, 0.136, 0.219, method=_GAP, attainable=0.071, flawless=0.0)),
        found(
            asked(name, "demographic_parity_ratio", across="sex"),
            estimate(0.934, 0.886, 0.985, method="MOVER-R Wilson over all pairs, Bonferroni above"),
        ),
        found(
            asked(name, "demographic_parity_difference", across="sex"),
            estimate(0.038, 0.008, 0.068, method=_GAP, attainable=0.042, flawless=0.0),
        ),
    ]
    return CheckResult(
        id=name,
        question="Do all groups get the favourable outcome at the same rate?",
        metrics=_SELECTION,
        answers=(*levels, *across),
        settings={"draws": 1000},
    )


_ERROR_METRICS = (
    "true_positive_rate",
    "false_positive_rate",
    "true_negative_rate",
    "false_negative_rate",
    "precision",
    "accuracy",
)


def errors() -> CheckResult:
    name = "bias.error_rates"
    answers: list[Answer] = []
    for i, metric in enumerate(_ERROR_METRICS):
        for j, level in enumerate(("male", "female")):
            value = 0.9 - 0.1 * i - 0.02 * j
            question = asked(name, metric, sex=level)
            measured = estimate(value, value - 0.03, value + 0.03, n=1400 - 600 * j)
            answers.append(found(question, measured))
    answers.append(
        found(
            asked(name, "equal_opportunity_difference", across="sex"),
            estimate(0.128, 0.103, 0.153, method=_GAP, attainable=0.06, flawless=0.0),
        )
    )
    answers.append(
        missing(
            asked(name, "equal_opportunity_difference", across="race"),
            "no rows with a favourable label in {levels}",
            levels="native",
        )
    )
    metrics = [*_ERROR_METRICS, "equal_opportunity_difference"]
    return CheckResult(
        id=name,
        question="Does the model make the same errors for all groups?",
        metrics=tuple(_metric(each) for each in metrics),
        answers=tuple(answers),
    )


def _metric(name: str, better: Better = Better.LOW, **more: Any) -> Metric:
    return Metric(name=name, better=better, function=f"audit.stats.{name}", **more)


def calibration() -> CheckResult:
    name = "calibration.error"
    shares = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.94)
    observed = (0.071, 0.157, 0.261, 0.341, 0.47, 0.545, 0.628, 0.733, 0.812, 0.952)
    bins = [
        {"n": 212 + 40 * i, "predicted": p, "observed": o, "low": p - 0.03, "high": p + 0.03}
        for i, (p, o) in enumerate(zip(shares, observed, strict=True))
    ]
    method = "debiased L2 calibration error over bins, closed-form interval"
    error = estimate(0.0191, 0.011, 0.0299, method=method, attainable=0.021, flawless=0.0)
    plain = estimate(0.024, 0.016, 0.033, method=method)
    return CheckResult(
        id=name,
        question="Does a predicted share come true?",
        metrics=(
            _metric("calibration_error"),
            _metric("expected_calibration_error", Better.NEITHER),
        ),
        answers=(
            found(asked(name, "calibration_error"), error, bins=bins),
            found(
                asked(name, "expected_calibration_error"),
                plain,
                null_mean=0.0181,
                null_quantile=0.0262,
            ),
        ),
        settings={"bins": 15, "strategy": "equal mass"},
    )


def drift() -> CheckResult:
    name = "drift.columns"
    method = "Kolmogorov-Smirnov distance, Smirnov bound below, Newcombe over all cuts above"
    answers: list[Answer] = []
    for i, column in enumerate(("debt_ratio", "loan_amount", "income", "years", "score", "age")):
        value = 0.09 - 0.012 * i
        bins = [
            {"label": f"{k} to {k + 1}", "reference": 0.1 + 0.01 * k, "test": 0.2 - 0.012 * k}
            for k in range(8)
        ]
        answers.append(
            found(
                asked(name, "ks_distance", column=column),
                estimate(value, value - 0.02, value + 0.02, method=method),
                bins=bins,
                kind="numeric",
            )
        )
        answers.append(
            found(
                asked(name, "missing_change", column=column),
                estimate(0.002 * i, -0.001, 0.002 * i + 0.004, method="Newcombe hybrid score"),
            )
        )
    return CheckResult(
        id=name,
        question="Do the rows under test resemble the reference, column by column?",
        metrics=(_metric("ks_distance"), _metric("missing_change", Better.ZERO, low=-1.0)),
        answers=tuple(answers),
    )


def performance() -> CheckResult:
    name = "performance.classification"
    accuracy = estimate(0.8124, 0.8011, 0.8232)
    change = estimate(0.008, -0.001, 0.017, method="Newcombe paired")
    loss = estimate(0.4312, 0.4203, 0.4421, method="t interval on the effective rows")
    brier_change = estimate(-0.005, -0.008, -0.002, method="Newcombe paired")
    return CheckResult(
        id=name,
        question="How often is the model right, and how good are its scores?",
        metrics=(
            _metric("accuracy", Better.HIGH, paired=True),
            _metric("log_loss", Better.LOW, unit="nats", high=None),
            _metric("roc_auc", Better.HIGH),
            _metric("brier_score", Better.LOW, paired=True),
        ),
        answers=(
            found(asked(name, "accuracy"), accuracy),
            found(asked(name, "log_loss"), loss),
            missing(
                asked(name, "roc_auc"), "{error}", Cause.ERROR, error="ValueError: one class only"
            ),
            found(
                asked(name, "accuracy", versus="baseline"),
                change,
                value_now=0.8124,
                value_before=0.8044,
                lost=3,
                new=41,
            ),
            found(
                asked(name, "brier_score", versus="baseline"),
                brier_change,
                value_now=0.134,
                value_before=0.139,
                lost=3,
                new=41,
            ),
        ),
    )


def quality() -> CheckResult:
    name = "data.quality"
    return CheckResult(
        id=name,
        question="Are the rows complete, different and not seen before?",
        metrics=(_metric("judged_share", Better.HIGH), _metric("leaked_share", Better.LOW)),
        answers=(
            found(
                asked(name, "judged_share", column="race"),
                estimate(0.945, 0.938, 0.951),
            ),
            missing(asked(name, "leaked_share"), "needs {needs}", Cause.NEED, needs="reference"),
        ),
    )


CHECKS = (performance(), selection(), errors(), calibration(), drift(), quality())
GATES = (
    Gate(
        name="four-fifths",
        check="bias.selection_rate",
        metric="demographic_parity_ratio",
        limit=Limit.at_least(0.8),
        about=About({"across": "race"}),
        why="Four-fifths screen, credit policy 3.2",
    ),
    Gate(
        name="gap of approval",
        check="bias.selection_rate",
        metric="demographic_parity_difference",
        limit=Limit.at_most(0.05),
        about=About({"across": "sex"}),
        why="Credit policy 3.2",
    ),
    Gate(
        name="equal chances",
        check="bias.error_rates",
        metric="equal_opportunity_difference",
        limit=Limit.at_most(0.1),
        about=About({"across": "sex"}),
        why="Credit policy 3.3",
    ),
    Gate(
        name="equal chances by race",
        check="bias.error_rates",
        metric="equal_opportunity_difference",
        limit=Limit.at_most(0.1),
        about=About({"across": "race"}),
    ),
    Gate(
        name="calibrated",
        check="calibration.error",
        metric="calibration_error",
        limit=Limit.at_most(0.03),
        why="Pricing tolerates 3 points of error",
    ),
    Gate(
        name="no worse than before",
        check="performance.classification",
        metric="accuracy",
        limit=Limit.at_least(-0.01),
        versus=True,
    ),
    Gate(
        name="ranking",
        check="performance.classification",
        metric="roc_auc",
        limit=Limit.at_least(0.7),
    ),
    Gate(
        name="accurate enough",
        check="performance.classification",
        metric="accuracy",
        limit=Limit.at_least(0.81),
        tolerate=Limit.at_least(0.79),
    ),
    Gate(
        name="columns as before",
        check="drift.columns",
        metric="ks_distance",
        limit=Limit.at_most(0.06),
        severity=Severity.WARN,
        why="Raised by the model owner",
    ),
    Gate(
        name="missing as before",
        check="drift.columns",
        metric="missing_change",
        limit=Limit(-0.02, 0.02),
    ),
    Gate(
        name="enough rows are judged",
        check="data.quality",
        metric="judged_share",
        limit=Limit.at_least(0.95),
        about=About({"column": "race"}),
    ),
)
WAIVERS = (
    Waiver(
        gate="equal chances",
        reason="New applicants are reviewed by hand until version 3.",
        owner="a.ng",
        approver="m.diaz",
        expires=dt.date(2027, 1, 31),
        ceiling=0.16,
    ),
    Waiver(
        gate="calibrated",
        reason="Kept from version 1, no longer needed here.",
        owner="a.ng",
        approver="m.diaz",
        expires=dt.date(2026, 10, 1),
        ceiling=0.05,
    ),
)
EXPECTED = Gate(
    name="expected rows",
    check="run",
    metric="expected_rows",
    limit=Limit.at_least(1500),
    why="[data.expect] rows",
)


def builtin() -> Judgement:
    answer = found(asked("run", "expected_rows"), estimate(4812, 4812, 4812, method="exact count"))
    return judge(EXPECTED, [answer.question], {answer.question: answer})


def before() -> Predecessor:
    kept = tuple(
        replace(each, estimate=estimate(value, value - 0.03, value + 0.03))
        for each in selection().findings
        for value in [min(each.estimate.value + 0.05, 0.96)]
    )
    old = [replace(GATES[8], limit=Limit.at_most(0.05), why="Credit policy 4")]
    gone = Gate(
        name="brier",
        check="performance.classification",
        metric="brier_score",
        limit=Limit.at_most(0.2),
    )
    return Predecessor(
        model=replace(MODEL, version="1"),
        run_id="2026-05-02T08:00:00Z",
        digest="50809e587c461100b3ee54a0a5049a87ffeeddccbbaa99887766554433221100",
        decision=Decision.PASSED,
        findings=kept,
        gates=(*GATES[:8], *old, gone),
    )


def record(
    checks: Sequence[CheckResult] = CHECKS,
    gates: Iterable[Gate] = GATES,
    waivers: Sequence[Waiver] = WAIVERS,
    **more: Any,
) -> Record:
    """Judge the answers as the runner does."""
    answers = {answer.question: answer for check in checks for answer in check.answers}
    judged = [_judged(gate, answers, waivers) for gate in gates]
    judged += [builtin()] if judged else []
    parts: Mapping[str, Any] = {
        "model": MODEL,
        "data": DATA,
        "provenance": PROVENANCE,
        "baseline": before(),
        "not_asked": (
            NotAsked(id="drift.predictions", question="Have the model's predictions moved?"),
        ),
        **more,
    }
    return Record(
        decision=more.pop("decision", None) or decide(judged, answers, answers),
        questions=tuple(answers),
        gates=tuple(judged),
        waivers=tuple(waiver_state(each, judged, TODAY) for each in waivers),
        checks=tuple(checks),
        **{name: part for name, part in parts.items() if name != "decision"},
    )


def _judged(gate: Gate, answers: Mapping[Question, Answer], waivers: Sequence[Waiver]) -> Judgement:
    waiver = next((each for each in waivers if each.gate == gate.name), None)
    return judge(gate, answers, answers, waiver=waiver)


def passing() -> Record:
    """Return a record of which nothing is wrong."""
    return record(
        checks=(calibration(),), gates=(GATES[4],), waivers=(), baseline=None, not_asked=()
    )


def without_gates() -> Record:
    """Return a record of numbers that nothing judges."""
    return record(gates=(), waivers=(), baseline=None)


def large(checks: int = 60, levels: int = 6) -> Record:
    """Return a record of many checks, each with a rate for every level and a judged gap."""
    names = [f"level {i}" for i in range(levels)]
    group = GroupUsed(
        name="group",
        levels=tuple(Level(level=name, rows=800, judged=True) for name in names),
        missing=5,
    )
    made, gates = [], []
    for i in range(checks):
        check = f"bias.check_{i}"
        rates = [
            found(
                asked(check, "selection_rate", group=name),
                estimate(0.5 + 0.01 * k, 0.47 + 0.01 * k, 0.53 + 0.01 * k, n=800),
            )
            for k, name in enumerate(names)
        ]
        gap = found(
            asked(check, "demographic_parity_difference", across="group"),
            estimate(
                0.05,
                0.02,
                0.12 if i % 10 == 0 else 0.09,
                method=_GAP,
                attainable=0.06,
                flawless=0.0,
            ),
        )
        made.append(
            CheckResult(
                id=check,
                question=f"Does check number {i} find the same rate for every group?",
                metrics=_SELECTION,
                answers=(*rates, gap),
            )
        )
        gates.append(
            Gate(
                name=f"gate number {i}",
                check=check,
                metric="demographic_parity_difference",
                limit=Limit.at_most(0.1),
                why="Policy 3.2",
            )
        )
    data = replace(DATA, groups=(group,))
    return record(checks=made, gates=gates, waivers=(), baseline=None, data=data)
