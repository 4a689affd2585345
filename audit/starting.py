"""`audit init`: a commented audit.toml, made from a look at a file, or a whole example project."""

import json
import math
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit import jobs
from audit.catalogue import check_ids, make_check
from audit.config import parse, read
from audit.data.tables import read_files
from audit.errors import ConfigError
from audit.files import write_atomically
from audit.guessing import Guess, guess
from audit.projects import changed_files, copy_project, project_configs
from audit.results import Finding
from audit.runner import Job, run
from audit.subjects import Subject
from audit.units import Units, units_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A gate worth having, if these rows can prove it."""

    check: str
    metric: str
    across: bool
    at_most: float | None
    at_least: float | None
    useless: float
    """A limit as loose as this says nothing."""
    why: str


_PROPOSALS: Final = (
    Proposal(
        check="bias.error_rates",
        metric="equal_opportunity_difference",
        across=True,
        at_most=0.1,
        at_least=None,
        useless=0.4,
        why="Those who deserve the favourable outcome must get it equally often.",
    ),
    Proposal(
        check="bias.selection_rate",
        metric="demographic_parity_ratio",
        across=True,
        at_most=None,
        at_least=0.8,
        useless=0.4,
        why="Four-fifths screen.",
    ),
    Proposal(
        check="calibration.error",
        metric="calibration_error",
        across=False,
        at_most=0.05,
        at_least=None,
        useless=0.2,
        why="A probability must mean what it says.",
    ),
    Proposal(
        check="performance.classification",
        metric="accuracy",
        across=False,
        at_most=None,
        at_least=1.0,
        useless=0.0,
        why="What this model reaches on these rows; set what your use needs.",
    ),
)


def write_config(data: Path | None, out: Path) -> str:
    """Write audit.toml and return what to do next; an existing file is never replaced."""
    if out.exists():
        msg = f"{out}: is there already; use --out or move it away"
        raise ConfigError(msg)
    text = _skeleton() if data is None else _from_data(data, out)
    try:
        write_atomically(out, text.encode())
    except OSError as problem:
        msg = f"{out}: cannot be written ({problem.strerror}); use --out"
        raise ConfigError(msg) from problem
    return f"{out} is written; read it, change what is wrong, then run: audit run {out}"


def write_example(name: str, out: Path) -> str:
    """Copy an example project and return what to do next."""
    if changed := changed_files(name, out):
        msg = f"{out / changed[0]}: was changed and would be lost; use --out, or delete it"
        raise ConfigError(msg)
    folder = copy_project(name, out)
    steps = [shlex.join([sys.executable, str(folder / "prepare.py")])]
    for config in project_configs(folder):
        trains = read(config, today=jobs.utc_now().date()).train is not None
        verbs = ("train", "run") if trains else ("run",)
        steps += [shlex.join(["audit", verb, str(config)]) for verb in verbs]
    return "\n".join([f"{folder} holds the example {name}; next:", *(f"  {s}" for s in steps)])


def _from_data(data: Path, out: Path) -> str:
    first = guess(read_files(str(data), base=Path()))
    written = read_files(str(data), base=Path(), text=first.roles.as_text())
    found = guess(written)  # "Yes" and "01" as the audit will read them, not as true and 1
    units = units_of(written, found.roles)
    shown = _relative(data, out.parent)
    made = "\n".join([*_head(shown, units), *_roles(found, units), *_gates(units)]) + "\n"
    import tomllib

    parse(tomllib.loads(made), name=str(out), today=jobs.utc_now().date())
    return made


def _relative(data: Path, folder: Path) -> str:
    resolved, base = data.resolve(), folder.resolve()
    return str(resolved.relative_to(base) if resolved.is_relative_to(base) else resolved)


def _head(shown: str, units: Units) -> Iterator[str]:
    yield f"# Made by `audit init` from {units.rows:,} rows. What is guessed is marked: check it."
    yield ""
    yield "[model]"
    yield 'name = "my-model"                  # change it'
    yield 'version = "1"'
    yield '# path = "models/1"               # a model to ask: a folder, a skops file, a function;'
    yield "#                                 # then leave prediction and scores out"
    yield 'purpose = ""                       # what it decides, and who uses the decision'
    yield 'owner = ""'
    yield ""
    yield "[data]"
    yield f"test = {_quoted(shown)}"
    yield '# reference = "train.parquet"     # rows to compare with, for drift'


def _roles(found: Guess, units: Units) -> Iterator[str]:
    roles = found.roles
    for role in ("label", "prediction", "id"):
        column = getattr(roles, role)
        yield f"{role} = {_quoted(column)}  # guessed" if column else f'# {role} = "…"'
    if roles.text:
        yield f"text = {_quoted(roles.text)}  # guessed: what a model of texts reads"
    yield f"scores = {_quoted(roles.scores[0])}  # guessed" if roles.scores else '# scores = "…"'
    if units.favorable:
        yield f"favorable = {_quoted(units.favorable[0])}  # guessed: the outcome people hope for"
    elif found.classes:
        classes = ", ".join(map(_quoted, found.classes))
        yield f"# favorable = …  # one of {classes}; left out, each class against the rest"
    yield ""
    yield "[data.expect]"
    yield f"rows = {math.ceil(units.rows * 0.9)}  # fewer rows than this are inconclusive"
    if roles.groups:
        yield ""
        yield "[data.groups]                      # guessed; the judged levels of each"
        for name, judged in roles.groups.items():
            yield f"{_key(name)} = [{', '.join(map(_quoted, judged))}]{_small(found.small[name])}"
    if roles.bands:
        yield ""
        yield "[data.bands]                       # guessed; numbers cut into bands"
        for name, edges in roles.bands.items():
            yield f"{_key(name)} = [{', '.join(f'{edge:g}' for edge in edges)}]"


def _small(levels: Mapping[str, int]) -> str:
    if not levels:
        return ""
    listed = ", ".join(f"{_comment(level)} ({n})" for level, n in levels.items())
    return f"  # shown, not judged: {listed}"


_NO_PREDICTIONS: Final = (
    "# The table has no predictions, so nothing can be proposed. Name a model above, then gates:",
    "# [[gate]]",
    '# check = "performance.classification"   # `audit list` shows them all',
    '# metric = "accuracy"',
    "# about = {}",
    "# at_least = 0.8",
    '# why = "…"',
)


def _gates(units: Units) -> Iterator[str]:
    attainable = _attainable(units)
    yield ""
    if not attainable:
        yield from _NO_PREDICTIONS
    else:
        yield "# No limit below is tighter than these rows could prove of a flawless model."
    for proposal in _PROPOSALS:
        for about, limit in attainable.get((proposal.check, proposal.metric), {}).items():
            yield from _gate(proposal, about, limit)
    yield ""
    yield "[checks.data.quality]"


def _gate(proposal: Proposal, about: str, attainable: float) -> Iterator[str]:
    yield ""
    if proposal.at_most is not None:
        limit = max(proposal.at_most, math.ceil(attainable * 100) / 100)
        useless, kind = limit >= proposal.useless, "at_most"
    else:
        limit = min(proposal.at_least or 1.0, math.floor(attainable * 100) / 100)
        useless, kind = limit <= proposal.useless, "at_least"
    mark = "# " if useless else ""
    if useless:
        yield f"# Too few rows for {proposal.metric} {_comment(about)}: they prove no useful limit."
    yield f"{mark}[[gate]]"
    yield f"{mark}check = {_quoted(proposal.check)}"
    yield f"{mark}metric = {_quoted(proposal.metric)}"
    yield f"{mark}about = {{ across = {_quoted(about)} }}" if about else f"{mark}about = {{}}"
    yield f"{mark}{kind} = {limit:g}  # these rows can prove {attainable:.3g}"
    yield f"{mark}why = {_quoted(proposal.why)}"


def _attainable(units: Units) -> dict[tuple[str, str], dict[str, float]]:
    """Measure the attainable limit of every proposal, by metric and group."""
    now, subject = jobs.utc_now(), Subject(units=units)
    known = check_ids()
    job = Job(
        checks=[make_check(p.check, {}) for p in _PROPOSALS if p.check in known],
        subject=subject,
        provenance=jobs.provenance(0, 0.95, now=now, subject=subject),
        today=now.date(),
    )
    found: dict[tuple[str, str], dict[str, float]] = {}
    wanted = {(p.check, p.metric): p.across for p in _PROPOSALS}
    for answer in run(job).answers:
        key = (answer.question.check, answer.question.metric)
        about = answer.question.about
        across = about.get("across")
        fits = isinstance(across, str) if wanted.get(key) else not about
        if key in wanted and fits and len(about) <= 1 and isinstance(answer, Finding):
            limit = answer.estimate.attainable
            if limit is not None:
                found.setdefault(key, {})[str(across or "")] = limit
    return found


def _skeleton() -> str:
    lines: Sequence[str] = (
        "# An audit of logged predictions. `audit init --data FILE` fills this in from a table.",
        "",
        "[model]",
        'name = "my-model"',
        'version = "1"',
        "",
        "[data]",
        'test = "predictions.csv"           # csv, parquet, jsonl, arrow',
        '# reference = "train.parquet"      # rows to compare with, for drift',
        'label = "label"',
        'prediction = "prediction"',
        '# scores = "probability"           # of the favourable class',
        "# favorable = 1                    # left out: 1 or true",
        '# id = "id"                        # pairs the rows with those of the next version',
        "",
        "[data.groups]",
        'sex = ["female", "male"]           # the judged levels',
        "",
        "[[gate]]",
        'check = "bias.selection_rate"',
        'metric = "demographic_parity_ratio"',
        "at_least = 0.8",
        'why = "Four-fifths screen."',
        "",
    )
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Write a TOML string; what JSON escapes, TOML reads."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else _quoted(name)


def _comment(text: str) -> str:
    """Keep text from the data on its line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
