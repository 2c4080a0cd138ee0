"""What is on offer, and why a time is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from booking import explain as rules
from booking.availability import Slot, nearest, open_slots, window_of_dates
from booking.desk import finding
from booking.desk.forms import STRANGER, Asking, SlotQuery
from booking.desk.means import Means
from booking.desk.views import ExplainAnswer, NextSlot, SlotAnswer, SlotView
from booking.freshness import state
from booking.ladder import N_, Source
from booking.practice import Mode
from booking.refusals import Alternative, FieldError, Problem, Refused
from booking.roles import Action, Actor
from booking.store import finding as rows
from booking.store.finding import KnownProvider, KnownService
from booking.store.offers import load_world
from booking.world import Asker
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

LONGEST_QUERY = 92
USUAL_QUERY = 14
MOST_NEXT = 50
_DAY = timedelta(days=1)
_NEAR = timedelta(days=7)
_FAR = timedelta(days=4000)
_STEP = timedelta(days=14)
_MOST_SOURCES = 20


def slots(means: Means, query: SlotQuery, *, now: datetime) -> SlotAnswer:
    with means.books.read() as connection:
        provider = finding.provider(connection, query.practice, query.provider)
        zone = _zone(query.zone, provider.timezone)
        window = _window(query, zone, now)
        mode = a_mode(query.mode)
        service = finding.service(connection, provider, query.service)
        asker = _asker(connection, means, provider, query.asking, now)
        world = load_world(connection, means.mirror, provider, [service], window)
    found = open_slots(world, service=query.service, client=asker, window=window, now=now, mode=mode)
    return SlotAnswer(
        timezone=zone,
        freshness=state(world.freshness, now=now, rules=service.rules).value,
        checked_at=world.freshness.checked_at,
        slots=tuple(view(slot, zone) for slot in found),
    )


def next_slots(
    means: Means,
    practice: str,
    service: str,
    *,
    mode: str | None = None,
    limit: int = 5,
    asking: Asking = STRANGER,
    now: datetime,
) -> tuple[NextSlot, ...]:
    """The earliest times of each provider who has the service, the earliest of all first."""
    if not 1 <= limit <= MOST_NEXT:
        text = N_("A limit lies between 1 and 50.")
        raise Refused(Problem.INVALID, errors=[FieldError("limit", text)])
    wanted = a_mode(mode)
    found: list[NextSlot] = []
    with means.books.read() as connection:
        home = finding.practice(connection, practice)
        client = finding.client_of(connection, means, home.id, asking, now=now)
        asker = finding.asker(connection, home.id, client, now=now)
        for provider in rows.providers_of(connection, home):
            known = [each for each in rows.services_of(connection, provider) if each.service.code == service]
            if provider.open and known:
                times = _earliest(connection, means, provider, known[0], asker, wanted, limit, now)
                shown = finding.provider_view(provider)
                found += [NextSlot(shown, view(slot, provider.timezone)) for slot in times]
    found.sort(key=lambda each: (each.slot.start, each.provider.slug))
    return tuple(found[:limit])


def _earliest(
    connection: Connection,
    means: Means,
    provider: KnownProvider,
    service: KnownService,
    asker: Asker,
    mode: Mode | None,
    limit: int,
    now: datetime,
) -> list[Slot]:
    """The first ``limit`` times within the horizon, looked for two weeks at a time."""
    found: list[Slot] = []
    for window in _steps(now, now + (service.rules.horizon_days + 1) * _DAY):
        world = load_world(connection, means.mirror, provider, [service], window)
        code = service.service.code
        found += open_slots(world, service=code, client=asker, window=window, now=now, mode=mode)
        if len(found) >= limit:
            break
    return found[:limit]


def _steps(start: datetime, end: datetime) -> Iterator[TimeSpan]:
    while start < end:
        yield TimeSpan(start, min(start + _STEP, end))
        start += _STEP


def alternatives(
    means: Means,
    provider: KnownProvider,
    service: KnownService,
    asker: Asker,
    wanted: datetime,
    *,
    now: datetime,
) -> list[Alternative]:
    """Up to three times on offer nearest to one that is not, within a week of it."""
    window = TimeSpan(wanted - _NEAR, wanted + _NEAR)
    with means.books.read() as connection:
        world = load_world(connection, means.mirror, provider, [service], window)
    found = open_slots(world, service=service.service.code, client=asker, window=window, now=now)
    shown = (view(slot, provider.timezone) for slot in nearest(found, wanted))
    return [Alternative(slot.start, slot.end, slot.modes) for slot in shown]


def explain(
    means: Means,
    actor: Actor,
    provider: str,
    *,
    service: str,
    start: datetime,
    client_id: str | None,
    mode: str | None,
    now: datetime,
) -> ExplainAnswer:
    titles = actor.may(Action.EVENT_TITLES)
    check_near(start.date(), now.date(), "start")
    window = TimeSpan(start, start + timedelta(microseconds=1))
    with means.books.read() as connection:
        known = finding.provider_for(connection, actor, provider, Action.EXPLAIN)
        offered = finding.service(connection, known, service)
        asker = _asker(connection, means, known, Asking(client_id=client_id), now)
        world = load_world(connection, means.mirror, known, [offered], window)
        taken = TimeSpan(start, start + offered.service.length).widened(
            offered.service.buffer_before, offered.service.buffer_after
        )
        sources = _sources(connection, means, known, taken, titles=titles)
    explanation = rules.explain(
        world, service=service, client=asker, start=start, now=now, mode=a_mode(mode), sources=sources
    )
    return ExplainAnswer(explanation, titles)


def _sources(
    connection: Connection, means: Means, provider: KnownProvider, span: TimeSpan, *, titles: bool
) -> Sequence[Source]:
    found = []
    zone = ZoneInfo(provider.timezone)
    for row in means.mirror.busy(connection, provider.id, span)[:_MOST_SOURCES]:
        source = means.mirror.source(connection, row.entry_id)
        found.append(
            Source(
                calendar=source.calendar,
                title=source.title if titles else None,
                start=row.span.start.astimezone(zone),
                end=row.span.end.astimezone(zone),
                checked_at=source.checked_at,
                soft=row.soft,
            )
        )
    return found


def view(slot: Slot, zone: str) -> SlotView:
    place = ZoneInfo(zone)
    modes = tuple(mode.value for mode in slot.modes)
    return SlotView(slot.start.astimezone(place), slot.end.astimezone(place), modes)


def a_mode(text: str | None) -> Mode | None:
    try:
        return None if text is None else Mode(text)
    except ValueError:
        error = FieldError("mode", N_("A mode is in_person or telehealth."))
        raise Refused(Problem.INVALID, errors=[error]) from None


def _zone(asked: str | None, own: str) -> str:
    if asked is None:
        return own
    try:
        return ZoneInfo(asked).key
    except (ValueError, OSError, KeyError):
        error = FieldError("tz", N_("There is no such time zone."))
        raise Refused(Problem.INVALID, errors=[error]) from None


def _window(query: SlotQuery, zone: str, now: datetime) -> TimeSpan:
    start = query.start or instant_to_wall(now, zone).date()
    end = query.end or _later(start, USUAL_QUERY)
    if not start < end:
        raise Refused(Problem.INVALID, errors=[FieldError("end", N_("The end must lie after the start."))])
    if (end - start).days > LONGEST_QUERY:
        raise Refused(Problem.INVALID, errors=[FieldError("end", N_("At most 92 days can be asked for."))])
    check_near(start, instant_to_wall(now, zone).date(), "start")
    return window_of_dates(start, end, zone=zone)


def check_near(day: date, today: date, field: str) -> None:
    """Dates of other ages are refused: no rule reaches there, and arithmetic may not either."""
    if abs(day - today) > _FAR:
        raise Refused(Problem.INVALID, errors=[FieldError(field, N_("This date is too far away."))])


def _later(day: date, days: int) -> date:
    try:
        return day + days * _DAY
    except OverflowError:
        return date.max


def _asker(
    connection: Connection, means: Means, provider: KnownProvider, asking: Asking, now: datetime
) -> Asker:
    client = finding.client_of(connection, means, provider.practice.id, asking, now=now)
    return finding.asker(connection, provider.practice.id, client, now=now)
