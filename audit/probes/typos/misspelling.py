"""Texts with mistakes in a share of their words; a larger share holds the mistakes of a smaller."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.draws import uniforms
from audit.inputs import Matrix
from audit.probes.typos.kinds import Edit, Typo
from audit.probes.word_draws import word_draws
from audit.texts import Texts, as_array
from audit.words import Word, words_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Misspelt:
    """Texts with mistakes, several of each text that can have one.

    Attributes
    ----------
    texts : Texts
        m of them; the key is that of the text that each came from.
    rows : ndarray of int64, shape (m,)
        The place of that text.
    kinds : ndarray of int64, shape (m,)
        The place of the kind of mistake.
    shares : ndarray of int64, shape (m,)
        The place of the share.
    words : ndarray of int64, shape (m,)
        How many words are wrong.

    """

    texts: Texts
    rows: NDArray[np.int64]
    kinds: NDArray[np.int64]
    shares: NDArray[np.int64]
    words: NDArray[np.int64]


def misspelt(
    texts: Texts, kinds: Sequence[Typo], shares: Sequence[float], draws: int, seed: int
) -> Misspelt:
    """Write every text `draws` times with mistakes in each share of its words.

    Parameters
    ----------
    texts : Texts
    kinds : sequence of Typo
        Each draw of a text is of another of those kinds that change it, in an order drawn from its
        key, until all have been; then they come again, with other draws.
    shares : sequence of float
        Of the words that the kind can change; at least one word.
    draws : int
    seed : int

    Returns
    -------
    Misspelt
        Ordered by text, draw and share. A text that no kind changes is not among them.

    """
    words = [words_of(each) for each in texts.values]
    counts = np.array([len(each) for each in words], dtype=np.int64)
    orders = _orders(texts, kinds, seed)
    held = [
        [word_draws(texts.keys, counts, part, draw, seed) for part in ("which", "where", "what")]
        for draw in range(draws)
    ]
    values: list[str] = []
    found: list[tuple[int, int, int, int]] = []
    for row, text in enumerate(texts.values):
        drawn = [_Drawn(*(part[row] for part in parts)) for parts in held]
        order = [kinds[place] for place in orders[row]]
        for kind, edits in _several(text, words[row], order, drawn):
            for place, share in enumerate(shares):
                taken = edits[: max(round(share * len(edits)), 1)]
                values.append(_written(text, taken))
                found.append((row, kinds.index(kind), place, len(taken)))
    rows, places, sizes, changed = np.array(found, dtype=np.int64).reshape(-1, 4).T
    return Misspelt(
        texts=Texts(values=as_array(values), keys=texts.keys[rows]),
        rows=rows,
        kinds=places,
        shares=sizes,
        words=changed,
    )


class _Drawn(NamedTuple):
    """Numbers in (0, 1) for each word of a text."""

    which: Matrix
    where: Matrix
    what: Matrix


def _orders(texts: Texts, kinds: Sequence[Typo], seed: int) -> list[list[int]]:
    drawn = np.column_stack([uniforms(texts.keys, "kind", each.name, seed) for each in kinds])
    orders: list[list[int]] = drawn.argsort(axis=1, kind="stable").tolist()
    return orders


def _several(
    text: str, words: list[Word], order: Sequence[Typo], drawn: Sequence[_Drawn]
) -> Iterator[tuple[Typo, list[Edit]]]:
    """Yield for each draw the next kind that changes the text, and what it does."""
    left, able = iter(order), list[Typo]()
    for draw, numbers in enumerate(drawn):
        tried = ((kind, _edits(text, words, kind, numbers)) for kind in left)
        new = next(((kind, edits) for kind, edits in tried if edits), None)
        if new is not None:
            able.append(new[0])
            yield new
        elif able:
            kind = able[draw % len(able)]
            if edits := _edits(text, words, kind, numbers):
                yield kind, edits


def _edits(text: str, words: list[Word], kind: Typo, drawn: _Drawn) -> list[Edit]:
    """Return what the kind does to each word that it changes, the first drawn first."""
    found = []
    for at in np.argsort(drawn.which, kind="stable").tolist():
        edit = kind.edit(text, words, at, float(drawn.where[at]), float(drawn.what[at]))
        if text[edit.start : edit.end] != edit.text:
            found.append(edit)
    return found


def _written(text: str, edits: Sequence[Edit]) -> str:
    parts, at = [], 0
    for edit in sorted(edits, key=lambda each: each.start):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])
