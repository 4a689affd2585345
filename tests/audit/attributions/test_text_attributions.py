"""Words as games whose answers are known, and a tiny transformer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audit.attributions.gaps import relative_gap
from audit.attributions.text_attributing import TextAttributing, text_attributing
from audit.attributions.text_chance import TextChance, random_word_values
from audit.attributions.text_choosing import text_method_of
from audit.attributions.text_gradients import (
    GradientTimesInput,
    TextIntegratedGradients,
)
from audit.attributions.text_partition import Partition, halves
from audit.attributions.text_words import by_words, inserted, what_is_read, widths
from audit.draws import keys_of
from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.models.cached import Cached
from audit.models.store import Store
from audit.predictors import Randomizes
from audit.text_predictors import DifferentiableTexts, Masks, Reading, Tokens
from audit.texts import Texts, as_array
from audit.words import words_of
from fixtures.planted.text_explanations import (
    CountingModel,
    GivenWords,
    texts_named,
    told_model,
)
from fixtures.planted.texts import BAD, GOOD, reviews


class NumberTexts:
    """Texts of numbers: each is a token whose vector is the number; [CLS] in front has none.

    The probability of class 1 is a function of the vectors, so that the exact attributions of it
    are known. The mask is 0.
    """

    classes = ("0", "1")
    features = None
    digest = "numbers"
    protocol = "one model"
    reads_texts = True
    base_id = 0
    _MIDDLE = 1000

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def parts(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        return np.zeros(len(keys), dtype=np.int64)

    def tokens(self, texts: Texts) -> Tokens:
        words = [words_of(text) for text in texts.values]
        shape = (len(texts), 1 + max(map(len, words)))
        ids, starts, ends = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        held, special = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        held[:, 0] = special[:, 0] = True
        for row, found in enumerate(words):
            for place, word in enumerate(found, start=1):
                ids[row, place] = int(word.text.replace("m", "-")) + self._MIDDLE
                starts[row, place], ends[row, place] = word.start, word.end
                held[row, place] = True
        return Tokens(ids=ids, held=held, special=special, starts=starts, ends=ends)

    def reading(self, texts: Texts) -> Reading:
        counts = np.array([len(words_of(text)) for text in texts.values])
        none = np.zeros(len(texts), dtype=bool)
        return Reading(tokens=counts, unknown=counts * 0, truncated=none)

    def vectors(self, ids: Any) -> Any:
        return ((ids - self._MIDDLE) * (ids > 0)).double()[..., None]

    def logits_of(self, vectors: Any, held: Any) -> Any:  # noqa: ARG002
        import torch

        one = torch.clamp(self.function(vectors[:, 1:, 0]) / 100 + 0.5, 1e-6, 1 - 1e-6)
        return torch.log(torch.stack([1 - one, one], dim=1))

    def predict(self, texts: Texts, /) -> Matrix:
        import torch

        tokens = self.tokens(texts)
        logits = self.logits_of(self.vectors(torch.from_numpy(tokens.ids)), None)
        found: Matrix = logits.softmax(dim=1).detach().numpy()
        return found


def explained(function: Callable[[Any], Any], text: str, method: Any) -> list[float]:
    texts = texts_named(text).texts
    model: Any = NumberTexts(function)
    assert isinstance(model, DifferentiableTexts)
    found = method.explain(model, texts, np.array([1]), seed=0)
    values: list[float] = (found.values[0] * 100).tolist()
    return values  # a probability is a hundredth of the function


# 1. published and by hand
INTEGRATED = TextIntegratedGradients()


def test_of_a_linear_function_they_are_its_terms() -> None:
    """f = 2a - b + .5c + 0d at (1, 2, -4, 3), from 0: (2, -2, -2, 0)."""
    values = explained(
        lambda v: 2 * v[:, 0] - v[:, 1] + 0.5 * v[:, 2] + 0 * v[:, 3], "1 2 m4 3", INTEGRATED
    )
    assert values == pytest.approx([2, -2, -2, 0], abs=1e-4)


def test_a_product_is_shared_and_gradient_x_input_counts_it_twice() -> None:
    """f = ab at (3, 4): (6, 6) by integration, (12, 12) by gradient x input."""

    def product(v: Any) -> Any:
        return v[:, 0] * v[:, 1]

    assert explained(product, "3 4", INTEGRATED) == pytest.approx([6, 6], abs=1e-4)
    assert explained(product, "3 4", GradientTimesInput()) == pytest.approx([12, 12], abs=1e-4)


def test_of_a_maximum_all_goes_to_the_larger() -> None:
    """f = max(a, b) at (2, 1): (2, 0) by integration."""
    values = explained(lambda v: v.max(dim=1).values, "2 1", INTEGRATED)
    assert values == pytest.approx([2, 0], abs=1e-4)


@pytest.mark.parametrize(
    ("score", "values"),
    [
        pytest.param(lambda w: 0.2 * w.count("b") - 0.1 * w.count("a"), [-0.1, 0.2], id="sum"),
        pytest.param(lambda w: 0.12 * ("a" in w) * ("b" in w), [0.06, 0.06], id="product"),
        pytest.param(
            lambda w: max(0.02 * ("a" in w), 0.01 * ("b" in w)), [0.015, 0.005], id="maximum"
        ),
    ],
)
def test_partition_gives_the_shapley_values_of_two_words(score: Any, values: list[float]) -> None:
    """Shapley values of a, b: of a maximum of 2 and 1 they are 1.5 and .5."""
    model: Any = CountingModel(score=lambda words: 0.5 + score(words))
    # the fixed context of a pair is the other word showing; both orders must be averaged by hand
    found = Partition(fixed_context=None).explain(
        model, texts_named("a b").texts, np.array([1]), seed=0
    )
    assert found.values[0].tolist() == pytest.approx(values)
    assert found.base[0] == pytest.approx(0.5)


def test_a_jump_is_followed_to_where_it_is() -> None:
    """A step of which points on the whole path see nothing, or far too much."""
    steep = 4000.0

    def step(v: Any) -> Any:
        return 40 * ((v[:, 0] / 10 - 0.6180339) * steep).sigmoid()

    texts = texts_named("10 3").texts
    model: Any = NumberTexts(step)
    found = INTEGRATED.explain(model, texts, np.array([1]), seed=0)
    assert relative_gap(found)[0] < 0.03
    assert found.values[0] * 100 == pytest.approx([40, 0], abs=1.3)
    assert 12 < found.steps[0] <= 256


def test_what_does_not_converge_is_seen_and_not_mended() -> None:
    model: Any = NumberTexts(lambda v: 40 * ((v[:, 0] / 10 - 0.618) * 1e7).sigmoid())
    few = TextIntegratedGradients(most_steps=24)
    found = few.explain(model, texts_named("10 3").texts, np.array([1]), seed=0)
    assert relative_gap(found)[0] > 0.5
    assert found.steps[0] <= 24


# 2. properties
def tokens_of(*spans: tuple[int, int]) -> Tokens:
    starts, ends = (np.array([column]) for column in zip(*spans, strict=True))
    every = np.ones(starts.shape, dtype=bool)
    return Tokens(ids=starts, held=every, special=~every, starts=starts, ends=ends)


@given(st.lists(st.tuples(st.integers(0, 18), st.integers(1, 6)), min_size=1, max_size=8))
def test_nothing_is_lost_between_tokens_and_words(spans: list[tuple[int, int]]) -> None:
    text = texts_named("so  good, 很好 really").texts
    tokens = tokens_of(*((start, min(start + size, 19)) for start, size in spans))
    values = np.arange(1.0, 1 + len(spans))[None, :]
    assert by_words(values, tokens, text).sum() == pytest.approx(values.sum())


def test_word_pieces_are_summed_and_shared_by_characters() -> None:
    text = texts_named("good dress").texts
    pieces = tokens_of((0, 2), (2, 4), (5, 10))
    assert by_words(np.array([[1.0, 2.0, 4.0]]), pieces, text).tolist() == [[3, 4]]
    both = tokens_of((2, 10))  # two characters of the first, five of the second
    assert by_words(np.array([[7.0]]), both, text).tolist() == [[2, 5]]
    blank = tokens_of((4, 5))
    assert by_words(np.array([[7.0]]), blank, text).tolist() == [[0, 7]]


@given(st.integers(1, 40))
def test_the_tree_of_words_holds_each_part_once(words: int) -> None:
    if words > 1:
        tree = halves(words)
        assert sorted(tree[:, :2].astype(int).ravel().tolist()) == [*range(2 * words - 2)]
    texts = texts_named("a " * words).texts
    assert widths(texts)[0] >= words


@given(st.text(max_size=40), st.integers(0, 5))
@settings(max_examples=300)
def test_a_word_is_inserted_where_it_is_said_to_be(text: str, place: int) -> None:
    before = [word.text for word in words_of(text)]
    place = min(place, len(before))
    after = [word.text for word in words_of(inserted(text, "zq", place))]
    assert after == [*before[:place], "zq", *before[place:]]


def test_random_values_belong_to_the_id_and_not_to_the_order() -> None:
    texts = reviews(6, 3).texts
    values = random_word_values(texts, 0)
    assert random_word_values(texts.take(slice(3, 6)), 0).tolist() == values[3:].tolist()
    assert random_word_values(texts, 1).tolist() != values.tolist()


# 3. edges, on the tiny transformer
@pytest.fixture(scope="module")
def model() -> Any:
    return Cached(told_model())


HELD = reviews(24, 11)


def targets(model: Any, texts: Texts) -> NDArray[np.int64]:
    found: NDArray[np.int64] = model.predict(texts).argmax(axis=1)
    return found


@pytest.mark.parametrize(
    ("name", "least"),  # two words of twelve decide: by chance 0.17
    [("integrated_gradients", 0.8), ("gradient_x_input", 0.5)],
)
def test_the_words_that_decide_are_named(name: str, least: float) -> None:
    """Networks this small that learned on another machine differ by .1 to .2: so three of them."""
    texts, told = reviews(100, 11).texts, {*GOOD, *BAD}
    first = []
    for seed in range(3):
        model = told_model(seed, settle=True)
        found = text_method_of(name, model).explain(model, texts, targets(model, texts), seed=0)
        first += [
            words_of(text)[int(values.argmax())].text in told
            for text, values in zip(texts.values, found.values, strict=True)
        ]
    assert np.mean(first) > least


def test_integration_converges_and_starts_at_the_mask(model: Any) -> None:
    decided = targets(model, HELD.texts)
    found = INTEGRATED.explain(model, HELD.texts, decided, seed=0)
    assert (relative_gap(found) <= INTEGRATED.tolerance + 1e-6).all()
    masked = HELD.texts.having([" ".join(["[MASK]"] * len(words_of(t))) for t in HELD.texts.values])
    assert found.base == pytest.approx(model.predict(masked)[np.arange(24), decided], abs=1e-5)


def test_the_other_texts_of_a_batch_change_nothing(model: Any) -> None:
    texts = Texts(
        values=as_array(["so very lovely", "awful " * 20, "it fits, really!"]),
        keys=keys_of(["a", "b", "c"]),
    )
    decided = targets(model, texts)
    together = INTEGRATED.explain(model, texts, decided, seed=0)
    for row in range(3):
        one = slice(row, row + 1)
        alone = INTEGRATED.explain(model, texts.take(one), decided[one], seed=0)
        width = alone.values.shape[1]
        assert together.values[row, :width] == pytest.approx(alone.values[0], abs=1e-4)
        assert (together.values[row, width:] == 0).all()


def test_words_that_are_cut_off_count_for_nothing(model: Any) -> None:
    texts = texts_named("lovely " * 70 + "awful").texts
    found = INTEGRATED.explain(model, texts, targets(model, texts), seed=0)
    assert found.values.shape == (1, 71)
    assert (found.values[0, 62:] == 0).all()  # 64 tokens, two of them special
    assert np.abs(found.values[0, :62]).sum() > 0
    [read] = what_is_read(model, texts).values
    assert words_of(read)[-1].text == "lovely"
    assert len(words_of(read)) == 62


def test_a_run_that_was_killed_goes_on_with_what_was_kept(tmp_path: Path) -> None:
    texts, made = HELD.texts, told_model()
    first = Cached(made, Store(tmp_path))
    decided = targets(first, texts)
    one = text_attributing(first, method="auto", explainer=None, seed=0).explain(texts, decided)
    second = Cached(made, Store(tmp_path))
    asked = text_attributing(second, method="auto", explainer=None, seed=0)
    never = TextAttributing(model=second, explainer=Silent(), seed=0)
    again = never.explain(texts, decided)
    assert again.values.tolist() == one.values.tolist()
    assert again.steps.tolist() == one.steps.tolist()
    assert asked.explain(texts, decided).values.tolist() == one.values.tolist()


def test_what_is_kept_of_one_class_is_not_taken_for_another(model: Any) -> None:
    way = text_attributing(model, method="auto", explainer=None, seed=0)
    against, for_ = (way.explain(HELD.texts, np.full(24, target)) for target in (0, 1))
    assert for_.values == pytest.approx(-against.values, abs=0.05)
    assert np.abs(for_.values).max() > 0.2


class Silent(TextIntegratedGradients):
    """The method by name, which must not be asked."""

    def explain(self, *_args: Any, **_named: Any) -> Any:
        msg = "was asked again"
        raise AssertionError(msg)


def test_what_a_cache_lends_can_still_be_asked_for(model: Any) -> None:
    assert isinstance(model, Masks)
    assert model.mask_text == "[MASK]"
    assert isinstance(model, Randomizes)


def test_drawing_layers_anew_changes_only_the_lower_ones(model: Any) -> None:
    inner = model.inner
    half, whole = inner.randomized(0.5, seed=1), inner.randomized(1.0, seed=1)
    before, after = (dict(m.network.named_parameters()) for m in (inner, half))
    changed = {name for name in before if (before[name] != after[name]).any()}
    assert any("embeddings" in name for name in changed)
    assert any("layer.0" in name for name in changed)
    assert not any("layer.1" in name or "classifier" in name for name in changed)
    every = dict(whole.network.named_parameters())
    assert all((before[n] != every[n]).any() for n in before if before[n].numel() > 1)
    assert half.digest == inner.randomized(0.5, seed=1).digest != whole.digest
    assert half.digest != inner.randomized(0.5, seed=2).digest
    with pytest.raises(ValueError, match=r"share must lie in \(0, 1\], but got 0"):
        inner.randomized(0, seed=0)


def test_methods_are_known_by_name() -> None:
    bare: Any = CountingModel(score=lambda _: 0.5)
    with pytest.raises(SubjectError, match="no explanation method 'shapp'; did you mean 'shap'"):
        text_method_of("shapp", bare)
    with pytest.raises(SubjectError, match="needs a model with gradients"):
        text_method_of("gradient_x_input", bare)
    assert isinstance(text_method_of("auto", bare), Partition)


def test_the_client_is_asked_and_its_shapes_are_checked() -> None:
    bare: Any = CountingModel(score=lambda _: 0.7)
    texts = texts_named("a b", "c d e").texts
    right = GivenWords(values=lambda words: [0.1] * len(words))
    way = text_attributing(bare, method="auto", explainer=right, seed=0)
    assert way.explain(texts, np.array([1, 1])).values.tolist() == [[0.1, 0.1, 0], [0.1] * 3]

    broken = GivenWords(values=lambda words: [np.nan] * len(words))
    with pytest.raises(SubjectError, match="must give finite values"):
        text_attributing(bare, method="auto", explainer=broken, seed=0).explain(
            texts, np.array([1, 1])
        )


def test_chance_knows_nothing_and_says_so() -> None:
    bare: Any = CountingModel(score=lambda _: 0.7)
    found = TextChance().explain(bare, texts_named("a b", "c").texts, np.array([1, 1]), seed=0)
    assert found.method == TextChance().described(bare) == "random"
    assert relative_gap(found) == pytest.approx([0, 0])


def test_a_text_of_one_word_gets_all(model: Any) -> None:
    texts = texts_named("lovely", "lovely !").texts
    found = Partition().explain(model, texts, targets(model, texts), seed=0)
    assert relative_gap(found) == pytest.approx([0, 0], abs=1e-6)
