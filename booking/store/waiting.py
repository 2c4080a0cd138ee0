"""The waitlist as rows: who waits, and what was offered to whom."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from booking.store.tables import claim, waiting, waiting_offer
from booking.waitlist import Part, Waiting, is_over
from sync.model.identity import new_id
from sync.model.timespan import TimeSpan


def add(connection: Connection, **values: Any) -> str:
    waiting_id = new_id()
    connection.execute(insert(waiting).values(id=waiting_id, state="waiting", **values))
    return waiting_id


def add_link(connection: Connection, waiting_id: str, token_hash: str) -> None:
    """The link of the client, by the hash of its token."""
    connection.execute(update(waiting).where(waiting.c.id == waiting_id).values(token_hash=token_hash))


def by_link(connection: Connection, token_hash: str) -> Row[Any] | None:
    return connection.execute(select(waiting).where(waiting.c.token_hash == token_hash)).one_or_none()


def find(connection: Connection, waiting_id: str) -> Row[Any] | None:
    return connection.execute(select(waiting).where(waiting.c.id == waiting_id)).one_or_none()


def rows_of(
    connection: Connection, practice_id: str, provider_id: str | None, *, now: datetime
) -> list[Row[Any]]:
    """Those who wait, longest first; of one provider, or of all. Whose last day is past waits no more."""
    statement = select(waiting).where(waiting.c.practice_id == practice_id, waiting.c.state == "waiting")
    if provider_id is not None:
        statement = statement.where(waiting.c.provider_id == provider_id)
    found = connection.execute(statement.order_by(waiting.c.joined_at, waiting.c.id))
    return [row for row in found if not is_over(row.last, row.timezone, now=now)]


def over(connection: Connection, *, now: datetime) -> list[tuple[str, str]]:
    """Places whose last wished day is past: their ids, and for whose time they waited."""
    # No zone is more than a day ahead of UTC.
    soon = now.date() + timedelta(days=1)
    rows = connection.execute(select(waiting).where(waiting.c.state == "waiting", waiting.c.last < soon))
    return [(row.id, row.provider_id) for row in rows if is_over(row.last, row.timezone, now=now)]


def providers_waited_for(connection: Connection) -> list[str]:
    statement = select(waiting.c.provider_id).where(waiting.c.state == "waiting").distinct()
    return list(connection.execute(statement).scalars())


def waiting_for(connection: Connection, provider_id: str) -> list[Waiting]:
    """Those who wait for a provider, with what they were offered so far."""
    rows = connection.execute(
        select(waiting).where(waiting.c.provider_id == provider_id, waiting.c.state == "waiting")
    ).all()
    offers = connection.execute(
        select(waiting_offer).where(waiting_offer.c.waiting_id.in_([row.id for row in rows]))
    ).all()
    seen: dict[str, set[datetime]] = defaultdict(set)
    open_now: set[str] = set()
    for offer in offers:
        seen[offer.waiting_id].add(offer.starts_at)
        if offer.state == "open":
            open_now.add(offer.waiting_id)
    return [
        Waiting(
            id=row.id,
            service=row.service_code,
            mode=row.mode,
            zone=row.timezone,
            days=frozenset(row.days),
            part=Part(row.part),
            first=row.first,
            last=row.last,
            joined_at=row.joined_at,
            offered=row.id in open_now,
            seen=frozenset(seen[row.id]),
        )
        for row in rows
    ]


def add_offer(
    connection: Connection,
    *,
    offer_id: str,
    practice_id: str,
    to: Waiting,
    span: TimeSpan,
    mode: str,
    until: datetime,
    now: datetime,
) -> None:
    connection.execute(
        insert(waiting_offer).values(
            id=offer_id,
            practice_id=practice_id,
            waiting_id=to.id,
            starts_at=span.start,
            ends_at=span.end,
            service_code=to.service,
            mode=mode,
            made_at=now,
            until=until,
            state="open",
        )
    )


def open_offer(connection: Connection, waiting_id: str) -> Row[Any] | None:
    """What is offered now, whether or not it has run out."""
    return connection.execute(
        select(waiting_offer).where(waiting_offer.c.waiting_id == waiting_id, waiting_offer.c.state == "open")
    ).one_or_none()


def close_offer(connection: Connection, offer_id: str, state: str) -> bool:
    """Ends an open offer, and gives its time back. False: somebody was quicker."""
    done = connection.execute(
        update(waiting_offer)
        .where(waiting_offer.c.id == offer_id, waiting_offer.c.state == "open")
        .values(state=state)
    )
    connection.execute(claim.delete().where(claim.c.offer_id == offer_id))
    return done.rowcount == 1


def end(connection: Connection, waiting_id: str, state: str) -> bool:
    """Served, removed or lapsed; False if it was no longer waiting."""
    done = connection.execute(
        update(waiting).where(waiting.c.id == waiting_id, waiting.c.state == "waiting").values(state=state)
    )
    return done.rowcount == 1


def lapsed(connection: Connection, *, now: datetime) -> list[tuple[str, str]]:
    """Offers that have run out: their ids, and of whose time they are."""
    rows = connection.execute(
        select(waiting_offer.c.id, waiting.c.provider_id)
        .join(waiting, waiting.c.id == waiting_offer.c.waiting_id)
        .where(waiting_offer.c.state == "open", waiting_offer.c.until <= now)
    )
    return [(row.id, row.provider_id) for row in rows]


def offers_have_lapsed(connection: Connection, *, now: datetime) -> bool:
    condition = exists().where(waiting_offer.c.state == "open", waiting_offer.c.until <= now)
    return bool(connection.execute(select(condition)).scalar_one())
