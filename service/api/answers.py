"""What the calls answer: the shapes of their documents. Times are ISO 8601 with an offset, or null."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from service.api.values import Answer, DayOrMoment, Moment

Freshness = Literal["fresh", "request_only", "closed"]
RequestStatus = Literal["pending", "accepted", "declined", "cancelled", "expired"]


class Service(Answer):
    code: str
    name: str
    minutes: int
    modes: list[str]
    new_clients: bool
    capacity: int


class Services(Answer):
    items: list[Service]
    next: str | None


class Slot(Answer):
    start: Moment
    end: Moment
    modes: list[str]


class Slots(Answer):
    """``checked_at``: the oldest reading of the provider's calendars; null if one was never read, or none counts."""

    timezone: str
    freshness: Freshness
    checked_at: Moment | None
    slots: list[Slot]


class NextSlot(Slot):
    provider: str


class NextSlots(Answer):
    slots: list[NextSlot]


class CreatedDate(Answer):
    id: str
    start: Moment


class Created(Answer):
    """``manage_url`` opens the client's page; whoever has it can cancel. ``dates``: all of a series, else the one."""

    id: str
    status: Literal["pending", "accepted"]
    start: Moment
    end: Moment
    expires_at: Moment | None
    manage_url: str
    dates: list[CreatedDate]


class Waits(Answer):
    """The link to the client's place goes to the mailbox alone, and is sent again to whoever waits already."""

    state: Literal["waiting"]


class WaitingClient(Answer):
    name: str
    email: str
    phone: str


class WaitingOffer(Answer):
    start: Moment
    end: Moment
    mode: str
    until: Moment


class Waiting(Answer):
    """``position`` counts from 1. ``offer`` is what is kept for this client now."""

    id: str
    provider: str
    service: str
    mode: str | None
    client: WaitingClient
    days: list[int]
    part: str
    from_date: str | None = Field(alias="from")
    until: str | None
    joined_at: Moment
    position: int | None
    offer: WaitingOffer | None


class Waitlist(Answer):
    items: list[Waiting]
    next: str | None


class OffWaitlist(Answer):
    id: str


class WishCreated(Answer):
    id: str


class RequestClient(Answer):
    id: str | None
    name: str
    email: str
    phone: str


class Proposal(Answer):
    starts: list[Moment]
    by: str
    expires_at: Moment


class RequestEvent(Answer):
    """``calendar`` is its name."""

    calendar: str
    calendar_id: str
    uid: str
    remote_id: str | None
    state: Literal["queued", "written", "removed", "failed"]
    written_at: Moment | None


class SeriesDate(Answer):
    id: str
    start: Moment
    status: RequestStatus


class Series(Answer):
    """The series a request is a date of. ``rrule`` is null for dates of choice."""

    id: str
    rrule: str | None
    dates: list[SeriesDate]


class Request(Answer):
    """``conflict``: what was done in the calendar and could not stand. ``refer_to`` is another provider."""

    id: str
    status: RequestStatus
    provider: str
    service: str
    mode: str
    start: Moment
    end: Moment
    timezone: str
    client: RequestClient
    note: str
    created_at: Moment
    expires_at: Moment | None
    decided_at: Moment | None
    decided_by: Literal["provider", "staff", "client", "calendar", "timer", "auto"] | None
    settles_at: Moment | None
    proposal: Proposal | None
    unverified: bool
    conflict: str | None
    message: str
    refer_to: str | None
    event: RequestEvent | None
    version: int
    series: Series | None


class Requests(Answer):
    items: list[Request]
    next: str | None


class Overlap(Answer):
    id: str
    status: Literal["pending", "accepted", "declined", "cancelled", "expired"]
    client: str
    start: Moment
    end: Moment


class OtherEvent(Answer):
    """``calendar`` is its name. Dates for all day, ``end`` exclusive; of a series those of its first occurrence.

    ``exceptions``: occurrences that were changed or left out. ``overlaps``: bookings in time it takes; it was put
    there on purpose, so that is no error.
    """

    id: str
    provider: str
    uid: str
    calendar: str
    calendar_id: str
    remote_id: str | None
    state: Literal["queued", "written", "removed", "failed"]
    title: str
    start: DayOrMoment | None
    end: DayOrMoment | None
    all_day: bool
    timezone: str
    transparency: Literal["opaque", "transparent"]
    rrule: str | None
    exceptions: int
    overlaps: list[Overlap]
    created_at: Moment
    written_at: Moment | None
    removed_at: Moment | None
    version: int


class OtherEvents(Answer):
    items: list[OtherEvent]
    next: str | None


class Source(Answer):
    calendar: str
    title: str | None
    start: Moment
    end: Moment
    checked_at: Moment | None


class Reason(Answer):
    """``client_text`` may be shown to the client; ``may_change``: the roles that may change what the rule rests on."""

    rule: str
    passed: bool
    text: str
    client_text: str
    may_change: list[str]
    source: Source | None = None


class Explanation(Answer):
    """``mode`` is the one explained; ``phone`` can be read out to whoever asks."""

    bookable: bool
    mode: str
    phone: str
    reasons: list[Reason]


