import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audit.draws import Keys, keys_of
from audit.errors import SubjectError
from audit.inputs import Feature, Inputs, Kind, Matrix
from audit.models.cached import Cached
from audit.models.store import Store
from audit.predictors import Counts, Differentiable, HasEstimator, Model, NamesColumns, Remembers
from fixtures.planted.models import FunctionModel, LinearModel

NAMES = (Feature(name="a"), Feature(name="b"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Folds:
    """Row i is answered by part key % 3; the parts differ. It notes every row that it is asked."""

    classes: tuple[str, ...] = ("0", "1")
    features: tuple[Feature, ...] | None = None
    digest: str = "folds"
    protocol: str = "3-fold out of fold"
    asked: list[tuple[float, ...]] = field(default_factory=list)
    noise: float = 0.0

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        return (keys % np.uint64(3)).astype(np.int64)

    def predict(self, inputs: Inputs) -> Matrix:
        parts = self.parts(inputs.keys)
        rows = np.nan_to_num(inputs.values, nan=-9.0) + 0.0
        self.asked.extend(
            (float(part), *map(float, row)) for part, row in zip(parts, rows, strict=True)
        )
        found = 1 / (1 + np.exp(-(rows.sum(axis=1) + parts)))
        found += self.noise * len(inputs) * 1e-16  # as the last bits change with the batch
        return np.column_stack([1 - found, found])


def inputs(matrix: Matrix, keys: Keys | None = None) -> Inputs:
    if keys is None:
        keys = np.zeros(len(matrix), dtype=np.uint64)
    return Inputs(features=NAMES[: matrix.shape[1]], values=matrix, keys=keys)


def random_rows(rows: int, seed: int = 0) -> Inputs:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, size=(rows, 2)).astype(np.float64)
    values[rng.random(values.shape) < 0.1] = np.nan
    return inputs(values, rng.integers(0, 6, size=rows).astype(np.uint64))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, -0.0, 1.0, 2.5, np.nan]),
            st.sampled_from([0.0, 1.0, np.nan]),
            st.integers(0, 8),
        ),
        min_size=1,
        max_size=40,
    ),
    st.lists(st.integers(0, 39), max_size=60),
    st.integers(1, 9),
)
@settings(max_examples=200)
def test_each_distinct_input_passes_once_however_it_is_asked(
    rows: list[tuple[float, float, int]], again: list[int], batch: int
) -> None:
    model = Folds()
    cached = Cached(model, batch=batch)
    every = inputs(
        np.array([row[:2] for row in rows]), np.array([row[2] for row in rows], dtype=np.uint64)
    )
    first = cached.predict(every)
    picked = np.array([each % len(rows) for each in again], dtype=np.int64)
    second = cached.predict(every.take(picked))
    cached.predict(every.take(slice(None, None, -1)))
    np.testing.assert_array_equal(second, first[picked])
    np.testing.assert_array_equal(first, np.round(Folds().predict(every), 9))
    assert len(model.asked) == len(set(model.asked)) == cached.forward_rows == cached.asked


@given(st.integers(1, 50), st.permutations(range(30)), st.integers(0, 5))
@settings(max_examples=100)
def test_batch_size_and_order_change_no_bit(batch: int, order: list[int], noise: int) -> None:
    every = random_rows(30)
    expected = Cached(Folds()).predict(every)
    shuffled = Cached(Folds(noise=float(noise)), batch=batch).predict(every.take(np.array(order)))
    np.testing.assert_array_equal(shuffled, expected[order])


def test_the_model_sees_the_same_batches_whatever_the_order_of_the_rows() -> None:
    one, other, every = Folds(), Folds(), random_rows(50)
    Cached(one, batch=7).predict(every)
    Cached(other, batch=7).predict(every.take(np.random.default_rng(1).permutation(50)))
    assert one.asked == other.asked


def test_a_row_is_answered_by_the_part_of_its_unit_also_when_its_values_are_anothers() -> None:
    same = inputs(np.ones((3, 2)), np.array([0, 1, 2], dtype=np.uint64))
    answers = Cached(Folds()).predict(same)
    assert len(set(answers[:, 1])) == 3


def levelled(levels: tuple[str, ...], texts: list[str]) -> Inputs:
    feature = Feature(name="home", kind=Kind.CATEGORY, levels=levels)
    places = np.array([[levels.index(each)] for each in texts], dtype=np.float64)
    return Inputs(features=(feature,), values=places, keys=keys_of(texts))


