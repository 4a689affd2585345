"""What one check found, as a notebook shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from audit import record_json
from audit.catalogue import load_format
from audit.demands import Demand
from audit.record import CheckResult, Judgement, Record
from audit.results import About, Finding, Unmeasured
from audit.runner import Job, conclude, prepare

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Result:
    """The answers of one check; iterating yields the findings."""

    job: Job
    record: Record

    @property
    def check(self) -> CheckResult:
        """The check and its answers, as the record holds them."""
        return self.record.checks[0]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The questions with a number."""
        return self.check.findings

    @property
    def unmeasured(self) -> tuple[Unmeasured, ...]:
        """The questions without one, and why."""
        return self.check.unmeasured

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def judge(  # noqa: PLR0913 - the limits of a gate
        self,
        metric: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        within: tuple[float, float] | None = None,
        not_worse_by: float | None = None,
        tolerate: float | tuple[float, float] | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> Judgement:
        """Hold what was found against a limit, as a gate would.

        Parameters
        ----------
        metric : str
            A metric of the check.
        at_most, at_least, within, not_worse_by : float
            Exactly one limit.
        tolerate : float
            An inconclusive interval is tolerated while it excludes anything beyond.
        about : mapping, optional
            Which question; left out, all are read and the worst counts.

        Returns
        -------
        Judgement
            With `.verdict` pass, fail, inconclusive or error, and the answer that decided.

        Raises
        ------
        ConfigError
            If the limit does not fit the metric.

        """
        demand = Demand(
            check=self.check.id,
            metric=metric,
            about=None if about is None else About(about),
            at_most=at_most,
            at_least=at_least,
            within=within,
            not_worse_by=not_worse_by,
            tolerate=tolerate,
        )
        return self.judged([demand]).gates[0]

    def judged(self, demands: list[Demand]) -> Record:
        """Return the record with gates; nothing is measured again."""
        job = replace(self.job, demands=demands)
        return conclude(job, prepare(job), self.record.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the check's entry of results.json."""
        return record_json.check_entry(self.check)

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas frame, a row for each question, measured or not."""
        import pandas as pd

        rows = [_row(answer) for answer in self.check.answers]
        return pd.DataFrame(rows, columns=[*_COLUMNS])

    def plot(self) -> "alt.FacetChart":
        """Return an Altair chart: each finding with its interval, a panel for each metric."""
        import altair as alt

        frame = self.to_frame().dropna(subset=["value"])
        base = alt.Chart(frame).encode(y=alt.Y("about:N", title=None))
        bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title="value"), x2="high:Q")
        points = base.mark_point(filled=True, size=60).encode(
            x="value:Q", tooltip=["metric", "about", "value", "low", "high", "n", "method"]
        )
        panels = (bars + points).properties(width=320).facet(row=alt.Row("metric:N", title=None))
        apart = panels.resolve_scale(x="independent", y="independent")
        return cast("alt.FacetChart", apart.properties(title=self.check.question))

    def _repr_html_(self) -> str:
        """Show a table and a picture in a notebook."""
        return load_format("notebook").render(self.record, "en")

    def __repr__(self) -> str:
        return load_format("terminal").render(self.record, "en")


_COLUMNS: Final = (
    "metric",
    "about",
    "value",
    "low",
    "high",
    "n",
    "attainable",
    "method",
    "why",
)


def _row(answer: Finding | Unmeasured) -> dict[str, Any]:
    row: dict[str, Any] = {"metric": answer.question.metric, "about": str(answer.question.about)}
    if isinstance(answer, Unmeasured):
        return {**row, "value": None, "low": None, "high": None, "why": answer.text}
    e = answer.estimate
    return {
        **row,
        "value": e.value,
        "low": e.low,
        "high": e.high,
        "n": e.n,
        "attainable": e.attainable,
        "method": e.method,
        "why": "",
    }
