"""Kinds of value in queries and bodies: how they are written, and what is refused."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

# A plus sign that was not escaped in an address arrives as a blank.
_LOST_PLUS = re.compile(r"(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a date and time with its offset, as 2026-01-05T09:00:00-05:00")
    try:
        found = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", value))
    except ValueError:
        raise ValueError("must be a date and time with its offset, as 2026-01-05T09:00:00-05:00") from None
    if found.tzinfo is None or _DATE.fullmatch(value):
        raise ValueError("needs its offset, as 2026-01-05T09:00:00-05:00")
    return _within_years(found)


def _day_or_clock(value: object) -> object:
    """A date, an instant with its offset, or a wall clock."""
    if not isinstance(value, str):
        raise ValueError("must be a date, or a date and time, as 2026-01-05T09:00:00-05:00")
    if _DATE.fullmatch(value):
        return _day(value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a date, or a date and time, as 2026-01-05T09:00:00-05:00") from None
    return _within_years(found)


def _within_years(found: datetime) -> datetime:
    # The ends of the calendar leave no room for a zone or a week on either side.
    if not 1900 <= found.year <= 9000:
        raise ValueError("is too far away")
    return found


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date, as 2026-01-05")
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise ValueError("is no date of the calendar") from None
    if not 1900 <= found.year <= 9000:
        raise ValueError("is too far away")
    return found


def _day_or_moment(value: object) -> object:
    return _day(value) if isinstance(value, str) and _DATE.fullmatch(value) else _moment(value)


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""An instant with its offset."""
Day = Annotated[date, BeforeValidator(_day)]
DayOrMoment = Annotated[datetime | date, BeforeValidator(_day_or_moment)]
"""A date in the provider's zone, or an instant."""
DayOrClock = Annotated[datetime | date, BeforeValidator(_day_or_clock)]
"""A date, an instant, or a wall clock whose zone is stated beside it."""
ModeName = Literal["in_person", "telehealth"]
StatusName = Literal["pending", "accepted", "declined", "cancelled", "expired"]
LinkKind = Literal["sign_in", "new_appointment", "invitation"]
Limit = Annotated[int, Field(ge=1, le=200)]


class Query(BaseModel):
    """Parameters after the question mark. One that is not known is a mistake, and told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """A JSON object. Nothing in it is guessed: a number is no text, a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Answer(BaseModel):
    """The shape of an answer, for the description and for tests; answers themselves are plain documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Body):
    """A body without fields; it may be left out."""


Document = dict[str, Any]
