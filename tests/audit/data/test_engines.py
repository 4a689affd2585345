"""One count on every engine."""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.data.counting import Cell
from audit.data.roles import Roles
from audit.data.tables import read_frame
from audit.units import Units, units_of

SCHEMA = pa.schema(
    [
        ("y", pa.int64()),
        ("yhat", pa.int64()),
        ("sex", pa.string()),
        ("code", pa.int64()),
        ("dose", pa.float64()),
        ("old", pa.bool_()),
        ("age", pa.float64()),
    ]
)
BANDS = {"age": (30.0, 45.0)}
ROLES = Roles(
    label="y",
    prediction="yhat",
    groups={"sex": ("f",), "code": ("1",), "dose": ("1",), "old": ("true",)},
    bands=BANDS,
)
KEYS = ("label", "prediction", *ROLES.groups, *BANDS)
ROW = st.tuples(
    st.integers(0, 1),
    st.integers(0, 1),
    st.sampled_from(["f", "m", "", None]),
    st.sampled_from([1, 2, None]),
    st.sampled_from([0.5, 1.0, float("nan"), None]),
    st.sampled_from([True, False, None]),
    st.sampled_from([29.9, 30.0, 44.0, 45.0, float("nan"), None]),
)
FULL = (1, 0, "f", 1, 1.0, True, 30.0)
ROWS = st.lists(ROW, max_size=12).map(lambda rows: [FULL, *rows])
Rows = list[tuple[Any, ...]]


def pandas(table: pa.Table) -> pd.DataFrame:
    made: pd.DataFrame = table.to_pandas()
    return made


def pandas_nullable(table: pa.Table) -> pd.DataFrame:
    return pandas(table).astype(
        {"code": "Int64", "old": "boolean", "y": "boolean", "yhat": "boolean"}
    )


def pandas_categories(table: pa.Table) -> pd.DataFrame:
    kinds = dict.fromkeys(("y", "yhat", "sex", "code", "dose"), "category")
    return pandas(table).astype(kinds)


def pandas_objects(table: pa.Table) -> pd.DataFrame:
    columns = table.to_pydict()
    made = {name: pd.Series(columns[name], dtype=object) for name in columns if name != "age"}
    return pd.DataFrame({**made, "age": pandas(table)["age"]})


def pandas_arrow(table: pa.Table) -> pd.DataFrame:
    made: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return made


def polars(table: pa.Table) -> pl.DataFrame:
    made = pl.from_arrow(table)
    assert isinstance(made, pl.DataFrame)
    return made


def polars_lazy(table: pa.Table) -> pl.LazyFrame:
    return polars(table).lazy()


def polars_categories(table: pa.Table) -> pl.DataFrame:
    return polars(table).with_columns(pl.col("sex").cast(pl.Categorical))


def pyarrow(table: pa.Table) -> pa.Table:
    return table


def pyarrow_dictionary(table: pa.Table) -> pa.Table:
    return table.set_column(2, "sex", table["sex"].dictionary_encode())


def relation(table: pa.Table) -> duckdb.DuckDBPyRelation:
    return duckdb.from_arrow(table)


ENGINES: list[Callable[[pa.Table], object]] = [
    pandas,
    pandas_categories,
    pandas_objects,
    pandas_arrow,
    polars,
    polars_lazy,
    polars_categories,
    pyarrow,
    pyarrow_dictionary,
    relation,
]


def units(rows: Rows, engine: Callable[[pa.Table], object], roles: Roles = ROLES) -> Units:
    columns = dict(zip(SCHEMA.names, map(list, zip(*rows, strict=True)), strict=True))
    return units_of(read_frame(engine(pa.table(columns, schema=SCHEMA))), roles)


def band(age: float | None) -> str | None:
    if age is None or np.isnan(age):
        return None
    return "under 30" if age < 30 else "30 to under 45" if age < 45 else "45 and over"


def by_hand(rows: Rows) -> dict[tuple[str | None, ...], Cell]:
    doses = {0.5: "0.5", 1.0: "1"}
    found: dict[tuple[str | None, ...], Cell] = {}
    for y, yhat, sex, code, dose, old, age in rows:
        levels = (
            str(y),
            str(yhat),
            sex or None,
            None if code is None else str(code),
            doses.get(dose),
            None if old is None else str(old).lower(),
            band(age),
        )
        found[levels] = found.get(levels, Cell()) + Cell(rows=1)
    return found


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=10)
@given(rows=ROWS)
def test_every_engine_counts_as_a_loop_by_hand(
    engine: Callable[[pa.Table], object], rows: Rows
) -> None:
    assert dict(units(rows, engine).cells(*KEYS).cells) == by_hand(rows)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=10)
@given(rows=ROWS)
def test_every_engine_codes_its_rows_as_a_loop_by_hand(
    engine: Callable[[pa.Table], object], rows: Rows
) -> None:
    found = units(rows, engine)
    wanted = {"sex": ("m", "f"), "dose": ("1", "0.5"), "age": ("45 and over", "under 30")}
    codes = found.arrays({name: found.keys[name].codes(wanted[name]) for name in wanted})
    doses = {1.0: 0, 0.5: 1}
    bands = {"45 and over": 0, "under 30": 1}
    assert codes["sex"].tolist() == [{"m": 0, "f": 1}.get(row[2], -1) for row in rows]
    assert codes["dose"].tolist() == [doses.get(row[4], -1) for row in rows]
    assert codes["age"].tolist() == [bands.get(band(row[6]) or "", -1) for row in rows]


@settings(max_examples=10)
@given(rows=ROWS)
def test_a_nullable_boolean_label_counts_as_true_and_false(rows: Rows) -> None:
    cells = units(rows, pandas_nullable).cells(*KEYS).cells
    words = {"0": "false", "1": "true"}
    expected = {
        (words[str(y)], words[str(yhat)], *others): cell
        for (y, yhat, *others), cell in by_hand(rows).items()
    }
    assert dict(cells) == expected


@settings(max_examples=10)
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: Rows, order: Any) -> None:
    mixed = list(rows)
    order.shuffle(mixed)
    one, other = units(rows, pyarrow).cells(*KEYS), units(mixed, pyarrow).cells(*KEYS)
    assert dict(one.cells) == dict(other.cells)


@settings(max_examples=10)
@given(rows=ROWS)
def test_fewer_keys_are_sums_over_the_others(rows: Rows) -> None:
    found = units(rows, pyarrow)
    few, all_of = found.cells("sex", "age"), found.cells(*KEYS)
    assert dict(few.cells) == dict(all_of.only(["sex", "age"]).cells)
    assert sum(cell.rows for cell in few.cells.values()) == len(rows)
    assert few.levels("sex") == {
        level: sum(1 for row in rows if (row[2] or None) == level)
        for level in sorted({row[2] for row in rows if row[2]})
    } | ({None: n} if (n := sum(1 for row in rows if not row[2])) else {})
