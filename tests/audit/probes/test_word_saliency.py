from typing import Any

import numpy as np
import pytest

from audit.attributions.text_gradients import GradientTimesInput, TextIntegratedGradients
from audit.errors import SubjectError
from audit.models.cached import Cached
from audit.models.text_folder import text_model
from audit.probes.word_saliency import MOST_WORDS, saliency
from fixtures.planted.texts import network, reviews, tokenizer
from fixtures.planted.word_models import WordModel

GIVEN = reviews(23, 4).texts
MODEL: Any = text_model(network(1), tokenizer())
TARGETS = np.zeros(len(GIVEN), dtype=np.int64)
INTEGRATED = TextIntegratedGradients()


@pytest.fixture
def cramped(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a model whose machine has room for so many vectors of tokens at once."""

    def make(room: int) -> Any:
        model: Any = text_model(network(1), tokenizer())
        forward = model.network.forward

        def limited(**given: Any) -> Any:
            vectors = given.get("inputs_embeds")
            if vectors is not None and vectors.shape[0] * vectors.shape[1] > room:
                msg = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 TB."
                raise RuntimeError(msg)
            return forward(**given)

        monkeypatch.setattr(model.network, "forward", limited)
        return model

    return make


def test_a_word_weighs_the_gradient_of_its_tokens() -> None:
    found = saliency(MODEL, GIVEN)
    assert found.shape == (len(GIVEN), MOST_WORDS)
    assert (found[:, :12] > 0).all()  # each text has twelve words
    assert not found[:, 12:].any()


def test_other_texts_of_a_batch_change_no_weight() -> None:
    found = saliency(MODEL, GIVEN)
    for row in (0, 7):
        alone = saliency(MODEL, GIVEN.take(np.array([row])))
        np.testing.assert_allclose(alone[0], found[row], atol=1e-6)
    np.testing.assert_array_equal(saliency(Cached(MODEL), GIVEN), found)


def test_a_model_without_gradients_has_no_saliency() -> None:
    with pytest.raises(TypeError, match="needs a model of texts with gradients"):
        saliency(WordModel(function=lambda _: 0.5), GIVEN)


def test_gradients_that_do_not_fit_into_memory_pass_in_parts(cramped: Any) -> None:
    model = cramped(100)
    np.testing.assert_allclose(saliency(model, GIVEN), saliency(MODEL, GIVEN), atol=1e-6)
    for method in (GradientTimesInput(), INTEGRATED):
        found, expected = (
            method.explain(each, GIVEN, TARGETS, seed=0).values for each in (model, MODEL)
        )
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_text_whose_gradients_do_not_fit_alone_is_said_and_not_shown(cramped: Any) -> None:
    model, long = cramped(10), GIVEN.take(slice(0, 2))
    said = "even one text of 14 tokens with its gradients does not fit into memory"
    with pytest.raises(SubjectError, match=said) as told:
        saliency(model, long)
    assert not any(word in str(told.value) for word in long.values[0].split() if len(word) > 4)
    with pytest.raises(SubjectError, match="one text of 14 tokens"):
        INTEGRATED.explain(model, long, TARGETS[:2], seed=0)
