"""The `audit` command.

What is heavy is imported by the command that needs it, so that `--help` stays fast.
"""

import logging
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audit.console import annotate, last_line, say
from audit.errors import AuditError, ConfigError, nearest
from audit.progress import complain, progress

if TYPE_CHECKING:
    from audit.record import Record

BROKE: Final = 3
"""Exit status of a crash. Python's own would be 1, which means blocked."""
LANGUAGES: Final = ("en", "zh-CN")

app = typer.Typer(
    name="audit",
    help="A release gate for machine-learning models.",
    epilog="Exit status: 0 passed, 1 blocked, 2 usage or input, 3 broke, 4 inconclusive, "
    "5 evidence does not verify.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where bundles are written.")]
Lang = Annotated[str, typer.Option("--lang", help="Languages of the pages.")]
CheckId = Annotated[str, typer.Argument(metavar="ID", help="A check, e.g. bias.selection_rate.")]
Only = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Run this check alone; may be repeated.")
]
Before = Annotated[Path | None, typer.Option(metavar="BUNDLE", help="The version before.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Use what a run that was killed asked the model.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show gates and attainable limits; write nothing.")
]
Asked = Annotated[
    str, typer.Option(metavar="PATH", help="What to ask: a model folder, a skops file, m:f.")
]
Favorable = Annotated[list[str] | None, typer.Option(metavar="VALUE", help="The positive class.")]
Column = Annotated[str, typer.Option(metavar="COL")]
Columns = Annotated[list[str] | None, typer.Option(metavar="COL", help="May be repeated.")]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    logging.basicConfig(format="audit: %(message)s", level=logging.WARNING)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        app(args=None if argv is None else list(argv), prog_name="audit")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except AuditError as problem:
        complain(str(problem))
        return problem.exit_status
    except Exception as problem:
        if os.environ.get("AUDIT_DEBUG"):
            logging.getLogger(__name__).exception("the tool broke")
        complain(
            f"the tool broke ({type(problem).__name__}: {problem}); this is our mistake: please "
            "report it with what AUDIT_DEBUG=1 prints"
        )
        return BROKE
    return 0


def _interrupted(number: int, _frame: FrameType | None) -> None:
    complain("interrupted; nothing was left half-written, and --resume goes on from here")
    raise SystemExit(128 + number)


@app.command()
def demo(
    name: Annotated[str, typer.Argument(help="loans, employment or reviews")] = "loans",
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="reviews: fewer rows and cheaper trainings")
    ] = False,
    out: Out = Path("audits"),
    lang: Lang = "en,zh-CN",
) -> None:
    """Train and audit a real example, two versions of it, and write the reports."""
    from audit.demo import run_demo

    run_demo(name, out, _languages(lang), quick=quick)


@app.command()
def init(
    data: Annotated[Path | None, typer.Option(metavar="FILE", help="A table to look at.")] = None,
    example: Annotated[str, typer.Option(metavar="NAME", help="Copy a whole example.")] = "",
    out: Annotated[
        Path, typer.Option(metavar="PATH", help="The file, or the folder of an example.")
    ] = Path("audit.toml"),
) -> None:
    """Write a commented audit.toml, made from a look at your data."""
    from audit.starting import write_config, write_example

    if example:
        say(write_example(example, out if out.suffix != ".toml" else Path()))
    else:
        say(write_config(data, out))


@app.command()
def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG")] = Path("audit.toml"),
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a training was killed.")
    ] = False,
) -> None:
    """Train the model version that CONFIG describes, in the folder that model.path names."""
    from audit.jobs import utc_now
    from audit.making import train_version, unit_of
    from audit.training.texts.processes import first

    today = utc_now().date()
    with progress(unit_of(config, today=today)) as show:
        made = train_version(config, today=today, resume=resume, progress=show)
    if first():
        say(f"audit: TRAINED model={made.folder} sha256={made.model.digest}")


