"""The predictions that a bundle keeps, for the paired comparison with the next version."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.errors import EvidenceError
from audit.units import Units, units_of

_META: Final = b"release-audit"


def write(units: Units, path: Path) -> None:
    """Write id, label, prediction, scores and groups; nothing else of a row leaves its table."""
    roles = units.roles
    columns: dict[str, Any] = {}
    if roles.id:
        columns["id"] = units.text(roles.id)
    columns |= {role: _levels(units, role) for role in _filled(units)}
    for i, column in enumerate(roles.scores):
        columns[f"score {i}"] = units.column(column)
    columns |= {f"group {name}": _levels(units, name) for name in units.groups}
    for role in ("weight", "count"):
        if column := getattr(roles, role):
            columns[role] = units.column(column)
    meta = {
        "classes": units.classes,
        "favorable": units.favorable,
        "score_classes": units.score_classes,
        "groups": {name: group.judged for name, group in units.groups.items()},
        "rows": units.rows,
    }
    table = pa.table(columns or {"row": np.arange(units.rows)})
    pq.write_table(table.replace_schema_metadata({_META: json.dumps(meta)}), path)


def read(path: Path, *, source: str, digest: str) -> Units:
    """Read them back as units.

    Parameters
    ----------
    path : Path
    source : str
        How messages name them.
    digest : str
        Digest of the table that they were made of: rows without ids are the same rows only if
        the tables are the same.

    """
    try:
        table = pq.read_table(path)
        meta = json.loads(table.schema.metadata[_META])
        named = {key: meta[key] for key in ("score_classes", "favorable", "groups")}
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as problem:
        msg = f"{path}: must hold the predictions of a bundle, but cannot be read as such"
        raise EvidenceError(msg) from problem
    names = table.column_names
    found = read_frame(table, source=source)
    roles = Roles(
        label="label" if "label" in names else "",
        prediction="prediction" if "prediction" in names else "",
        scores=tuple(name for name in names if name.startswith("score ")),
        score_classes=tuple(named["score_classes"]),
        favorable=tuple(named["favorable"]),
        groups={f"group {name}": tuple(judged) for name, judged in named["groups"].items()},
        id="id" if "id" in names else "",
        weight="weight" if "weight" in names else "",
        count="count" if "count" in names else "",
        features=(),
    )
    return units_of(replace(found, digest=digest), roles)


def _filled(units: Units) -> list[str]:
    return [role for role in ("label", "prediction") if getattr(units.roles, role)]


def _levels(units: Units, name: str) -> pa.DictionaryArray:
    key = units.keys[name]
    codes, values = pd.factorize(units.arrays({"value": key.expr})["value"])
    levels = np.array([*map(key.level, values.tolist()), None], dtype=object)
    return pa.array(levels[codes], pa.string()).dictionary_encode()  # -1, a missing one, is None
