"""Plan, answers, verdicts, record. Every question gets exactly one answer."""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from pathlib import Path

import numpy as np

from audit.binding import bind, refuse_unfit_waivers
from audit.builtin import answered_before, expected_rows
from audit.demands import Demand
from audit.errors import AuditError, CheckError
from audit.files import paths_from
from audit.gates import decide, in_force, judge, waiver_state
from audit.packages import LACKING, PackageMissingError, missing_package
from audit.planning import Plan, plan
from audit.predictors import Counts
from audit.progress import Progress, quiet
from audit.protocol import Check, Context
from audit.record import (
    CheckResult,
    Decision,
    Gate,
    Judgement,
    NotAsked,
    Predecessor,
    Record,
    Waiver,
)
from audit.results import Answer, Cause, Json, Question, Unmeasured
from audit.sources import DataUsed, ModelCard, Provenance, Training
from audit.subjects import Subject

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Job:
    """One audit, before it is run."""

    checks: Sequence[Check]
    subject: Subject
    demands: Sequence[Demand] = ()
    waivers: Sequence[Waiver] = ()
    model: ModelCard = field(default_factory=lambda: ModelCard(name="unnamed", version="0"))
    data: DataUsed = field(default_factory=DataUsed)
    training: Training | None = None
    """How the model came to be, where it says so."""
    provenance: Provenance
    today: dt.date
    expected_rows: int | None = None
    predecessor: Predecessor | None = None
    not_asked: tuple[NotAsked, ...] = ()
    only: tuple[str, ...] = ()
    examples: bool = False
    """Whether the record may hold texts of the data."""
    folder: Path = Path()
    """Where files lie that the settings of checks name."""
    progress: Progress = quiet
    """Told the id of each check before it runs, how many are done, and how many there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """The plans of all checks, and the gates that fit them."""

    plans: tuple[Plan, ...]
    gates: tuple[Gate, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Everything that the checks must answer."""
        return tuple(question for each in self.plans for question in each.all_questions)


def prepare(job: Job) -> Prepared:
    """Plan, and bind the gates; every mistake in them is found before anything is measured."""
    with paths_from(job.folder):
        plans = [plan(check, job.subject) for check in job.checks]
    gates = bind(job.demands, {each.check.id: each.asked for each in plans})
    refuse_unfit_waivers(job.waivers, gates)
    return Prepared(plans=tuple(each.with_versus(gates) for each in plans), gates=gates)


def run(job: Job) -> Record:
    """Audit a subject."""
    started, prepared = time.perf_counter(), prepare(job)
    record = conclude(job, prepared, measure(job, prepared))
    took = time.perf_counter() - started
    return replace(record, provenance=replace(record.provenance, seconds=took))


def measure(job: Job, prepared: Prepared) -> tuple[CheckResult, ...]:
    """Let every check answer; what one of them does cannot disturb another."""
    results = []
    for done, each in enumerate(prepared.plans):
        job.progress(each.check.id, done, len(prepared.plans))
        with paths_from(job.folder):
            results.append(_result(each, job))
    job.progress("", len(prepared.plans), len(prepared.plans))
    return tuple(results)


def conclude(job: Job, prepared: Prepared, results: Sequence[CheckResult]) -> Record:
    """Judge what was measured and write it into a record."""
    answers = {a.question: a for result in results for a in result.answers}
    judgements = [
        *(_judge(gate, prepared, answers, job) for gate in prepared.gates),
        *_builtin(job, answers),
    ]
    decision = decide(judgements, prepared.questions, answers)
    if job.only and decision is Decision.PASSED:
        decision = Decision.INCONCLUSIVE
    return Record(
        decision=decision,
        model=job.model,
        data=job.data,
        questions=prepared.questions,
        gates=tuple(judgements),
        waivers=tuple(waiver_state(each, judgements, job.today) for each in job.waivers),
        checks=tuple(results),
        training=job.training,
        provenance=job.provenance,
        baseline=job.predecessor,
        not_asked=job.not_asked,
        only=job.only,
    )


def context(
    check_id: str,
    confidence: float,
    seed: int,
    metrics: Iterable[str] = (),
    *,
    examples: bool = False,
) -> Context:
    """Give a check random numbers that no other check can disturb."""
    rng = np.random.default_rng([seed, *check_id.encode()])
    asked = frozenset(metrics)
    return Context(rng=rng, confidence=confidence, metrics=asked, examples=examples)


