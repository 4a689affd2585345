"""The gates as JUnit test cases, for the test page of any CI server."""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from audit.protocol import Format
from audit.record import RUN, Decision, Judgement, Record
from audit_reports.escapes import shown
from audit_reports.gate_words import (
    advice,
    counts,
    ends,
    interval,
    limit,
    number,
    obstacles,
    outcome,
    standing,
    waiver_of,
)

_RESULTS: Final = {
    "pass": "",
    "fail": "failure",
    "error": "error",
    "inconclusive": "error",
    "not measured": "error",
    "tolerated": "skipped",
    "warned": "skipped",
    "waived": "skipped",
}
_DECISIONS: Final = {
    Decision.PASSED: "",
    Decision.BLOCKED: "failure",
    Decision.ERROR: "error",
    Decision.INCONCLUSIVE: "error",
}


def render(record: Record, language: str) -> str:  # noqa: ARG001 - CI servers read English
    """Return one test case a gate, and one for the decision."""
    cases = [*(_gate(judged, record) for judged in record.gates), _decision(record)]
    seconds = f"{record.provenance.seconds:.3f}"
    found = Counter(child.tag for case in cases for child in case)
    totals = {
        "tests": str(len(cases)),
        "failures": str(found["failure"]),
        "errors": str(found["error"]),
    }
    name = shown(f"release-audit {record.model.name} {record.model.version}")
    root = ET.Element("testsuites", {"name": "release-audit", "time": seconds, **totals})
    skipped = str(found["skipped"])
    own = {"name": name, "time": seconds, "skipped": skipped, **totals}
    suite = ET.SubElement(root, "testsuite", own)
    suite.append(_properties(record))
    suite.extend(cases)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _properties(record: Record) -> ET.Element:
    properties = ET.Element("properties")
    for name, value in {
        "decision": record.decision.upper(),
        "model": record.model.name,
        "version": record.model.version,
    }.items():
        ET.SubElement(properties, "property", name=name, value=shown(value))
    return properties


def _decision(record: Record) -> ET.Element:
    said = [f"{record.decision.upper()} {counts(record)}", *obstacles(record)]
    return _case("decision", RUN, _DECISIONS[record.decision], " - ".join(said), said)


def _gate(judged: Judgement, record: Record) -> ET.Element:
    return _case(
        judged.gate.name,
        judged.gate.check,
        _RESULTS[standing(judged)],
        _message(judged, record),
        [f"{label}: {text}" for label, text in _facts(judged)],
    )


def _case(name: str, check: str, result: str, message: str, lines: list[str]) -> ET.Element:
    case = ET.Element("testcase", classname=shown(check), name=shown(name), time="0")
    if result:
        said = shown(message)
        ET.SubElement(case, result, type=result, message=said).text = said
    ET.SubElement(case, "system-out").text = "\n".join(map(shown, lines))
    return case


def _message(judged: Judgement, record: Record) -> str:
    """Say the verdict and its reason, in one line."""
    match standing(judged):
        case "waived":
            return f"{judged.verdict}, waived{_exception(judged, record)}"
        case "warned":
            return f"{judged.verdict}, warned: this gate only warns: {outcome(judged)}"
        case "tolerated":
            wider = limit(judged.gate.tolerate or judged.gate.limit)
            return f"{judged.verdict}, tolerated: the whole interval is within {wider}"
        case word:
            return f"{word}: {outcome(judged)}"


def _exception(judged: Judgement, record: Record) -> str:
    waiver = waiver_of(judged, record)
    if waiver is None:
        return ""
    return f" until {waiver.expires}, owner {waiver.owner}: {waiver.reason}"


def _facts(judged: Judgement) -> Iterator[tuple[str, str]]:
    gate, others = judged.gate, ends(judged.gate)
    yield "verdict", str(judged.verdict)
    yield "disposition", str(judged.disposition)
    if judged.worst:
        yield "question", f"{judged.worst.question} (the worst of {len(judged.answers)})"
    if estimate := judged.estimate:
        yield "value", number(estimate.value, *others)
        yield "interval", f"{interval(estimate, *others)} ({100 * estimate.level:g} %)"
    else:
        yield "not measured", outcome(judged)
    yield "limit", limit(gate.limit)
    if gate.tolerate:
        yield "tolerated within", limit(gate.tolerate)
    if estimate:
        yield "n", str(estimate.n)
        yield "method", estimate.method
    if gate.why:
        yield "why", gate.why
    if text := advice(judged):
        yield "advice", text


FORMAT: Final = Format(render=render, file="junit.xml")
