"""What `[[gate]]` and `[[waiver]]` say, and the kinds of value that every table is made of."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from audit.data.levels import level_text
from audit.demands import Demand
from audit.record import Severity, Waiver
from audit.results import About

LONGEST_WAIVER: Final = dt.timedelta(days=180)


_SHORTEST_REASON: Final = 20


Scalar = str | int | float | bool


Name = Annotated[str, Field(min_length=1)]


Number = Annotated[float, Strict()]  # true is no 1


Whole = Annotated[int, Strict()]


Person = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class StrictTable(BaseModel):
    """A table without other keys than its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GateTable(StrictTable):
    """A limit on one metric."""

    check: Name
    metric: Name
    name: str = ""
    about: dict[str, Scalar | list[str]] | None = None
    at_most: Number | None = None
    at_least: Number | None = None
    within: tuple[Number, Number] | None = None
    not_worse_by: Number | None = None
    tolerate: Number | tuple[Number, Number] | None = None
    severity: Severity = Severity.BLOCK
    why: str = ""

    def demand(self) -> Demand:
        """Return the gate as it is asked for; levels become text."""
        values = self.model_dump(exclude={"about"})
        return Demand(**values, about=None if self.about is None else _about(self.about))


class WaiverTable(StrictTable):
    """An approved exception."""

    gate: Name
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=_SHORTEST_REASON)]
    owner: Person
    approver: Person
    expires: dt.date
    ceiling: Annotated[Number, Field(allow_inf_nan=False)] | None = None

    @field_validator("approver")
    @classmethod
    def _two_people(cls, value: str, info: ValidationInfo) -> str:
        if value.casefold() == info.data.get("owner", "").casefold():
            msg = "must be somebody else than owner"
            raise ValueError(msg)
        return value

    @field_validator("expires")
    @classmethod
    def _soon(cls, value: dt.date, info: ValidationInfo) -> dt.date:
        last = (info.context or {})["today"] + LONGEST_WAIVER
        if value > last:
            msg = f"must be within {LONGEST_WAIVER.days} days, by {last}, but is {value}"
            raise ValueError(msg)
        return value

    def waiver(self) -> Waiver:
        """Return the waiver, not yet used."""
        return Waiver(**self.model_dump())


def _about(about: Mapping[str, Any]) -> About:
    return About({name: _level(name, value) for name, value in about.items()})


def _level(name: str, value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [text for each in value if (text := level_text(each)) is not None]
    return value if name == "severity" else level_text(value) or ""
