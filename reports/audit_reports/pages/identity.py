"""What was audited: the model, its purpose, its owner, its predecessor."""

from audit.record import Record
from audit_reports.numbers import percent
from audit_reports.pages.limits import changed_gates
from audit_reports.pages.parts import Fact
from audit_reports.pages.teller import Teller


def identity_facts(teller: Teller, record_digest: str) -> tuple[Fact, ...]:
    """List what identifies the model and the run."""
    words, record = teller.words, teller.record
    model, made = record.model, record.provenance
    facts = [
        ("model", words("identity.model_text", model=model.name, version=model.version)),
        ("purpose", model.purpose or words("fact.not_stated")),
        ("owner", model.owner or words("fact.not_stated")),
        ("out_of_scope", "; ".join(model.out_of_scope) or words("fact.not_stated")),
        ("predecessor", _predecessor(teller, record)),
        ("run", made.run_id or words("fact.not_stated")),
        ("tool", words("identity.tool_text", version=made.tool)),
        ("commit", made.git_commit or words("fact.not_stated")),
        ("test_data", _test_data(teller, record)),
        ("confidence", words("identity.confidence_text", level=percent(made.confidence))),
        ("seed", str(made.seed)),
        ("limits_changed", _changed(teller)),
    ]
    digests = [
        Fact(
            label=words("identity.model_digest"),
            text=model.digest or words("identity.no_model_digest"),
            code=bool(model.digest),
            wide=True,
        ),
        Fact(label=words("identity.record_digest"), text=record_digest, code=True, wide=True),
    ]
    told = [Fact(label=words(f"identity.{key}"), text=text) for key, text in facts]
    return (*told, *digests)


def _predecessor(teller: Teller, record: Record) -> str:
    if record.baseline is None:
        return teller.words("identity.no_predecessor")
    before = record.baseline
    decision = teller.words(f"decision.plain.{before.decision}")
    return teller.words(
        "identity.predecessor_text",
        model=before.model.name,
        version=before.model.version,
        decision=decision,
    )


def _test_data(teller: Teller, record: Record) -> str:
    test = record.data.test
    if test is None:
        return teller.words("fact.not_stated")
    return teller.words("identity.test_data_text", n=test.rows, source=test.source)


def _changed(teller: Teller) -> str:
    if teller.record.baseline is None:
        return teller.words("limits.no_predecessor")
    changed = len(changed_gates(teller.record))
    return teller.words("identity.changed_text", n=changed)