@app.command()
def run(  # noqa: PLR0913 - the options of the contract
    config: Annotated[Path, typer.Argument(metavar="CONFIG")] = Path("audit.toml"),
    *,
    only: Only = None,
    out: Out = Path("audits"),
    baseline: Before = None,
    resume: Resume = False,
    dry_run: DryRun = False,
    lang: Lang = "en,zh-CN",
) -> None:
    """Audit what CONFIG describes, judge it, write the evidence bundle."""
    from audit import jobs
    from audit.dry_run import forecast
    from audit.evidence import refuse_unwritable
    from audit.runner import run as run_job
    from audit.saving import save

    languages = _languages(lang)
    with progress() as show:
        options = jobs.Options(
            baseline=baseline,
            only=tuple(only or ()),
            command=_command(config, only or (), baseline),
            out=None if dry_run else out,
            resume=resume,
            progress=show,
        )
        loaded = jobs.load(config, options, now=jobs.utc_now())
        if dry_run:
            say(forecast(loaded.job))
            return
        refuse_unwritable(out)
        record = run_job(loaded.job)
        folder = save(loaded, record, out, languages)
    annotate(record, folder / "summary.md")
    say(last_line(record, folder / "report.html"))
    raise typer.Exit(record.decision.exit_status)


@app.command()
def check(  # noqa: PLR0913 - the options of the contract
    check_id: CheckId,
    data: Annotated[str, typer.Option(metavar="FILE", help="CSV, Parquet, JSON Lines, Arrow.")],
    *,
    model: Asked = "",
    reference: Annotated[str, typer.Option(metavar="FILE", help="Rows to compare with.")] = "",
    label: Column = "",
    prediction: Column = "",
    score: Columns = None,
    group: Columns = None,
    favorable: Favorable = None,
    id: Annotated[str, typer.Option("--id", metavar="COL")] = "",  # noqa: A002 - the option's name
    text: Annotated[str, typer.Option(metavar="COL", help="What a model of texts reads.")] = "",
    weight: Column = "",
    metric: Annotated[str, typer.Option(metavar="NAME", help="What the limit is for.")] = "",
    at_most: Annotated[float | None, typer.Option(metavar="X")] = None,
    at_least: Annotated[float | None, typer.Option(metavar="X")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run one check on one file; with a limit, judge it."""
    from audit.single import Request, check_file

    request = Request(
        check_id=check_id,
        data=data,
        model=model,
        reference=reference,
        label=label,
        prediction=prediction,
        scores=tuple(score or ()),
        groups=tuple(group or ()),
        favorable=tuple(favorable or ()),
        id=id,
        text=text,
        weight=weight,
        metric=metric,
        at_most=at_most,
        at_least=at_least,
    )
    raise typer.Exit(_show_check(check_file(request), as_json=as_json, judged=bool(metric)))


@app.command("list")
def list_checks() -> None:
    """List the checks that are installed."""
    from audit.explaining import listing

    say(listing())


@app.command()
def explain(check_id: CheckId) -> None:
    """Say what a check asks, needs and measures."""
    from audit.explaining import explanation

    say(explanation(check_id))


@app.command()
def render(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A folder with results.json.")],
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Left out: the bundle itself.")
    ] = None,
    lang: Lang = "en,zh-CN",
) -> None:
    """Write the pages of a bundle again, from its record alone."""
    from audit.evidence import read, write_pages
    from audit.saving import pages

    made = pages(read(bundle), _languages(lang))
    folder = write_pages(bundle, made, out)
    say("\n".join(str(folder / name) for name in sorted(made)))


def _show_check(record: "Record", *, as_json: bool, judged: bool) -> int:
    """Print what one check found; return the exit status."""
    import json

    from audit.catalogue import load_format
    from audit.record_json import check_entry

    measured = not judged and record.measured
    line = last_line(record, word="MEASURED" if measured else "")
    if as_json:
        entry = check_entry(record.checks[0])
        say(json.dumps(entry, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False))
        sys.stderr.write(f"{line}\n")
    else:
        sys.stdout.write(load_format("terminal").render(record, "en"))
        say(line)
    return 0 if measured else record.decision.exit_status


def _command(config: Path, only: Sequence[str], baseline: Path | None) -> str:
    words = ["audit", "run", str(config)]
    words += [word for each in only for word in ("--only", each)]
    words += ["--baseline", str(baseline)] if baseline else []
    return shlex.join(words)


def _languages(text: str) -> tuple[str, ...]:
    names = tuple(each.strip() for each in text.split(",") if each.strip())
    for name in names:
        if name not in LANGUAGES:
            msg = f"--lang: there is no language {name!r}{nearest(name, LANGUAGES)}"
            raise ConfigError(msg)
    if not names:
        msg = f"--lang: must name a language; known are {', '.join(LANGUAGES)}"
        raise ConfigError(msg)
    return names
