"""The answers of a model of texts when a text speaks of another group."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Final

import numpy as np

from audit import excerpts
from audit.draws import chosen, uniforms
from audit.inputs import Matrix
from audit.predictors import Model
from audit.results import Json
from audit.stats.arrays import Floats
from audit.subjects import Subject
from audit.texts import Texts, joined
from audit.units import FEW_ROWS
from audit_checks.amounts import Amounts, amounts_of
from audit_checks.bias.swapping import Flags, Outcome, Swap, decisions
from audit_checks.bias.term_files import Terms
from audit_checks.bias.text_variants import How, Variants, variants_of

_MOST_FORMS: Final = 10
_OTHERWISE: Final = {How.INSIDE: "names one group", How.FRONT: str(How.NONE)}
"""What is said of texts that are fit for the other way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """Which texts are used, and what they become."""

    most_rows: int
    """Of more, as many are drawn by their ids."""
    seed: int
    """Of the draw of texts, and of the sentence in front of each."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SwappedTexts:
    """Texts as they would read of each group in one way, and what the model makes of them.

    The unit is the text: all its variants together are one row of each number.
    """

    terms: Terms
    variants: Sequence[Variants]
    """Of the texts that have some."""
    outcomes: Sequence[Outcome]
    """By group, those of these texts."""
    amounts: Amounts
    left_out: Counter[str]
    """Texts that are not used, by the reason."""
    classes: Sequence[str]
    answers: Sequence[Matrix]
    """By group, the probability of each class."""
    favorable: bool

    @cached_property
    def flips(self) -> Flags:
        """Whether two groups are decided otherwise, shape (n,)."""
        decided = np.stack([each.decided for each in self.outcomes])
        return np.asarray((decided != decided[0]).any(axis=0))

    @cached_property
    def shifts(self) -> Floats:
        """The largest change of the scores between two groups, shape (n,)."""
        pairs = combinations(self.outcomes, 2)
        return np.asarray(np.max([one.shifts(other) for one, other in pairs], axis=0))

    def details(self, level: float) -> dict[str, Any]:
        """Say which texts are not used, who gains, and by which terms."""
        found: dict[str, Any] = {
            "rows": self.amounts.rows,
            "rows without variants": {name: self.left_out[name] for name in sorted(self.left_out)},
            "source of the terms": self.terms.source,
            "digest": self.terms.digest,
            "swaps": self._swaps(level),
            "terms": self._forms(),
        }
        if self.favorable:
            found["groups"] = self._groups(level)
        return found

    def examples(self) -> list[Json]:
        """Return texts whose decision changes, those with the largest change first."""
        order = np.lexsort((np.arange(len(self.flips)), -self.shifts))
        places = [place for place in order if self.flips[place]][: excerpts.MOST]
        return [self._example(int(place)) for place in places]

    def _swaps(self, level: float) -> list[dict[str, Any]]:
        """Compare each two groups in the same texts."""
        groups = self.terms.groups
        return [
            Swap(
                source=groups[one],
                target=groups[other],
                before=self.outcomes[one],
                after=self.outcomes[other],
                amounts=self.amounts,
            ).details(level, favorable=self.favorable)
            for one, other in combinations(range(len(groups)), 2)
        ]

    def _groups(self, level: float) -> list[dict[str, Any]]:
        """Say in which direction each group moves the favourable score."""
        from scipy.stats import binomtest

        scores = np.stack([each.scores[:, 0] for each in self.outcomes])
        moved = scores - scores.mean(axis=0)
        told = []
        for name, shifts in zip(self.terms.groups, moved, strict=True):
            mean = self.amounts.mean(np.clip(shifts, -1, 1), level=level, bounds=(-1.0, 1.0))
            up, down = int((shifts > 0).sum()), int((shifts < 0).sum())
            p_value = float(binomtest(up, up + down).pvalue) if up + down else 1.0
            told.append(
                {
                    "group": name,
                    "shift": mean.value,
                    "shift low": mean.low,
                    "shift high": mean.high,
                    "rows up": up,
                    "rows down": down,
                    "p of the sign test": p_value,
                }
            )
        return told

    def _forms(self) -> list[dict[str, Any]]:
        """Name the terms whose swap flips most decisions; they are ours, not the data's."""
        rows: Counter[str] = Counter()
        flips: Counter[str] = Counter()
        for each, flipped in zip(self.variants, self.flips, strict=True):
            names = [str(form) for form in each.forms]
            rows.update(names)
            flips.update(names if flipped else [])
        best = sorted(rows, key=lambda name: (-flips[name], -rows[name], name))
        return [
            {"terms": name, "flips": flips[name], "rows": rows[name]} for name in best[:_MOST_FORMS]
        ]

    def _example(self, place: int) -> Json:
        held = self.variants[place].texts
        one, other = max(
            combinations(range(len(held)), 2),
            key=lambda pair: self._apart(place, *pair),
        )
        return {
            "parts": excerpts.changed(held[one], held[other]),
            "before": self._answer(place, one),
            "after": self._answer(place, other),
        }

    def _apart(self, place: int, one: int, other: int) -> tuple[bool, float]:
        row = np.arange(len(self.flips)) == place
        before, after = (self.outcomes[group].take(row) for group in (one, other))
        return bool(before.decided != after.decided), float(before.shifts(after)[0])

    def _answer(self, place: int, group: int) -> Json:
        scores = self.answers[group][place]
        decided = int(scores.argmax())
        return {"class": self.classes[decided], "score": float(scores[decided])}


