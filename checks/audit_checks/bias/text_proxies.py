"""How well the places of texts in a model's space tell the levels of a group."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.draws import chosen
from audit.inputs import Matrix
from audit.subjects import Subject
from audit.text_predictors import Embeds
from audit.texts import Texts
from audit.units import Group
from audit_checks.amounts import amounts_of
from audit_checks.cross_fitting import Flags, Folds, embedded_scores, folds_of

METHOD: Final = "logistic regression on the embeddings"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """How many texts are used, and in how many parts."""

    folds: int
    most_rows: int
    """Of more, as many are drawn by their ids."""
    seed: int


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedTexts:
    """The texts with a judged level, and where each lies."""

    group: Group
    texts: Texts
    places: Matrix
    codes: NDArray[np.int64]
    folds: Folds
    left_out: int
    seed: int

    def scores(self) -> Matrix:
        """Score each text for each level, by fits that never saw it."""
        found = embedded_scores(self.places, self.texts.keys, self.codes, self.folds, self.seed)
        missing = len(self.group.judged) - found.shape[1]
        return np.column_stack([found, np.full((len(found), missing), 0.5)])

    def details(self, positive: Flags) -> dict[str, Any]:
        """Say what was learnt from."""
        return {
            "rows": len(positive),
            "rows of the level": int(positive.sum()),
            "rows not judged": self.left_out,
            "folds": self.folds.count,
            "seed": self.seed,
            "classifier": METHOD,
            "numbers of an embedding": self.places.shape[1],
        }


def judged_texts(subject: Subject, model: Embeds, group: Group, cut: Cut) -> JudgedTexts:
    """Take the texts with a judged level, at most so many, and place them."""
    times = amounts_of(subject.units).times
    rows = np.repeat(np.arange(len(times)), times)
    codes = subject.group_codes(group.name)[rows]
    judged = codes >= 0
    texts, codes = subject.texts.take(rows[judged]), codes[judged]
    used = chosen(texts.keys, cut.most_rows, "proxies", cut.seed)
    texts = texts.take(used)
    return JudgedTexts(
        group=group,
        texts=texts,
        places=model.embed(texts),
        codes=codes[used],
        folds=folds_of(texts, cut.folds, cut.seed),
        left_out=int((~judged).sum()),
        seed=cut.seed,
    )
