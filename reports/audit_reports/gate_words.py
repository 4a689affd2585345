"""What a gate says, in plain English and in digits enough to see why, alike in every text format.

What stands in an answer or a waiver is repeated as it is: each format makes it inert.
"""

from typing import Final

from audit.limits import Limit
from audit.record import Advice, Gate, Judgement, Record, Severity, Verdict, Waiver, WaiverState
from audit.results import Answer, Cause, Estimate, Finding, Question, Unmeasured
from audit_reports.numbers import decimals_apart

STANDINGS: Final = (
    "fail",
    "error",
    "inconclusive",
    "not measured",
    "tolerated",
    "warned",
    "waived",
    "pass",
)
"""Where a gate can stand, worst first."""
STOPPING: Final = STANDINGS[:4]
"""Where a gate stands that stops the release."""
COUNTED: Final = ("pass", "fail", "inconclusive", "tolerated", "warned", "waived", "error")
_ADVICE: Final = {
    Advice.NOTHING: "",
    Advice.CHANGE_MODEL: "change the model, or have an exception approved as a waiver",
    Advice.MORE_ROWS: "bring more rows: {needed}",
    Advice.LOOSER_OR_MORE: "loosen the limit or bring more rows: {proof}",
    Advice.CLOSER_TO_FLAWLESS: (
        "bring the number closer to its ideal value: a model at it would pass with these rows"
    ),
    Advice.GIVE_WHAT_IS_NEEDED: "give the audit what the check needs",
    Advice.COMPLETE_DATA: "complete the data",
    Advice.MEND_CHECK: "mend the check",
}
_MORE_OF: Final = (
    "bring more rows of the kind that the reason names, or take the gate out with a reason"
)
_THOUSAND: Final = 1000
_EXPONENT: Final = 1e15
"""From here on a number is written with an exponent."""


def number(value: float, *others: float) -> str:
    """Round to three decimals, or to as many as it takes to stay on the right side of others.

    Thousands need no decimals.

    Examples
    --------
    >>> number(0.05), number(0.0500001, 0.05), number(0.99996, 1), number(0.1004, 0.1003)
    ('0.050', '0.0500001', '0.99996', '0.1004')
    >>> number(1500.0), number(1499.6, 1500)
    ('1500', '1499.6')

    """
    if abs(value) >= _EXPONENT:
        return repr(value)
    fewest = 3 if abs(value) < _THOUSAND else 0
    decimals = decimals_apart(value, others, fewest=fewest)
    text = repr(value) if decimals is None else f"{value:.{decimals}f}"
    return text if float(text) else text.lstrip("-")


def limit(allowed: Limit) -> str:
    """Write a limit with every digit that it has, so that no other value reads alike.

    Examples
    --------
    >>> limit(Limit.at_most(0.8)), limit(Limit(-0.1, 1.0))
    ('at most 0.8', '-0.1 to 1')

    """
    low, high = (None if end is None else exact(end) for end in (allowed.low, allowed.high))
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def exact(value: float) -> str:
    """Write what a person wrote, with every digit."""
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)


def ends(gate: Gate) -> tuple[float, ...]:
    """Return the values that the numbers of a gate must be told from."""
    limits = (gate.limit, gate.tolerate or gate.limit)
    return tuple(end for each in limits for end in (each.low, each.high) if end is not None)


def interval(estimate: Estimate, *others: float) -> str:
    """Write the interval as `low to high`."""
    return f"{number(estimate.low, *others)} to {number(estimate.high, *others)}"


def estimated(estimate: Estimate, *others: float) -> str:
    """Write the value with its interval."""
    return f"{number(estimate.value, *others)} ({interval(estimate, *others)})"


def standing(judged: Judgement) -> str:
    """Say in a word or two where a gate stands; what broke is an error whatever else holds."""
    if judged.verdict is Verdict.ERROR:
        return "error"
    if judged.unmeasured and judged.counted_as == Verdict.INCONCLUSIVE:
        return "not measured"
    return judged.counted_as


