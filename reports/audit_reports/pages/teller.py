"""What the record holds, in words: metrics, parts of the data, limits, numbers, reasons."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from audit.limits import Limit
from audit.record import RUN, Gate, Judgement, Record, Verdict
from audit.results import About, Answer, Estimate, Finding, Metric, Question, Unmeasured
from audit_reports.inert import inert
from audit_reports.numbers import count, fixed, number, written
from audit_reports.pages.parts import Status
from audit_reports.words import Words

TIMES: Final = " \N{MULTIPLICATION SIGN} "
CLASS: Final = "class"
COLUMN: Final = "column"
PROBE: Final = "probe"
SEVERITY: Final = "severity"
DESCRIPTOR: Final = "descriptor"
_ATTRIBUTE: Final = "attribute"
_OWN: Final = frozenset({PROBE, "baseline", "layers", DESCRIPTOR})
DIMENSIONS: Final = _OWN | {SEVERITY, _ATTRIBUTE, "level"}
"""Dimensions that a check adds, which the page names in its own words."""
_TEXT: Final = "text: "
FEW_ROWS: Final = 30
_LONGEST_UNIT: Final = 20
_PAIR: Final = 2
_MISSING: Final = " is missing"
_IS: Final = re.compile(r"\S (?:[<>=]|is missing)")
_TRAITS: Final = "word [^ ]+|(?:question|exclamation) mark|share of unknown tokens"
_AND: Final = re.compile(rf" and (?=(?:\S+|{_TRAITS}) (?:[<>=]|is missing))")
"""Between the two halves of a slice: a feature, or a trait of a text, and what it is follow."""


@dataclass(frozen=True, slots=True)
class Teller:
    """A record and the language in which it is told."""

    record: Record
    words: Words

    def metric(self, check: str, name: str) -> Metric | None:
        """Look up what a check says about one of its metrics."""
        metrics = (m for each in self.record.checks if each.id == check for m in each.metrics)
        return next((metric for metric in metrics if metric.name == name), None)

    @property
    def reads_texts(self) -> bool:
        """Whether the record is about a model of texts."""
        parts = self.record.data.parts
        return any(column.startswith(_TEXT) for part in parts for column in part.columns)

    def find(self, table: str, key: str) -> str | None:
        """Look up what differs for a model of texts first."""
        text = self.words.find(f"{table}_of_texts", key) if self.reads_texts else None
        return text or self.words.find(table, key)

    def metric_name(self, name: str) -> str:
        """Name a metric in plain words."""
        plain = name.replace("_", " ")
        return self.find("metrics", name) or plain[:1].upper() + plain[1:]

    def unit(self, metric: Metric | None) -> str:
        """Name a unit; "" for a share, the unit of most numbers."""
        if metric is None or metric.unit == "share":
            return ""
        return self.words.find("units", metric.unit) or inert(metric.unit, _LONGEST_UNIT)

    def detail(self, key: str) -> str:
        """Name what stands beside a number."""
        return self.find("detail_names", key.replace(" ", "_")) or key.replace("_", " ")

    def question(self, check: str, fallback: str) -> str:
        """Return the question of a check."""
        return self.find("questions", check) or fallback

    def caution(self, check: str) -> str:
        """Say what the numbers of a check do not tell."""
        return self.find("cautions", check) or self.words("results.caution")

    def part(self, about: About) -> str:
        """Name the part of the data; "" is all of it."""
        return self.words.join(tuple(self._parts(about)))

    def title(self, question: Question) -> str:
        """Name a metric and the part of the data that it is about."""
        parts = (self.metric_name(question.metric), *self._parts(question.about))
        return self.words.join(parts)

    def _parts(self, about: About) -> Iterable[str]:
        for name, value in about.items():
            shown = TIMES.join(value) if isinstance(value, tuple) else str(value)
            shown = self.value(name, shown)
            if name in {"across", COLUMN, CLASS}:
                yield self.words(f"about.{name}", value=shown)
            elif name == "versus":
                yield self.words("about.versus", version=self.predecessor)
            else:
                yield self.words("about.level", name=self.dimension(name), value=shown)

    def value(self, name: str, value: str) -> str:
        """Name a value of a dimension: that of a check in words, any other as it is written."""
        if name == COLUMN:
            return self.column(value)
        if name == _ATTRIBUTE and self.reads_texts:
            return self.words.find("attributes", value) or value
        return (self.words.find("about_values", value) if name in _OWN else None) or value

    def dimension(self, name: str) -> str:
        """Name a dimension of questions: that of a check in words, a group as it is written."""
        return (self.words.find("about_names", name) if name in DIMENSIONS else None) or name

    @property
    def predecessor(self) -> str:
        """Name the version before."""
        before = self.record.baseline
        if before is None:
            return self.words("about.unknown_version")
        return self.words("about.version", version=before.model.version)

    def gate_metric(self, judged: Judgement) -> str:
        """Name what a gate reads."""
        gate = judged.gate
        if judged.worst is not None and not gate.builtin:
            return self.title(judged.worst.question)
        if gate.builtin:
            return self.metric_name(gate.metric)
        about = gate.about or About()
        return self.words.join((self.metric_name(gate.metric), *self._parts(about)))

    def read(self, judged: Judgement) -> str:
        """Say which of several questions decided; "" where there was only one."""
        if len(judged.answers) < 2 or judged.worst is None:  # noqa: PLR2004 - more than one
            return ""
        part = self.part(judged.worst.question.about) or self.words("about.all")
        key = "decided" if judged.estimate else "decided_none"
        return self.words(f"gates.{key}", part=part, n=len(judged.answers))

    def limit(self, gate: Gate) -> str:
        """Put the limit of a gate into words."""
        if not gate.versus:
            return self.allowed(gate.limit)
        ends = (gate.limit.low, gate.limit.high)
        margin = max(abs(end) for end in ends if end is not None)
        words = {"version": self.predecessor, "margin": written(margin)}
        return self.words("limit.versus", **words)

    def allowed(self, limit: Limit) -> str:
        """Put the allowed values into words."""
        if limit.low is None:
            return self.words("limit.at_most", high=written(limit.high or 0.0))
        if limit.high is None:
            return self.words("limit.at_least", low=written(limit.low))
        signed = limit.low < 0
        low, high = written(limit.low, sign=signed), written(limit.high, sign=signed)
        return self.words("limit.within", low=low, high=high)

    def searched(self, judged: Judgement) -> bool:
        """Say whether a gate reads the worst case of a search, which only a failure settles."""
        metric = self.metric(judged.gate.check, judged.gate.metric)
        return metric is not None and metric.search and judged.verdict is not Verdict.FAIL

    def numbers(self, question: Question, estimate: Estimate, *limits: Limit) -> tuple[str, str]:
        """Print a value, and its interval, so that neither prints like a limit it differs from."""
        low, high = self._ends(question, estimate, limits)
        value = self._number(question, estimate.value, estimate, limits)
        return value, self.words("number.interval", low=low, high=high)

    def attainable(self, attainable: float, *limits: Limit) -> str:
        """Print an attainable limit, never like the limit that it differs from."""
        return number(attainable, *_finite_ends(limits))

    def rows(self, estimate: Estimate) -> str:
        """Print the rows behind a number."""
        return self.words("number.rows", n=estimate.n)

    def sentence(self, question: Question, estimate: Estimate, *limits: Limit) -> str:
        """Print a value with its interval on one line."""
        value, interval = self.numbers(question, estimate, *limits)
        return self.words("number.inline", value=value, interval=interval)

    def _ends(
        self, question: Question, estimate: Estimate, limits: tuple[Limit, ...]
    ) -> tuple[str, str]:
        return (
            self._number(question, estimate.low, estimate, limits),
            self._number(question, estimate.high, estimate, limits),
        )

    def _number(
        self, question: Question, value: float, estimate: Estimate, limits: tuple[Limit, ...]
    ) -> str:
        metric = self.metric(question.check, question.metric)
        counted = question.check == RUN or (metric is not None and metric.unit != "share")
        ends = (estimate.value, estimate.low, estimate.high)
        if counted and all(float(end).is_integer() for end in ends):
            return fixed(value, 0)
        signed = "versus" in question.about or (metric is not None and metric.low < 0)
        return number(value, *_finite_ends(limits), sign=signed)

    def sliced(self, found: Finding) -> str:
        """Print the rows behind a number; of a slice, its rows among those that confirm it."""
        rows = found.details.get("rows confirmed")
        if "slice" not in found.details or not isinstance(rows, int):
            return self.rows(found.estimate)
        return self.words("number.sliced", n=rows, all=found.estimate.n)

    def told(self, text: str) -> str:
        """Translate a method or a slice that a check put into words."""
        method = self.words.told("told", text)
        return method if method != text else self.slice(text)

    def slice(self, text: str) -> str:
        """Translate the words of a slice; its features and values stand as they are."""
        parts = _AND.split(text)
        if len(parts) != _PAIR or not all(map(_IS.search, parts)):
            return self._clause(text)
        first, second = map(self._clause, parts)
        return self.words("list.both", first=first, second=second)

    def _clause(self, text: str) -> str:
        ours = _MISSING in text or self.reads_texts
        return self.words.told("slices", text) if ours else text

    def column(self, name: str) -> str:
        """Name a column: as it is written, or in words where we made it."""
        return self.words.told("columns_told", name)

    def reason(self, answer: Unmeasured) -> str:
        """Say why there is no number."""
        template = self.words.find("reasons", answer.reason) or answer.reason
        return self.words.fill(template, {k: self.value(k, v) for k, v in answer.params.items()})

    def sentence_of(self, answer: Unmeasured) -> str:
        """Say why there is no number, as a sentence of its own."""
        said = self.reason(answer)
        written = answer.reason.startswith("{") or self.words.language != "en"
        return said if written else said[:1].upper() + said[1:]

    def status(self, judged: Judgement) -> Status:
        """Return the word under which the page counts a gate."""
        key = judged.counted_as
        if key == "inconclusive" and judged.unmeasured:
            key = "unmeasured"
        return Status(key, self.words(f"status.{key}"))

    def n(self, value: int) -> str:
        """Print a count."""
        return count(value)


def finding(answer: Answer | None) -> Finding | None:
    """Return the answer if it has a number."""
    return answer if isinstance(answer, Finding) else None


def _finite_ends(limits: Iterable[Limit]) -> list[float]:
    return [end for limit in limits for end in (limit.low, limit.high) if end is not None]
