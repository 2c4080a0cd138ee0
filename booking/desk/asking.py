"""A client asks for a time: checked in the order the outside knows, and stored with all that goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from booking.access import refusals
from booking.availability import Placement, placement, slot_at
from booking.desk import bookings, finding, offering, showing
from booking.desk.bookings import Case
from booking.desk.forms import Receipt, Recurring, RequestForm
from booking.desk.means import Means
from booking.desk.views import Replayed, Requested
from booking.desk.wanted import Wanted, read_form
from booking.freshness import FreshnessState, state
from booking.ladder import N_, Rule
from booking.notices import Notice, of_asking
from booking.phrases import WORDS
from booking.practice import ClientStatus, Contact, Privilege
from booking.refusals import Clash, FieldError, Problem, Refused
from booking.requests import Action, By, Seat, Standing, Status, decided, expiry
from booking.series import Plan
from booking.store import audit, capabilities, claims, idempotency, privacy_texts, requests, series
from booking.store.claims import provider_resource, room_resource
from booking.store.finding import (
    KnownProvider,
    KnownService,
    client_by_id,
    locations_of,
    provider_by_id,
)
from booking.store.offers import load_world
from booking.store.requests import Asked
from booking.world import Asker, World
from sync.model.identity import new_id
from sync.model.timespan import TimeSpan

_FAR = timedelta(days=800)
_TICK = timedelta(microseconds=1)
_TWIN_WAITS = "5s"
_LOCK_NOT_AVAILABLE = "55P03"


def ask(means: Means, form: RequestForm, receipt: Receipt | None, *, now: datetime) -> Requested | Replayed:
    with means.books.read() as connection:
        wanted = read_form(connection, means, form, receipt, now=now)
        asker = finding.asker(connection, wanted.provider.practice.id, wanted.client, now=now)
    wanted = replace(wanted, looked=means.live.look(wanted.provider.id))
    try:
        return means.write(
            lambda connection: once(
                connection,
                wanted.provider.practice.id,
                receipt,
                lambda: store(connection, means, wanted, now),
                now=now,
            )
        )
    except Refused as refused:
        if refused.problem is not Problem.SLOT_UNAVAILABLE:
            raise
        if refused.clashes:
            clashes = [_with_alternatives(means, wanted, asker, clash, now) for clash in refused.clashes]
            raise Refused(Problem.SLOT_UNAVAILABLE, refused.text, clashes=clashes) from None
        # Looked for once the lock is given back: those who come too late must not keep others waiting.
        near = min(max(wanted.start, now), now + _FAR)
        found = offering.alternatives(means, wanted.provider, wanted.service, asker, near, now=now)
        raise Refused(Problem.SLOT_UNAVAILABLE, refused.text, alternatives=found) from None


def _with_alternatives(means: Means, wanted: Wanted, asker: Asker, clash: Clash, now: datetime) -> Clash:
    near = min(max(clash.start, now), now + _FAR)
    found = offering.alternatives(means, wanted.provider, wanted.service, asker, near, now=now)
    return replace(clash, alternatives=tuple(found))


def once(
    connection: Connection,
    practice_id: str,
    receipt: Receipt | None,
    work: Callable[[], Requested],
    *,
    now: datetime,
) -> Requested | Replayed:
    """Does the work in the caller's transaction; under a receipt once, and then what it gave is given again."""
    if receipt is None:
        return work()
    with _patience(connection):
        claims.lock(connection, [f"idempotency:{practice_id}:{receipt.key}"])
    kept = idempotency.find(connection, practice_id=practice_id, key=receipt.key)
    if kept is not None and kept.body_hash != receipt.body_hash:
        raise Refused(Problem.IDEMPOTENCY_KEY_REUSED)
    if kept is not None:
        return Replayed(kept.answer)
    done = work()
    idempotency.keep(
        connection,
        practice_id=practice_id,
        key=receipt.key,
        body_hash=receipt.body_hash,
        answer=receipt.seal(done),
        now=now,
    )
    return done