class BusyInterval(Answer):
    start: Moment
    end: Moment
    calendars: list[str]


class Busy(Answer):
    timezone: str
    checked_at: Moment | None
    busy: list[BusyInterval]


class Progress(Answer):
    """A whole reading that is under way, or broke off and goes on; ``total`` null: not known."""

    since: Moment
    read: int
    total: int | None


class Calendar(Answer):
    """``reading``: how it is read; null before the first time. ``progress``: how far a whole reading is.

    ``push_text``: why the server does not tell of changes.
    """

    id: str
    name: str
    path: str
    role: Literal["write", "busy", "ignore"]
    state: Literal["ok", "new", "failing", "held", "missing"]
    checked_at: Moment | None
    error: str | None
    reading: Literal["sync-token", "etags", "google"] | None
    progress: Progress | None
    events: int
    pending_writes: int
    held_deletions: int
    quarantined: int
    push: Literal["on", "off"]
    push_text: str | None


class Account(Answer):
    """``capabilities``: what the server was seen to do, in words; its keys are no fixed set."""

    id: str
    provider: str
    name: str
    kind: Literal["caldav", "google"]
    state: Literal["ok", "new", "needs_reauth", "unreachable", "refused", "failing"]
    text: str
    capabilities: dict[str, str]
    next_at: Moment | None
    calendars: list[Calendar]


class Accounts(Answer):
    items: list[Account]
    next: str | None


class Deletions(Answer):
    """``count``: how many held deletions the answer was for; 0 if none were held any more."""

    calendar: str
    action: Literal["confirm", "restore"]
    count: int


class SeriesState(Answer):
    """What an event meant. ``title`` is null for those who may not see it."""

    title: str | None
    start: str
    end: str
    all_day: bool
    status: str
    transparency: str
    rrule: list[str]
    exceptions: int


class HistoryItem(Answer):
    at: Moment
    direction: Literal["in", "out"]
    remote_version: str | None
    before: SeriesState | None
    after: SeriesState | None
    decision: str
    reason: str


class History(Answer):
    items: list[HistoryItem]
    next: str | None


class WeeklyRelease(Answer):
    day: str
    time: str
    weeks_ahead: int


class ReleaseStage(Answer):
    before: str
    to: list[str] = Field(default_factory=list)


class Hold(Answer):
    """``release``: "manual", a weekly moment, a time before, or a list of stages, as in the practice file."""

    id: str
    provider: str
    name: str
    days: list[str]
    date: str | None
    start: str
    end: str
    from_date: str | None = Field(alias="from")
    until: str | None
    every_weeks: int
    kept_for: list[str]
    marker: bool
    release: Literal["manual"] | WeeklyRelease | ReleaseStage | list[ReleaseStage]


class Holds(Answer):
    items: list[Hold]
    next: str | None


class Release(Answer):
    """``week`` (its Monday) for a weekly release, else ``date``; ``to`` empty: open to everyone.

    ``by`` calendar: the occurrence of a regular was cancelled there, or came back.
    """

    week: str | None = None
    date: str | None = None
    due_at: Moment | None
    released_at: Moment | None
    by: Literal["rule", "staff", "calendar"]
    stage: int
    state: Literal["released", "reheld", "missed"]
    to: list[str]


class Releases(Answer):
    items: list[Release]
    next: str | None


class ReplayedTime(Answer):
    """``released_at``: when it would have opened to everyone; null if it would not."""

    start: Moment
    end: Moment
    released_at: Moment | None
    fate: Literal["turned_away", "used", "released_booked", "released_free", "kept_free"]


class Replay(Answer):
    """Counts of ``times`` by fate. ``turned_away``: booked then by somebody whom the hold would have refused."""

    held: int
    released: int
    turned_away: int
    used: int
    released_booked: int
    released_free: int
    kept_free: int
    times: list[ReplayedTime]


class ClientLink(Answer):
    token: str
    url: str
    expires_at: Moment


class PagePractice(Answer):
    slug: str
    name: str
    phone: str


class PageProvider(Answer):
    slug: str
    name: str


class PageDate(Answer):
    this: bool
    start: Moment
    status: RequestStatus


class ClientPage(Answer):
    id: str
    status: RequestStatus
    practice: PagePractice
    provider: PageProvider
    service: str
    mode: str
    start: Moment
    end: Moment
    timezone: str
    expires_at: Moment | None
    message: str
    refer_to: PageProvider | None
    may_cancel: bool
    dates: list[PageDate]
    may_reschedule: bool
    proposal: Proposal | None


class FieldError(Answer):
    field: str
    text: str


class Clash(Answer):
    start: Moment
    alternatives: list[Slot]


class Problem(Answer):
    """RFC 9457. ``errors`` come with 422, ``alternatives`` with a time that is taken, ``clashes`` with dates of a
    series that are."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default_factory=list)
    alternatives: list[Slot] = Field(default_factory=list)
    clashes: list[Clash] = Field(default_factory=list)
