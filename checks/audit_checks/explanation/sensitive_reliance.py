"""How much of the model's decisions is attributed to protected features and their proxies?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from audit.errors import ConfigError, close_to
from audit.inputs import Matrix
from audit.protocol import Context, Need
from audit.results import (
    Answer,
    Better,
    Cause,
    Finding,
    Json,
    Metric,
    Question,
    Unmeasured,
)
from audit.stats.exact import exact_count
from audit.subjects import Subject
from audit_checks.bias.term_files import OURS, Terms, our_terms, read_terms
from audit_checks.explanation.asking import (
    MOST_SILENT,
    NO_ATTRIBUTIONS,
    Explained,
    How,
    answered,
    explained,
)
from audit_checks.explanation.shares import mean_share
from audit_checks.explanation.text_asking import text_answered
from audit_checks.explanation.text_sensitive import texts_sensitive
from audit_checks.refusals import too_few

_SHOWN: Final = 10


_LEAST_ROWS: Final = 10
NO_LEVEL: Final = "explanations start from the background, which has under 10 rows of {levels}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SensitiveReliance:
    """The mean share of absolute attribution on protected features, proxies and identity terms.

    Protected are the group columns that the model reads; proxies are what the settings name. A
    model that reads none of the declared groups and has no proxies named attributes exactly
    nothing to them: a fact, not a sample. Where neither groups nor proxies are declared, nobody
    has said what is protected, and there is no number.

    Of texts, protected are the words that name a group of people, from the files of
    `bias.counterfactual_swap` or the user's own, and the proxies. Only texts with such a word are
    explained; by chance their share would be that of the words, which stands beside it.

    Rows whose attributions are all 0 have no shares; they are left out and counted.
    """

    id: ClassVar[str] = "explanation.sensitive_reliance"
    question: ClassVar[str] = (
        "How much of the model's decisions is attributed to protected features and their proxies?"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(name="sensitive_share", better=Better.LOW, function="audit.stats.means.mean"),
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.MODEL})

    rows: int = 300
    """Rows that are explained, drawn by their ids."""
    seed: int = 0
    """Of the rows and of the explainer."""
    method: str = "auto"
    """`auto`, `shap` or `integrated_gradients`, of texts also `gradient_x_input`; the client's own
    explainer always wins."""
    proxies: tuple[str, ...] = ()
    """Features that stand for a protected one; of texts, words."""
    attributes: tuple[str, ...] = OURS
    """Of texts: the attributes whose terms are protected, of age, gender, nationality, race and
    religion."""
    terms: str = ""
    """Of texts: a file with terms of your own, which takes the place of one of ours of the same
    attribute."""

    def __post_init__(self) -> None:
        """Refuse settings that explain nothing."""
        self._how.refuse_unfit(self.id)

    @property
    def _how(self) -> How:
        return How(rows=self.rows, seed=self.seed, method=self.method)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about all rows.

        Raises
        ------
        ConfigError
            If a proxy is no feature of the model.

        """
        names = subject.inputs.names if subject.text_model is None else ()
        for proxy in self.proxies if subject.text_model is None else ():
            if proxy not in names:
                msg = (
                    f"checks.{self.id}: proxies must be features that the model reads, "
                    f"but it reads no {proxy!r}{close_to(proxy, names)}"
                )
                raise ConfigError(msg)
        yield Question(check=self.id, metric=self.metrics[0].name)

    def measure(self, subject: Subject, context: Context) -> list[Answer]:
        """Explain, and take the shares of the sensitive features."""
        [question] = self.questions(subject)
        if subject.text_model is not None:
            return text_answered(
                subject,
                self._how,
                [question],
                lambda: texts_sensitive(
                    subject, self._how, question, self._terms(), self.proxies, context
                ),
            )
        if not (subject.units.groups or self.proxies):
            reason = "neither a group column nor a proxy is declared"
            return [Unmeasured(question=question, reason=reason, cause=Cause.NEED)]
        sensitive = self._sensitive(subject)
        if not sensitive:
            rows = len(subject.inputs)
            found = exact_count(0, rows=rows, level=context.confidence, flawless=0.0)
            details: dict[str, Json] = {"rows": rows, "sensitive features": []}
            return [Finding(question=question, estimate=found, details=details)]
        if absent := _absent(subject, sensitive):
            params = {"levels": ", ".join(absent)}
            return [Unmeasured(question=question, reason=NO_LEVEL, params=params)]
        return answered(
            subject,
            self._how,
            [question],
            lambda: self._measure(subject, sensitive, question, context),
        )

    def _terms(self) -> list[Terms]:
        """Read the terms; those of the user stand for ours of the same attribute."""
        own = [read_terms(self.terms)] if self.terms else []
        taken = {each.attribute for each in own}
        return [*own, *our_terms([name for name in self.attributes if name not in taken])]

    def _sensitive(self, subject: Subject) -> list[str]:
        named = {*subject.units.groups, *self.proxies}
        return [name for name in subject.inputs.names if name in named]

    def _measure(
        self, subject: Subject, sensitive: list[str], question: Question, context: Context
    ) -> Iterator[Answer]:
        found = explained(subject, self._how)
        shares = _shares(found)
        without = len(found.inputs) - len(shares)
        if without > MOST_SILENT * len(found.inputs):
            params = {"rows": str(without), "all": str(len(found.inputs))}
            yield Unmeasured(question=question, reason=NO_ATTRIBUTIONS, params=params)
            return
        if refusal := too_few(question, len(shares)):
            yield refusal
            return
        places = [found.inputs.place(name) for name in sensitive]
        yield Finding(
            question=question,
            estimate=mean_share(shares[:, places].sum(axis=1), level=context.confidence),
            details={
                **found.details,
                "sensitive features": sensitive,
                "rows without attributions": without,
                "shares": _largest(found, shares),
            },
        )


def _absent(subject: Subject, sensitive: list[str]) -> list[str]:
    """Name the judged levels of a group that the model reads and no row of the background has.

    An explanation starts from the background: where everybody has the same level, the level seems
    to count for nothing.
    """
    units = subject.units if subject.reference is None else subject.reference
    return [
        f"{group.name}={level}"
        for group in units.groups.values()
        if group.name in sensitive
        for level in group.judged
        if group.rows.get(level, 0) < _LEAST_ROWS
    ]


def _shares(found: Explained) -> Matrix:
    """Return each feature's share of a row's absolute attribution, where there is any."""
    size = np.abs(found.attribution.values)
    total = size.sum(axis=1)
    shares: Matrix = size[total > 0] / total[total > 0, None]
    return shares


def _largest(found: Explained, shares: Matrix) -> list[Json]:
    means = shares.mean(axis=0)
    order = np.argsort(-means, kind="stable")[:_SHOWN]
    return [[found.inputs.names[place], float(means[place])] for place in order]
