"""Arrays, as fairlearn users type them, as one frame."""

from collections.abc import Mapping
from typing import Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.errors import SubjectError
from audit.subjects import Subject
from audit.units import units_of

_TWINS: Final = "every column of sensitive_features must have a name of its own"


def arrays_subject(arrays: Mapping[str, Any], *, favorable: tuple[str, ...]) -> Subject:
    """Make a subject of `y_true`, `y_pred`, `y_prob`, `sensitive_features`, `sample_weight`."""
    columns: dict[str, Any] = {
        name: _column(name, arrays[name])
        for name in ("y_true", "y_pred", "sample_weight")
        if name in arrays
    }
    scores = _scores(arrays["y_prob"]) if "y_prob" in arrays else {}
    groups = _groups(arrays["sensitive_features"]) if "sensitive_features" in arrays else {}
    _refuse_unequal({**columns, **scores, **groups})
    if taken := groups.keys() & {*columns, *scores}:
        msg = f"sensitive_features must not be named {sorted(taken)}: rename the column"
        raise SubjectError(msg)
    roles = Roles(
        label="y_true" if "y_true" in columns else "",
        prediction="y_pred" if "y_pred" in columns else "",
        scores=tuple(scores),
        favorable=favorable,
        groups=dict.fromkeys(groups, ()),
        weight="sample_weight" if "sample_weight" in columns else "",
        features=(),
    )
    table = read_frame(pd.DataFrame({**columns, **scores, **groups}), source="arrays")
    return Subject(units=units_of(table, roles))


def _scores(values: Any) -> dict[str, Any]:  # noqa: ANN401
    try:
        found = np.asarray(_objects(values), dtype=np.float64)
    except (TypeError, ValueError) as problem:
        msg = "y_prob must be numbers of shape (n,) or (n, n_classes)"
        raise SubjectError(msg) from problem
    if found.ndim == 1:
        return {"y_prob": found}
    if found.ndim == 2 and found.shape[1] > 1:  # noqa: PLR2004 - rows and classes
        return {f"y_prob {i}": found[:, i] for i in range(found.shape[1])}
    msg = f"y_prob must have shape (n,) or (n, n_classes), but has {found.shape}"
    raise SubjectError(msg)


def _groups(values: Any) -> dict[str, Any]:  # noqa: ANN401
    if isinstance(values, pd.DataFrame):
        values = values.set_axis([*map(str, values.columns)], axis="columns")
    try:
        found = nw.from_native(values, allow_series=True, pass_through=True)
    except nw.exceptions.DuplicateError as problem:
        raise SubjectError(_TWINS) from problem
    if isinstance(found, nw.DataFrame):
        return {name: _column(name, found[name].to_numpy()) for name in found.columns}
    if isinstance(found, nw.Series):
        name = "group" if found.name in {None, ""} else str(found.name)
        return {name: _column(name, found.to_numpy())}
    if isinstance(values, Mapping):
        if len({*map(str, values)}) < len(values):
            raise SubjectError(_TWINS)
        return {str(name): _column(str(name), column) for name, column in values.items()}
    rows = _objects(values)
    if rows.ndim == 2:  # noqa: PLR2004 - rows and groups
        return {f"group {i}": _inferred(rows[:, i]) for i in range(rows.shape[1])}
    return {"group": _column("sensitive_features", rows)}


def _column(name: str, values: Any) -> Any:  # noqa: ANN401
    found = _objects(values)
    if found.ndim == 2 and found.shape[1] == 1:  # noqa: PLR2004 - a column of a table
        found = found[:, 0]
    if found.ndim != 1:
        msg = f"{name} must have shape (n,), but has {found.shape}"
        raise SubjectError(msg)
    return _inferred(found)


def _objects(values: Any) -> Any:  # noqa: ANN401
    """Return an array; numpy alone would write a NaN beside text as "nan" and unmask values."""
    if isinstance(values, np.ma.MaskedArray):
        return np.array(values.tolist(), dtype=object)
    return np.asarray(values) if hasattr(values, "__array__") else np.array(values, dtype=object)


def _inferred(values: Any) -> Any:  # noqa: ANN401
    return pd.Series(values).infer_objects().to_numpy()


def _refuse_unequal(columns: Mapping[str, Any]) -> None:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in lengths.items())
        msg = f"all arrays must have the same length, but have: {listed}"
        raise SubjectError(msg)