def _result(each: Plan, job: Job) -> CheckResult:
    started, before = time.perf_counter(), _asked(job.subject)
    answers = tuple(answer_all(each, job))
    check = each.check
    return CheckResult(
        id=check.id,
        question=check.question,
        metrics=check.metrics,
        answers=answers,
        settings=_settings(check),
        seconds=time.perf_counter() - started,
        model_calls=_asked(job.subject) - before,
    )


def _asked(subject: Subject) -> int:
    """Return how many distinct inputs the model was asked for so far."""
    model: object = subject.answerer
    return model.asked if isinstance(model, Counts) else 0


def _settings(check: object) -> dict[str, Json]:
    return asdict(check) if is_dataclass(check) and not isinstance(check, type) else {}


def answer_all(each: Plan, job: Job) -> list[Answer]:
    """Answer every planned question once, whatever the check does."""
    unmet: list[Answer] = [
        Unmeasured(
            question=question,
            reason="needs {needs}",
            cause=Cause.NEED,
            params={"needs": ", ".join(each.unmet[question.metric])},
        )
        for question in each.unmet_questions
    ]
    unpaired: list[Answer] = [
        Unmeasured(question=question, reason=_why_no_pairs(job), cause=Cause.NEED)
        for question in each.versus
    ]
    return [*_own_answers(each, job), *unmet, *unpaired]


def _own_answers(each: Plan, job: Job) -> list[Answer]:
    if not each.questions:
        return []
    names = [metric.name for metric in each.check.metrics if metric.name not in each.unmet]
    given, examples = job.provenance, job.examples
    hides = bool(job.subject.units.roles.text) and not examples
    lent = context(each.check.id, given.confidence, given.seed, names, examples=examples)
    try:
        answers = list(each.check.measure(job.subject, lent))
        _refuse_other_answers(each, answers)
    except ImportError as problem:
        if (package := missing_package(problem)) is None:
            return _broken(each, problem, hides=hides)
        return _lacking(each, PackageMissingError(package))
    except PackageMissingError as problem:
        return _lacking(each, problem)
    except Exception as problem:  # noqa: BLE001 - whatever a check does
        return _broken(each, problem, hides=hides)
    return answers


def _lacking(each: Plan, problem: PackageMissingError) -> list[Answer]:
    """Answer that a package is needed, which is no fault of the check."""
    return [
        Unmeasured(question=q, reason=LACKING, cause=Cause.NEED, params=problem.params)
        for q in each.questions
    ]


def _broken(each: Plan, problem: Exception, *, hides: bool) -> list[Answer]:
    """Answer that the check broke."""
    logger.error("%s broke: %s", each.check.id, type(problem).__name__)
    logger.debug("where %s broke", each.check.id, exc_info=problem)
    own = isinstance(problem, AuditError)
    said = f": {problem}" if own or not hides else ""  # a model's message may quote a text
    params = {"error": f"{type(problem).__name__}{said}"[:500]}
    return [
        Unmeasured(question=q, reason="{error}", cause=Cause.ERROR, params=params)
        for q in each.questions
    ]


def _why_no_pairs(job: Job) -> str:
    if job.subject.baseline is None:
        return "no predecessor to compare with"
    return job.subject.baseline.why_not or "there is no such paired difference"


def _judge(gate: Gate, prepared: Prepared, answers: dict[Question, Answer], job: Job) -> Judgement:
    instead = [question for each in prepared.plans for question in each.reads_instead(gate)]
    return _judged(gate, prepared.questions, answers, job, instead)


def _judged(
    gate: Gate,
    questions: Sequence[Question],
    answers: dict[Question, Answer],
    job: Job,
    instead: Sequence[Question] = (),
) -> Judgement:
    waiver = in_force(job.waivers, gate, job.today)
    return judge(gate, questions, answers, reads=instead, waiver=waiver)


def _builtin(job: Job, answers: dict[Question, Answer]) -> list[Judgement]:
    made = []
    if job.expected_rows is not None:
        made.append(expected_rows(job.expected_rows, job.subject.units.rows))
    if job.predecessor is not None:
        made.append(answered_before(job.predecessor, answers.values(), job.only))
    return [
        _judged(gate, [answer.question], {answer.question: answer}, job) for gate, answer in made
    ]


def _refuse_other_answers(each: Plan, answers: Iterable[Answer]) -> None:
    asked, given = Counter(each.questions), Counter(found.question for found in answers)
    wrong = [str(question) for question in asked | given if asked[question] != given[question]]
    if wrong:
        msg = f"{each.check.id} must answer each question once, but did not: {', '.join(wrong[:5])}"
        raise CheckError(msg)
