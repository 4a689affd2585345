"""A model of texts with gradients by the vectors of its tokens."""

from typing import TYPE_CHECKING, Final

import numpy as np

from audit.draws import keys_of
from audit.models.text_model import PROBES, TextModel
from audit.texts import Texts, as_array

if TYPE_CHECKING:
    import torch

_ALIKE: Final = 1e-3
"""By which logits from the vectors may differ from those of the tokens: far above the last bits."""


class DifferentiableTextModel(TextModel):
    """It also answers vectors instead of tokens."""

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
        import torch

        vectors = vectors.to(self.device)
        held = held.to(self.device, dtype=torch.long)
        found: torch.Tensor = self.network(inputs_embeds=vectors, attention_mask=held).logits
        return found

    def answers_vectors(self) -> bool:
        """Say whether vectors get the same logits as the tokens that they stand for.

        They do not where a network scales the vectors of its tokens, or looks at the tokens to
        find where a text ends.
        """
        import torch

        tokens = self.tokens(Texts(values=as_array(PROBES), keys=keys_of(PROBES)))
        ids, held = torch.from_numpy(tokens.ids), torch.from_numpy(tokens.held)
        with torch.no_grad():
            try:
                found = self.logits_of(self.vectors(ids), held)
            except (TypeError, ValueError, NotImplementedError):  # it takes no vectors at all
                return False
            mask = held.to(self.device, dtype=torch.long)
            expected = self.network(input_ids=ids.to(self.device), attention_mask=mask).logits
        return bool(np.allclose(found.float().cpu(), expected.float().cpu(), atol=_ALIKE))
