"""Another time for a request: by the client's link within the notice, by staff at any minute, or put forward to choose.

Both times are held until everybody is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from booking.access import refusals
from booking.availability import Placement, Slot, open_slots, placement, seating, slot_at
from booking.desk import bookings, deciding, finding, repeating, weighing
from booking.desk.asking import room_resources, seat_at
from booking.desk.bookings import Case
from booking.desk.means import Means
from booking.desk.weighing import Weighed
from booking.desk.window import window_of
from booking.freshness import FreshnessState, state
from booking.ladder import N_, Rule
from booking.notices import Audience, Kind, Notice
from booking.phrases import WORDS
from booking.practice import Mode
from booking.refusals import Clash, FieldError, Problem, Refused
from booking.requests import (
    MOST_PROPOSED,
    By,
    Place,
    Status,
    chosen,
    expiry,
    lapsed,
    moved,
    proposed,
    refused,
)
from booking.roles import Actor
from booking.series import Scope
from booking.store import claims
from booking.store import finding as rows
from booking.store.finding import KnownService
from booking.store.offers import load_world
from booking.world import Asker, Offer, World
from sync.model.moments import instant_to_wall, wall_to_instant
from sync.model.timespan import TimeSpan

_TICK = timedelta(microseconds=1)
_FAR = timedelta(days=800)


def may_reschedule(case: Case, *, now: datetime) -> bool:
    """True while the client may take another time by the link: within the notice, or before there is an answer."""
    standing = case.standing
    if standing.status is Status.ACCEPTED:
        return now <= standing.span.start - case.rules.reschedule_notice
    return standing.status is Status.PENDING and now < min(standing.expires_at, standing.span.start)


def times(
    connection: Connection,
    means: Means,
    case: Case,
    start: date | None,
    end: date | None,
    zone: str,
    now: datetime,
) -> list[Slot]:
    """What the client may move to, her own time looked past; ``start`` and ``end`` are dates in ``zone``."""
    window = window_of(start, end, zone, now)
    service = _service(connection, case)
    world, asker = _world(connection, means, case, service, window, now)
    if _closed(world, case, now) or refusals(world, world.offers[service.service.code], asker):
        return []
    found = open_slots(
        world,
        service=service.service.code,
        client=asker,
        window=window,
        now=now,
        mode=Mode(case.stored.asked.mode),
    )
    return [slot for slot in found if slot.start != case.standing.span.start]


def by_client(
    connection: Connection,
    means: Means,
    request_id: str,
    start: datetime,
    *,
    scope: Scope = Scope.THIS,
    now: datetime,
) -> Case:
    """The client takes another time on offer. Raises ``Refused`` as asking does, ``wrong-state`` if it is too late.

    Further dates of a series are moved by as much on the wall clock; those it is too late for stay.
    """

    def one(case: Case, start: datetime) -> Case:
        if not case.standing.live:
            raise Refused(Problem.WRONG_STATE)
        if case.standing.span.start == start:
            return case
        if not may_reschedule(case, now=now):
            text = N_("It is too late to take another time here. Please call the practice.")
            raise Refused(Problem.WRONG_STATE, text)
        place = _on_offer(connection, means, case, start, now)
        return _move(connection, means, case, place, By.CLIENT, actor="client", now=now)

    return _each(connection, means, request_id, start, scope, one, now)


def by_staff(
    connection: Connection,
    means: Means,
    actor: Actor,
    request_id: str,
    start: datetime,
    *,
    scope: Scope = Scope.THIS,
    despite: Collection[Rule] | None = None,
    now: datetime,
) -> Case:
    """Any minute that nothing else takes. Raises ``Refused`` (``slot-unavailable``).

    With ``despite`` everything that speaks against the time is asked, and what it names is passed over and noted.
    """
    deciding.provider_of(connection, actor, request_id)

    def one(case: Case, start: datetime) -> Case:
        if not case.standing.live or not deciding.sees(actor, case):
            raise Refused(Problem.WRONG_STATE)
        if case.standing.span.start == start:
            return case
        by = deciding.party(actor)
        if despite is None:
            place = free_place(connection, means, case, start, now)
            return _move(connection, means, case, place, by, actor=actor.id, now=now)
        seen = _weigh(connection, means, actor, case, start, now)
        place = _place(connection, case, _service(connection, case), seen.taken_despite(despite), now)
        after = _move(connection, means, case, place, by, actor=actor.id, now=now, beside=seen.beside)
        weighing.note(connection, actor, case.id, seen.cautions, now=now)
        return after

    return _each(connection, means, request_id, start, scope, one, now)


def weigh(
    connection: Connection, means: Means, actor: Actor, request_id: str, start: datetime, *, now: datetime
) -> Weighed:
    """What speaks against another time for a request, its own time looked past."""
    deciding.provider_of(connection, actor, request_id)
    return _weigh(connection, means, actor, bookings.look(connection, request_id), start, now)


def _weigh(
    connection: Connection, means: Means, actor: Actor, case: Case, start: datetime, now: datetime
) -> Weighed:
    weighing.check_ahead(start, now=now)
    service = _service(connection, case)
    world, asker = _world(connection, means, case, service, TimeSpan(start, start + _TICK), now)
    return weighing.weighed(
        connection,
        means,
        actor,
        world,
        case.provider,
        service,
        client=asker,
        start=start,
        mode=Mode(case.stored.asked.mode),
        now=now,
        room=case.seat.room,
    )


def _each(
    connection: Connection,
    means: Means,
    request_id: str,
    start: datetime,
    scope: Scope,
    one: Callable[[Case, datetime], Case],
    now: datetime,
) -> Case:
    """Moves the request, and with it the dates of its series; refused with all dates that cannot be moved."""
    cases = repeating.grasp(connection, request_id, scope, also=rooms(connection, request_id))
    zone = cases[0].seat.timezone
    by = instant_to_wall(start, zone) - instant_to_wall(cases[0].standing.span.start, zone)
    clashes: list[Clash] = []

    def moved_by(case: Case) -> Case:
        if case is cases[0]:
            return one(case, start)
        if case.standing.span.start <= now:
            raise Refused(Problem.WRONG_STATE)
        other = wall_to_instant(instant_to_wall(case.standing.span.start, zone) + by, zone)
        try:
            with connection.begin_nested():
                return one(case, other)
        except Refused as refused:
            if refused.problem is not Problem.SLOT_UNAVAILABLE:
                raise
            clashes.append(Clash(other.astimezone(ZoneInfo(zone))))
            return case

    done = repeating.each(cases, moved_by)
    if clashes:
        text = N_("Some dates of the series cannot be moved by as much.")
        raise Refused(Problem.SLOT_UNAVAILABLE, text, clashes=clashes)
    bookings.show(connection, means, *(case for pair in done for case in pair), now=now)
    return done[0][1]


def propose(
    connection: Connection,
    means: Means,
    actor: Actor,
    request_id: str,
    starts: Sequence[datetime],
    *,
    now: datetime,
) -> Case:
    """Up to three other times, held for the client to choose from; she is told at once."""
    deciding.provider_of(connection, actor, request_id)
    case = bookings.grasp(connection, request_id, also=rooms(connection, request_id))
    standing = case.standing
    if not standing.live or lapsed(standing, now=now):
        raise Refused(Problem.WRONG_STATE)
    wanted = sorted(set(starts))
    if not 1 <= len(wanted) <= MOST_PROPOSED or standing.span.start in wanted:
        text = N_("Put forward one to three other times.")
        raise Refused(Problem.INVALID, errors=[FieldError("starts", text)])
    if standing.proposal is not None and [span.start for span in standing.proposal.spans] == wanted:
        return case
    places = [free_place(connection, means, case, start, now) for start in wanted]
    after = proposed(replace(standing, proposal=None), places, deciding.party(actor), now=now)
    try:
        saved = bookings.save(connection, case, after, actor=actor.id, action="propose", now=now)
    except claims.Taken as taken:
        raise Refused(Problem.SLOT_UNAVAILABLE) from taken
    bookings.show(connection, means, saved, now=now)
    bookings.tell(connection, saved, [Notice(Kind.PROPOSED, Audience.CLIENT)], now=now)
    return saved


def choose(connection: Connection, means: Means, case: Case, start: datetime, *, now: datetime) -> Case:
    """The client takes one of the times put forward: it is accepted at once, so it is asked what accepting asks."""
    standing = chosen(case.standing, start, now=now, grace=case.grace)
    if standing is None:
        return case
    if bookings.is_closed(connection, means, case, now=now):
        raise Refused(Problem.CALENDAR_UNREADABLE)
    if not bookings.is_free(connection, means, case, standing.span):
        raise Refused(Problem.SLOT_UNAVAILABLE)
    return deciding.carry_out(connection, means, case, standing, actor="client", now=now)


def refuse(connection: Connection, means: Means, case: Case, *, now: datetime) -> Case:
    """The client takes none of them: what stood before stands, and the provider is told."""
    standing = refused(case.standing)
    if standing is None:
        return case
    after = deciding.carry_out(connection, means, case, standing, actor="client", now=now)
    bookings.tell(connection, after, [Notice(Kind.TURNED_DOWN, Audience.PROVIDER)], now=now)
    return after


def free_place(connection: Connection, means: Means, case: Case, start: datetime, now: datetime) -> Place:
    """The place at any minute, if no outside event takes it and a room is there; claims are for the claims to say."""
    weighing.check_ahead(start, now=now)
    service = _service(connection, case)
    world, asker = _world(connection, means, case, service, TimeSpan(start, start + _TICK), now)
    if _closed(world, case, now):
        raise Refused(Problem.CALENDAR_UNREADABLE)
    found = seating(
        world,
        service=service.service.code,
        client=asker,
        start=start,
        mode=Mode(case.stored.asked.mode),
        now=now,
        room=case.seat.room,
    )
    if found is None or not bookings.is_free(connection, means, case, found.span):
        raise Refused(Problem.SLOT_UNAVAILABLE, N_("Another event takes this time by now."))
    return _place(connection, case, service, found, now)


def _on_offer(connection: Connection, means: Means, case: Case, start: datetime, now: datetime) -> Place:
    service = _service(connection, case)
    at = min(max(start, now), now + _FAR)
    world, asker = _world(connection, means, case, service, TimeSpan(at, at + _TICK), now)
    code, mode = service.service.code, Mode(case.stored.asked.mode)
    failed = refusals(world, world.offers[code], asker)
    if failed:
        raise Refused(Problem.NOT_BOOKABLE, WORDS[failed[0]].client)
    if _closed(world, case, now):
        raise Refused(Problem.CALENDAR_UNREADABLE)
    if at != start or slot_at(world, service=code, client=asker, start=start, now=now, mode=mode) is None:
        raise Refused(Problem.SLOT_UNAVAILABLE)
    found = placement(world, service=code, client=asker, start=start, mode=mode, now=now)
    if found is None:
        raise Refused(Problem.SLOT_UNAVAILABLE)
    return _place(connection, case, service, found, now)


def _place(
    connection: Connection, case: Case, service: KnownService, found: Placement, now: datetime
) -> Place:
    own = None if claims.shared(connection, case.seat.session, case.id, now=now) else case.seat.session
    seat = seat_at(case.provider, service, found, event=case.seat.event, own=own)
    return Place(found.span, seat)


def _move(
    connection: Connection,
    means: Means,
    case: Case,
    place: Place,
    by: By,
    *,
    actor: str,
    now: datetime,
    beside: bool = False,
) -> Case:
    zone = case.seat.timezone
    ends = expiry(case.stored.asked.created_at, place.span.start, case.rules, zone=zone)
    standing = moved(
        case.standing, place.span, by, now=now, grace=case.grace, seat=place.seat, expires_at=ends
    )
    if standing is None:
        return case
    return deciding.carry_out(
        connection, means, case, standing, actor=actor, now=now, shown=False, beside=beside
    )


def _service(connection: Connection, case: Case) -> KnownService:
    return rows.service_by_id(connection, case.provider, case.seat.service_id)


def _world(
    connection: Connection, means: Means, case: Case, service: KnownService, window: TimeSpan, now: datetime
) -> tuple[World, Asker]:
    """The provider's time as if the request had given up its own, and the client as one who has a place already."""
    client_id, practice_id = case.stored.asked.client_id, case.stored.asked.practice_id
    client = None if client_id is None else rows.client_by_id(connection, practice_id, client_id)
    asker = replace(finding.asker(connection, practice_id, client, now=now), open_requests=0)
    world = load_world(connection, means.mirror, case.provider, [service], window, without=[case.id])
    # The door is for those who come anew.
    eased = Offer(replace(service.service, new_clients=True), replace(service.rules, new_clients="open"))
    return replace(world, offers={service.service.code: eased}), asker


def _closed(world: World, case: Case, now: datetime) -> bool:
    return state(world.freshness, now=now, rules=case.rules) is FreshnessState.CLOSED


def rooms(connection: Connection, request_id: str) -> list[str]:
    """The resources a request may come to sit in, to be locked before it is moved."""
    case = bookings.look(connection, request_id)
    return room_resources(connection, case.provider, _service(connection, case))
