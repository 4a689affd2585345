"""From frames to a subject: logged predictions, or a model and the rows that it answers."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from audit.answering import answered_subject
from audit.data.roles import Roles, fitting, judged_levels, level_texts, score_columns
from audit.data.tables import read_frame
from audit.models.cached import Cached
from audit.models.loading import load_model
from audit.predicting import outcomes
from audit.predictors import Explains, Trains
from audit.subjects import Subject
from audit.text_predictors import ExplainsTexts
from audit.texts import Texts
from audit.units import units_of

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
    text: str = "",
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
    text : str
        The column of the texts that were answered, if there are any.
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
    text: str = "",
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    explainer: Explains | ExplainsTexts | None = None,
    trainer: Trains | Trains[Texts] | None = None,
) -> Subject:
    """Make a subject of a model and the rows that it is to answer.

    Parameters
    ----------
    model : path, estimator, function, pipeline, (network, tokenizer) or Model
        What `audit.load_model` takes. A function takes a frame of the features and returns the
        probability of the favourable class, or of each class in sorted order.
    data, reference : frame
        Of pandas, Polars, PyArrow, DuckDB, Spark or whatever narwhals knows; one row for each
        independent answer. `reference` holds the rows to compare with, for drift, and the
        background of explanations.
    label, groups, bands, intersections, favorable, id
        As in `audit.predictions`.
    text : str
        The column of the texts, which a model of texts reads.
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
    roles, table = _roles(locals()), read_frame(data)
    classes, chosen = outcomes(table, roles)
    loaded = load_model(model, classes=classes, favorable=chosen, features=roles.features)
    return answered_subject(
        Cached(loaded),
        table,
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
        text=given.get("text", ""),
        weight=given.get("weight", ""),
        count=given.get("count", ""),
        features=None if features is None else tuple(features),
        drop=tuple(given["drop"]),
    )
