"""What is refused, under the name that the outside knows: /problems/NAME."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking.ladder import N_, Reason


class Problem(StrEnum):
    """One name per next step of whoever asked."""

    INVALID = "invalid"
    """The words of the request cannot be read; ``errors`` says which."""
    FORBIDDEN = "forbidden"
    """A call this role may never make."""
    NOT_FOUND = "not-found"
    """There is no such thing, or not for this asker: the two look alike."""
    NOT_BOOKABLE = "not-bookable"
    TOO_MANY_OPEN_REQUESTS = "too-many-open-requests"
    SLOT_UNAVAILABLE = "slot-unavailable"
    CALENDAR_UNREADABLE = "calendar-unreadable"
    WRONG_STATE = "wrong-state"
    EXPIRED = "expired"
    NO_WRITE_CALENDAR = "no-write-calendar"
    """None of the provider's calendars is there to be written to."""
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    IDEMPOTENCY_IN_PROGRESS = "idempotency-in-progress"


@dataclass(frozen=True, slots=True)
class FieldError:
    """``field`` is the name in the form or JSON body, dotted below ``client``; ``text`` is English, for people."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """A time on offer near one that is not; ``start`` and ``end`` in the provider's zone."""

    start: datetime
    end: datetime
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A date of a series that cannot be had, in the provider's zone, and times on offer near it."""

    start: datetime
    alternatives: tuple[Alternative, ...] = ()


class Refused(Exception):
    """Nothing was changed. ``text`` is English, kind, and tells nothing of other people."""

    def __init__(
        self,
        problem: Problem,
        text: str = "",
        *,
        alternatives: Iterable[Alternative] = (),
        errors: Iterable[FieldError] = (),
        clashes: Iterable[Clash] = (),
        cautions: Iterable[Reason] = (),
    ) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.text = text or TEXTS[problem]
        self.alternatives = tuple(alternatives)
        self.errors = tuple(errors)
        self.clashes = tuple(clashes)
        self.cautions = tuple(cautions)
        """What staff have to pass over on purpose, and did not say so."""


TEXTS = {
    Problem.INVALID: N_("Some of this cannot be read."),
    Problem.FORBIDDEN: N_("This is not yours to do."),
    Problem.NOT_FOUND: N_("There is nothing here."),
    Problem.NOT_BOOKABLE: N_("This cannot be booked online. Please call the practice."),
    Problem.TOO_MANY_OPEN_REQUESTS: N_(
        "You have asked for other times already. Please wait for the answer, or withdraw one of them."
    ),
    Problem.SLOT_UNAVAILABLE: N_("This time is not available."),
    Problem.CALENDAR_UNREADABLE: N_("The calendar cannot be read at the moment, so no time can be promised."),
    Problem.WRONG_STATE: N_("The request is no longer in a state in which this is possible."),
    Problem.EXPIRED: N_("The time to answer this request is over."),
    Problem.NO_WRITE_CALENDAR: N_(
        "No calendar of this provider is written to. Give one of them the role write, then try again."
    ),
    Problem.IDEMPOTENCY_KEY_REUSED: N_("This Idempotency-Key was used for another request."),
    Problem.IDEMPOTENCY_IN_PROGRESS: N_("A request with this Idempotency-Key is being worked on."),
}
"""The plain sentence for each problem where the place that refuses has no better one."""
