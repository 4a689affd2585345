"""Models of texts that are given in Python."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from transformers import BertForMaskedLM, pipeline

import audit
from audit.draws import Keys
from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.models.loading import load_model
from audit.models.text_model import TextModel
from audit.predictors import Model
from audit.text_predictors import ReadsTokens
from audit.texts import Texts
from fixtures.planted.texts import GOOD, network, reviews, tokenizer

GIVEN = reviews(120, 2)
ROWS = pd.DataFrame(
    {"review": GIVEN.texts.values, "good": GIVEN.labels, "age": ["young", "old"] * 60}
)
EXPECTED = load_model((network(0), tokenizer())).predict(GIVEN.texts)


@pytest.mark.parametrize(
    "source",
    [
        lambda: (network(0), tokenizer()),
        lambda: [network(0), tokenizer()],
        lambda: pipeline("text-classification", model=network(0), tokenizer=tokenizer()),
    ],
    ids=["pair", "list", "pipeline"],
)
def test_a_network_with_its_tokenizer_is_a_model_of_texts(source: Callable[[], Any]) -> None:
    model = load_model(source())
    assert isinstance(model, TextModel)
    np.testing.assert_array_equal(model.predict(GIVEN.texts), EXPECTED)
    subject = audit.subject(source(), ROWS, label="good", text="review", groups=["age"])
    assert subject.text_model is not None
    assert subject.text_model.digest == model.digest


def test_an_adapter_counts_as_part_of_its_network() -> None:
    from peft import LoraConfig, get_peft_model

    with torch.random.fork_rng():
        torch.manual_seed(0)
        adapted = get_peft_model(
            network(0), LoraConfig(task_type="SEQ_CLS", target_modules=["query", "value"])
        )
    model = load_model((adapted, tokenizer()))
    assert isinstance(model, TextModel)
    np.testing.assert_allclose(model.predict(GIVEN.texts), EXPECTED, atol=1e-6)
    assert model.embed(GIVEN.texts).shape == (120, 32)
    before = model.digest
    for name, weights in adapted.named_parameters():
        if "lora_B" in name:
            weights.data.add_(5.0)
    changed = load_model((adapted, tokenizer()))
    assert np.abs(changed.predict(GIVEN.texts) - EXPECTED).max() > 1e-3
    assert changed.digest != before


def test_a_prompt_that_was_learnt_is_refused() -> None:
    from peft import PromptTuningConfig, get_peft_model

    learnt = get_peft_model(
        network(0), PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=2)
    )
    with pytest.raises(SubjectError, match=r"whose prompt was learnt \(PROMPT_TUNING\)"):
        load_model((learnt, tokenizer()))


@dataclass(frozen=True, kw_only=True, eq=False)
class Own:
    """A user's own model: it counts good words."""

    classes: tuple[str, ...] = ("0", "1")
    features: None = None
    digest: str = ""
    protocol: str = "one model"
    reads_texts: bool = True

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        return np.zeros(len(keys), dtype=np.int64)

    def predict(self, texts: Texts, /) -> Matrix:
        good = np.array([any(word in GOOD for word in each.split()) for each in texts.values])
        return np.column_stack([1.0 - good, good.astype(np.float64)])


def test_an_object_of_the_shape_that_reads_texts_is_given_texts() -> None:
    own: Model[Texts] = Own()
    assert load_model(own) is own
    subject = audit.subject(own, ROWS, label="good", text="review", groups=["age"], favorable=1)
    assert subject.model is None
    assert not isinstance(subject.text_model, ReadsTokens)
    [found] = [
        each
        for each in audit.check("performance.classification", subject).findings
        if each.question.metric == "accuracy" and not each.question.about
    ]
    assert found.estimate.value == 1.0


def test_a_model_of_texts_must_be_told_which_column_holds_them() -> None:
    with pytest.raises(SubjectError, match="the model reads texts, so text must name the column"):
        audit.subject(Own(), ROWS, label="good")


def test_labels_that_the_network_does_not_know_are_refused() -> None:
    rows = ROWS.assign(good=np.where(GIVEN.labels, "yes", "no"))
    with pytest.raises(SubjectError, match=r"must hold classes of the model \(0, 1\)"):
        audit.subject((network(0), tokenizer()), rows, label="good", text="review")


def other_pipeline() -> Any:
    encoder = BertForMaskedLM(network(0).config)
    return pipeline("fill-mask", model=encoder, tokenizer=tokenizer())


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (lambda: network(0), r"which only its tokenizer can make of a text; give the pair \(netw"),
        (lambda: (network(0),), r"a transformers network and its tokenizer, but is \(BertForSeq"),
        (lambda: (network(0), None), r"but is \(BertForSequenceClassification, NoneType\)"),
        (lambda: (1, 2), r"a pair must be .*, but is \(int, int\)"),
        (lambda: (tokenizer(), network(0)), "is no classifier of texts; give a network"),
        (lambda: (network(0).bert, tokenizer()), "the BertModel: is no classifier of texts"),
        (other_pipeline, "a pipeline must be for text-classification, but is for fill-mask"),
        (tokenizer, "reads no table of itself"),
    ],
)
def test_what_is_no_network_with_its_tokenizer_is_refused(
    source: Callable[[], Any], said: str
) -> None:
    with pytest.raises(SubjectError, match=said) as told:
        load_model(source(), classes=["0", "1"])
    assert "\n" not in str(told.value)
