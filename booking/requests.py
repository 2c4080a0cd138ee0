"""How a request may change: a finite table of states, actions and who may take them, and what each leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from booking.notice import last_instant
from booking.refusals import Problem, Refused
from booking.rules import Rules
from sync.model.timespan import TimeSpan

SHORTEST_EXPIRY = timedelta(hours=8)
"""However late the notice rule would end it, a provider has at least this long to answer (but for a start before)."""
AFTER_UNDO = timedelta(minutes=30)
PROPOSAL_LIFE = timedelta(hours=24)


class Status(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


LIVE = frozenset({Status.PENDING, Status.ACCEPTED})
"""States in which the time is the client's and the event stands in the calendar."""


class Action(StrEnum):
    ASK = "ask"
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    MOVE = "move"
    CHOOSE = "choose"
    """The client takes one of the times put forward."""
    REASSIGN = "reassign"
    EXPIRE = "expire"
    UNDO = "undo"
    PROPOSE = "propose"
    REFUSE = "refuse"
    """The client takes none of them."""


class By(StrEnum):
    PROVIDER = "provider"
    STAFF = "staff"
    CLIENT = "client"
    CALENDAR = "calendar"
    TIMER = "timer"
    AUTO = "auto"


_DESK = frozenset({By.PROVIDER, By.STAFF})


@dataclass(frozen=True, slots=True)
class Step:
    to: Status
    by: frozenset[By]


STEPS: Mapping[tuple[Status, Action], Step] = {
    (Status.PENDING, Action.ACCEPT): Step(Status.ACCEPTED, _DESK | {By.CALENDAR, By.AUTO}),
    (Status.PENDING, Action.DECLINE): Step(Status.DECLINED, _DESK | {By.CALENDAR}),
    (Status.PENDING, Action.CANCEL): Step(Status.CANCELLED, _DESK | {By.CLIENT}),
    (Status.PENDING, Action.EXPIRE): Step(Status.EXPIRED, frozenset({By.TIMER})),
    (Status.ACCEPTED, Action.CANCEL): Step(Status.CANCELLED, _DESK | {By.CLIENT, By.CALENDAR}),
    (Status.PENDING, Action.MOVE): Step(Status.PENDING, _DESK | {By.CLIENT}),
    (Status.ACCEPTED, Action.MOVE): Step(Status.ACCEPTED, _DESK | {By.CALENDAR, By.CLIENT}),
    (Status.PENDING, Action.CHOOSE): Step(Status.ACCEPTED, frozenset({By.CLIENT})),
    (Status.ACCEPTED, Action.CHOOSE): Step(Status.ACCEPTED, frozenset({By.CLIENT})),
    (Status.PENDING, Action.REASSIGN): Step(Status.PENDING, _DESK),
    (Status.ACCEPTED, Action.REASSIGN): Step(Status.ACCEPTED, _DESK),
    # Made in the calendar in time, read here too late: it stands if the time is still free.
    (Status.EXPIRED, Action.ACCEPT): Step(Status.ACCEPTED, frozenset({By.CALENDAR})),
}
"""Every step there is, but undo, which leads back to the former state (see ``undone``)."""

