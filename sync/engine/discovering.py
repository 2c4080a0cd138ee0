"""Finding an account's calendars and giving each the role its practice file states."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, Row, insert, select, update

from sync.backends.protocol import Discovery, RemoteCalendar
from sync.engine.context import Pass
from sync.matching import Candidate, MatchRule, assign
from sync.model.identity import new_id
from sync.store.accounts import give_role, learn, role_values
from sync.store.tables import account, calendar, calendar_rule

_EVERY = timedelta(hours=12)


def is_due(row: Row[Any], now: object) -> bool:
    return row.discovered_at is None or row.discover_due_at is None or row.discover_due_at <= now


def discover(run: Pass, row: Row[Any], *, jitter: float) -> None:
    """Ask the account what it holds and store it. Raises ``MatchFailed`` if a rule fits none or several calendars.

    A calendar that is no longer listed is left as it is: only reading it says what became of it.
    """
    found = run.backend.discover()
    with run.database.write() as connection:
        run.prove_lease(connection)
        # What her practice says of her is asked for each time, and ends when it is no longer said.
        found = replace(found, own_addresses=found.own_addresses - run.view.own_addresses)
        keep_discovery(connection, row, found, now=run.now, jitter=jitter)


def keep_discovery(
    connection: Connection, row: Row[Any], found: Discovery, *, now: datetime, jitter: float
) -> None:
    """Store what was discovered of the account ``row``. Raises ``MatchFailed``, as ``discover`` does."""
    found = _spelt_as_known(connection, row.id, found)
    rules = rules_of(connection, row.id)
    roles = assign(rules, _candidates(connection, row.id, found))
    for item in found.calendars:
        _store(connection, row, item, roles.get(item.remote_id), now)
    _note(connection, row, found, now, jitter)


def _spelt_as_known(connection: Connection, account_id: str, found: Discovery) -> Discovery:
    """The calendars under the addresses they have here, where only the spelling differs (``%40`` for ``@``)."""
    statement = select(calendar.c.remote_id, calendar.c.url).where(calendar.c.account_id == account_id)
    known = {unquote(line.remote_id): line for line in connection.execute(statement)}
    items = []
    for item in found.calendars:
        line = known.get(unquote(item.remote_id))
        if line is not None and unquote(line.url) == unquote(item.url):
            item = replace(item, remote_id=line.remote_id, url=line.url)
        items.append(item)
    return replace(found, calendars=tuple(items))


def _candidates(connection: Connection, account_id: str, found: Discovery) -> list[Candidate]:
    """What a rule may mean: the calendars listed now, and those known from before that are missing at the moment."""
    listed = {item.remote_id: Candidate(item.remote_id, item.name) for item in found.calendars}
    statement = select(calendar.c.remote_id, calendar.c.name).where(calendar.c.account_id == account_id)
    known = {row.remote_id: Candidate(row.remote_id, row.name) for row in connection.execute(statement)}
    return list((known | listed).values())


def rules_of(connection: Connection, account_id: str) -> list[MatchRule]:
    statement = (
        select(calendar_rule)
        .where(calendar_rule.c.account_id == account_id)
        .order_by(calendar_rule.c.position)
    )
    return [
        MatchRule(match=line.match, role=line.role, title=line.title, advisory=line.advisory)
        for line in connection.execute(statement)
    ]


def _store(
    connection: Connection, row: Row[Any], item: RemoteCalendar, rule: MatchRule | None, now: datetime
) -> None:
    values: dict[str, Any] = {
        "url": item.url,
        "name": item.name,
        "zone": item.zone,
        "writable": item.writable,
    }
    known = connection.execute(
        select(calendar).where(calendar.c.account_id == row.id, calendar.c.remote_id == item.remote_id)
    ).one_or_none()
    if known is None:
        connection.execute(
            insert(calendar).values(
                id=new_id(),
                practice_id=row.practice_id,
                account_id=row.id,
                provider_id=row.provider_id,
                remote_id=item.remote_id,
                state="new",
                due_at=now,
                created_at=now,
                **role_values(rule),
                **values,
            )
        )
        return
    connection.execute(update(calendar).where(calendar.c.id == known.id).values(**values))
    give_role(connection, known, rule, now=now)


def _note(connection: Connection, row: Row[Any], found: Discovery, now: datetime, jitter: float) -> None:
    learn(connection, row.id, **found.capabilities)
    connection.execute(
        update(account)
        .where(account.c.id == row.id)
        .values(
            principal=found.principal,
            own_addresses=sorted(found.own_addresses),
            discovered_at=now,
            discover_due_at=now + _EVERY * (0.9 + jitter / 5),
        )
    )