def says(judged: Judgement) -> str:
    """Say where a gate stands, and its verdict where that does not show."""
    word = standing(judged)
    return f"{word} ({judged.verdict})" if word in {"tolerated", "warned", "waived"} else word


def worst_first(record: Record) -> list[Judgement]:
    """Order the gates by where they stand; those alike keep the order of the config."""
    return sorted(record.gates, key=lambda judged: STANDINGS.index(standing(judged)))


def counts(record: Record) -> str:
    """Count each gate once, in the words and the order of the command's last line."""
    tally = record.tally()
    return " ".join(f"{word}={tally[word]}" for word in COUNTED)


def outcome(judged: Judgement) -> str:
    """Say in one line what a gate saw: its number beside its limit, or why there is none."""
    match judged.worst:
        case Finding(estimate=estimate):
            others = ends(judged.gate)
            return f"{estimated(estimate, *others)}, limit {limit(judged.gate.limit)}"
        case Unmeasured(text=reason):
            return reason
        case None:
            return "no question was asked"


def advice(judged: Judgement) -> str:
    """Say what would settle or unblock a gate; no text from data is in it."""
    if judged.advice is Advice.COMPLETE_DATA and not judged.gate.builtin:
        return _MORE_OF
    return _ADVICE[judged.advice].format(needed=_needed(judged), proof=_attainable(judged))


def _needed(judged: Judgement) -> str:
    here = f"; there are {judged.estimate.n:,}" if judged.estimate else ""
    many = "far more than now" if judged.needed_n is None else f"{judged.needed_n:,}"
    return f"a model at the ideal value of this number would need {many}{here}"


def _attainable(judged: Judgement) -> str:
    estimate = judged.estimate
    if estimate is None or estimate.attainable is None:
        return "these rows cannot prove it"
    tightest = number(estimate.attainable, *ends(judged.gate))
    return f"the tightest limit that these {estimate.n:,} rows could prove is {tightest}"


def waiver_of(judged: Judgement, record: Record) -> Waiver | None:
    """Return the waiver that was used for a gate."""
    used = (waiver for waiver in record.waivers if waiver.state is WaiverState.USED)
    return next((waiver for waiver in used if waiver.gate == judged.gate.name), None)


def idle_waiver(waiver: Waiver) -> str:
    """Say why a waiver that was not used had no effect."""
    if waiver.state is WaiverState.EXPIRED:
        return f"expired on {waiver.expires}, without effect"
    return "not used: remove it"


def obstacles(record: Record) -> list[str]:
    """Say what keeps a run from passing besides its gates; no text from data is in it."""
    own = [judged.gate for judged in record.gates if not judged.gate.builtin]
    read = {answer.question for judged in record.gates for answer in judged.answers}
    unread = (answer for answer in record.answers if answer.question not in read)
    broken = sum(isinstance(a, Unmeasured) and a.cause is Cause.ERROR for a in unread)
    silent = len(_unanswered(record))
    said = {
        "No gate was evaluated.": not own,
        "Every gate only warns.": own and all(gate.severity is Severity.WARN for gate in own),
        "Only a part of the checks was run (--only).": record.only,
        f"Errors that no gate reads: {broken}.": broken,
        f"Planned questions without an answer: {silent}.": silent,
    }
    return [sentence for sentence, holds in said.items() if holds]


def lost(record: Record) -> list[tuple[str, str]]:
    """List each question without a number, and why; then the checks that nobody asked."""
    answers = [*record.answers, *_own_answers(record)]
    unmeasured = {a.question: a.text for a in answers if isinstance(a, Unmeasured)}
    unmeasured |= dict.fromkeys(_unanswered(record), "the answer is missing")
    unasked = "not asked: no gate and no table of the config names it"
    return [
        *((str(question), reason) for question, reason in unmeasured.items()),
        *((check.id, unasked) for check in record.not_asked),
    ]


def _own_answers(record: Record) -> list[Answer]:
    return [answer for judged in record.gates if judged.gate.builtin for answer in judged.answers]


def _unanswered(record: Record) -> list[Question]:
    answered = {answer.question for answer in (*record.answers, *_own_answers(record))}
    return [question for question in record.questions if question not in answered]
