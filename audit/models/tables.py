"""A model of tables that was trained here: one network, or several that each never saw a fold."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import Keys, uniforms
from audit.errors import SubjectError
from audit.files import sha256_of
from audit.inputs import Feature, Inputs, Matrix
from audit.models.layout import Layout
from audit.models.table_folder import (
    DESCRIPTION,
    WEIGHTS,
    Description,
    FeatureEntry,
    read_folder,
    read_record,
    write_folder,
)
from audit.packages import needing
from audit.predictors import Representation
from audit.threads import one_thread

if TYPE_CHECKING:
    import torch

    from audit.models.network import Network

_CHUNK: Final = 1024
"""Rows that pass at once."""
ONE_NETWORK: Final = "one network"


class TableModel:
    """A model of tables; probabilities are computed in float64.

    Parameters
    ----------
    features : sequence of Feature
    classes : sequence of str
    hidden : sequence of int
        Widths of the hidden layers.
    networks : sequence of Network
        One, or one a fold.
    keys : ndarray of uint64, shape (m,)
        Of the units that were trained on.
    contents : ndarray of uint64, shape (m,)
        Digests of their values, by which they are known where their ids are not.
    folds : ndarray of int64, shape (m,)
        The network that never saw each of them; None if there is but one network.

    """

    def __init__(  # noqa: PLR0913 - what a model consists of
        self,
        *,
        features: Sequence[Feature],
        classes: Sequence[str],
        hidden: Sequence[int],
        networks: "Sequence[Network]",
        keys: Keys,
        contents: Keys,
        folds: NDArray[np.int64] | None = None,
    ) -> None:
        self.features = tuple(features)
        self.classes = tuple(classes)
        self.hidden = tuple(hidden)
        self.networks = tuple(
            network.double().eval().requires_grad_(requires_grad=False) for network in networks
        )
        self.layout = Layout(features=self.features)
        self._keys, first = np.unique(keys, return_index=True)
        self._folds = None if folds is None else folds[first]
        self._contents = np.unique(contents)
        self.training_record: Mapping[str, Any] = {}
        """What `training.json` says of how it came to be; empty if nothing does."""

    @property
    def protocol(self) -> str:
        """How rows are answered."""
        return ONE_NETWORK if self._folds is None else f"{len(self.networks)}-fold out of fold"

    @cached_property
    def digest(self) -> str:
        """sha256 of the description and the weights."""
        files = self.files()
        return sha256_of(files[DESCRIPTION] + files[WEIGHTS])

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        """Return i + 1 for a unit that network i alone never saw, 0 for one that none of them saw.

        What is asked about part 0 is answered by the mean of the networks' probabilities.
        """
        place, seen = self._found(keys)
        if self._folds is None:
            return np.zeros(len(keys), dtype=np.int64)
        return np.where(seen, self._folds[place] + 1, 0)

    def trained_on(self, keys: Keys) -> NDArray[np.bool_]:
        """Say which rows would be answered by a network that was trained on them.

        None where the model is out of fold: there each row is answered by a network that never
        saw it.
        """
        if self._folds is not None:
            return np.zeros(len(keys), dtype=np.bool_)
        return self._found(keys)[1]

    def familiar(self, inputs: Inputs) -> NDArray[np.bool_]:
        """Say which rows have the values of a row that was trained on, under an id not known.

        It may be another unit with the same values, or the same unit under another id: then it is
        answered by networks that were trained on it.
        """
        alike = np.isin(inputs.digests[:, 0], self._contents)
        return alike & ~self._found(inputs.keys)[1]

    def single(self, keys: Keys) -> Keys:
        """Return keys of units that one network each answers, drawn by the given keys.

        Rows that no network was trained on are answered by the mean of all, whose scores spread
        less than those of one. Where they are compared with rows that were, they must be answered
        by one network too: ask with these keys in the place of their own. A row that was trained
        on keeps its key, and so the network that never saw it.
        """
        if self._folds is None:
            return keys
        _, first = np.unique(self._folds, return_index=True)
        drawn = uniforms(keys, "single") * len(first)
        stand_ins: Keys = self._keys[first[drawn.astype(np.int64)]]
        return np.where(self.parts(keys) == 0, stand_ins, keys)

    def represent(self, inputs: Inputs) -> Representation:
        """Return the rows as numbers: the same ones for every network."""
        return self.layout.represent(inputs)

    def logits(self, part: int) -> "Callable[[torch.Tensor], torch.Tensor]":
        """Return the function from representations to logits of the part that answers.

        Where that is the mean of several networks, they are the logarithms of its probabilities.
        """
        if self._folds is None:
            return self.networks[0]
        return self._mean if part == 0 else self.networks[part - 1]

    def predict(self, inputs: Inputs) -> Matrix:
        """Return the probability of each class, shape (n, k)."""
        import torch

        found = np.empty((len(inputs), len(self.classes)))
        parts = self.parts(inputs.keys)
        with one_thread(), torch.inference_mode():
            for part in np.unique(parts):
                logits = self.logits(int(part))
                rows = np.flatnonzero(parts == part)
                for start in range(0, len(rows), _CHUNK):
                    some = rows[start : start + _CHUNK]
                    values = self.represent(inputs.take(some)).values  # stays in the cache
                    answer = logits(torch.from_numpy(values))
                    found[some] = torch.softmax(answer, dim=1).numpy()
        return found

    @classmethod
    def load(cls, folder: Path | str) -> "TableModel":
        """Read a folder that `save` or the training wrote.

        Raises
        ------
        SubjectError
            If it is not there, not whole, or of another kind or version.
        MissingError
            If torch is not installed.

        """
        folder = Path(folder)
        with needing("a model of tables"):
            from audit.models.network import Network
        said, tensors, digest = read_folder(folder)
        features = [entry.feature() for entry in said.features]
        try:
            keys, contents, folds = _seen(said, tensors)
            found = cls(
                features=features,
                classes=said.classes,
                hidden=said.hidden,
                networks=_networks(Network, said, features, tensors),
                keys=keys,
                contents=contents,
                folds=folds,
            )
        except (KeyError, RuntimeError, ValueError, TypeError, IndexError) as problem:
            msg = f"{folder / WEIGHTS}: the weights do not fit {DESCRIPTION}"
            raise SubjectError(msg) from problem
        found.__dict__["digest"] = digest
        found.training_record = read_record(folder)
        return found

    def save(self, folder: Path | str) -> None:
        """Write the folder; a folder that is killed half-way holds no model."""
        write_folder(Path(folder), self.files())

    def files(self) -> dict[str, bytes]:
        """Return the content of the files, by name."""
        from safetensors.torch import save

        weights = save(self._tensors())
        description = Description(
            protocol=self.protocol,
            folds=None if self._folds is None else len(self.networks),
            classes=self.classes,
            hidden=self.hidden,
            features=tuple(
                FeatureEntry(name=each.name, kind=each.kind, levels=each.levels)
                for each in self.features
            ),
        )
        return {WEIGHTS: weights, DESCRIPTION: description.bytes(weights)}

    def _mean(self, values: "torch.Tensor") -> "torch.Tensor":
        import torch

        each = [torch.log_softmax(network(values), dim=1) for network in self.networks]
        return torch.logsumexp(torch.stack(each), dim=0) - float(np.log(len(each)))

    def _found(self, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return each key's place among those that were trained on, and whether it is there."""
        if not len(self._keys):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return place, self._keys[place] == keys

    def _tensors(self) -> "dict[str, torch.Tensor]":
        import torch

        known = {"keys": self._keys, "contents": self._contents}
        found = {name: torch.from_numpy(v.view(np.int64).copy()) for name, v in known.items()}
        if self._folds is not None:
            found["folds"] = torch.from_numpy(self._folds)
        for place, network in enumerate(self.networks):
            for name, value in network.state_dict().items():
                kept = value if name in {"mean", "scale"} else value.float()
                found[f"network.{place}.{name}"] = kept.contiguous()
        return found