_LEADS_TO = {
    Action.ACCEPT: Status.ACCEPTED,
    Action.DECLINE: Status.DECLINED,
    Action.CANCEL: Status.CANCELLED,
    Action.EXPIRE: Status.EXPIRED,
}
_MAY_UNDO = _DESK | {By.CALENDAR}


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose time a request takes and where: seats of one group share a session; ``room`` is a resource's name.

    ``event`` is what the mirror knows the written event by: a request's own, a group's, or a series'. ``timezone`` is
    the provider's when the request came to her: the wall clock of that event.
    """

    provider_id: str
    service_id: str
    session: str
    event: str
    room: str | None
    timezone: str
    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Place:
    span: TimeSpan
    seat: Seat


MOST_PROPOSED = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """Other times, held beside the first one until ``expires_at``.

    ``tells_at``: when the client is told by mail, None once that is done. What was put forward by a drag can be
    dragged back until then.
    """

    places: tuple[Place, ...]
    by: By
    expires_at: datetime
    tells_at: datetime | None = None

    @property
    def spans(self) -> tuple[TimeSpan, ...]:
        return tuple(place.span for place in self.places)

    @property
    def due_at(self) -> datetime:
        """When something is to be done about it next."""
        return self.expires_at if self.tells_at is None else min(self.tells_at, self.expires_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """All of a request that decisions change.

    ``settles_at`` is set while the last decision can be undone and nobody has been told of it. ``former`` is what undo
    brings back; it stays after the grace, for staff.
    """

    status: Status
    span: TimeSpan
    expires_at: datetime
    seat: Seat
    last_action: Action = Action.ASK
    decided_at: datetime | None = None
    decided_by: By | None = None
    settles_at: datetime | None = None
    message: str = ""
    refer_to: str | None = None
    proposal: Proposal | None = None
    former: Standing | None = None

    @property
    def live(self) -> bool:
        return self.status in LIVE

    @property
    def untold(self) -> bool:
        """True while the client knows nothing of the last decision."""
        return self.settles_at is not None

    @property
    def earlier(self) -> Iterator[Standing]:
        """The former states, latest first."""
        former = self.former
        while former is not None:
            yield former
            former = former.former

    @property
    def told(self) -> Standing:
        """The state the client was last told of."""
        if not self.untold:
            return self
        return next((former for former in self.earlier if not former.untold), self)


def expiry(created_at: datetime, start: datetime, rules: Rules, *, zone: str) -> datetime:
    """When a request lapses: when its time is up or the notice can no longer be met, but never within 8 hours
    (or the request's own expiry, if shorter), and never after the start."""
    soonest = created_at + min(rules.request_expiry, SHORTEST_EXPIRY)
    latest = last_instant(start, rules, zone=zone)
    return min(start, max(soonest, min(created_at + rules.request_expiry, latest)))


def lapsed(standing: Standing, *, now: datetime) -> bool:
    """True for a pending request whose time is up: it is somebody else's to ask for, whether or not a timer came."""
    return standing.status is Status.PENDING and now >= standing.expires_at


def decided(
    standing: Standing,
    action: Action,
    by: By,
    *,
    now: datetime,
    grace: timedelta,
    message: str = "",
    refer_to: str | None = None,
) -> Standing | None:
    """The state after a decision; None if it is the one that led here already.

    From ``expires_at`` on nothing is decided any more, whether or not a timer came, but by the calendar. Raises
    ``Refused``: ``expired`` for an acceptance that comes too late, ``wrong-state`` for all else.
    """
    if _led_here(standing, action):
        return None
    late = standing.status is Status.EXPIRED or lapsed(standing, now=now)
    if late and by is not By.CALENDAR and action is not Action.EXPIRE:
        raise Refused(Problem.EXPIRED if action is Action.ACCEPT else Problem.WRONG_STATE)
    step = STEPS.get((standing.status, action))
    if step is None or by not in step.by:
        raise Refused(Problem.WRONG_STATE)
    if by in (By.TIMER, By.AUTO):
        # Nobody has slipped, so there is nothing to undo.
        return Standing(step.to, standing.span, standing.expires_at, standing.seat, action, now, by)
    return replace(
        standing,
        status=step.to,
        last_action=action,
        decided_at=now,
        decided_by=by,
        settles_at=now + grace,
        message=message,
        refer_to=refer_to,
        proposal=None,
        former=standing,
    )


def moved(
    standing: Standing,
    span: TimeSpan,
    by: By,
    *,
    now: datetime,
    grace: timedelta,
    seat: Seat | None = None,
    expires_at: datetime | None = None,
    action: Action = Action.MOVE,
) -> Standing | None:
    """The state after a request got another time, with ``seat`` another place; None if it has that already.

    ``expires_at`` is that of a pending one at its new time; it is given at least 30 minutes, never beyond the start.
    """
    if standing.span == span and seat in (None, standing.seat) and action is Action.MOVE:
        return None
    changed = decided(standing, action, by, now=now, grace=grace)
    if changed is None:
        return None
    ends = changed.expires_at
    if changed.status is Status.PENDING and expires_at is not None:
        ends = min(span.start, max(expires_at, now + AFTER_UNDO))
    return replace(changed, span=span, seat=seat or standing.seat, expires_at=ends)


def chosen(standing: Standing, start: datetime, *, now: datetime, grace: timedelta) -> Standing | None:
    """The state once the client took one of the times put forward; None if it is the one taken already.

    Raises ``Refused``: ``expired`` if they are no longer kept, ``wrong-state`` if none at ``start`` was put forward.
    """
    if standing.last_action is Action.CHOOSE and standing.span.start == start:
        return None
    proposal = standing.proposal
    if proposal is None or not standing.live:
        raise Refused(Problem.WRONG_STATE)
    if now >= proposal.expires_at:
        raise Refused(Problem.EXPIRED)
    place = next((each for each in proposal.places if each.span.start == start), None)
    if place is None:
        raise Refused(Problem.WRONG_STATE)
    return moved(standing, place.span, By.CLIENT, now=now, grace=grace, seat=place.seat, action=Action.CHOOSE)


def refused(standing: Standing) -> Standing | None:
    """The state once the client took none of the times put forward; None if that was said already."""
    if standing.proposal is None and standing.last_action is Action.REFUSE:
        return None
    if standing.proposal is None or not standing.live:
        raise Refused(Problem.WRONG_STATE)
    return replace(standing, proposal=None, last_action=Action.REFUSE)


def undone(standing: Standing, by: By, *, now: datetime) -> Standing | None:
    """The former state; None if undo led here already.

    While the grace runs for everyone who decides, after it for staff until the former start. Back to pending after
    its expiry there are 30 minutes more, never beyond the start. Raises ``Refused`` (``wrong-state``).
    """
    if standing.last_action is Action.UNDO:
        return None
    former = standing.former
    if former is None or by not in _MAY_UNDO:
        raise Refused(Problem.WRONG_STATE)
    in_grace = standing.settles_at is not None and now < standing.settles_at
    if not in_grace and (by not in _DESK or now >= former.span.start):
        raise Refused(Problem.WRONG_STATE)
    if former.status is Status.PENDING and now >= former.expires_at:
        former = replace(former, expires_at=min(now + AFTER_UNDO, former.span.start))
    return replace(former, last_action=Action.UNDO, proposal=_lasting(former.proposal, now))


def settled(standing: Standing) -> Standing:
    """The state once everybody is told: only its last decision can still be undone, by staff."""
    former = standing.former
    if former is not None:
        former = replace(former, settles_at=None, former=None, proposal=None)
    return replace(standing, settles_at=None, former=former)


def proposed(
    standing: Standing, places: Sequence[Place], by: By, *, now: datetime, tells_at: datetime | None = None
) -> Standing:
    """The state with other times put forward: for 24 h, until ``expires_at`` while pending, never beyond a start."""
    ends = [now + PROPOSAL_LIFE, standing.span.start, *(place.span.start for place in places)]
    if standing.status is Status.PENDING:
        ends.append(standing.expires_at)
    return replace(standing, proposal=Proposal(tuple(places), by, min(ends), tells_at))


@dataclass(frozen=True, slots=True)
class Holding:
    """Time a request holds in a seat; from ``until`` on it holds it no more (None: until something changes)."""

    span: TimeSpan
    seat: Seat
    until: datetime | None


def held(standing: Standing, *, now: datetime) -> list[Holding]:
    """All the time a request holds now: its own, a proposal's, and in the grace that of the states undo leads back to.

    That ends with the state the client was last told of: what was before it is past.
    """
    found: dict[Place, datetime | None] = {}

    def hold(place: Place, until: datetime | None) -> None:
        known = found.get(place, until)
        found[place] = None if known is None or until is None else max(known, until)

    if standing.live:
        until = standing.expires_at if standing.status is Status.PENDING else None
        hold(Place(standing.span, standing.seat), until)
        if standing.proposal is not None:
            for place in standing.proposal.places:
                hold(place, standing.proposal.expires_at)
    if standing.settles_at is not None:
        for former in standing.earlier:
            if former.live:
                hold(Place(former.span, former.seat), standing.settles_at)
                if former.proposal is not None:
                    # Undo puts them forward again, but for what has given way to the time it has now.
                    for place in former.proposal.places:
                        if place.seat.session == standing.seat.session or not place.span.overlaps(
                            standing.span
                        ):
                            hold(place, min(standing.settles_at, former.proposal.expires_at))
            if not former.untold:
                break
    return [
        Holding(place.span, place.seat, until)
        for place, until in found.items()
        if until is None or until > now
    ]


def _led_here(standing: Standing, action: Action) -> bool:
    return _LEADS_TO.get(action) is standing.status


def _lasting(proposal: Proposal | None, now: datetime) -> Proposal | None:
    return proposal if proposal is not None and proposal.expires_at > now else None
