"""A transformers classifier with its tokenizer."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, keys_of
from audit.errors import SubjectError
from audit.inputs import Matrix
from audit.models.answers import probabilities
from audit.models.random_layers import with_random_layers
from audit.models.store import Store
from audit.models.text_digest import text_digest
from audit.text_batches import batches_of, pass_batches
from audit.text_predictors import Reading, Tokens
from audit.texts import Texts, as_array

if TYPE_CHECKING:
    import torch

ONE_MODEL: Final = "one model"
TOLERANCE: Final = 1e-5
"""By which a probability may change with the other texts of its batch, in float32; 8.1e-7 is the
most that was measured (`test_text_tolerance.py`). So a decision can change with the batch only
where two classes lie that near to each other."""
_ALIKE: Final = 1e-4
"""By which two ways to one embedding may differ: far above the last bits."""
PROBES: Final = ("a", "a good one, I would say")
"""Of different length, so that a network which takes fillings for text is noticed."""
_NOBODY: Final = np.empty(0, dtype=np.uint64)


class TextModel:
    """A network of transformers that sorts texts into classes.

    Probabilities are the softmax of its logits, in float64 so that small ones are kept apart.
    Where a batch does not fit into memory, its halves pass one after the other.

    Parameters
    ----------
    network : transformers.PreTrainedModel
        Of the kind `…ForSequenceClassification`; it is put into evaluation, and stays where it is.
    tokenizer : transformers.PreTrainedTokenizerFast
    classes : sequence of str
        In the order of the logits.
    max_length : int
        Tokens that are read of a text, special ones counted.
    keys, contents : ndarray of uint64
        Of the units and of the texts (the first half of their digests) that it was trained on, as
        far as it is known.

    """

    features = None
    reads_texts = True

    def __init__(  # noqa: PLR0913 - what a model consists of
        self,
        *,
        network: Any,  # noqa: ANN401 - transformers types say little
        tokenizer: Any,  # noqa: ANN401
        classes: Sequence[str],
        max_length: int,
        keys: Keys = _NOBODY,
        contents: Keys = _NOBODY,
        training_record: Mapping[str, Any] | None = None,
    ) -> None:
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.classes = tuple(classes)
        self.max_length = max_length
        self.trained_keys, self.trained_contents = np.unique(keys), np.unique(contents)
        self.training_record: Mapping[str, Any] = training_record or {}
        """What `training.json` says of how it came to be; empty if nothing does."""
        self._read = Store()

    @property
    def protocol(self) -> str:
        """How texts are answered."""
        return ONE_MODEL

    @cached_property
    def digest(self) -> str:
        """sha256 of the weights, the tokenizer, and what is read of a text."""
        return text_digest(self.network, self.tokenizer, self.classes, self.max_length)

    @property
    def device(self) -> "torch.device":
        """Where it computes."""
        found: torch.device = next(self.network.parameters()).device
        return found

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        """Answer every text by the same network."""
        return np.zeros(len(keys), dtype=np.int64)

    def trained_on(self, keys: Keys) -> NDArray[np.bool_]:
        """Say which units it was trained on."""
        return np.isin(keys, self.trained_keys)

    def familiar(self, texts: Texts) -> NDArray[np.bool_]:
        """Say which texts it was trained on, under an id not known."""
        return np.isin(texts.digests[:, 0], self.trained_contents) & ~self.trained_on(texts.keys)

    def single(self, keys: Keys) -> Keys:
        """Return the keys: one network answers all."""
        return keys

    def together(self, texts: Texts) -> list[NDArray[np.int64]]:
        """Return the places of texts that pass at once."""
        return batches_of(self._lengths(texts), texts.digests)

    def predict(self, texts: Texts) -> Matrix:
        """Return the probability of each class, shape (n, k)."""

        def ask(ids: "torch.Tensor", held: "torch.Tensor") -> "torch.Tensor":
            logits: torch.Tensor = self.network(input_ids=ids, attention_mask=held).logits
            return logits.double().softmax(dim=1)

        found = self._passed(texts, len(self.classes), ask)
        return probabilities(found, len(texts), self.classes, "the network")

    def embed(self, texts: Texts) -> Matrix:
        """Return the mean of the last hidden states of each text's tokens, shape (n, d)."""

        def ask(ids: "torch.Tensor", held: "torch.Tensor") -> "torch.Tensor":
            return _means(self.network.base_model(input_ids=ids, attention_mask=held)[0], held)

        return self._passed(texts, int(self.network.config.hidden_size), ask)

    def embedding_size(self) -> int:
        """Return the numbers of a place if answers give it too, 0 if they do not."""
        return self._size_of_both

    @cached_property
    def _size_of_both(self) -> int:
        """It is tried, since networks differ in what they answer by."""
        given = Texts(values=as_array(PROBES), keys=keys_of(PROBES))
        try:
            expected = self.embed(given)
            _, found = self._both(given, expected.shape[1])
        except (SubjectError, AttributeError, IndexError, TypeError, ValueError, RuntimeError):
            return 0  # who asks for answers or for places alone is told what is wrong
        return expected.shape[1] if np.allclose(found, expected, atol=_ALIKE) else 0

    def predict_and_embed(self, texts: Texts) -> tuple[Matrix, Matrix]:
        """Return the probability of each class and the place of each text, from one pass."""
        return self._both(texts, self._size_of_both)

    def _both(self, texts: Texts, size: int) -> tuple[Matrix, Matrix]:
        import torch

        kept: list[torch.Tensor] = []

        def ask(ids: "torch.Tensor", held: "torch.Tensor") -> "torch.Tensor":
            kept.clear()
            logits = self.network(input_ids=ids, attention_mask=held).logits
            return torch.cat([logits.double().softmax(dim=1), _means(kept[0], held)], dim=1)

        hook = self.network.base_model.register_forward_hook(
            lambda _module, _given, states: kept.append(states[0])
        )
        classes = len(self.classes)
        try:
            found = self._passed(texts, classes + size, ask)
        finally:
            hook.remove()
        answers = probabilities(found[:, :classes], len(texts), self.classes, "the network")
        return answers, found[:, classes:]

    def reading(self, texts: Texts) -> Reading:
        """Say how many tokens each text has, how many of them are unknown, and what is cut off.

        Each distinct text is read once.
        """
        known, kept = self._read.get("", texts.digests)
        _, first = np.unique(texts.digests[~known], axis=0, return_index=True)
        if len(first):
            new = texts.take(np.flatnonzero(~known)[first])
            self._read.put("", new.digests, self._counted(new))
            _, kept = self._read.get("", texts.digests)
        tokens, unknown = (np.empty((0, 2)) if kept is None else kept).astype(np.int64).T
        cut = tokens + self._added > self.max_length
        return Reading(tokens=tokens, unknown=unknown, truncated=cut)

    def tokens(self, texts: Texts) -> Tokens:
        """Return the tokens that the network reads."""
        found = self.tokenizer(
            [*texts.values],
            truncation=True,
            max_length=self.max_length,
            padding="longest",
            padding_side="right",
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_attention_mask=True,
            return_tensors="np",
            verbose=False,
        )
        held = found["attention_mask"].astype(np.bool_)
        special = found["special_tokens_mask"].astype(np.bool_)
        ids, offsets = found["input_ids"].astype(np.int64), found["offset_mapping"]
        if (empty := ~held.any(axis=1)).any():  # no special tokens, and nothing that it reads
            if not ids.shape[1]:
                shape = (len(ids), 1)
                ids, held = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
                special, offsets = held.copy(), np.zeros((*shape, 2), np.int64)
            ids[empty, 0], held[empty, 0] = self.tokenizer.pad_token_id, True
            special[empty, 0] = True
        offsets = np.where((held & ~special)[..., None], offsets, 0)
        return Tokens(
            ids=ids,
            held=held,
            special=special,
            starts=offsets[..., 0].astype(np.int64),
            ends=offsets[..., 1].astype(np.int64),
        )

    @property
    def mask_text(self) -> str:
        """The mask as it is written in a text; "" where the tokenizer has none."""
        return str(self.tokenizer.mask_token or "")

    def randomized(self, share: float, *, seed: int) -> Self:
        """Return a copy whose lowest layers have weights that were drawn anew."""
        return type(self)(
            network=with_random_layers(self.network, share, seed=seed),
            tokenizer=self.tokenizer,
            classes=self.classes,
            max_length=self.max_length,
        )

    @cached_property
    def _added(self) -> int:
        """How many special tokens stand around a text."""
        return int(self.tokenizer.num_special_tokens_to_add())

    def _lengths(self, texts: Texts) -> NDArray[np.int64]:
        """Return the tokens that are read of each text, special ones counted."""
        return np.minimum(self.reading(texts).tokens + self._added, self.max_length)

    def _counted(self, texts: Texts) -> Matrix:
        """Return the tokens of each text, and how many of them are unknown, shape (n, 2)."""
        found = self.tokenizer(
            [*texts.values], add_special_tokens=False, truncation=False, verbose=False
        )["input_ids"]
        unknown = self.tokenizer.unk_token_id
        return np.array([[len(ids), ids.count(unknown)] for ids in found], dtype=np.float64)

    def _passed(
        self,
        texts: Texts,
        width: int,
        ask: "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]",
    ) -> Matrix:
        """Return what is asked of each text, shape (n, width), batch by batch."""
        import torch

        found = np.empty((len(texts), width))

        def compute(rows: NDArray[np.int64]) -> None:
            tokens = self.tokens(texts.take(rows))
            ids = torch.from_numpy(tokens.ids).to(self.device)
            held = torch.from_numpy(tokens.held).to(self.device, dtype=torch.long)
            found[rows] = ask(ids, held).cpu().numpy()

        with torch.inference_mode():
            pass_batches(self.together(texts), self._lengths(texts), compute)
        return found


def _means(states: "torch.Tensor", held: "torch.Tensor") -> "torch.Tensor":
    """Return the mean state of each text's tokens, shape (n, d)."""
    return (states * held[..., None]).double().sum(dim=1) / held.sum(dim=1, keepdim=True)
