"""What a check answers: a number with its uncertainty, or the reason why there is none."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

Value: TypeAlias = str | int | float | tuple[str, ...]
Json: TypeAlias = Any
"""What JSON can hold: None, bool, int, float, str, lists and mappings of them."""


class About(Mapping[str, Value]):
    """The part of the data that a question is about; `{}` is all of it.

    A mapping that never changes and can be hashed. It equals the dict of the same items, and
    `dict(about)` is what the record stores.

    Examples
    --------
    >>> about = About({"sex": "female", "race": "black"})
    >>> about == {"race": "black", "sex": "female"}, str(about)
    (True, 'race=black, sex=female')

    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Value | list[str]] | None = None) -> None:
        self._items: dict[str, Value] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in sorted((items or {}).items())
        }

    @property
    def on_request(self) -> bool:
        """Whether only a gate that names it reads it: a paired difference, an intersection."""
        return "versus" in self or isinstance(self.get("across"), tuple)

    @property
    def versus_baseline(self) -> "About":
        """The same part, as the paired difference with the predecessor."""
        return About({**self._items, "versus": "baseline"})

    def __getitem__(self, name: str) -> Value:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return f"About({self._items!r})"

    def __str__(self) -> str:
        return ", ".join(f"{name}={_plain(value)}" for name, value in self.items()) or "all"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> "CoreSchema":
        """Let pydantic read and write it as a plain mapping."""
        from pydantic_core import core_schema as cs

        values = cs.union_schema(
            [cs.int_schema(), cs.float_schema(), cs.str_schema(), cs.list_schema(cs.str_schema())]
        )
        return cs.no_info_after_validator_function(
            cls,
            cs.dict_schema(cs.str_schema(), values),
            serialization=cs.plain_serializer_function_ser_schema(dict),
        )


def _plain(value: Value) -> str:
    return " x ".join(value) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """The one address of an answer, shared by findings, gates, waivers and reports."""

    check: str
    """Id of the check, e.g. `bias.selection_rate`."""
    metric: str
    about: About = field(default_factory=About)
    intersection: bool = field(default=False, compare=False)
    """Whether `about` names a level of several groups at once, which no gate reads unasked."""

    @property
    def on_request(self) -> bool:
        """Whether only a gate that writes this very `about` reads it."""
        return self.intersection or self.about.on_request

    def __str__(self) -> str:
        return f"{self.check} {self.metric} ({self.about})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number that travels with its interval, its n and its method."""

    value: float
    low: float
    high: float
    level: float
    """Two-sided coverage that the interval aims at, in (0, 1)."""
    n: int
    """Rows behind the number."""
    method: str
    attainable: float | None = None
    """Tightest limit that a flawless model would pass with probability 0.8 at these counts."""
    flawless: float | None = None
    """The value of a flawless model: 0 for a gap, 1 for a ratio; None for a performance."""

    def __post_init__(self) -> None:
        """Refuse what is no measurement; an Unmeasured says that honestly."""
        if not all(map(math.isfinite, (self.value, self.low, self.high))):
            msg = f"value, low and high must be finite, but got {self}"
            raise ValueError(msg)
        if self.low > self.high or self.n < 1 or not 0 < self.level < 1:
            msg = f"low <= high, n >= 1 and 0 < level < 1 must hold, but got {self}"
            raise ValueError(msg)


class Better(StrEnum):
    """Which values of a metric are good."""

    LOW = "low"
    HIGH = "high"
    ZERO = "zero"
    NEITHER = "neither"  # it describes; no gate may read it


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A number that a check measures, and the range that it lies in."""

    name: str
    better: Better
    function: str
    """Where it is computed, e.g. `audit.stats.gaps.largest_gap`."""
    unit: str = "share"
    low: float = 0.0
    high: float | None = 1.0
    """None is no upper end."""
    needs: tuple[str, ...] = ()
    """Needs beyond those of its check, each an `audit.protocol.Need`."""
    paired: bool = False
    """Whether it has a paired difference with a predecessor."""
    search: bool = False
    """Whether it is the worst case found by a search, so that only FAIL is conclusive."""


class Cause(StrEnum):
    """Why a question has no number."""

    NEED = "need"  # the subject lacks what the check needs
    DATA = "data"  # the rows do not define it
    ERROR = "error"  # the check broke


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A question answered with a number."""

    question: Question
    estimate: Estimate
    details: Mapping[str, Json] = field(default_factory=dict)
    """What a reader needs beside the number, such as the points of a curve."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmeasured:
    """A question without a number. It is shown and counted, never dropped, and never passes.

    `reason` is a sentence with `{names}` for what differs from case to case, so that a page can
    say it in another language; `params` fills them. Text that comes from elsewhere, such as the
    message of an exception, belongs in `params`.

    Examples
    --------
    >>> question = Question(check="bias.selection_rate", metric="selection_rate")
    >>> Unmeasured(question=question, reason="no rows in {level}", params={"level": "f"}).text
    'no rows in f'

    """

    question: Question
    reason: str
    cause: Cause = Cause.DATA
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The reason, in English."""
        return fill(self.reason, self.params)


def fill(template: str, params: Mapping[str, str]) -> str:
    """Put each param in the place of its `{name}`; any other brace stays as it is."""
    parts = template.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        filled.append(f"{params[name]}{rest}" if closed and name in params else "{" + part)
    return "".join(filled)


Answer: TypeAlias = Finding | Unmeasured
