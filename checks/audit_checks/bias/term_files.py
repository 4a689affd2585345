"""Terms that name a group of people, read from a file: one of ours or the user's."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from audit.errors import ConfigError, nearest
from audit.files import located, sha256_of
from audit.stats.counts import FEWEST_GROUPS
from audit.words import words_of

OURS: Final = ("age", "gender", "nationality", "race", "religion")
SLOT: Final = "{term}"
_KEYS: Final = frozenset(
    {"attribute", "groups", "source", "guards", "templates", "fronts", "swaps"}
)
_SWAP_KEYS: Final = frozenset({"where", "terms"})


class Where(StrEnum):
    """Where a word must stand to be the term."""

    ANYWHERE = "anywhere"
    POSSESSIVE = "possessive"  # before what is owned: "her dress"
    OBJECT = "object"  # before none: "for her."
    PERSON = "person"  # before a word for people: "an old man"
    NAME = "name"  # with a capital letter


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """Terms that say the same of each group, in the order of the groups."""

    terms: tuple[str, ...]
    where: Where = Where.ANYWHERE

    def __str__(self) -> str:
        return " / ".join(self.terms)


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The terms of one attribute."""

    attribute: str
    groups: tuple[str, ...]
    source: str
    """Where the terms, and the groups that they stand for, are from."""
    digest: str
    """sha256 of the file."""
    swaps: tuple[Form, ...] = ()
    """Words that are swapped where a text has them."""
    fronts: tuple[Form, ...] = ()
    """Terms of a sentence that is put in front of a text that has none."""
    templates: tuple[str, ...] = ()
    """Such sentences, the same for all groups but for `{term}`."""
    guards: frozenset[str] = frozenset()
    """Words beside which another group makes no sense, such as "pregnant"."""

    @property
    def origin(self) -> dict[str, str]:
        """Where the terms are from, as a record says it."""
        return {"attribute": self.attribute, "source": self.source, "digest": self.digest}


def our_terms(attributes: Sequence[str]) -> list[Terms]:
    """Read the files that come with the check.

    Raises
    ------
    ConfigError
        If there is none for one of the attributes.

    """
    for name in attributes:
        if name not in OURS:
            msg = (
                f"checks.bias.counterfactual_swap: attributes must be of {', '.join(OURS)}, "
                f"but got {name!r}{nearest(name, OURS)}; others need a file in `terms`"
            )
            raise ConfigError(msg)
    folder = files("audit_checks") / "bias" / "terms"
    return [
        terms_of((folder / f"{name}.toml").read_bytes(), f"{name}.toml")
        for name in dict.fromkeys(attributes)
    ]


def read_terms(path: str) -> Terms:
    """Read a file of the user's own.

    Raises
    ------
    ConfigError
        If it cannot be read, or with every problem of what it says, a line each.

    """
    try:
        return terms_of(located(path).read_bytes(), path)
    except (OSError, UnicodeDecodeError) as problem:
        msg = f"{path}: the file of terms cannot be read; give the path of a text file in UTF-8"
        raise ConfigError(msg) from problem


def terms_of(held: bytes, source: str) -> Terms:
    """Read the bytes of a file."""
    try:
        said = tomllib.loads(held.decode())
    except tomllib.TOMLDecodeError as problem:
        msg = f"{source}: the file of terms must be TOML, but {problem}"
        raise ConfigError(msg) from problem
    problems = [*_shape_problems(said)] or [*_term_problems(said)]
    if problems:
        raise ConfigError("\n".join(f"{source}: {problem}" for problem in problems))
    return Terms(
        attribute=said["attribute"],
        groups=tuple(said["groups"]),
        source=said["source"],
        digest=sha256_of(held),
        swaps=tuple(
            Form(terms=tuple(terms), where=Where(swap.get("where", "anywhere")))
            for swap in said.get("swaps", ())
            for terms in swap["terms"]
        ),
        fronts=tuple(Form(terms=tuple(terms)) for terms in said.get("fronts", ())),
        templates=tuple(said.get("templates", ())),
        guards=frozenset(each.lower() for each in said.get("guards", ())),
    )


def _shape_problems(said: Mapping[str, Any]) -> Iterator[str]:
    """Name what is not there, not known or of another kind."""
    for key in sorted(said.keys() - _KEYS):
        yield f"there is no {key!r}{nearest(key, _KEYS)}"
    for key in ("attribute", "source"):
        if not (isinstance(said.get(key), str) and said[key].strip()):
            yield f"{key} must be a text that is not empty"
    for key in ("groups", "guards", "templates"):
        if not _is_words(said.get(key, [])):
            yield f"{key} must be a list of texts that are not empty"
    if not _are_forms(said.get("fronts", [])):
        yield "fronts must be a list of lists, each with one text a group"
    swaps = said.get("swaps", [])
    if not (isinstance(swaps, list) and all(map(_is_swap, swaps))):
        places = ", ".join(Where)
        yield f"each [[swaps]] must have terms, a list of lists, and where, of {places}"


def _repeats(forms: Sequence[Sequence[str]]) -> Iterator[str]:
    """Name terms that would be swapped for themselves."""
    for terms in forms:
        if len({each.lower() for each in terms}) < len(terms):
            yield f"{[*terms]} must have another term for each group, but repeats one"


def _term_problems(said: Mapping[str, Any]) -> Iterator[str]:
    """Name what contradicts itself."""
    groups = said.get("groups", [])
    if len(groups) < FEWEST_GROUPS or len(set(groups)) < len(groups):
        yield f"groups must name at least two, each once, but got {groups}"
        return
    swapped = [terms for swap in said.get("swaps", ()) for terms in swap["terms"]]
    fronts = said.get("fronts", [])
    for terms in [*swapped, *fronts]:
        if len(terms) != len(groups):
            yield f"{terms} must have one term a group, which are {', '.join(groups)}"
            return
    for term in sorted({each for terms in swapped for each in terms if len(words_of(each)) != 1}):
        yield f"a term that is swapped must be one word, but got {term!r}"
    placed = Counter(
        term for column in zip(*swapped, strict=True) for term in {each.lower() for each in column}
    )
    yield from _repeats([*swapped, *fronts])
    for term in sorted(term for term, columns in placed.items() if columns > 1):
        yield f"a term must be of one group, but {term!r} is of several"
    for template in said.get("templates", ()):
        if template.count(SLOT) != 1:
            yield f"a template must hold {SLOT} once, but got {template!r}"
    if bool(fronts) != bool(said.get("templates")):
        yield "fronts and templates must both be there, or neither"
    if not swapped and not fronts:
        yield "there must be terms, in [[swaps]] or in fronts"


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) and x.strip() for x in value)


def _are_forms(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_words, value))


def _is_swap(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= _SWAP_KEYS
        and _are_forms(value.get("terms"))
        and value.get("where", "anywhere") in [*Where]
    )