def test_a_row_is_the_same_input_whatever_other_levels_its_feature_has() -> None:
    model = Cached(FunctionModel(function=lambda values: 0.5 + 0 * values[:, 0]))
    model.predict(levelled(("own", "rent"), ["own", "rent", "own"]))
    model.predict(levelled(("other", "rent", "own"), ["rent", "own"]))
    assert model.forward_rows == 2
    model.predict(levelled(("other", "rent", "own"), ["other"]))
    assert model.forward_rows == 3


def test_the_same_place_of_another_level_is_another_input() -> None:
    one, other = levelled(("a", "b"), ["a"]), levelled(("c", "d"), ["c"])
    assert one.values.tolist() == other.values.tolist()
    assert one.digests.tolist() != other.digests.tolist()


def test_a_missing_category_is_no_level() -> None:
    found = levelled(("a", "b"), ["a", "b"])
    missing = found.having(np.full((2, 1), np.nan))
    assert not {*map(tuple, missing.digests.tolist())} & {*map(tuple, found.digests.tolist())}
    assert len({*map(tuple, missing.digests.tolist())}) == 1


def test_every_nan_is_the_same_missing_value() -> None:
    other = np.array([[0x7FF8_0000_0000_0001]], dtype=np.uint64).view(np.float64)
    rows = [inputs(np.array([[value]])) for value in (np.nan, -np.nan, other[0, 0])]
    assert len({tuple(each.digests[0].tolist()) for each in rows}) == 1


def test_columns_of_other_names_or_kinds_are_other_inputs() -> None:
    model = Cached(FunctionModel(function=lambda values: 0.5 + 0 * values[:, 0]))
    values, keys = np.ones((1, 1)), keys_of("a")
    for feature in (Feature(name="a"), Feature(name="b"), Feature(name="a", kind=Kind.CATEGORY)):
        model.predict(Inputs(features=(feature,), values=values, keys=keys))
    assert model.forward_rows == 3


def test_no_rows_are_answered_without_asking() -> None:
    model = Folds()
    assert Cached(model).predict(inputs(np.empty((0, 2)))).shape == (0, 2)
    assert not model.asked


def test_what_is_computed_for_rows_is_computed_once_whatever_its_shape() -> None:
    cached, seen = Cached(Folds()), []

    def compute(rows: Inputs) -> Matrix:
        seen.append(len(rows))
        return rows.values[:, 0]

    every = inputs(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]))
    assert cached.remember("first", every, compute).tolist() == [1.0, 3.0, 1.0]
    assert cached.remember("first", every.take(slice(1)), compute).tolist() == [1.0]
    assert seen == [2]
    assert cached.asked == 0


def test_a_computation_with_another_number_of_rows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the values of 2 rows must have shape \(2, 2\)"):
        Cached(Folds()).remember("x", random_rows(2), lambda rows: rows.values[:1])


def test_a_computation_that_fails_is_asked_again_for_what_is_missing_only() -> None:
    cached, calls = Cached(Folds(), batch=1), []

    def compute(rows: Inputs) -> Matrix:
        calls.append(rows.values[0, 0])
        if len(calls) == 2:
            raise SubjectError
        return rows.values

    every = inputs(np.array([[1.0, 2.0], [3.0, 4.0]]))
    with pytest.raises(SubjectError):
        cached.remember("x", every, compute)
    np.testing.assert_array_equal(cached.remember("x", every, compute), every.values)
    assert len(calls) == 3


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_of_no_rows_is_refused(batch: int) -> None:
    with pytest.raises(ValueError, match="batch must be at least 1"):
        Cached(Folds(), batch=batch)


@dataclass(frozen=True, kw_only=True, eq=False)
class Wrong(FunctionModel):
    answers: Callable[[int], Matrix]

    def predict(self, inputs: Inputs) -> Matrix:
        return self.answers(len(inputs))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (lambda n: np.full((n, 2), np.nan), "finite numbers, but returned NaN or infinity for 3"),
        (
            lambda n: np.full((n - 1, 2), 0.5),
            "one row for each of the 3 rows asked, but returned 2",
        ),
        (lambda n: np.full((n, 3), 1 / 3), r"a column for each of the 2 classes, .* \(3, 3\)"),
        (lambda n: np.full((n, 2), 0.7), "sum to 1"),
        (lambda n: np.tile([1.5, -0.5], (n, 1)), r"probabilities in \[0, 1\]"),
        (lambda _: np.array(0.5), "returned one number"),
    ],
)
def test_any_model_is_held_to_probabilities(answers: Callable[[int], Matrix], said: str) -> None:
    model = Cached(Wrong(function=lambda values: values[:, 0], answers=answers))
    with pytest.raises(SubjectError, match=said):
        model.predict(inputs(np.array([[1.0], [2.0], [3.0]])))


