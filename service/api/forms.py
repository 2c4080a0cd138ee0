"""What the calls take."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from service.api.values import (
    Body,
    Day,
    DayOrClock,
    DayOrMoment,
    Limit,
    LinkKind,
    ModeName,
    Moment,
    Query,
    StatusName,
)


class SlotsQuery(Query):
    """``start`` and ``end`` are dates in ``tz``, else in the provider's zone; ``end`` is exclusive."""

    service: str
    start: Day | None = None
    end: Day | None = None
    tz: str | None = None
    mode: ModeName | None = None
    client_token: str | None = None
    client: str | None = Field(None, description="A client's id; for staff.")


class NextQuery(Query):
    service: str
    mode: ModeName | None = None
    limit: int = Field(5, ge=1, le=50)


class AskQuery(Query):
    client: str | None = Field(None, description="A client's id; for staff.")


class Person(Body):
    name: str
    email: str
    phone: str = ""


class RecurrenceBody(Body):
    """A weekly RRULE with COUNT or UNTIL, or further ``dates``; ``skip`` leaves dates out, ``instead`` names other
    starts for some of them. Dates are in the provider's zone."""

    rrule: str | None = None
    dates: list[Day] = Field(default_factory=list, max_length=52)
    skip: list[Day] = Field(default_factory=list, max_length=52)
    instead: dict[Day, Moment] = Field(default_factory=dict)


class RequestBody(Body):
    """``mode`` may be left out if one is possible. ``timezone`` and ``locale`` are the client's own.

    Without a ``locale`` the client is written to in the practice's first language. ``privacy`` is the SHA-256 of the
    privacy text that the client was shown and accepted, empty if it was not accepted; left out: it was not shown.
    """

    service: str
    start: Moment
    mode: ModeName | None = None
    client: Person
    note: str = ""
    client_token: str | None = None
    recurrence: RecurrenceBody | None = None
    timezone: str | None = None
    locale: str | None = Field(None, pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,2}$")
    privacy: str | None = None


class WishBody(Body):
    """``privacy`` as for requests."""

    text: str
    client: Person
    client_token: str | None = None
    privacy: str | None = None


class RequestsQuery(Query):
    status: list[StatusName] = Field(default_factory=list)
    provider: str | None = None
    cursor: str | None = None
    limit: Limit = 50


class WaitBody(Body):
    """``days``: 0 is Monday, none: any. ``from`` and ``until`` are inclusive dates. ``privacy`` as for requests."""

    service: str
    client: Person
    mode: ModeName | None = None
    days: list[int] = Field(default_factory=list, max_length=7)
    part: Literal["any", "morning", "afternoon", "evening"] = "any"
    from_date: Day | None = Field(None, alias="from")
    until: Day | None = None
    client_token: str | None = None
    timezone: str | None = None
    privacy: str | None = None


ScopeName = Literal["this", "following", "all"]


class ScopeBody(Body):
    """Of a series: this date, this and all after it, or all dates."""

    scope: ScopeName = "all"


class CancelBody(Body):
    """Of a series: this date, this and all after it, or all dates."""

    scope: ScopeName = "this"


class DeclineBody(ScopeBody):
    """``refer_to`` is the slug of another provider of the practice."""

    message: str = ""
    refer_to: str | None = None


class MessageBody(CancelBody):
    message: str = ""


class StartBody(Body):
    start: Moment


class MoveBody(CancelBody):
    """``start`` is that of the request; further dates of its series are moved by as much on the wall clock."""

    start: Moment


class ProviderBody(Body):
    """The slug of a provider of the practice."""

    provider: str


class StartsBody(Body):
    starts: list[Moment] = Field(min_length=1, max_length=3)


class TimesQuery(Query):
    """``start`` and ``end`` are dates in ``tz``, else in the provider's zone; ``end`` is exclusive."""

    start: Day | None = None
    end: Day | None = None
    tz: str | None = None


class ExplainQuery(Query):
    service: str
    start: Moment
    client: str | None = None
    mode: ModeName | None = None


class BusyQuery(Query):
    start: DayOrMoment
    end: DayOrMoment


class PageQuery(Query):
    """``cursor`` is what the page before gave as ``next``."""

    cursor: str | None = None
    limit: Limit = 50


class EventBody(Body):
    """Dates for all day, ``end`` exclusive; else times with their offset, or wall clocks of ``timezone``.

    ``rrule`` is an RRULE without its name. ``timezone`` is the wall clock that a series keeps; the provider's if left
    out.
    """

    title: str
    start: DayOrClock
    end: DayOrClock
    all_day: bool | None = None
    transparency: Literal["opaque", "transparent"] = "opaque"
    rrule: str | None = None
    timezone: str | None = None


class EventChangesBody(Body):
    """What is left out stays. ``rrule`` null: it no longer repeats. A new ``start`` alone keeps the length."""

    title: str = ""
    start: DayOrClock | None = None
    end: DayOrClock | None = None
    all_day: bool | None = None
    transparency: Literal["opaque", "transparent"] = "opaque"
    rrule: str | None = None
    timezone: str | None = None

    @model_validator(mode="after")
    def _times_are_times(self) -> Self:
        for name in ("start", "end"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} may be left out, but not be null")
        return self


class SyncBody(Body):
    """``full``: read everything again, not only what changed."""

    full: bool = False


class DeletionsBody(Body):
    action: Literal["confirm", "restore"]


class HoldsQuery(Query):
    provider: str | None = None


class ReplayQuery(Query):
    """``weeks``: how many whole weeks before this one."""

    weeks: int = Field(8, ge=1, le=26)


class DateBody(Body):
    """A day of the week, or the date, that is meant; in the provider's zone."""

    date: Day


class LinkBody(Body):
    kind: LinkKind = "sign_in"