@contextmanager
def _patience(connection: Connection) -> Iterator[None]:
    """A twin waits for the first one's answer only so long; on SQLite writers queue as they come."""
    timed = connection.dialect.name == "postgresql"
    if timed:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_TWIN_WAITS}'")
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise Refused(Problem.IDEMPOTENCY_IN_PROGRESS) from error
        raise
    if timed:
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")


def store(connection: Connection, means: Means, wanted: Wanted, now: datetime) -> Requested:
    """Checks and stores what is wanted, in the caller's transaction. Raises ``Refused``."""
    claims.lock(connection, [wanted.whose, *resources(connection, wanted)])
    wanted = _as_it_is_now(connection, wanted)
    at = min(max(wanted.start, now), now + _FAR)
    window = TimeSpan(at, at + _TICK)
    world = load_world(connection, means.mirror, wanted.provider, [wanted.service], window)
    asker = _asker(connection, wanted, now)
    _check_access(world, wanted, asker)
    known = state(world.freshness, now=now, rules=wanted.service.rules)
    if known is FreshnessState.CLOSED:
        raise Refused(Problem.CALENDAR_UNREADABLE)
    if at != wanted.start:
        raise Refused(Problem.SLOT_UNAVAILABLE)
    privacy_texts.keep(connection, wanted.provider.practice.id, wanted.accepted)
    by_itself = _accepts_itself(wanted, known)
    unverified = known is not FreshnessState.FRESH
    if wanted.plan is not None:
        dates = _dates(connection, means, wanted, wanted.plan, asker, by_itself, unverified, now)
        return announce(connection, means, dates, now)
    place = _place(world, wanted, asker, now)
    asked = asked_of(connection, means, wanted, place, unverified=unverified, now=now)
    seat = seat_at(wanted.provider, wanted.service, place, event=asked.id)
    standing = _first(wanted, place, seat, by_itself=by_itself, now=now)
    return announce(connection, means, [keep(connection, means, asked, standing, now)], now)


def _as_it_is_now(connection: Connection, wanted: Wanted) -> Wanted:
    """Who may ask for what may have been changed while the calendars were looked at."""
    provider = provider_by_id(connection, wanted.provider.id)
    if provider is None or not provider.active:
        raise Refused(Problem.NOT_FOUND)
    client = wanted.client
    if client is not None:
        client = client_by_id(connection, provider.practice.id, client.id)
        if client is None:
            raise Refused(Problem.NOT_BOOKABLE)
    service = finding.service(connection, provider, wanted.service.service.code)
    return replace(wanted, provider=provider, service=service, client=client)


def _dates(
    connection: Connection,
    means: Means,
    wanted: Wanted,
    plan: Plan,
    asker: Asker,
    by_itself: bool,
    unverified: bool,
    now: datetime,
) -> list[Case]:
    """Every date of a series, each checked with those before it held; refused with all that cannot be had."""
    recurring = wanted.recurring or Recurring()
    series_id = new_id()
    series.add(connection, series_id=series_id, practice_id=wanted.provider.practice.id, plan=plan, now=now)
    kept: list[Case] = []
    clashes: list[Clash] = []
    zone = ZoneInfo(plan.zone)
    for wall in plan.walls:
        if wall.date() in recurring.skip:
            continue
        start = recurring.instead.get(wall.date(), plan.start(wall))
        one = replace(wanted, start=start)
        try:
            with connection.begin_nested():
                kept.append(
                    _date(connection, means, one, asker, (series_id, wall), kept, by_itself, unverified, now)
                )
        except Refused as refused:
            if refused.problem is not Problem.SLOT_UNAVAILABLE:
                raise
            clashes.append(Clash(start.astimezone(zone)))
    if clashes:
        text = N_("Some of these dates cannot be had.")
        raise Refused(Problem.SLOT_UNAVAILABLE, text, clashes=clashes)
    if not kept:
        text = N_("Nothing is left of this series.")
        raise Refused(Problem.INVALID, errors=[FieldError("recurrence", text)])
    return kept


