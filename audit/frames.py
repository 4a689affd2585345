"""Arrays, as fairlearn users type them, as one frame."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.errors import SubjectError
from audit.subjects import Subject, units_of


def arrays_subject(arrays: Mapping[str, Any], *, favorable: tuple[str, ...]) -> Subject:
    """Make a subject of `y_true`, `y_pred`, `y_prob`, `sensitive_features`, `sample_weight`."""
    columns: dict[str, Any] = {
        name: np.asarray(arrays[name])
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
        groups={name: () for name in groups},
        weight="sample_weight" if "sample_weight" in columns else "",
        features=(),
    )
    table = read_frame(pd.DataFrame({**columns, **scores, **groups}), source="arrays")
    return Subject(units=units_of(table, roles))


def _scores(values: Any) -> dict[str, Any]:  # noqa: ANN401
    found = np.asarray(values, dtype=np.float64)
    if found.ndim == 1:
        return {"y_prob": found}
    if found.ndim == 2 and found.shape[1] > 1:  # noqa: PLR2004 - rows and classes
        return {f"y_prob {i}": found[:, i] for i in range(found.shape[1])}
    msg = f"y_prob must have shape (n,) or (n, n_classes), but has {found.shape}"
    raise SubjectError(msg)


def _groups(values: Any) -> dict[str, Any]:  # noqa: ANN401
    if isinstance(values, pd.DataFrame):
        return {str(name): values[name].to_numpy() for name in values.columns}
    if isinstance(values, Mapping):
        return {str(name): np.asarray(column) for name, column in values.items()}
    if isinstance(values, pd.Series):
        return {"group" if values.name is None else str(values.name): values.to_numpy()}
    found = np.asarray(values)
    if found.ndim == 1:
        return {"group": found}
    return {f"group {i}": found[:, i] for i in range(found.shape[1])}


def _refuse_unequal(columns: Mapping[str, Any]) -> None:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in lengths.items())
        msg = f"all arrays must have the same length, but have: {listed}"
        raise SubjectError(msg)