def test_what_only_some_models_have_is_lent_and_found() -> None:
    cached: object = Cached(LinearModel(weights=np.array([1.0])))
    shapes = (Model, Differentiable, Remembers, Counts, HasEstimator, NamesColumns)
    assert [isinstance(cached, each) for each in shapes] == [True] * 4 + [False] * 2
    assert not isinstance(Cached(Folds()), Differentiable)
    assert {"represent", "logits"} <= vars(cached).keys()  # Python 3.12 looks nowhere else


def test_every_name_that_a_protocol_of_some_models_asks_for_is_lent() -> None:
    every = SimpleNamespace(
        **{name: name for name in ("represent", "logits", "estimator", "columns", "trained_on")},
        single="single",
        digest="x",
    )
    lent = vars(Cached(cast("Model", every)))
    assert {"represent", "logits", "estimator", "columns", "trained_on", "single"} <= lent.keys()


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    every = random_rows(60)
    whole = Cached(Folds()).predict(every)
    killed, model = Cached(Folds(), Store(tmp_path), batch=5), Folds()
    killed.predict(every.take(slice(25)))
    resumed = Cached(model, Store(tmp_path), batch=8)
    np.testing.assert_array_equal(resumed.predict(every), whole)
    straight = Cached(Folds())
    straight.predict(every)
    assert resumed.asked == straight.asked == straight.forward_rows
    assert resumed.forward_rows == straight.forward_rows - killed.forward_rows
    resumed.predict(every)
    assert resumed.asked == straight.asked


@pytest.mark.parametrize(
    "other",
    [
        Folds(digest="another"),
        Folds(classes=("1", "0")),
        Folds(digest=""),
    ],
    ids=["digest", "classes", "no digest"],
)
def test_answers_of_another_model_are_never_read(other: Folds, tmp_path: Path) -> None:
    every = random_rows(20)
    Cached(Folds(), Store(tmp_path)).predict(every)
    model = Cached(other, Store(tmp_path))
    model.predict(every)
    assert model.forward_rows == model.asked > 0


def test_a_model_without_a_digest_leaves_nothing_on_disk(tmp_path: Path) -> None:
    Cached(Folds(digest=""), Store(tmp_path)).predict(random_rows(20))
    assert not list(tmp_path.iterdir())


def test_answers_for_other_features_are_never_read(tmp_path: Path) -> None:
    every = random_rows(20)
    Cached(Folds(), Store(tmp_path)).predict(every)
    renamed = Inputs(
        features=(Feature(name="b"), Feature(name="a")), values=every.values, keys=every.keys
    )
    model = Cached(Folds(), Store(tmp_path))
    model.predict(renamed)
    assert model.forward_rows == model.asked > 0


_RUN = """
import sys
from pathlib import Path
import numpy as np
from audit.inputs import Feature, Inputs
from audit.models.cached import Cached
from audit.models.store import Store
from fixtures.planted.models import LinearModel

class Loud(LinearModel):
    def predict(self, inputs):
        print("asked", flush=True)
        return super().predict(inputs)

features = tuple(Feature(name=f"x{i}") for i in range(3))
values = np.random.default_rng(0).normal(size=(400, 3))
rows = Inputs(features=features, values=values, keys=np.arange(400, dtype=np.uint64))
model = Cached(Loud(weights=np.array([1.0, -2.0, 0.5])), Store(Path(sys.argv[1])), batch=2)
answers = model.predict(rows)
print(answers.tobytes().hex(), model.asked, model.forward_rows, flush=True)
"""


def run(folder: Path, *, kill_after: int | None = None) -> list[str]:
    """Return the last line of a run, killed when its model was asked so many times."""
    with subprocess.Popen(
        [sys.executable, "-c", _RUN, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stdout is not None
        for _ in range(kill_after or 0):
            process.stdout.readline()
        if kill_after is not None:
            process.send_signal(signal.SIGKILL)
        return process.stdout.read().splitlines()[-1:]


def test_a_run_killed_again_and_again_ends_with_the_same_bits(tmp_path: Path) -> None:
    [whole] = run(tmp_path / "whole")
    for asked in (7, 30):
        run(tmp_path / "killed", kill_after=asked)
    [last] = run(tmp_path / "killed")
    (expected, asked_once, forward), (found, asked_again, passed) = whole.split(), last.split()
    assert (found, asked_again) == (expected, asked_once)
    assert int(passed) < int(forward) == 400