def _date(
    connection: Connection,
    means: Means,
    wanted: Wanted,
    asker: Asker,
    which: tuple[str, datetime],
    before: list[Case],
    by_itself: bool,
    unverified: bool,
    now: datetime,
) -> Case:
    if not now < wanted.start < now + _FAR:
        raise Refused(Problem.SLOT_UNAVAILABLE)
    window = TimeSpan(wanted.start, wanted.start + _TICK)
    world = load_world(connection, means.mirror, wanted.provider, [wanted.service], window)
    place = _place(world, wanted, asker, now)
    series_id, wall = which
    asked = replace(
        asked_of(connection, means, wanted, place, unverified=unverified, now=now),
        series_id=series_id,
        series_wall=wall.isoformat(),
    )
    seat = seat_at(wanted.provider, wanted.service, place, event=series_id)
    standing = _first(wanted, place, seat, by_itself=by_itself, now=now)
    if before and standing.status is Status.PENDING:
        # All dates are answered together, so they lapse together.
        standing = replace(standing, expires_at=min(before[0].standing.expires_at, place.span.start))
    return keep(connection, means, asked, standing, now)


def resources(connection: Connection, wanted: Wanted) -> list[str]:
    """The provider, and every room the service might sit in: one of them is chosen under the lock."""
    rooms = room_resources(connection, wanted.provider, wanted.service)
    return [provider_resource(wanted.provider.id), *rooms]


def room_resources(connection: Connection, provider: KnownProvider, service: KnownService) -> list[str]:
    """Every room of the practice, if the service needs one."""
    practice_id = provider.practice.id
    if service.service.room is None:
        return []
    return [
        room_resource(practice_id, location.slug, name)
        for location in locations_of(connection, practice_id)
        for name in location.rooms
    ]


def _asker(connection: Connection, wanted: Wanted, now: datetime) -> Asker:
    practice_id = wanted.provider.practice.id
    found = finding.asker(connection, practice_id, wanted.client, now=now)
    if wanted.client is not None:
        return found
    count = requests.open_of_stranger(
        connection, practice_id=practice_id, email_key=wanted.email_key, sender_key=wanted.sender_key, now=now
    )
    return replace(found, open_requests=count)


def _check_access(world: World, wanted: Wanted, asker: Asker) -> None:
    failed = refusals(world, world.offers[wanted.service.service.code], asker)
    closed = [rule for rule in failed if rule is not Rule.OPEN_REQUESTS]
    if closed:
        raise Refused(Problem.NOT_BOOKABLE, WORDS[closed[0]].client)
    if failed:
        raise Refused(Problem.TOO_MANY_OPEN_REQUESTS)


def _place(world: World, wanted: Wanted, asker: Asker, now: datetime) -> Placement:
    """Where the request is put, if its start is on offer for this service, mode and client at this moment."""
    code = wanted.service.service.code
    slot = slot_at(world, service=code, client=asker, start=wanted.start, now=now)
    modes = () if slot is None else slot.modes
    if wanted.mode is None and len(modes) > 1:
        raise Refused(Problem.INVALID, errors=[FieldError("mode", N_("Please choose how you want to meet."))])
    mode = wanted.mode or next(iter(modes), None)
    if mode is None or mode not in modes:
        raise Refused(Problem.SLOT_UNAVAILABLE)
    place = placement(world, service=code, client=asker, start=wanted.start, mode=mode, now=now)
    if place is None:
        raise Refused(Problem.SLOT_UNAVAILABLE)
    return place


def _accepts_itself(wanted: Wanted, known: FreshnessState) -> bool:
    """For active clients with a link of their own, if the live calendars could be looked at."""
    client = wanted.client
    return (
        wanted.service.rules.auto_accept == "active"
        and client is not None
        and client.status is ClientStatus.ACTIVE
        and client.privilege in (Privilege.FULL, Privilege.LONGER_NOTICE)
        and known is FreshnessState.FRESH
        and wanted.looked
    )


def seat_at(
    provider: KnownProvider, service: KnownService, place: Placement, *, event: str, own: str | None = None
) -> Seat:
    """The seat at a place on offer. ``own``: the session the request keeps where it joins none; else a new one.

    ``event`` is that of a request for itself; the seats of a group have one, under the name of their session.
    """
    session = place.session or own or new_id()
    return Seat(
        provider_id=provider.id,
        service_id=service.id,
        session=session,
        event=event if service.service.capacity == 1 else session,
        room=place.room.key if place.room else None,
        timezone=provider.timezone,
        before=service.service.buffer_before,
        after=service.service.buffer_after,
    )


