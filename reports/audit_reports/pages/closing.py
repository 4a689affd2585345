"""How to get the same record again, and what proves that nothing was changed."""

from audit.record_json import VOLATILE
from audit_reports.pages.parts import Cell, Column, Fact, Row, Table, one
from audit_reports.pages.teller import Teller


def reproduction_facts(teller: Teller) -> tuple[Fact, ...]:
    """List the seed, the machine, the digests."""
    words, made = teller.words, teller.record.provenance
    none = words("fact.not_stated")
    calls = sum(check.model_calls for check in teller.record.checks)
    hardware = tuple(
        words("details.pair", name=words.find("hardware", name) or name, value=value)
        for name, value in sorted(made.hardware.items())
    )
    return (
        Fact(label=words("identity.seed"), text=str(made.seed)),
        Fact(label=words("identity.commit"), text=made.git_commit or none),
        Fact(label=words("reproduce.model_calls"), text=teller.n(calls)),
        Fact(label=words("reproduce.hardware"), text=words.join(hardware) or none),
        Fact(
            label=words("reproduce.seconds"),
            text=words("reproduce.seconds_text", seconds=f"{made.seconds:.1f}"),
        ),
        Fact(label=words("reproduce.volatile"), text=words.join(VOLATILE), code=True, wide=True),
        Fact(
            label=words("reproduce.config_digest"),
            text=made.config_digest or none,
            code=bool(made.config_digest),
            wide=True,
        ),
    )


def compute_table(teller: Teller) -> Table | None:
    """List what each check asked of the model; None where none asked it anything."""
    words = teller.words
    asking = [check for check in teller.record.checks if check.model_calls]
    if not asking:
        return None
    rows = [
        Row(
            cells=(
                Cell(text=check.id, code=True),
                Cell(text=teller.n(check.model_calls)),
                Cell(text=f"{check.seconds:.1f}"),
            )
        )
        for check in asking
    ]
    keys = ("check", "calls", "seconds")
    return Table(
        caption=words("compute.caption", n=len(rows)),
        columns=tuple(
            Column(name=words(f"compute.column.{key}"), numeric=key != "check") for key in keys
        ),
        blocks=one(tuple(rows)),
        how=words("compute.how"),
    )


def versions_table(teller: Teller) -> Table | None:
    """List the versions of the packages; None if none are known."""
    words, versions = teller.words, teller.record.provenance.versions
    if not versions:
        return None
    rows = [Row(cells=(Cell(text=name), Cell(text=versions[name]))) for name in sorted(versions)]
    return Table(
        caption=words("versions.caption", n=len(rows)),
        columns=(
            Column(name=words("versions.column.package")),
            Column(name=words("versions.column.version")),
        ),
        blocks=one(tuple(rows)),
    )


def digests_table(teller: Teller, record_digest: str) -> Table:
    """List every digest of what went in and came out."""
    words, record = teller.words, teller.record
    digests = [(words("integrity.record"), record_digest)]
    digests += [(words("integrity.config"), record.provenance.config_digest)]
    digests += [(words("integrity.model"), record.model.digest)]
    for part in record.data.parts:
        role = words.find("roles", part.role) or part.role
        digests.append((words("integrity.data", role=role), part.digest))
    if record.baseline:
        digests.append((words("integrity.predecessor"), record.baseline.digest))
    none = words("fact.not_stated")
    rows = [
        Row(cells=(Cell(text=name), Cell(text=digest or none, code=bool(digest))))
        for name, digest in digests
    ]
    return Table(
        caption=words("integrity.caption"),
        columns=(
            Column(name=words("integrity.column.what")),
            Column(name=words("integrity.column.digest")),
        ),
        blocks=one(tuple(rows)),
    )
