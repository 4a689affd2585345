"""`audit run --dry-run`: what would be asked and judged, and which limits these rows can prove."""

from collections.abc import Iterator

from audit.gates import attains
from audit.record import Gate, Judgement
from audit.results import Finding
from audit.runner import Job, conclude, measure, prepare


def forecast(job: Job) -> str:
    """Return the plan as text.

    The attainable limits come from the counts of the table, so the checks run; no value and no
    verdict is shown, and nothing is written.
    """
    prepared = prepare(job)
    record = conclude(job, prepared, measure(job, prepared))
    lines = [f"{len(prepared.questions)} questions"]
    for each in prepared.plans:
        lines.append(f"  {each.check.id}: {len(each.all_questions)}")
        lines += [f"    {metric} needs {', '.join(needs)}" for metric, needs in each.unmet.items()]
    own = [judged for judged in record.gates if not judged.gate.builtin]
    lines.append(f"{len(own)} gates" if own else "no gates: the run could not pass")
    for judged in own:
        lines += _gate(judged)
    return "\n".join(lines)


def _gate(judged: Judgement) -> Iterator[str]:
    gate = judged.gate
    yield f"  {gate.name}: {gate.metric} {gate.limit}{_severity(gate)}"
    yield f"    reads {len(judged.answers)} question(s)"
    for answer in judged.answers:
        if isinstance(answer, Finding):
            yield from _attainable(answer, gate)


def _attainable(answer: Finding, gate: Gate) -> Iterator[str]:
    estimate = answer.estimate
    if estimate.attainable is None:
        return
    few = estimate.flawless is not None and not attains(estimate, gate.limit)
    note = ": even a flawless model would rarely pass" if few else ""
    yield f"    attainable limit {estimate.attainable:.4g} ({answer.question.about}){note}"


def _severity(gate: Gate) -> str:
    return "" if gate.severity == "block" else " (warn)"