def ways_of(subject: Subject, terms: Terms, *, insert: bool) -> list[How]:
    """Return how texts can be made to speak of another group: each is a number of its own.

    What flips only in texts that name a group would vanish among thousands that name none.
    """
    front = insert and bool(terms.templates)
    if not front:
        return [How.INSIDE]
    every = _every(subject.texts, terms, seed=0)
    named = sum(each.how is How.INSIDE for each in every)
    return [How.INSIDE, How.FRONT] if named >= FEW_ROWS else [How.FRONT]


def swapped_texts(
    subject: Subject, model: Model[Texts], terms: Terms, way: How, drawing: Drawing
) -> SwappedTexts:
    """Ask the model for the variants of some of the texts that have them in this way."""
    texts, units = subject.texts, subject.units
    every = _every(texts, terms, seed=drawing.seed)
    among = np.array([at for at, each in enumerate(every) if each.how is way], dtype=np.int64)
    salt = ("counterfactual_swap", terms.attribute, drawing.seed)
    used = among[chosen(texts.keys[among], drawing.most_rows, *salt)]
    held = [every[place] for place in used]
    answers = _answers(model, texts.take(used), held)
    return SwappedTexts(
        terms=terms,
        variants=held,
        answers=answers,
        outcomes=[decisions(units, model.classes, each) for each in answers],
        amounts=amounts_of(units).take(np.isin(np.arange(len(texts)), used)),
        left_out=Counter(_OTHERWISE.get(h, str(h)) for each in every if (h := each.how) is not way),
        classes=model.classes,
        favorable=bool(units.favorable),
    )


def _every(texts: Texts, terms: Terms, *, seed: int) -> list[Variants]:
    draws = uniforms(texts.keys, "front", "counterfactual_swap", terms.attribute, seed)
    return [variants_of(terms, text, draw) for text, draw in zip(texts.values, draws, strict=True)]


def _answers(model: Model[Texts], texts: Texts, variants: Sequence[Variants]) -> list[Matrix]:
    """Ask for all variants at once, so that those of like length pass together."""
    if not variants:
        return []
    columns = list(zip(*(each.texts for each in variants), strict=True))
    answers = model.predict(joined([texts.having(column) for column in columns]))
    return np.split(answers, len(columns))
