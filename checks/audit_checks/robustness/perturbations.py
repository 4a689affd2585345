"""Changes of a text that should not change what is decided about it."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audit.draws import uniforms
from audit.probes.numbers import renumbered
from audit.probes.phrases import Phrases, Replaced
from audit.texts import Texts, as_array
from audit_checks.robustness.word_files import Group, Lists, our_lists

NUMBERS: Final = "numbers"
ADDITIONS: Final = "additions"
OURS: Final = ("names", "places", NUMBERS, "contractions", ADDITIONS)
Change: TypeAlias = Callable[[str, float], Replaced]
"""From a text and a draw in (0, 1) to the text as it is then, or as it was."""
_RULE: Final = "a rule: moved by one or two, unless it is a price, a date, a share or a rating"


@dataclass(frozen=True, kw_only=True, slots=True)
class Perturbation:
    """A change, and where its words are from."""

    name: str
    change: Change
    source: str
    digest: str = ""

    def applied(self, texts: Texts, draws: int, seed: int) -> "Applied":
        """Change every text `draws` times; those that it leaves as they are, are left out."""
        rows: list[int] = []
        values: list[str] = []
        pairs: list[tuple[tuple[str, str], ...]] = []
        for draw in range(draws):
            drawn = uniforms(texts.keys, "perturbation", self.name, draw, seed)
            for row, (text, u) in enumerate(zip(texts.values, drawn.tolist(), strict=True)):
                made = self.change(text, u)
                if made.text != text:
                    rows.append(row)
                    values.append(made.text)
                    pairs.append(made.pairs)
        places = np.array(rows, dtype=np.int64)
        changed = Texts(values=as_array(values), keys=texts.keys[places])
        return Applied(rows=places, texts=changed, pairs=pairs)


@dataclass(frozen=True, kw_only=True, eq=False)
class Applied:
    """Changed texts, which text each came from, and what was exchanged in it."""

    rows: NDArray[np.int64]
    texts: Texts
    pairs: list[tuple[tuple[str, str], ...]]


def perturbations(names: Collection[str], lists: Lists | None) -> Iterator[Perturbation]:
    """Make ours that are named, and one of each set of the user's."""
    for name in OURS:
        if name in names:
            yield _ours(name)
    if lists is not None:
        for name, groups in lists.sets.items():
            change = Phrases(groups=groups).exchanged
            yield Perturbation(name=name, change=change, source=lists.source, digest=lists.digest)


def _ours(name: str) -> Perturbation:
    if name == NUMBERS:
        return Perturbation(name=name, change=renumbered, source=_RULE)
    lists = our_lists(name)
    groups = lists.sets[name]
    change = (
        partial(_with_one, groups[0]) if name == ADDITIONS else Phrases(groups=groups).exchanged
    )
    return Perturbation(name=name, change=change, source=lists.source, digest=lists.digest)


def _with_one(sentences: Group, text: str, draw: float) -> Replaced:
    """Put a sentence behind a text, or in front of it."""
    at = draw * len(sentences)
    sentence = sentences[int(at)]
    in_front = at % 1 < _HALF
    parts = (sentence, text) if in_front else (text.rstrip(), sentence)
    return Replaced(text=" ".join(parts), pairs=(("", sentence),))


_HALF: Final = 0.5
