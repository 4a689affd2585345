"""Texts made of the user's templates: one a template, with every filling of its slots."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any, Final

from audit.draws import keys_of, uniforms
from audit.errors import ConfigError, nearest
from audit.texts import Texts, as_array
from audit_checks.robustness.word_files import is_said, read_text, read_toml

_KEYS: Final = frozenset({"source", "templates", "fills"})
_TEMPLATE_KEYS: Final = frozenset({"text", "label"})
_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A sentence with slots.

    Attributes
    ----------
    label : str
        The class that every filling must be given; "" if all must merely be given the same.

    """

    text: str
    label: str
    fills: Mapping[str, tuple[str, ...]]

    def cases(self, most: int, seed: int) -> list[str]:
        """Fill the slots in every way, or in `most` ways that are drawn."""
        slots = [*self.fills]
        if prod(map(len, self.fills.values())) <= most:
            return [self._filled(zip(slots, each, strict=True)) for each in self._ways(most)]
        keys = keys_of(f"{self.text} {case}" for case in range(most))
        drawn = {slot: uniforms(keys, "fill", slot, seed) for slot in slots}
        found = [
            self._filled(
                (slot, fill[int(drawn[slot][case] * len(fill))])
                for slot, fill in self.fills.items()
            )
            for case in range(most)
        ]
        return [*dict.fromkeys(found)]

    def texts(self, most: int, seed: int) -> Texts:
        """Return the cases as the model reads them."""
        cases = self.cases(most, seed)
        return Texts(values=as_array(cases), keys=keys_of(f"template {case}" for case in cases))

    def _ways(self, most: int) -> Iterator[tuple[str, ...]]:
        return islice(product(*self.fills.values()), most)

    def _filled(self, chosen: "Iterator[tuple[str, str]]") -> str:
        values = dict(chosen)
        return _SLOT.sub(lambda found: values[found.group(1)], self.text)


def read_templates(path: str) -> list[Template]:
    """Read a file of templates.

    Raises
    ------
    ConfigError
        If it cannot be read, or with every problem of what it says, a line each.

    """
    said = read_toml(read_text(path, "templates"), path, "templates")
    if problems := [*_problems(said)]:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))
    fills = {name: tuple(words) for name, words in said.get("fills", {}).items()}
    return [
        Template(
            text=each["text"],
            label=str(each.get("label", "")),
            fills={slot: fills[slot] for slot in dict.fromkeys(_SLOT.findall(each["text"]))},
        )
        for each in said["templates"]
    ]


def _problems(said: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(said.keys() - _KEYS):
        yield f"there is no {key!r}{nearest(key, _KEYS)}"
    if not is_said(said.get("source")):
        yield "source must say where the templates are from"
    fills = said.get("fills", {})
    if not isinstance(fills, dict):
        yield "[fills] must hold a list of words for each slot"
        fills = {}
    for name, words in fills.items():
        if not isinstance(words, list) or not words or not all(map(is_said, words)):
            yield f"fills.{name} must be a list of texts that are not empty"
    templates = said.get("templates")
    if not isinstance(templates, list) or not templates:
        yield "there must be at least one [[templates]] with a text"
        return
    for place, each in enumerate(templates, start=1):
        yield from _template_problems(each, f"template {place}", fills)


def _template_problems(said: object, where: str, fills: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(said, dict) or not is_said(said.get("text")):
        yield f"{where}: text must be a sentence, with slots such as {{item}}"
        return
    for key in sorted(said.keys() - _TEMPLATE_KEYS):
        yield f"{where}: there is no {key!r}{nearest(key, _TEMPLATE_KEYS)}"
    slots = _SLOT.findall(said["text"])
    for slot in dict.fromkeys(slots):
        if slot not in fills:
            yield f"{where}: fills must hold {slot!r}{nearest(slot, fills)}"
    if "label" in said and not isinstance(said["label"], (str, int)):
        yield f"{where}: label must be a class, but is {said['label']!r}"
    if "label" not in said and not slots:
        yield f"{where}: must have a label or a slot, since else there is nothing to compare"
