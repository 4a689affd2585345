"""What became of each text under a search for words that turn it."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audit import excerpts
from audit.predictors import Model
from audit.probes.word_attack import Fate, Outcome, Rules
from audit.protocol import Context
from audit.results import Json
from audit.stats.counts import Count
from audit.stats.searched import surviving_rate
from audit.texts import Texts
from audit.words import words_of
from audit_checks.robustness.variants import decided

_POINTS = 4
"""Of the curve over the questions that were asked."""


@dataclass(frozen=True, kw_only=True)
class Hunted:
    """Texts, and how the search for each ended."""

    texts: Texts
    labels: NDArray[np.int64]
    outcomes: list[Outcome]
    rules: Rules
    model: Model[Texts]

    @cached_property
    def able(self) -> int:
        """Texts with a word that may be replaced."""
        return sum(
            any(self.rules.candidates(word.text) for word in words_of(text) if word.named)
            for text in self.texts.values
        )

    @property
    def robust(self) -> Count:
        """Texts that are right and were not broken; an exhausted budget is no failure."""
        return self._robust(self.rules.queries)

    @property
    def broken(self) -> Count:
        """Texts that were broken, of those that are right."""
        right = sum(each.fate is not Fate.WRONG for each in self.outcomes)
        return Count(k=sum(each.fate is Fate.BROKEN for each in self.outcomes), n=right)

    def details(self, context: Context) -> dict[str, Json]:
        """Return the four counts, and what follows from them."""
        fates = Counter(each.fate for each in self.outcomes)
        broken = [each for each in self.outcomes if each.fate is Fate.BROKEN]
        told: dict[str, Json] = {str(fate): fates[fate] for fate in Fate}
        told["texts without a word to replace"] = len(self.texts) - self.able
        if broken:
            told["words replaced where it broke"] = float(np.mean([e.changed for e in broken]))
        steps = sorted({max(self.rules.queries * at // _POINTS, 1) for at in range(1, _POINTS + 1)})
        told["curve"] = [self._point(queries, context) for queries in steps]
        return told

    def examples(self) -> list[Json]:
        """Show texts that broke, those with the fewest words replaced first."""
        rows = [row for row, each in enumerate(self.outcomes) if each.fate is Fate.BROKEN]
        rows.sort(key=lambda row: self.outcomes[row].changed)
        return [self._example(row) for row in rows[: excerpts.MOST]]

    def _example(self, row: int) -> Json:
        one = self.texts.take(np.array([row, row]))
        text = self.outcomes[row].text
        before, after = self.model.predict(one.having([one.values[0], text]))
        return {
            "parts": excerpts.changed(one.values[0], text),
            "label": self.model.classes[self.labels[row]],
            "before": decided(before, self.model.classes),
            "after": decided(after, self.model.classes),
        }

    def _robust(self, queries: int) -> Count:
        """Count the texts that a search of so many questions would leave."""
        lost = sum(
            each.fate is Fate.WRONG or (each.fate is Fate.BROKEN and each.queries <= queries)
            for each in self.outcomes
        )
        return Count(k=len(self.outcomes) - lost, n=len(self.outcomes))

    def _point(self, queries: int, context: Context) -> Json:
        count = self._robust(queries)
        high = surviving_rate(count, level=context.confidence).high
        return {"queries": queries, "robust accuracy": count.k / count.n, "high": high}
