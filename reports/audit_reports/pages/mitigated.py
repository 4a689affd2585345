"""Whether thresholds of their own for each group would close the gap that a gate found."""

from typing import Final

from audit.record import Judgement, Verdict
from audit.results import Finding, Question
from audit_reports.pages.levels import RATE_BEHIND
from audit_reports.pages.teller import Teller

MITIGATION: Final = "bias.mitigation"


def mitigated(teller: Teller, judged: Judgement) -> str:
    """Say in one sentence what mitigation was measured to change; "" where it was not.

    It is said of a gate whose comparison is made of the rate that mitigation makes equal.
    """
    worst = judged.worst
    if judged.verdict is Verdict.PASS or not isinstance(worst, Finding):
        return ""
    about = worst.question.about
    if not judged.gate.check.startswith("bias.") or "across" not in about or "versus" in about:
        return ""
    found = {each.question: each for each in teller.record.answers if isinstance(each, Finding)}
    gain, cost = (
        found.get(Question(check=MITIGATION, metric=metric, about=about))
        for metric in ("gap_reduction", "accuracy_cost")
    )
    if gain is None or cost is None:
        return ""
    rate = gain.details.get("rate")
    if rate not in RATE_BEHIND.get(judged.gate.metric, ()):
        return ""
    return teller.words(
        "advice.mitigation",
        rate=teller.metric_name(rate),
        gain=teller.sentence(gain.question, gain.estimate),
        cost=teller.sentence(cost.question, cost.estimate),
    )
