"""A request or an appointment goes to another provider of the practice, at the same time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.availability import seating
from booking.desk import bookings, deciding, finding
from booking.desk.asking import room_resources, seat_at
from booking.desk.bookings import Case
from booking.desk.means import Means
from booking.freshness import FreshnessState, state
from booking.ladder import N_
from booking.practice import Mode
from booking.refusals import FieldError, Problem, Refused
from booking.requests import Action, Seat, lapsed, moved
from booking.roles import Actor
from booking.store import claims
from booking.store import finding as rows
from booking.store.claims import provider_resource
from booking.store.finding import KnownProvider
from booking.store.offers import load_world
from booking.world import Asker
from sync.model.identity import new_id
from sync.model.timespan import TimeSpan

_TICK = timedelta(microseconds=1)


def other_provider(connection: Connection, actor: Actor, request_id: str, slug: str) -> KnownProvider:
    """The provider of that slug whom a request of this actor can go to. Raises ``Refused`` (``invalid``)."""
    deciding.provider_of(connection, actor, request_id)
    case = bookings.look(connection, request_id)
    found = rows.provider_by_slug(connection, case.provider.practice, slug)
    if found is None or not found.active:
        error = FieldError("provider", N_("There is no other provider of this name."))
        raise Refused(Problem.INVALID, errors=[error])
    return found


def reassign(
    connection: Connection, means: Means, actor: Actor, request_id: str, slug: str, *, now: datetime
) -> Case:
    """Her time is held at once, the first provider's until the grace is over; the client is told then.

    Raises ``Refused``: ``invalid`` if she does not have the service, ``slot-unavailable`` if the time is not free.
    """
    other = other_provider(connection, actor, request_id, slug)
    code = bookings.look(connection, request_id).stored.asked.service_code
    try:
        service = finding.service(connection, other, code)
    except Refused as refused:
        error = FieldError("provider", N_("This provider does not offer the service."))
        raise Refused(Problem.INVALID, errors=[error]) from refused
    also = [provider_resource(other.id), *room_resources(connection, other, service)]
    case = bookings.grasp(connection, request_id, also=also)
    standing = case.standing
    if not standing.live or lapsed(standing, now=now):
        raise Refused(Problem.WRONG_STATE)
    if standing.seat.provider_id == other.id:
        return case
    start = standing.span.start
    world = load_world(
        connection, means.mirror, other, [service], TimeSpan(start, start + _TICK), without=[case.id]
    )
    if state(world.freshness, now=now, rules=service.rules) is FreshnessState.CLOSED:
        raise Refused(Problem.CALENDAR_UNREADABLE)
    mode = Mode(case.stored.asked.mode)
    place = seating(
        world, service=code, client=Asker(), start=start, mode=mode, now=now, room=standing.seat.room
    )
    if place is None or not bookings.is_free_of(connection, means, other.id, place.span):
        raise Refused(Problem.SLOT_UNAVAILABLE)
    back = _left(connection, case, other.id, now)
    if back is None:
        # Another event in another calendar: what is still done to the first one decides nothing any more.
        seat = seat_at(other, service, place, event=new_id())
    else:
        seat = seat_at(other, service, place, event=back.event, own=back.session)
    after = moved(
        standing,
        place.span,
        deciding.party(actor),
        now=now,
        grace=case.grace,
        seat=seat,
        action=Action.REASSIGN,
    )
    return (
        case if after is None else deciding.carry_out(connection, means, case, after, actor=actor.id, now=now)
    )


def _left(connection: Connection, case: Case, provider_id: str, now: datetime) -> Seat | None:
    """The seat it had with this provider before, if nobody sits there now: its time may still be kept for an undo."""
    seats = (former.seat for former in case.standing.earlier)
    seat = next((seat for seat in seats if seat.provider_id == provider_id), None)
    return None if seat is None or claims.shared(connection, seat.session, case.id, now=now) else seat
