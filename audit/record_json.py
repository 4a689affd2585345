"""The record as canonical JSON, back again, and its published schema."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from audit.errors import EvidenceError
from audit.limits import Limit
from audit.record import (
    RUN,
    SCHEMA,
    Advice,
    CheckResult,
    DataUsed,
    Decision,
    Disposition,
    Gate,
    Judgement,
    ModelCard,
    NotAsked,
    Predecessor,
    Provenance,
    Record,
    Severity,
    Status,
    Verdict,
    Waiver,
)
from audit.results import (
    About,
    Answer,
    Cause,
    Estimate,
    Finding,
    Json,
    Metric,
    Question,
    Unmeasured,
)

VOLATILE: Final = ("checks[].seconds", "provenance.run_id", "provenance.seconds")
"""What may differ between two runs of the same version."""


@dataclass(frozen=True, kw_only=True)
class _Finding:
    metric: str
    about: About
    intersection: bool
    estimate: Estimate
    details: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class _Unmeasured:
    metric: str
    about: About
    intersection: bool
    reason: str
    template: str
    params: Mapping[str, str]
    cause: Cause


@dataclass(frozen=True, kw_only=True)
class _Check:
    id: str
    question: str
    status: Status
    metrics: tuple[Metric, ...]
    settings: Mapping[str, Json]
    findings: tuple[_Finding, ...]
    unmeasured: tuple[_Unmeasured, ...]
    seconds: float
    model_calls: int


@dataclass(frozen=True, kw_only=True)
class _Gate:
    name: str
    check: str
    metric: str
    about: About | None
    versus: bool
    limit: Limit
    tolerate: Limit | None
    severity: Severity
    why: str
    questions: tuple[Question, ...]
    decided_by: Question | None
    estimate: Estimate | None
    verdict: Verdict
    disposition: Disposition
    attainable: float | None
    needed_n: int | None
    advice: Advice


@dataclass(frozen=True, kw_only=True)
class _Predecessor:
    model: ModelCard
    run_id: str
    digest: str
    decision: Decision
    findings: tuple[Finding, ...]
    gates: tuple[Gate, ...]


@dataclass(frozen=True, kw_only=True)
class _Document:
    schema: Literal["audit-record/1"]
    decision: Decision
    model: ModelCard
    data: DataUsed
    questions: tuple[Question, ...]
    gates: tuple[_Gate, ...]
    waivers: tuple[Waiver, ...]
    checks: tuple[_Check, ...]
    run: tuple[_Finding | _Unmeasured, ...]
    """What the runner itself answered: the questions of the built-in gates."""
    provenance: Provenance
    baseline: _Predecessor | None
    not_asked: tuple[NotAsked, ...]
    only: tuple[str, ...]
    volatile: tuple[str, ...]


@cache
def _adapter() -> TypeAdapter[_Document]:
    return TypeAdapter(_Document)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of results.json."""
    made = _adapter().json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A record of release-audit",
        **made,
    }


def dump(record: Record) -> bytes:
    """Write canonical JSON: sorted keys, shortest round-trip floats, no NaN, one newline."""
    return _canonical(_adapter().dump_python(_document(record), mode="json"))


