"""What the page says, apart from how it looks."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from audit.record import Record
from audit.record_json import digest
from audit_reports.charts.samples import Sample, samples
from audit_reports.charts.shared import shared
from audit_reports.pages.blocking import blocks_table
from audit_reports.pages.closing import (
    compute_table,
    digests_table,
    reproduction_facts,
    versions_table,
)
from audit_reports.pages.compare import Comparison, comparison
from audit_reports.pages.data_used import data_facts, groups_table, parts_table, texts_note
from audit_reports.pages.decision import DecisionPart, decision_part
from audit_reports.pages.gates import gates_table
from audit_reports.pages.identity import identity_facts
from audit_reports.pages.limits import limits_lead, limits_table
from audit_reports.pages.methods import methods_notes, methods_table, metrics_table
from audit_reports.pages.neutral import neutral
from audit_reports.pages.parts import Fact, Table
from audit_reports.pages.results import Article, articles
from audit_reports.pages.settle import settle_table
from audit_reports.pages.teller import Teller
from audit_reports.pages.training import training_facts, training_note, training_table
from audit_reports.pages.unmeasured import NotMeasured, not_measured
from audit_reports.pages.waivers import waivers_table
from audit_reports.words import words_of

SECTIONS: Final = (
    "blocks",
    "gates",
    "identity",
    "limits",
    "data",
    "training",
    "results",
    "compare",
    "unmeasured",
    "inconclusive",
    "waivers",
    "methods",
    "reproduce",
    "integrity",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageData:
    """Everything that the page shows."""

    language: str
    title: str
    model: str
    digest: str
    decision: DecisionPart
    blocks: Table | None
    gates: Table | None
    key: tuple[Sample, ...]
    shapes: Markup
    identity: tuple[Fact, ...]
    limits_lead: str
    limits: Table | None
    data: tuple[Fact, ...]
    parts: Table | None
    texts_note: str
    groups: Table | None
    training: tuple[Fact, ...]
    training_note: str
    trained: Table | None
    articles: tuple[Article, ...]
    comparison: Comparison
    not_measured: NotMeasured
    settle: Table | None
    waivers: Table | None
    methods_notes: tuple[str, ...]
    methods: Table | None
    metrics: Table | None
    command: str
    reproduction: tuple[Fact, ...]
    compute: Table | None
    versions: Table | None
    digests: Table

    @property
    def sections(self) -> tuple[tuple[int, str], ...]:
        """The sections with their numbers, in reading order."""
        return tuple(enumerate(SECTIONS, 1))


def page_data(record: Record, language: str) -> PageData:
    """Put a record into the words of a language."""
    known, record = digest(record), neutral(record)
    teller = Teller(record, words_of(language))
    words, decision = teller.words, decision_part(teller, known)
    name = {"model": record.model.name, "version": record.model.version}
    return PageData(
        language=language,
        title=words("page.title", word=decision.word, **name),
        model=words("page.model", **name),
        digest=known,
        decision=decision,
        blocks=blocks_table(teller),
        gates=gates_table(teller),
        key=samples(),
        shapes=shared(),
        identity=identity_facts(teller, known),
        limits_lead=limits_lead(teller),
        limits=limits_table(teller),
        data=data_facts(teller),
        parts=parts_table(teller),
        texts_note=texts_note(teller),
        groups=groups_table(teller),
        training=training_facts(teller),
        training_note=training_note(teller),
        trained=training_table(teller),
        articles=articles(teller, SECTIONS.index("results") + 1),
        comparison=comparison(teller),
        not_measured=not_measured(teller),
        settle=settle_table(teller),
        waivers=waivers_table(teller),
        methods_notes=methods_notes(teller),
        methods=methods_table(teller),
        metrics=metrics_table(teller),
        command=record.provenance.command,
        reproduction=reproduction_facts(teller),
        compute=compute_table(teller),
        versions=versions_table(teller),
        digests=digests_table(teller, known),
    )


__all__ = ["SECTIONS", "PageData", "page_data"]
