"""Why a time is on offer or is not, and what is near it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from booking import explain as rules
from booking.availability import Slot, nearest, open_slots
from booking.desk import access, finding
from booking.desk.forms import Asking
from booking.desk.means import Means
from booking.desk.views import ExplainAnswer, SlotView
from booking.desk.window import a_mode, check_near
from booking.ladder import Source
from booking.refusals import Alternative
from booking.roles import Action, Actor
from booking.store.finding import KnownProvider, KnownService
from booking.store.offers import load_world
from booking.world import Asker
from sync.model.timespan import TimeSpan

_NEAR = timedelta(days=7)
_MOST_SOURCES = 20


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
        if client_id is not None:
            access.demand_not_anothers(connection, actor, client_id)
        asker = _asker(connection, means, known, Asking(client_id=client_id), now)
        world = load_world(connection, means.mirror, known, [offered], window)
        taken = TimeSpan(start, start + offered.service.length).widened(
            offered.service.buffer_before, offered.service.buffer_after
        )
        sources = sources_of(connection, means, known, taken, titles=titles)
    explanation = rules.explain(
        world, service=service, client=asker, start=start, now=now, mode=a_mode(mode), sources=sources
    )
    return ExplainAnswer(explanation, titles)


def sources_of(
    connection: Connection,
    means: Means,
    provider: KnownProvider,
    span: TimeSpan,
    *,
    titles: bool,
    most: int = _MOST_SOURCES,
) -> Sequence[Source]:
    """The outside events that meet the span, by start, ``most`` of them; with their titles only for whoever may."""
    found = []
    zone = ZoneInfo(provider.timezone)
    for row in means.mirror.busy(connection, provider.id, span)[:most]:
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


def _asker(
    connection: Connection, means: Means, provider: KnownProvider, asking: Asking, now: datetime
) -> Asker:
    client = finding.client_of(connection, means, provider.practice.id, asking, now=now)
    return finding.asker(connection, provider.practice.id, client, now=now)
