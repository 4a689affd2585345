from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from audit.draws import keys_of
from audit.errors import SubjectError
from audit.models.text_fit import classes_of, max_length
from audit.models.text_folder import text_model
from audit.models.text_model import TOLERANCE
from audit.text_predictors import DifferentiableTexts
from audit.texts import Texts, as_array
from fixtures.planted.texts import network, reviews, tokenizer

SIZES = {"vocab_size": len(tokenizer()), "pad_token_id": 0}


def unlimited() -> Any:
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer().backend_tokenizer)
    for name in ("pad", "unk", "cls", "sep", "mask"):
        setattr(made, f"{name}_token", f"[{name.upper()}]")
    return made


def bert(**values: Any) -> Any:
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    return BertForSequenceClassification(BertConfig(**SIZES, **small, **values))


def roberta() -> Any:
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    made = RobertaConfig(**(SIZES | {"pad_token_id": 1}), **small, max_position_embeddings=30)
    return RobertaForSequenceClassification(made)


def distilled() -> Any:
    made = DistilBertConfig(**SIZES, dim=16, n_layers=1, n_heads=2, hidden_dim=32)
    return DistilBertForSequenceClassification(made)


def causal() -> Any:
    return GPT2ForSequenceClassification(
        GPT2Config(**SIZES, n_embd=16, n_layer=1, n_head=2, n_positions=40, num_labels=2)
    )


@pytest.mark.parametrize(
    ("made", "reader", "length"),
    [
        (bert(max_position_embeddings=20), tokenizer(), 20),
        (bert(max_position_embeddings=512), tokenizer(), 64),
        (bert(max_position_embeddings=512), unlimited(), 512),
        (roberta(), unlimited(), 28),
        (distilled(), unlimited(), 512),
        (causal(), unlimited(), 40),
    ],
    ids=["network", "tokenizer", "no limit of its own", "positions kept back", "distilled", "gpt"],
)
def test_no_more_tokens_are_read_than_the_network_has_positions(
    made: Any, reader: Any, length: int
) -> None:
    assert max_length(made, reader) == length
    long = Texts(values=as_array(["lovely " * 600, "dress"]), keys=keys_of("ab"))
    assert text_model(made, reader).predict(long).shape == (2, 2)


@pytest.mark.parametrize("made", [roberta(), distilled(), causal()], ids=["roberta", "dis", "gpt"])
def test_other_architectures_answer_alone_as_in_a_batch(made: Any) -> None:
    model, given = text_model(made, unlimited()), reviews(9, 0, words=7).texts
    given = given.having(["a dress", *given.values[1:]])
    alone = np.concatenate([model.predict(given.take(slice(row, row + 1))) for row in range(9)])
    np.testing.assert_allclose(model.predict(given), alone, atol=TOLERANCE)
    assert model.embed(given).shape == (9, 16)


def test_only_a_network_that_answers_vectors_as_their_tokens_has_gradients() -> None:
    assert isinstance(text_model(bert(), unlimited()), DifferentiableTexts)
    assert isinstance(text_model(roberta(), unlimited()), DifferentiableTexts)
    assert not isinstance(text_model(causal(), unlimited()), DifferentiableTexts)


def test_fillings_go_to_the_right_whatever_the_tokenizer_is_used_to() -> None:
    left = unlimited()
    left.padding_side = "left"
    given = reviews(6, 0, words=5).texts
    given = given.having(["a dress", *given.values[1:]])
    found = text_model(network(0), left).predict(given)
    np.testing.assert_allclose(found, text_model(network(0), tokenizer()).predict(given), atol=1e-6)


def test_classes_without_names_are_their_numbers() -> None:
    assert classes_of(network(0, classes=3).config) == ("0", "1", "2")
    named = BertConfig(id2label={0: "bad", 1: "LABEL_1"}, label2id={"bad": 0, "LABEL_1": 1})
    assert classes_of(named) == ("bad", "LABEL_1")


def multi() -> Any:
    made = network(0)
    made.config.problem_type = "multi_label_classification"
    return made


def unpadded() -> Any:
    made = unlimited()
    made.pad_token = None
    return made


class Slow:
    """A tokenizer in Python, as transformers has for a few languages."""

    is_fast = False
    pad_token_id = 0


@pytest.mark.parametrize(
    ("made", "reader", "said"),
    [
        (network(0, classes=1), tokenizer(), "has one output, which is a regression"),
        (multi(), tokenizer(), "a text may have several classes or none"),
        (network(0).bert, tokenizer(), "the BertModel: is no classifier of texts"),
        (torch.nn.Linear(2, 2), tokenizer(), "the Linear: is no classifier of texts"),
        (tokenizer(), network(0), "is no classifier of texts"),
        (network(0), Slow(), "a Slow, does not say where each token stands"),
        (network(0), unpadded(), "has no padding token, so that texts cannot pass together"),
    ],
)
def test_what_gives_no_probability_of_classes_is_refused(made: Any, reader: Any, said: str) -> None:
    with pytest.raises(SubjectError, match=said) as told:
        text_model(made, reader)
    assert "\n" not in str(told.value)


def test_a_tokenizer_of_another_network_is_refused() -> None:
    small = BertForSequenceClassification(
        BertConfig(vocab_size=20, hidden_size=16, num_hidden_layers=1, num_attention_heads=2)
    )
    with pytest.raises(SubjectError, match=r"has \d+ tokens, but the network knows 20; give"):
        text_model(small, tokenizer())