def load(content: bytes) -> Record:
    """Read a record.

    Raises
    ------
    EvidenceError
        With one sentence, if the content is no record of this schema.

    """
    try:
        document = _adapter().validate_json(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        msg = f"results.json must be a record of schema {SCHEMA}, but {where}: {first['msg']}"
        raise EvidenceError(msg) from problem
    return _record(document)


def digest(record: Record) -> str:
    """Return the sha256 of results.json."""
    return hashlib.sha256(dump(record)).hexdigest()


def check_entry(result: CheckResult) -> dict[str, Any]:
    """Return one entry of `checks[]`, as `.to_dict()` gives it."""
    made: dict[str, Any] = TypeAdapter(_Check).dump_python(_check(result), mode="json")
    return made


def _canonical(document: object) -> bytes:
    text = json.dumps(
        document,
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        indent=1,
        separators=(",", ": "),
    )
    return (text + "\n").encode(errors="replace")  # a lone surrogate has no UTF-8


def _document(record: Record) -> _Document:
    return _Document(
        schema=SCHEMA,
        decision=record.decision,
        model=record.model,
        data=record.data,
        questions=record.questions,
        gates=tuple(map(_gate, record.gates)),
        waivers=record.waivers,
        checks=tuple(map(_check, record.checks)),
        run=tuple(map(_answer, _own_answers(record))),
        provenance=record.provenance,
        baseline=_Predecessor(**_shallow(record.baseline)) if record.baseline else None,
        not_asked=record.not_asked,
        only=record.only,
        volatile=VOLATILE,
    )


def _own_answers(record: Record) -> list[Answer]:
    return [judged.worst for judged in record.gates if judged.gate.builtin and judged.worst]


def _shallow(item: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    return {each.name: getattr(item, each.name) for each in fields(item)}


def _answer(answer: Answer) -> _Finding | _Unmeasured:
    question = answer.question
    where = {
        "metric": question.metric,
        "about": question.about,
        "intersection": question.intersection,
    }
    match answer:
        case Finding(estimate=estimate, details=details):
            return _Finding(**where, estimate=estimate, details=details)  # type: ignore[arg-type]
        case Unmeasured(reason=reason, params=params, cause=cause):
            return _Unmeasured(
                **where,  # type: ignore[arg-type]
                reason=answer.text,
                template=reason,
                params=params,
                cause=cause,
            )


def _check(result: CheckResult) -> _Check:
    answers = [_answer(answer) for answer in result.answers]
    return _Check(
        id=result.id,
        question=result.question,
        status=result.status,
        metrics=result.metrics,
        settings=result.settings,
        findings=tuple(a for a in answers if isinstance(a, _Finding)),
        unmeasured=tuple(a for a in answers if isinstance(a, _Unmeasured)),
        seconds=result.seconds,
        model_calls=result.model_calls,
    )


def _gate(judged: Judgement) -> _Gate:
    return _Gate(
        **_shallow(judged.gate),
        questions=tuple(answer.question for answer in judged.answers),
        decided_by=judged.worst.question if judged.worst else None,
        estimate=judged.estimate,
        verdict=judged.verdict,
        disposition=judged.disposition,
        attainable=judged.estimate.attainable if judged.estimate else None,
        needed_n=judged.needed_n,
        advice=judged.advice,
    )


def _record(document: _Document) -> Record:
    checks = tuple(map(_result, document.checks))
    answers = {answer.question: answer for check in checks for answer in check.answers}
    own = [_back(RUN, each) for each in document.run]
    answers |= {answer.question: answer for answer in own}
    return Record(
        decision=document.decision,
        model=document.model,
        data=document.data,
        questions=document.questions,
        gates=tuple(_judgement(gate, answers) for gate in document.gates),
        waivers=document.waivers,
        checks=checks,
        provenance=document.provenance,
        baseline=Predecessor(**_shallow(document.baseline)) if document.baseline else None,
        not_asked=document.not_asked,
        only=document.only,
    )


def _result(check: _Check) -> CheckResult:
    answers: tuple[_Finding | _Unmeasured, ...] = (*check.findings, *check.unmeasured)
    return CheckResult(
        id=check.id,
        question=check.question,
        metrics=check.metrics,
        settings=check.settings,
        answers=tuple(_back(check.id, each) for each in answers),
        seconds=check.seconds,
        model_calls=check.model_calls,
    )


def _back(check: str, answer: _Finding | _Unmeasured) -> Answer:
    question = Question(
        check=check, metric=answer.metric, about=answer.about, intersection=answer.intersection
    )
    if isinstance(answer, _Finding):
        return Finding(question=question, estimate=answer.estimate, details=answer.details)
    return Unmeasured(
        question=question, reason=answer.template, params=answer.params, cause=answer.cause
    )


def _judgement(gate: _Gate, answers: Mapping[Question, Answer]) -> Judgement:
    missing = [question for question in gate.questions if question not in answers]
    if missing:
        msg = f"results.json: gate {gate.name!r} reads a question without an answer: {missing[0]}"
        raise EvidenceError(msg)
    return Judgement(
        gate=Gate(**{each.name: getattr(gate, each.name) for each in fields(Gate)}),
        answers=tuple(answers[question] for question in gate.questions),
        worst=answers[gate.decided_by] if gate.decided_by else None,
        verdict=gate.verdict,
        disposition=gate.disposition,
        needed_n=gate.needed_n,
        advice=gate.advice,
    )
