"""Several variants of each text, as one number a text: the unit of every interval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit import excerpts
from audit.inputs import Matrix
from audit.protocol import Context
from audit.results import Estimate, Json
from audit.stats.counts import Count
from audit.stats.means import mean, mean_paired_difference
from audit.stats.paired import Pairs, attainable_paired, paired_rate_difference
from audit.stats.proportions import rate


@dataclass(frozen=True, kw_only=True, eq=False)
class Variants:
    """How variants of texts are answered, beside the texts as they are.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        The text that each came from.
    labels : ndarray of int64, shape (m,), optional
        The true class of that text.
    before, after : ndarray of float, shape (m, k)
        Probabilities of the text, and of its variant.
    originals, texts : ndarray of str, shape (m,)
        The text and its variant.

    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    before: Matrix
    after: Matrix
    originals: NDArray[np.object_]
    texts: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, held: NDArray[np.bool_]) -> "Variants":
        """Return some of the variants."""
        return Variants(
            rows=self.rows[held],
            labels=None if self.labels is None else self.labels[held],
            before=self.before[held],
            after=self.after[held],
            originals=self.originals[held],
            texts=self.texts[held],
        )

    @property
    def clusters(self) -> int:
        """Texts that have a variant."""
        return len(np.unique(self.rows))

    @property
    def single(self) -> bool:
        """Whether no text has two."""
        return self.clusters == len(self.rows)

    @property
    def flipped(self) -> NDArray[np.bool_]:
        """Say which variants are decided otherwise than their text."""
        return np.asarray(self.before.argmax(axis=1) != self.after.argmax(axis=1))

    def means(self, values: Matrix) -> Matrix:
        """Return the mean over the variants of each text, in rising order.

        So the order of the texts changes no last bit of a sum.
        """
        _, places, counts = np.unique(self.rows, return_inverse=True, return_counts=True)
        return np.sort(np.bincount(places, weights=values) / counts)

    def flip_rate(self, context: Context) -> Estimate:
        """Estimate the share of changed decisions; a flawless model changes none."""
        level, n = context.confidence, self.clusters
        if self.single:
            found = rate(Count(k=int(self.flipped.sum()), n=n), level=level)
            never = rate(Count(k=0, n=n), level=level)
        else:
            values = self.means(self.flipped.astype(np.float64))
            found = mean(values, level=level, bounds=(0, 1))
            never = mean(np.zeros(n), level=level, bounds=(0, 1))
        return replace(found, attainable=never.high, flawless=0.0)

    def accuracy_drop(self, context: Context) -> Estimate:
        """Estimate by how much the accuracy falls; a flawless model's does not."""
        level = context.confidence
        first, second = self._right(self.before), self._right(self.after)
        if not self.single:
            lost = self.means(first.astype(np.float64) - second)
            return mean_paired_difference(lost, level=level, bounds=(-1, 1))
        pairs = Pairs(
            both=int((first & second).sum()),
            new_only=int((first & ~second).sum()),
            old_only=int((~first & second).sum()),
            neither=int((~first & ~second).sum()),
        )
        attainable = attainable_paired(pairs, level=level, rng=context.rng, better="low")
        return replace(paired_rate_difference(pairs, level=level), attainable=attainable)

    @property
    def details(self) -> dict[str, Json]:
        """What a reader needs beside the number."""
        shift = np.abs(self.after - self.before).max(axis=1)
        told: dict[str, Json] = {
            "variants": len(self),
            "flips": int(self.flipped.sum()),
            "mean shift of the score": float(self.means(shift).mean()),
        }
        if self.labels is not None:
            for name, scores in (("clean", self.before), ("perturbed", self.after)):
                right = self._right(scores).astype(np.float64)
                told[f"accuracy {name}"] = float(self.means(right).mean())
        return told

    def examples(self, classes: Sequence[str]) -> list[Json]:
        """Show variants that are decided otherwise, one a text, the largest shifts first."""
        shift = np.abs(self.after - self.before).max(axis=1)
        shown: dict[int, Json] = {}
        for at in np.argsort(-np.where(self.flipped, shift, -1.0), kind="stable").tolist():
            if not self.flipped[at] or len(shown) == excerpts.MOST:
                break
            shown.setdefault(int(self.rows[at]), self._example(at, classes))
        return [*shown.values()]

    def _example(self, at: int, classes: Sequence[str]) -> Json:
        told: dict[str, Json] = {
            "parts": excerpts.changed(self.originals[at], self.texts[at]),
            "before": decided(self.before[at], classes),
            "after": decided(self.after[at], classes),
        }
        if self.labels is not None:
            told["label"] = classes[self.labels[at]]
        return told

    def _right(self, scores: Matrix) -> NDArray[np.bool_]:
        return np.asarray(scores.argmax(axis=1) == self.labels)


def decided(scores: Matrix, classes: Sequence[str]) -> dict[str, Json]:
    """Return the class of a text and its probability, as an example says them."""
    place = int(scores.argmax())
    return {"class": classes[place], "score": round(float(scores[place]), 4)}
