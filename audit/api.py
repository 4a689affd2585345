"""What a notebook uses: predictions, check, run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from audit import jobs, record_json
from audit.catalogue import load_formats, make_check
from audit.data.roles import Roles, fitting, judged_levels, level_texts, score_columns
from audit.data.tables import read_frame
from audit.errors import SubjectError
from audit.evidence import Bundle, write
from audit.frames import arrays_subject
from audit.models.cached import Cached
from audit.models.loading import load_model
from audit.predicting import model_subject
from audit.predictors import Explains, Trains
from audit.record import Record
from audit.result import Result
from audit.runner import Job
from audit.runner import run as run_job
from audit.subjects import Subject, units_of

Levels: TypeAlias = Sequence[str] | Mapping[str, Sequence[Any]]
"""Group columns; a mapping names the judged levels of each, none named judges all found."""


def predictions(  # noqa: PLR0913 - one parameter a role
    data: Any,  # noqa: ANN401 - a frame of any engine
    *,
    reference: Any = None,  # noqa: ANN401
    label: str = "",
    prediction: str = "",
    scores: str | Sequence[str] | Mapping[str, str] = (),
    groups: Levels = (),
    bands: Mapping[str, Sequence[float]] | None = None,
    intersections: Sequence[Sequence[str]] = (),
    favorable: Any = None,  # noqa: ANN401 - a value of the label or several
    id: str = "",  # noqa: A002 - the role's name
    weight: str = "",
    count: str = "",
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
) -> Subject:
    """Make a subject of logged predictions.

    Parameters
    ----------
    data, reference : frame
        Of pandas, Polars, PyArrow, DuckDB, Spark or whatever narwhals knows; one row for each
        independent answer. `reference` holds the rows to compare with, for drift.
    label, prediction : str
        Columns of the true and the predicted class.
    scores : str, sequence or mapping of str
        One column: the probability of the favourable class, in [0, 1]. Several: one a class, in
        sorted order, or by class; each row sums to 1.
    groups : sequence, or mapping of str to levels
        Group columns. A mapping names the judged levels; otherwise every level found is judged.
    bands : mapping of str to sequence of float
        Numeric columns as groups, cut at these ascending edges.
    intersections : sequence of sequences of str
        Combinations of groups to show.
    favorable : value or sequence of values
        The positive class of every rate; left out: 1 or true, else each class against the rest.
    id, weight, count : str
        Columns of an id (for paired comparisons), a sampling weight, a frequency.
    features, drop : sequence of str
        The inputs; left out: every column without a role and not dropped.

    Returns
    -------
    Subject

    Raises
    ------
    SubjectError
        With every problem, a line each.

    Examples
    --------
    >>> import audit, pandas as pd
    >>> table = pd.DataFrame({"hired": [1, 0, 1, 1] * 50, "sex": ["f", "f", "m", "m"] * 50})
    >>> subject = audit.predictions(table, prediction="hired", groups=["sex"])
    >>> [round(found.estimate.value, 2) for found in audit.check("bias.selection_rate", subject)]
    [0.5, 1.0, 0.5, 0.5]

    """
    roles = _roles(locals())
    units = units_of(read_frame(data), roles)
    if reference is None:
        return Subject(units=units)
    table = read_frame(reference)
    return Subject(units=units, reference=units_of(table, fitting(roles, table), like=units))


def subject(  # noqa: PLR0913 - one parameter a role
    model: Any,  # noqa: ANN401 - a path, or anything that `load_model` takes
    data: Any,  # noqa: ANN401 - a frame of any engine
    *,
    reference: Any = None,  # noqa: ANN401
    label: str = "",
    groups: Levels = (),
    bands: Mapping[str, Sequence[float]] | None = None,
    intersections: Sequence[Sequence[str]] = (),
    favorable: Any = None,  # noqa: ANN401 - a value of the label or several
    id: str = "",  # noqa: A002 - the role's name
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    explainer: Explains | None = None,
    trainer: Trains | None = None,
) -> Subject:
    """Make a subject of a model and the rows that it is to answer.

    Parameters
    ----------
    model : path, fitted scikit-learn estimator, or Model
        What `audit.load_model` takes.
    data, reference : frame
        Of pandas, Polars, PyArrow, DuckDB, Spark or whatever narwhals knows; one row for each
        independent answer. `reference` holds the rows to compare with, for drift, and the
        background of explanations.
    label, groups, bands, intersections, favorable, id
        As in `audit.predictions`.
    features, drop : sequence of str
        The inputs, where the model does not know them itself; left out: every column without a
        role and not dropped.
    explainer : Explains, optional
        Your own explanation method, which the explanation checks then measure.
    trainer : Trains, optional
        What trains copies of the model; left out: as the model was trained, where that is known.

    Returns
    -------
    Subject

    Raises
    ------
    SubjectError
        With every problem, a line each.

    """
    roles, answering = _roles(locals()), Cached(load_model(model))
    return model_subject(
        answering,
        read_frame(data),
        roles,
        reference=None if reference is None else read_frame(reference),
        trainer=trainer,
        explainer=explainer,
    )


def _roles(given: Mapping[str, Any]) -> Roles:
    """Return the roles that the parameters of a function name."""
    scores = given.get("scores", ())
    features = given["features"]
    return Roles(
        label=given["label"],
        prediction=given.get("prediction", ""),
        scores=score_columns(scores),
        score_classes=level_texts([*scores]) if isinstance(scores, Mapping) else (),
        favorable=level_texts(given["favorable"]),
        groups=judged_levels(given["groups"]),
        bands={name: tuple(map(float, edges)) for name, edges in (given["bands"] or {}).items()},
        intersections=tuple(map(tuple, given["intersections"])),
        id=given["id"],
        weight=given.get("weight", ""),
        count=given.get("count", ""),
        features=None if features is None else tuple(features),
        drop=tuple(given["drop"]),
    )


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
        provenance=jobs.provenance(seed, confidence, now=jobs.utc_now()),
        today=jobs.utc_now().date(),
    )
    return Result(job=job, record=run_job(job))


def run(
    config: str | Path = "audit.toml",
    *,
    out: str | Path | None = None,
    baseline: str | Path | None = None,
    only: Sequence[str] = (),
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
    languages : sequence of str
        Of the pages.

    Returns
    -------
    Record

    """
    options = jobs.Options(baseline=None if baseline is None else Path(baseline), only=tuple(only))
    loaded = jobs.load(Path(config), options, now=jobs.utc_now())
    record = run_job(loaded.job)
    if out is not None:
        save(loaded, record, Path(out), languages)
    return record


def save(loaded: jobs.Loaded, record: Record, out: Path, languages: Sequence[str]) -> Path:
    """Write the bundle of a run and return its folder."""
    keep = loaded.config.run.keep_predictions
    bundle = Bundle(
        record=record,
        config=loaded.content,
        units=loaded.job.subject.units if keep else None,
        pages=pages(record, languages),
    )
    return write(bundle, out)


def pages(record: Record, languages: Sequence[str]) -> dict[str, str]:
    """Render every format that has a file, by file name, from what results.json says."""
    record, made = record_json.load(record_json.dump(record)), {}
    for each in load_formats().values():
        if not each.file:
            continue
        for language in languages if each.per_language else languages[:1]:
            made[_file_name(each.file, language if each.per_language else "en")] = each.render(
                record, language
            )
    return made


def _file_name(file: str, language: str) -> str:
    """Return `report.html` in English, `report.zh-CN.html` in Chinese."""
    if language == "en":
        return file
    stem, dot, suffix = file.rpartition(".")
    return f"{stem}.{language}{dot}{suffix}"
