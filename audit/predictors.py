"""What can be asked of a model: shapes only. Any object of the shape will do.

A check sees a model through these protocols and never knows its kind. `Model` is what each can;
what only some can is asked with `isinstance`, since the protocols can be checked at run time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeIs, TypeVar  # its defaults are in Python's own from 3.13 on

from audit.draws import Keys
from audit.inputs import Feature, Inputs, Matrix
from audit.texts import Texts

if TYPE_CHECKING:
    import torch


class Batch(Protocol):
    """Rows that a model can be asked about: of a table, or texts."""

    @property
    def keys(self) -> Keys:
        """Of the units that they came from."""
        ...

    @property
    def digests(self) -> NDArray[np.uint64]:
        """What tells each row from others, shape (n, 2)."""
        ...

    @property
    def signature(self) -> str:
        """What tells these rows from those of another kind."""
        ...

    def __len__(self) -> int: ...

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Self:
        """Return some of the rows."""
        ...


Read_contra = TypeVar("Read_contra", bound=Batch, contravariant=True, default=Inputs)
"""What a model reads: rows of a table, if nothing else is said, or texts."""


@runtime_checkable
class Model(Protocol[Read_contra]):
    """It gives each class a probability; the largest is its decision."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, as levels are written, in the order of the probabilities."""
        ...

    @property
    def features(self) -> tuple[Feature, ...] | None:
        """What it reads; None if it reads whatever columns it is given."""
        ...

    @property
    def digest(self) -> str:
        """sha256 of what makes it answer as it does; "" if that cannot be known."""
        ...

    @property
    def protocol(self) -> str:
        """How it answers rows, for the record, e.g. `5-fold out of fold`."""
        ...

    def parts(self, keys: Keys) -> NDArray[np.int64]:
        """Return which of its parts answers the rows with these keys, shape (n,).

        0 for all, unless a row must be answered by a part of its own, such as the network that
        never saw its unit.
        """
        ...

    def predict(self, inputs: Read_contra, /) -> Matrix:
        """Return the probability of each class, shape (n, k); rows sum to 1.

        Raises
        ------
        SubjectError
            If it raises, takes too long, or answers with what is no probability.

        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Representation:
    """Inputs as the numbers in which a model is differentiable.

    Attributes
    ----------
    values : ndarray of float, shape (n, d)
    owners : ndarray of int64, shape (d,)
        The feature that each number came from.
    smooth : ndarray of bool, shape (d,)
        Whether it is the value of a number, in the number's own unit; not the place of a category
        or the mark of a missing value.

    """

    values: Matrix
    owners: NDArray[np.int64]
    smooth: NDArray[np.bool_]


@runtime_checkable
class Differentiable(Protocol):
    """A model with gradients."""

    def represent(self, inputs: Inputs) -> Representation:
        """Return the rows as numbers: the same ones for every part of the model."""
        ...

    def logits(self, part: int) -> "Callable[[torch.Tensor], torch.Tensor]":
        """Return the function from representations, shape (n, d), to logits, shape (n, k)."""
        ...


@runtime_checkable
class AnswersApart(Protocol[Read_contra]):
    """A model that knows the units it was trained on."""

    def trained_on(self, keys: Keys) -> NDArray[np.bool_]:
        """Say which rows would be answered by a network that was trained on them."""
        ...

    def familiar(self, inputs: Read_contra, /) -> NDArray[np.bool_]:
        """Say which rows have the values of a row that was trained on, under an id not known."""
        ...

    def single(self, keys: Keys) -> Keys:
        """Return keys that are answered by one network each, not by the mean of several."""
        ...


@runtime_checkable
class HasEstimator(Protocol):
    """A model around a fitted scikit-learn estimator, whose structure shap may know."""

    @property
    def estimator(self) -> Any:  # noqa: ANN401 - scikit-learn has no types
        """The estimator."""
        ...


@runtime_checkable
class NamesColumns(Protocol):
    """A model that knows which columns it reads, where it knows not what kind they are."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """Their names, in the order in which it reads them; None if it does not know."""
        ...


Rows = TypeVar("Rows", bound=Batch, default=Inputs)
"""What is read and given back."""


def reads_texts(model: Model | Model[Texts]) -> TypeIs["Model[Texts]"]:
    """Say whether a model reads texts: then it has an attribute `reads_texts` that is true."""
    return bool(getattr(model, "reads_texts", False))


class Trains(Protocol[Read_contra]):
    """It trains a copy of the model under audit on other rows."""

    def train(
        self, inputs: Read_contra, labels: NDArray[np.int64], *, seed: int
    ) -> Model[Read_contra]:
        """Train with the settings of the model under audit.

        Parameters
        ----------
        inputs : Inputs or Texts
            May hold other features than the model under audit.
        labels : ndarray of int64, shape (n,)
            Places among the classes of the model under audit.
        seed : int

        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """How much each feature added to an output.

    Attributes
    ----------
    values : ndarray of float, shape (n, f)
    output : ndarray of float, shape (n,)
        What is explained, at the row.
    base : ndarray of float, shape (n,)
        The same where the explanation starts; `values` should sum to `output - base`.
    method : str
        E.g. `shap permutation, 10 permutations, 20 background rows`.

    """

    values: Matrix
    output: Matrix
    base: Matrix
    method: str


class Explains(Protocol):
    """A method that attributes a model's output to its features."""

    def explain(
        self,
        model: Model,
        inputs: Inputs,
        targets: NDArray[np.int64],
        *,
        background: Inputs,
        seed: int,
    ) -> Attribution:
        """Explain the probability (or logit) of a class for each row.

        Parameters
        ----------
        model : Model
        inputs : Inputs
            n rows.
        targets : ndarray of int64, shape (n,)
            The place of the class whose output is explained, for each row.
        background : Inputs
            Rows that stand for "nothing known".
        seed : int

        """
        ...


@runtime_checkable
class Remembers(Protocol[Rows]):
    """A model that keeps what was computed for a row, so that it is computed once."""

    def remember(self, operation: str, inputs: Rows, compute: Callable[[Rows], Matrix]) -> Matrix:
        """Return what `compute` gives for each row, shape (n, …), asking it only for new ones.

        `operation` names the computation and all its settings.
        """
        ...


@runtime_checkable
class Randomizes(Protocol[Read_contra]):
    """A model of layers whose weights can be drawn anew."""

    def randomized(self, share: float, *, seed: int) -> Model[Read_contra]:
        """Return a copy whose lowest layers know nothing.

        Parameters
        ----------
        share : float
            Of the layers, from the one that reads the input upwards, in (0, 1]; at least one.
        seed : int

        """
        ...


@runtime_checkable
class Batches(Protocol[Read_contra]):
    """A model that says which rows should pass together."""

    def together(self, inputs: Read_contra, /) -> list[NDArray[np.int64]]:
        """Return the places of rows, each once, in groups that pass at once."""
        ...


@runtime_checkable
class Counts(Protocol):
    """A model that counts what it was asked."""

    @property
    def asked(self) -> int:
        """Distinct inputs that were asked for."""
        ...
