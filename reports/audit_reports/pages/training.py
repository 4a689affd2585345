"""How this version was trained: as its own training record says, which nothing gates."""

from collections.abc import Iterator, Mapping
from typing import Final

from audit.results import Json
from audit.sources import Training
from audit_reports.numbers import count, number, written
from audit_reports.pages.held import number_in
from audit_reports.pages.parts import Cell, Column, Fact, Row, Table, one
from audit_reports.pages.protocols import folds, protocol
from audit_reports.pages.teller import Teller

_SMALL: Final = 0.1
_WEIGHTS: Final = ("trained parameters", "parameters")
_MITIGATION: Final = "mitigation"
_MITIGATING: Final = frozenset(
    {"constraint", "constraint_weight", "grid_limit", "grid_size", "protected"}
)
"""Settings that nothing reads where the training mitigates nothing."""


def training_facts(teller: Teller) -> tuple[Fact, ...]:
    """List what was trained on what; empty where there is no training record."""
    words, made = teller.words, teller.record.training
    if made is None:
        return ()
    none = words("fact.not_stated")
    seconds = words("reproduce.seconds_text", seconds=f"{made.seconds:.1f}")
    return (
        Fact(label=words("training.kind"), text=words.find("trained", made.kind) or made.kind),
        Fact(label=words("data.protocol"), text=protocol(words, made.protocol) or none),
        Fact(label=words("column.rows"), text=teller.n(made.rows)),
        Fact(label=words("identity.seed"), text=str(made.seed)),
        Fact(label=words("reproduce.seconds"), text=seconds),
        *_parameters(teller, made),
        Fact(
            label=words("training.data_digest"),
            text=made.data_digest or none,
            code=bool(made.data_digest),
            wide=True,
        ),
    )


def _parameters(teller: Teller, made: Training) -> Iterator[Fact]:
    """Say how many of the weights of a network were trained, where the record says it."""
    words = teller.words
    trained, total = (number_in(made.metrics.get(key)) for key in _WEIGHTS)
    if trained is not None and total is not None:
        shown = {"trained": count(int(trained)), "all": count(int(total))}
        yield Fact(
            label=words("training.parameters"), text=words("training.parameters_text", **shown)
        )


def training_table(teller: Teller) -> Table | None:
    """List settings and numbers of the training; None where there are none."""
    words, made = teller.words, teller.record.training
    if made is None:
        return None
    settings = made.settings
    if _MITIGATION in settings and not settings[_MITIGATION]:
        settings = {name: settings[name] for name in settings if name not in _MITIGATING}
    metrics = {name: value for name, value in made.metrics.items() if name not in _WEIGHTS}
    kinds = (("setting", settings), ("number", metrics))
    rows = [row for kind, held in kinds for row in _rows(teller, words(f"training.{kind}"), held)]
    if not rows:
        return None
    keys = ("name", "value", "kind")
    return Table(
        caption=words("training.caption"),
        columns=tuple(Column(name=words(f"training.column.{key}")) for key in keys),
        blocks=one(tuple(rows)),
    )


def _rows(teller: Teller, kind: str, held: Mapping[str, Json]) -> list[Row]:
    return [
        Row(
            cells=(
                Cell(text=_name(teller, name)),
                Cell(text=_said(teller, value)),
                Cell(text=kind),
            )
        )
        for name, value in held.items()
    ]


def _name(teller: Teller, name: str) -> str:
    plain = name.replace("_", " ")
    return teller.words.find("training_names", plain.replace(" ", "_")) or plain


def training_note(teller: Teller) -> str:
    """Say so where the rows that judge the model are the rows that it was trained on."""
    words, made, test = teller.words, teller.record.training, teller.record.data.test
    if made is None or test is None or not made.data_digest or made.data_digest != test.digest:
        return ""
    networks = folds(teller.record.data.protocol)
    return words("training.same_file", n=networks) if networks > 1 else words("training.same_seen")


def _said(teller: Teller, value: Json) -> str:
    words = teller.words
    match value:
        case None | "":
            return words("training.unset")
        case bool():
            return words("listed.yes" if value else "listed.no")
        case Mapping():
            pairs = [(str(name), _said(teller, each)) for name, each in value.items()]
            return words.join(tuple(words("details.pair", name=n, value=v) for n, v in pairs))
        case list() | tuple():
            return words.join(tuple(_said(teller, each) for each in value))
        case int() | float() if (known := number_in(value)) is not None:
            return _number(known)
        case _:
            return words.find("training_values", str(value)) or str(value)


def _number(value: float) -> str:
    """Print a setting as it was written, and a measured number with three decimals."""
    if value.is_integer():
        return count(int(value))
    return number(value) if abs(value) >= _SMALL else written(value)
