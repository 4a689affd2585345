from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.draws import keys_of
from audit.errors import SubjectError
from audit.models.cached import Cached
from audit.models.text_folder import text_model
from audit.models.text_gradients import DifferentiableTextModel
from audit.models.text_model import TOLERANCE, TextModel
from audit.text_predictors import DifferentiableTexts, Embeds, ReadsTokens
from audit.texts import Texts, as_array
from fixtures.planted.texts import NEUTRAL, network, reviews, tokenizer

MODEL = text_model(network(0), tokenizer())


def texts(*values: str) -> Texts:
    return Texts(values=as_array(values), keys=keys_of(map(str, range(len(values)))))


def test_no_texts_get_no_answers() -> None:
    assert MODEL.predict(texts()).shape == (0, 2)
    assert MODEL.embed(texts()).shape == (0, 32)
    assert MODEL.reading(texts()).tokens.shape == (0,)
    assert MODEL.together(texts()) == []


def test_probabilities_are_the_softmax_of_the_networks_own_logits() -> None:
    given_ = reviews(5, 1).texts
    encoded = tokenizer()([*given_.values], padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = MODEL.network(**encoded).logits.double()
    np.testing.assert_allclose(MODEL.predict(given_), logits.softmax(dim=1), atol=1e-6)


def test_an_embedding_is_the_mean_over_the_tokens_that_are_there() -> None:
    given_ = texts("a lovely dress", "a")
    for row in range(2):
        encoded = tokenizer()([given_.values[row]], return_tensors="pt")
        with torch.no_grad():
            states = MODEL.network.bert(**encoded).last_hidden_state[0]
        np.testing.assert_allclose(MODEL.embed(given_)[row], states.mean(dim=0), atol=1e-5)


@given(st.lists(st.lists(st.sampled_from(NEUTRAL), min_size=1, max_size=90), max_size=12))
@settings(max_examples=40)
def test_a_reading_is_that_of_each_text_alone(drawn: list[list[str]]) -> None:
    given_ = texts(*(" ".join(words) for words in drawn))
    found = MODEL.reading(given_)
    assert found.tokens.tolist() == [len(words) for words in drawn]
    assert found.unknown.sum() == 0
    assert found.truncated.tolist() == [len(words) > 62 for words in drawn]


def test_each_distinct_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = text_model(network(0), tokenizer())
    read: list[Any] = []
    counted = model._counted  # noqa: SLF001 - what is counted is how often it is asked

    def count(given_: Texts) -> Any:
        read.extend(given_.values)
        return counted(given_)

    monkeypatch.setattr(model, "_counted", count)
    for _ in range(2):
        model.predict(texts("a dress", "soft", "a dress"))
    assert sorted(read) == ["a dress", "soft"]
    assert model.reading(texts("soft", "new", "a dress")).tokens.tolist() == [1, 3, 2]


def test_the_share_of_unknown_tokens_of_another_script_is_told() -> None:
    found = MODEL.reading(texts("很好的裙子", "lovely 裙子", "lovely"))
    assert found.tokens.tolist() == [5, 3, 1]
    assert found.unknown.tolist() == [5, 2, 0]
    np.testing.assert_allclose(MODEL.predict(texts("很好的裙子")).sum(), 1)


def test_a_text_of_a_hundred_thousand_characters_is_cut_off_and_said_so(
    capfd: pytest.CaptureFixture[str],
) -> None:
    long = texts("lovely dress " * 8000, "lovely")
    assert len(long.values[0]) > 100_000
    found = MODEL.reading(long)
    assert found.tokens.tolist() == [16_000, 1]
    assert found.truncated.tolist() == [True, False]
    begins = texts("lovely dress " * 31)
    np.testing.assert_allclose(MODEL.predict(long)[0], MODEL.predict(begins)[0], atol=TOLERANCE)
    assert MODEL.tokens(long).ids.shape == (2, 64)
    assert capfd.readouterr() == ("", "")


def test_tokens_say_where_they_stand_in_their_text() -> None:
    [text] = ["a lovely  dress!"]
    found = MODEL.tokens(texts(text, "a"))
    spans = zip(found.starts[0], found.ends[0], strict=True)
    assert [text[a:b] for a, b in spans] == ["", "a", "lovely", "dress", "!", ""]
    assert found.special[0].tolist() == [True, False, False, False, False, True]
    assert found.held.sum(axis=1).tolist() == [6, 3]
    assert found.ends[1].tolist() == [0, 1, 0, 0, 0, 0]


def test_what_only_a_model_of_texts_can_is_also_true_of_it_through_the_cache() -> None:
    for model in (MODEL, Cached(MODEL)):
        for shape in (Embeds, ReadsTokens, DifferentiableTexts):
            assert isinstance(model, shape)


def test_vectors_of_tokens_get_the_answer_of_the_tokens() -> None:
    assert isinstance(MODEL, DifferentiableTextModel)
    given_ = texts("a lovely dress", "a")
    tokens = MODEL.tokens(given_)
    vectors = MODEL.vectors(torch.from_numpy(tokens.ids))
    logits = MODEL.logits_of(vectors, torch.from_numpy(tokens.held))
    found = logits.double().softmax(dim=1).detach().numpy()
    np.testing.assert_allclose(found, MODEL.predict(given_), atol=TOLERANCE)
    assert MODEL.base_id == tokenizer().mask_token_id


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], tuple[TextModel, list[int]]]:
    """Make a model whose machine has room for so many tokens."""

    def make(room: int) -> tuple[TextModel, list[int]]:
        model, passed = text_model(network(0), tokenizer()), []
        forward = model.network.forward

        def limited(input_ids: Any, **other: Any) -> Any:
            if input_ids.numel() > room:
                msg = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 TB."
                raise RuntimeError(msg)
            passed.append(len(input_ids))
            return forward(input_ids=input_ids, **other)

        monkeypatch.setattr(model.network, "forward", limited)
        return model, passed

    return make


def test_a_batch_that_does_not_fit_passes_in_parts(
    full: Callable[[int], tuple[TextModel, list[int]]],
) -> None:
    given_ = reviews(37, 3).texts
    model, passed = full(100)
    np.testing.assert_allclose(model.predict(given_), MODEL.predict(given_), atol=TOLERANCE)
    assert sum(passed) == 37
    assert len(passed) > len(MODEL.together(given_))


def test_a_text_that_does_not_fit_alone_is_said_with_its_tokens_and_not_shown(
    full: Callable[[int], tuple[TextModel, list[int]]],
) -> None:
    model, _ = full(40)
    with pytest.raises(SubjectError, match="even one text of 52 tokens does not fit into") as told:
        model.predict(texts("a", "lovely " * 50))
    assert "lovely" not in str(told.value)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_are_refused(wrong: float) -> None:
    spoilt = network(0)
    spoilt.classifier.bias.data[0] = wrong
    with pytest.raises(SubjectError, match=r"return finite numbers, but .* for 2 of 2 rows"):
        text_model(spoilt, tokenizer()).predict(texts("a", "b"))
    assert text_model(spoilt, tokenizer()).embedding_size() == 0  # and so it is asked as ever


def test_it_stays_where_it_is_and_is_put_into_evaluation() -> None:
    made = network(0).train()
    model = text_model(made, tokenizer())
    assert model.network is made
    assert not made.training
    assert model.device.type == "cpu"
