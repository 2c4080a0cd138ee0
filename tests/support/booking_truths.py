"""What must hold of requests, groups, series and the waitlist after every step, and once all is quiet."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, select

from booking.requests import Status, held, lapsed
from booking.store import requests, tables
from booking.store.requests import Stored
from sync.model.event import Event, Series
from sync.model.event import Status as EventStatus
from sync.model.occurrences import occurrences
from sync.model.timespan import TimeSpan
from sync.store.tables import entry
from tests.support.desk_world import TEN, DeskWorld

_ZONE = "America/New_York"
_YEAR = TimeSpan(TEN.replace(month=1), TEN.replace(year=TEN.year + 1))
_TOLD: dict[Status, set[str]] = {
    Status.PENDING: {"created", "undone", "rescheduled", "provider_changed"},
    Status.ACCEPTED: {"confirmed", "rescheduled", "undone", "provider_changed"},
    Status.DECLINED: {"declined", "undone"},
    Status.CANCELLED: {"cancelled", "deleted", "undone"},
    Status.EXPIRED: {"expired", "undone"},
}
"""What the client was last told, by where the request stands."""


def what_is_held_is_what_the_states_say(connection: Connection, *, now: datetime) -> None:
    for stored in _all(connection):
        claims = connection.execute(
            select(tables.claim).where(tables.claim.c.request_id == stored.asked.id)
        ).all()
        lasting = {(row.starts_at, row.ends_at) for row in claims if row.until is None or row.until > now}
        expected = {(each.span.start, each.span.end) for each in held(stored.standing, now=now)}
        assert lasting == expected, (stored.standing, lasting, expected)


def no_time_is_given_twice(connection: Connection) -> None:
    rows = connection.execute(select(tables.claim)).all()
    for one in rows:
        for other in rows:
            if one.resource == other.resource and one.session != other.session:
                first = TimeSpan(one.starts_at, one.ends_at)
                assert not first.overlaps(TimeSpan(other.starts_at, other.ends_at))


def the_audit_agrees(connection: Connection) -> None:
    for stored in _all(connection):
        about = f"request:{stored.asked.id}"
        states = connection.execute(
            select(tables.audit.c.after)
            .where(tables.audit.c.object == about, tables.audit.c.after.is_not(None))
            .order_by(tables.audit.c.at)
        ).scalars()
        assert stored.standing.status.value in set(states)


def the_calendar_is_meant_to_say_what_is_true(connection: Connection, world: DeskWorld) -> None:
    """An event stands for each live request: at its time, confirmed or not; for none that has gone."""
    for ref, stored in _by_event(connection).items():
        known = world.mirror.event(connection, ref)
        series = None if known is None else known.series
        live = [each for each in stored if each.standing.live]
        ahead = [each for each in live if each.standing.span.end > world.now]
        if series is None:
            assert not ahead, ahead
            continue
        assert live, stored
        if any(lapsed(each.standing, now=world.now) for each in live):
            continue  # its event goes when the timer comes, wherever it was put meanwhile
        shown = {
            each.key: (each.span, each.event) for each in occurrences(series, window=_YEAR, zone=_ZONE).items
        }
        if live[0].asked.series_id == ref:
            _each_date_is_shown(series, list(shown.values()), live)
        else:
            ((span, event),) = shown.values()
            _is_shown(span, event, live)


def nothing_else_stands_there(connection: Connection, world: DeskWorld) -> None:
    """What a request was shown by before, in another calendar or with another group, has gone."""
    refs = connection.execute(
        select(entry.c.booking_ref).where(entry.c.booking_ref.is_not(None)).distinct()
    ).scalars()
    for ref in set(refs) - _by_event(connection).keys():
        known = world.mirror.event(connection, ref)
        assert known is None or known.series is None, ref


def _each_date_is_shown(series: Series, shown: list[tuple[TimeSpan, Event]], live: list[Stored]) -> None:
    assert len(shown) == len(live), (series, live)
    for each in live:
        if each.standing.proposal is None:
            assert [1 for span, event in shown if _fits(span, event, each)], (series, each.standing)


def _fits(span: TimeSpan, event: Event, stored: Stored) -> bool:
    standing = stored.standing
    confirmed = event.status is EventStatus.CONFIRMED
    stands = confirmed == (standing.status is Status.ACCEPTED) or standing.status is Status.PENDING
    return stands and span == standing.span


def _is_shown(span: TimeSpan, event: Event, live: list[Stored]) -> None:
    if any(each.standing.proposal is not None for each in live):
        return
    pending = any(each.standing.status is Status.PENDING for each in live)
    confirmed = event.status is EventStatus.CONFIRMED
    assert confirmed != pending or pending, (event, live)
    assert {each.standing.span for each in live} == {span}


def offers_hold_their_time(connection: Connection) -> None:
    """To each who waits at most one, and its time is held for it and no other's once it has ended."""
    offers = connection.execute(select(tables.waiting_offer)).all()
    claims = connection.execute(
        select(tables.claim.c.offer_id).where(tables.claim.c.offer_id.is_not(None))
    ).scalars()
    holding = set(claims)
    opened = [row for row in offers if row.state == "open"]
    assert len({row.waiting_id for row in opened}) == len(opened)
    assert holding <= {row.id for row in opened}
    taken = [row.waiting_id for row in offers if row.state == "taken"]
    served = connection.execute(
        select(tables.waiting.c.id).where(tables.waiting.c.state == "served")
    ).scalars()
    assert sorted(taken) == sorted(served)


def everybody_knows_once(connection: Connection) -> None:
    """Each client was told that the request came, and last where it stands: the dates of a series together."""
    for about in _told_together(connection).values():
        mails = connection.execute(
            select(tables.mail)
            .where(
                tables.mail.c.request_id.in_([each.asked.id for each in about]),
                tables.mail.c.audience == "client",
            )
            .order_by(tables.mail.c.created_at, tables.mail.c.sequence)
        ).all()
        assert not any(each.standing.untold for each in about)
        kinds = [row.kind for row in mails if row.kind not in ("proposed", "reminder")]
        assert kinds.count("created") + kinds.count("confirmed") >= 1
        assert kinds.count("created") <= 1
        latest = max(row.created_at for row in mails if row.kind in kinds)
        last = {row.kind for row in mails if row.created_at == latest}
        assert any(last & _TOLD[each.standing.status] for each in about), ([a.standing for a in about], kinds)
        assert len({row.dedupe for row in mails}) == len(mails)


def _told_together(connection: Connection) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = defaultdict(list)
    for stored in _all(connection):
        found[stored.asked.series_id or stored.asked.id].append(stored)
    return found


def _by_event(connection: Connection) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = defaultdict(list)
    for stored in _all(connection):
        found[stored.standing.seat.event].append(stored)
    return found


def _all(connection: Connection) -> list[Stored]:
    ids = connection.execute(select(tables.request.c.id).order_by(tables.request.c.id)).scalars().all()
    found = []
    for request_id in ids:
        stored = requests.find(connection, request_id)
        assert stored is not None
        found.append(stored)
    return found