def _seen(
    said: Description, tensors: "dict[str, torch.Tensor]"
) -> tuple[Keys, Keys, NDArray[np.int64] | None]:
    """Take what was trained on, and its folds, out of the tensors."""
    keys, contents = (tensors.pop(name).numpy().view(np.uint64) for name in ("keys", "contents"))
    if said.folds is None:
        return keys, contents, None
    folds = tensors.pop("folds").numpy().astype(np.int64)
    if folds.shape != keys.shape or folds.min(initial=0) < 0 or folds.max(initial=0) >= said.folds:
        msg = "folds"
        raise ValueError(msg)
    return keys, contents, folds


def _networks(
    kind: "type[Network]",
    said: Description,
    features: Sequence[Feature],
    tensors: "dict[str, torch.Tensor]",
) -> "list[Network]":
    """Rebuild the networks, claiming no memory for weights that are not there."""
    import torch

    found, layout = [], Layout(features=tuple(features))
    if not all(value.isfinite().all() for value in tensors.values()):
        msg = "not finite"
        raise ValueError(msg)
    for place in range(said.folds or 1):
        own = f"network.{place}."
        with torch.device("meta"):
            network = kind(layout, classes=len(said.classes), hidden=said.hidden)
        state = {n.removeprefix(own): v for n, v in tensors.items() if n.startswith(own)}
        network.load_state_dict(state, assign=True)
        found.append(network)
    return found
