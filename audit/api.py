"""What a notebook uses: check, train, run."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from audit import jobs
from audit.catalogue import make_check
from audit.data.roles import level_texts
from audit.errors import SubjectError
from audit.frames import arrays_subject
from audit.predictors import Model
from audit.progress import has_bar, progress, quiet
from audit.record import Record
from audit.result import Result
from audit.runner import Job
from audit.runner import run as run_job
from audit.saving import save
from audit.subjects import Subject


def check(  # noqa: PLR0913 - the signature of fairlearn, and what every run has
    check_id: str,
    subject: Subject | None = None,
    *,
    y_true: Any = None,  # noqa: ANN401 - arrays, series or lists
    y_pred: Any = None,  # noqa: ANN401
    y_prob: Any = None,  # noqa: ANN401
    sensitive_features: Any = None,  # noqa: ANN401
    sample_weight: Any = None,  # noqa: ANN401
    favorable: Any = None,  # noqa: ANN401
    confidence: float = 0.95,
    seed: int = 0,
    **settings: Any,  # noqa: ANN401 - the fields of the check
) -> Result:
    """Run one check.

    Parameters
    ----------
    check_id : str
        E.g. `bias.selection_rate`; `audit list` prints them all.
    subject : Subject, optional
        From `audit.predictions`. Instead of it, arrays as fairlearn users type them:
    y_true, y_pred : array-like, shape (n,)
        True and predicted classes.
    y_prob : array-like, shape (n,) or (n, n_classes)
        Probability of the favourable class, or of each class in sorted order.
    sensitive_features : array-like, series, mapping or frame of n rows
        The groups.
    sample_weight : array-like, shape (n,)
        Sampling weights.
    favorable : value or sequence of values
        The positive class.
    confidence : float
        Two-sided level of every interval, in (0, 1).
    seed : int
        Of the draws behind simulated bounds; the same seed gives the same numbers.
    **settings
        The settings of the check.

    Returns
    -------
    Result
        The findings: a table and a picture in a notebook; `.judge` holds them against a limit.

    """
    arrays = {
        "y_true": y_true,
        "y_pred": y_pred,
        "y_prob": y_prob,
        "sensitive_features": sensitive_features,
        "sample_weight": sample_weight,
    }
    given = {name: values for name, values in arrays.items() if values is not None}
    if (subject is None) == (not given):
        msg = "give either a subject (audit.predictions) or arrays (y_true, y_pred, …)"
        raise SubjectError(msg)
    if subject is None:
        subject = arrays_subject(given, favorable=level_texts(favorable))
    job = Job(
        checks=[make_check(check_id, settings)],
        subject=subject,
        data=jobs.data_used(subject),
        provenance=jobs.provenance(seed, confidence, now=jobs.utc_now(), subject=subject),
        today=jobs.utc_now().date(),
    )
    return Result(job=job, record=run_job(job))


def train(config: str | Path = "audit.toml", *, resume: bool = False) -> Model[Any]:
    """Train the model version that a config describes, as `audit train` does.

    Parameters
    ----------
    config : path
        With a table [train], and `model.path`, the folder that is written.
    resume : bool
        Go on where a training was killed; the weights are those of an uninterrupted one.

    Returns
    -------
    Model
        For `audit.subject`.

    """
    from audit.making import train_version, unit_of

    path, today = Path(config), jobs.utc_now().date()
    with progress(unit_of(path, today=today)) if has_bar() else nullcontext(quiet) as show:
        made = train_version(path, today=today, resume=resume, progress=show)
    return made.model


def run(  # noqa: PLR0913 - the options of the command
    config: str | Path = "audit.toml",
    *,
    out: str | Path | None = None,
    baseline: str | Path | None = None,
    only: Sequence[str] = (),
    resume: bool = False,
    languages: Sequence[str] = ("en", "zh-CN"),
) -> Record:
    """Audit what a config describes.

    Parameters
    ----------
    config : path
    out : path, optional
        Where to write the evidence bundle; left out, nothing is written.
    baseline : path, optional
        A bundle that replaces the one the config names.
    only : sequence of str
        Ids of the checks to run; such a run never says passed.
    resume : bool
        Use what a run with the same `out` that was killed asked the model.
    languages : sequence of str
        Of the pages.

    Returns
    -------
    Record

    """
    with progress() if has_bar() else nullcontext(quiet) as show:
        options = jobs.Options(
            baseline=None if baseline is None else Path(baseline),
            only=tuple(only),
            out=None if out is None else Path(out),
            resume=resume,
            progress=show,
        )
        loaded = jobs.load(Path(config), options, now=jobs.utc_now())
        record = run_job(loaded.job)
    if out is not None:
        save(loaded, record, Path(out), languages)
    return record
