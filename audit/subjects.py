"""What is audited: the rows, and what they are compared with, and the model that answered them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audit.encoding import encode, texts_of
from audit.inputs import Feature, Inputs
from audit.predictors import Explains, Model, Trains
from audit.space import Space
from audit.text_predictors import ExplainsTexts
from audit.texts import Texts
from audit.units import Units


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Baseline:
    """The predecessor's predictions, or the reason why there is nothing to pair with."""

    name: str = ""
    """Its model and version."""
    units: Units | None = None
    why_not: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """What a check measures."""

    units: Units
    reference: Units | None = None
    """Rows to compare with, such as the training data."""
    baseline: Baseline | None = None
    model: Model | None = None
    """A model of a table that gave the predictions, if it is at hand; it answers each distinct
    input once."""
    trainer: Trains | None = None
    """Trains copies of that model on other rows."""
    explainer: Explains | None = None
    """The client's own explanation method; None lets a check choose one."""
    text_model: Model[Texts] | None = None
    """A model of texts that gave the predictions; there is at most one of the two."""
    text_trainer: Trains[Texts] | None = None
    text_explainer: ExplainsTexts | None = None

    @property
    def answerer(self) -> Model | Model[Texts] | None:
        """What gave the predictions, whatever it reads."""
        return self.model if self.model is not None else self.text_model

    @cached_property
    def inputs(self) -> Inputs:
        """The rows under test as the model reads them, or their features if there is none."""
        return self._inputs(self.units, self.model.features if self.model else None)

    @cached_property
    def background(self) -> Inputs:
        """The reference as the model reads it; the rows under test where there is none."""
        if self.reference is None:
            return self.inputs
        return self._inputs(self.reference, self.inputs.features)

    @cached_property
    def texts(self) -> Texts:
        """The texts under test."""
        return texts_of(self.units.table, self.units.roles.text, self.units.roles.id)

    @cached_property
    def reference_texts(self) -> Texts | None:
        """The texts of the reference; None if there is no reference, or no text in it."""
        if self.reference is None or not (name := self.reference.roles.text):
            return None
        return texts_of(self.reference.table, name, self.reference.roles.id)

    @cached_property
    def space(self) -> Space:
        """What is usual for each feature, in the rows under test.

        Not in the reference: one that is small, stale or in other units would make noise, bounds
        and slices empty, and a model that breaks under them would seem to hold.
        """
        return Space(inputs=self.inputs)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """The true class of each row, as its place among the model's classes; -1 is none."""
        classes = self.answerer.classes if self.answerer else self.units.classes
        key = self.units.keys["label"]
        return self.units.arrays({"label": key.codes(classes)})["label"].astype(np.int64)

    def group_codes(self, name: str) -> NDArray[np.int64]:
        """Return the place of each row's level among the judged levels of a group; -1 is none."""
        group = self.units.groups[name]
        codes = self.units.arrays({"level": self.units.keys[name].codes(group.judged)})["level"]
        return codes.astype(np.int64)

    @staticmethod
    def _inputs(units: Units, known: Sequence[Feature] | None) -> Inputs:
        names = units.roles.features_of(units.table)
        return encode(units.table, names, units.roles.id, known)
