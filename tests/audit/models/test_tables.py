from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.inputs import Inputs, stacked
from audit.models.tables import TableModel
from audit.predictors import Differentiable, Model
from tests.audit.training.applications import (
    FEATURES,
    QUICK,
    applications,
    by_network,
    trained,
    weights,
)

SEEN = applications(300)
NEW = applications(60, seed=1, first=10_000).inputs


@cache
def one() -> TableModel:
    return trained(SEEN)


@cache
def folded() -> TableModel:
    return trained(SEEN, replace(QUICK, folds=4))


def test_it_has_the_shapes_that_checks_ask_for() -> None:
    model: Model = folded()
    gradients: Differentiable = folded()
    assert isinstance(model, Model)
    assert isinstance(gradients, Differentiable)
    assert (one().classes, one().features) == (("no", "yes"), FEATURES)
    assert (one().protocol, folded().protocol) == ("one network", "4-fold out of fold")
    assert np.allclose(folded().predict(NEW).sum(axis=1), 1, atol=1e-12)
    assert folded().predict(NEW.take(slice(0, 0))).shape == (0, 2)


def test_a_row_that_was_trained_on_is_answered_by_the_network_that_never_saw_it() -> None:
    parts = folded().parts(SEEN.inputs.keys)
    assert set(parts) == {1, 2, 3, 4}
    found = folded().predict(SEEN.inputs)
    for part in range(1, 5):
        rows = parts == part
        alone = by_network(folded(), part, SEEN.inputs.take(rows))
        assert np.allclose(found[rows], alone, atol=1e-12)


@pytest.mark.parametrize("part", [1, 3])
def test_other_labels_of_a_fold_change_no_answer_to_it(part: int) -> None:
    own = folded().parts(SEEN.inputs.keys) == part
    other = trained(
        replace(SEEN, labels=np.where(own, 1 - SEEN.labels, SEEN.labels)), replace(QUICK, folds=4)
    )
    noisy = SEEN.inputs.having(SEEN.inputs.values + np.array([9.0, 0, 700]))
    for rows in (SEEN.inputs, noisy):
        same = (other.predict(rows) == folded().predict(rows)).all(axis=1)
        assert same[own].all()
        assert not same[~own].any()


def test_a_row_keeps_its_network_when_it_is_changed() -> None:
    rng = np.random.default_rng(0)
    noise = np.array([30.0, 0, 900]) * rng.standard_normal(SEEN.inputs.values.shape)
    changed = SEEN.inputs.having(SEEN.inputs.values + noise).repeated(3)
    changed = changed.take(rng.permutation(len(changed))).changed("region", "west")
    parts = folded().parts(changed.keys)
    assert np.array_equal(np.sort(parts), np.sort(folded().parts(SEEN.inputs.keys).repeat(3)))
    found = folded().predict(changed)
    for part in np.unique(parts):
        rows = parts == part
        assert np.allclose(
            found[rows], by_network(folded(), int(part), changed.take(rows)), atol=1e-12
        )


def test_a_new_row_is_answered_by_the_mean_of_the_networks() -> None:
    assert (folded().parts(NEW.keys) == 0).all()
    mean = np.mean([by_network(folded(), part, NEW) for part in range(1, 5)], axis=0)
    assert np.allclose(folded().predict(NEW), mean, atol=1e-12)
    assert np.allclose(by_network(folded(), 0, NEW), mean, atol=1e-12)


def test_one_network_says_which_rows_it_was_trained_on() -> None:
    both = stacked([SEEN.inputs.take(slice(0, 5)), NEW.take(slice(0, 5))])
    assert one().trained_on(both.keys).tolist() == [True] * 5 + [False] * 5
    assert (one().parts(both.keys) == 0).all()
    assert not folded().trained_on(both.keys).any()


@settings(max_examples=50)
@given(data=st.data())
def test_batch_and_order_change_no_decision(data: st.DataObject) -> None:
    rows = stacked([SEEN.inputs, NEW])
    whole = folded().predict(rows)
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    start, size = data.draw(st.integers(0, 350)), data.draw(st.integers(1, 40))
    some = order[start : start + size]
    found = folded().predict(rows.take(some))
    assert np.allclose(found, whole[some], rtol=0, atol=1e-12)
    assert (found.argmax(axis=1) == whole[some].argmax(axis=1)).all()


def test_chunks_join_without_a_seam() -> None:
    many = SEEN.inputs.repeated(40)
    found = folded().predict(many)
    assert np.allclose(found, folded().predict(SEEN.inputs).repeat(40, axis=0), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("made", "part"), [(one, 0), (folded, 0), (folded, 2)])
def test_gradients_agree_with_finite_differences_of_predict(
    made: Callable[[], TableModel], part: int
) -> None:
    model = made()
    own = SEEN.inputs.keys[folded().parts(SEEN.inputs.keys) == part]
    keys = NEW.keys if part == 0 else own[:60]
    rows = Inputs(features=FEATURES, values=NEW.values[: len(keys)], keys=keys)
    rows = rows.take(np.flatnonzero(~np.isnan(rows.values).any(axis=1)))
    shown = model.represent(rows)
    values = torch.tensor(shown.values, requires_grad=True)
    torch.log_softmax(model.logits(part)(values), dim=1)[:, 1].sum().backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    for column in np.flatnonzero(shown.smooth):
        feature, step = int(shown.owners[column]), 1e-4
        up, down = rows.values.copy(), rows.values.copy()
        up[:, feature] += step
        down[:, feature] -= step
        rise = np.log(model.predict(rows.having(up))[:, 1] / model.predict(rows.having(down))[:, 1])
        assert np.allclose(values.grad[:, column], rise / (2 * step), rtol=1e-5, atol=1e-9)
        assert np.abs(rise).max() > 0


def test_saved_and_loaded_it_answers_alike(tmp_path: Path) -> None:
    for name, model in (("one", one()), ("folds", folded())):
        model.save(tmp_path / name)
        again = TableModel.load(tmp_path / name)
        assert again.digest == model.digest
        assert again.protocol == model.protocol
        assert (again.features, again.classes) == (model.features, model.classes)
        assert np.array_equal(again.predict(SEEN.inputs), model.predict(SEEN.inputs))
        assert np.array_equal(again.predict(NEW), model.predict(NEW))
        assert np.array_equal(again.parts(SEEN.inputs.keys), model.parts(SEEN.inputs.keys))
        assert np.array_equal(
            again.trained_on(SEEN.inputs.keys), model.trained_on(SEEN.inputs.keys)
        )
        assert weights(again) == weights(model)


def test_another_model_has_another_digest() -> None:
    assert len({one().digest, folded().digest, trained(SEEN, replace(QUICK, seed=1)).digest}) == 3


def test_asking_leaves_the_threads_as_they_were() -> None:
    threads = torch.get_num_threads()
    one().predict(NEW)
    assert torch.get_num_threads() == threads
