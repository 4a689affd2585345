"""The record as canonical JSON, back again, and its published schema."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from audit.errors import EvidenceError
from audit.record import (
    RUN,
    SCHEMA,
    CheckResult,
    Gate,
    Judgement,
    Record,
)
from audit.results import (
    Answer,
    Finding,
    Question,
    Unmeasured,
)
from audit.wire import Document, WireCheck, WireFinding, WireGate, WireUnmeasured

VOLATILE: Final = ("checks[].seconds", "provenance.run_id", "provenance.seconds")
"""What may differ between two runs of the same version."""


@cache
def _adapter() -> TypeAdapter[Document]:
    return TypeAdapter(Document)


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
    made: dict[str, Any] = TypeAdapter(WireCheck).dump_python(_check(result), mode="json")
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


def _document(record: Record) -> Document:
    return Document(
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
        baseline=record.baseline,
        not_asked=record.not_asked,
        only=record.only,
        volatile=VOLATILE,
        training=record.training,
    )


def _own_answers(record: Record) -> list[Answer]:
    return [judged.worst for judged in record.gates if judged.gate.builtin and judged.worst]


def _shallow(item: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    return {each.name: getattr(item, each.name) for each in fields(item)}


def _answer(answer: Answer) -> WireFinding | WireUnmeasured:
    question = answer.question
    where = {
        "metric": question.metric,
        "about": question.about,
        "intersection": question.intersection,
    }
    match answer:
        case Finding(estimate=estimate, details=details):
            return WireFinding(**where, estimate=estimate, details=details)  # type: ignore[arg-type]
        case Unmeasured(reason=reason, params=params, cause=cause):
            return WireUnmeasured(
                **where,  # type: ignore[arg-type]
                reason=answer.text,
                template=reason,
                params=params,
                cause=cause,
            )


def _check(result: CheckResult) -> WireCheck:
    answers = [_answer(answer) for answer in result.answers]
    return WireCheck(
        id=result.id,
        question=result.question,
        status=result.status,
        metrics=result.metrics,
        settings=result.settings,
        findings=tuple(a for a in answers if isinstance(a, WireFinding)),
        unmeasured=tuple(a for a in answers if isinstance(a, WireUnmeasured)),
        seconds=result.seconds,
        model_calls=result.model_calls,
    )


def _gate(judged: Judgement) -> WireGate:
    return WireGate(
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


def _record(document: Document) -> Record:
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
        baseline=document.baseline,
        not_asked=document.not_asked,
        only=document.only,
        training=document.training,
    )


def _result(check: WireCheck) -> CheckResult:
    answers: tuple[WireFinding | WireUnmeasured, ...] = (*check.findings, *check.unmeasured)
    return CheckResult(
        id=check.id,
        question=check.question,
        metrics=check.metrics,
        settings=check.settings,
        answers=tuple(_back(check.id, each) for each in answers),
        seconds=check.seconds,
        model_calls=check.model_calls,
    )


def _back(check: str, answer: WireFinding | WireUnmeasured) -> Answer:
    question = Question(
        check=check, metric=answer.metric, about=answer.about, intersection=answer.intersection
    )
    if isinstance(answer, WireFinding):
        return Finding(question=question, estimate=answer.estimate, details=answer.details)
    return Unmeasured(
        question=question, reason=answer.template, params=answer.params, cause=answer.cause
    )


def _judgement(gate: WireGate, answers: Mapping[Question, Answer]) -> Judgement:
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
