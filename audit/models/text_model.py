"""A transformers classifier with its tokenizer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys
from audit.files import sha256_of
from audit.inputs import Matrix
from audit.models.text_batches import batches_of
from audit.predictors import Reading, Tokens
from audit.texts import Texts

if TYPE_CHECKING:
    import torch

ONE_MODEL: Final = "one model"
_NOBODY: Final = np.empty(0, dtype=np.uint64)


class TextModel:
    """A network of transformers that sorts texts into classes.

    Probabilities are the softmax of its logits, computed in float32.

    Parameters
    ----------
    network : transformers.PreTrainedModel
        Of the kind `…ForSequenceClassification`; it is put into evaluation.
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

    @property
    def protocol(self) -> str:
        """How texts are answered."""
        return ONE_MODEL

    @cached_property
    def digest(self) -> str:
        """sha256 of the weights, the vocabulary, and what is read of a text."""
        weights = {
            name: sha256_of(value.detach().cpu().contiguous().numpy().tobytes())
            for name, value in sorted(self.network.state_dict().items())
        }
        said = (self.network.config.to_diff_dict(), self.classes, self.max_length, weights)
        vocabulary = self.tokenizer.backend_tokenizer.to_str()
        return sha256_of((json.dumps(said, sort_keys=True, default=str) + vocabulary).encode())

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
        lengths = np.minimum(self.reading(texts).tokens + self._added, self.max_length)
        return batches_of(lengths, texts.digests)

    def predict(self, texts: Texts) -> Matrix:
        """Return the probability of each class, shape (n, k)."""
        import torch

        found = np.empty((len(texts), len(self.classes)))
        with torch.inference_mode():
            for rows, ids, held in self._passes(texts):
                logits = self.network(input_ids=ids, attention_mask=held).logits
                found[rows] = torch.softmax(logits.float(), dim=1).cpu().numpy()
        return found

    def embed(self, texts: Texts) -> Matrix:
        """Return the mean of the last hidden states of each text's tokens, shape (n, d)."""
        import torch

        found = np.empty((len(texts), int(self.network.config.hidden_size)))
        with torch.inference_mode():
            for rows, ids, held in self._passes(texts):
                states = self.network.base_model(input_ids=ids, attention_mask=held)[0]
                shares = held / held.sum(dim=1, keepdim=True)
                found[rows] = torch.einsum("ntd,nt->nd", states.float(), shares).cpu().numpy()
        return found

    def reading(self, texts: Texts) -> Reading:
        """Say how many tokens each text has, how many of them are unknown, and what is cut off."""
        found = self.tokenizer(
            [*texts.values], add_special_tokens=False, truncation=False, verbose=False
        )["input_ids"]
        tokens = np.array([len(ids) for ids in found], dtype=np.int64)
        unknown = self.tokenizer.unk_token_id
        return Reading(
            tokens=tokens,
            unknown=np.array([ids.count(unknown) for ids in found], dtype=np.int64),
            truncated=tokens + self._added > self.max_length,
        )

    def tokens(self, texts: Texts) -> Tokens:
        """Return the tokens that the network reads."""
        found = self.tokenizer(
            [*texts.values],
            truncation=True,
            max_length=self.max_length,
            padding="longest",
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="np",
        )
        held = found["attention_mask"].astype(np.bool_)
        special = found["special_tokens_mask"].astype(np.bool_)
        offsets = np.where((held & ~special)[..., None], found["offset_mapping"], 0)
        return Tokens(
            ids=found["input_ids"].astype(np.int64),
            held=held,
            special=special,
            starts=offsets[..., 0].astype(np.int64),
            ends=offsets[..., 1].astype(np.int64),
        )

    @property
    def base_id(self) -> int:
        """The mask, or the filling where the tokenizer has none."""
        mask = self.tokenizer.mask_token_id
        return int(self.tokenizer.pad_token_id if mask is None else mask)

    def vectors(self, ids: "torch.Tensor") -> "torch.Tensor":
        """Return the vectors of tokens, shape (n, t, d), without those of their positions."""
        found: torch.Tensor = self.network.get_input_embeddings()(ids.to(self.device))
        return found

    def logits_of(self, vectors: "torch.Tensor", held: "torch.Tensor") -> "torch.Tensor":
        """Return the logits, shape (n, k), of texts whose tokens have these vectors."""
        held = held.to(self.device, dtype=vectors.dtype)
        found: torch.Tensor = self.network(inputs_embeds=vectors, attention_mask=held).logits
        return found

    @cached_property
    def _added(self) -> int:
        """How many special tokens stand around a text."""
        return int(self.tokenizer.num_special_tokens_to_add())

    def _passes(
        self, texts: Texts
    ) -> "Iterator[tuple[NDArray[np.int64], torch.Tensor, torch.Tensor]]":
        """Yield the places, tokens and mask of each batch."""
        import torch

        for rows in self.together(texts):
            tokens = self.tokens(texts.take(rows))
            ids, held = torch.from_numpy(tokens.ids), torch.from_numpy(tokens.held)
            yield rows, ids.to(self.device), held.to(self.device, dtype=torch.long)