def _first(wanted: Wanted, place: Placement, seat: Seat, *, by_itself: bool, now: datetime) -> Standing:
    rules = wanted.service.rules
    ends = expiry(now, place.span.start, rules, zone=wanted.provider.timezone)
    pending = Standing(Status.PENDING, place.span, ends, seat)
    if not by_itself:
        return pending
    accepted = decided(pending, Action.ACCEPT, By.AUTO, now=now, grace=timedelta(0))
    return accepted or pending


def asked_of(
    connection: Connection, means: Means, wanted: Wanted, place: Placement, *, unverified: bool, now: datetime
) -> Asked:
    """The row of a request for this place, under a new id."""
    request_id = new_id()
    service = wanted.service.service
    client_id = wanted.client.id if wanted.client else None
    return Asked(
        id=request_id,
        practice_id=wanted.provider.practice.id,
        service_code=service.code,
        mode=place.mode.value,
        client_id=client_id,
        client_name=wanted.name,
        client_email=wanted.email,
        client_email_key=wanted.email_key,
        client_phone=wanted.phone,
        client_timezone=wanted.timezone,
        locale=wanted.locale,
        note=wanted.note,
        booked_by=_told(wanted.contact),
        title=showing.title(
            connection,
            means,
            wanted.provider,
            wanted.service.rules,
            name=wanted.name,
            client_id=client_id,
            request_id=request_id,
        ),
        sender_key=wanted.sender_key,
        **privacy_texts.columns(wanted.accepted),
        created_at=now,
        unverified=unverified,
    )


def _told(contact: Contact | None) -> str:
    """Who asked in the client's name, as the practice knows them."""
    if contact is None:
        return ""
    return f"{contact.name} ({contact.relation})" if contact.relation else contact.name


def keep(
    connection: Connection,
    means: Means,
    asked: Asked,
    standing: Standing,
    now: datetime,
    *,
    actor: str = "client",
    beside: bool = False,
) -> Case:
    """Stores it with its claims, its link and its reminders. Raises ``Refused`` (``slot-unavailable``)."""
    requests.add(connection, asked, standing)
    case = bookings.look(connection, asked.id)
    try:
        bookings.hold(connection, case, now=now, beside=beside)
    except claims.Taken as taken:
        raise Refused(Problem.SLOT_UNAVAILABLE) from taken
    capabilities.add(
        connection,
        token_hash=means.tokens.hash(means.tokens.derive(capabilities.MANAGE, asked.id)),
        practice_id=asked.practice_id,
        kind=capabilities.MANAGE,
        request_id=asked.id,
        now=now,
        expires_at=standing.span.end,
    )
    bookings.plan_reminders(connection, case, now=now)
    audit.note(
        connection,
        practice_id=asked.practice_id,
        at=now,
        actor=actor,
        action=Action.ASK.value,
        about=f"request:{asked.id}",
        after=standing.status.value,
    )
    return case


def announce(
    connection: Connection,
    means: Means,
    cases: list[Case],
    now: datetime,
    *,
    notices: Sequence[Notice] | None = None,
) -> Requested:
    """The event and the mails of what was just stored (``notices``, if not all), and the answer for its first date."""
    first = cases[0]
    standing = first.standing
    bookings.show(connection, means, first, now=now)
    bookings.tell(connection, first, of_asking(standing) if notices is None else notices, now=now)
    zone = ZoneInfo(standing.seat.timezone)
    return Requested(
        id=first.id,
        status=standing.status.value,
        start=standing.span.start.astimezone(zone),
        end=standing.span.end.astimezone(zone),
        expires_at=standing.expires_at,
        token=means.tokens.derive(capabilities.MANAGE, first.id),
        unverified=first.stored.asked.unverified,
        dates=tuple((case.id, case.standing.span.start.astimezone(zone)) for case in cases),
    )
