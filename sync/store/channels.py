"""Push channels as they are kept: written down before they are asked for, forgotten only once they are over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from sync.channels import ChannelState, Expected, KnownChannel, Message, counts, read_at
from sync.store.leases import database_now
from sync.store.tables import account, calendar, channel

_LONGEST_WAIT = timedelta(hours=6)
_SECRET_KEPT = timedelta(days=1)


def push_is_live(connection: Connection, calendar_id: str, now: datetime) -> bool:
    """Whether messages about this calendar are to be expected now. Some are lost all the same."""
    return calendar_id in live_calendars(connection, [calendar_id], now=now)


def live_calendars(connection: Connection, calendar_ids: Collection[str], *, now: datetime) -> set[str]:
    """Those of the calendars that have a live channel."""
    statement = select(channel.c.calendar_id).where(
        channel.c.calendar_id.in_(list(calendar_ids)),
        channel.c.state == ChannelState.LIVE.value,
        channel.c.expires_at > now,
    )
    return set(connection.execute(statement).scalars())


def channels_of(connection: Connection, calendar_id: str) -> list[KnownChannel]:
    rows = connection.execute(select(channel).where(channel.c.calendar_id == calendar_id))
    return [
        KnownChannel(row.id, ChannelState(row.state), row.address, row.opened_at, row.expires_at)
        for row in rows
    ]


def note_opening(
    connection: Connection,
    row: Row[Any],
    *,
    channel_id: str,
    token_hash: str,
    address: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Before the remote is asked for a channel on the calendar ``row``."""
    connection.execute(
        insert(channel).values(
            id=channel_id,
            practice_id=row.practice_id,
            account_id=row.account_id,
            calendar_id=row.id,
            token_hash=token_hash,
            address=address,
            state=ChannelState.OPENING.value,
            opened_at=now,
            expires_at=expires_at,
        )
    )


def note_live(
    connection: Connection, row: Row[Any], channel_id: str, *, resource_id: str, expires_at: datetime
) -> None:
    connection.execute(
        update(channel)
        .where(channel.c.id == channel_id)
        .values(state=ChannelState.LIVE.value, resource_id=resource_id, expires_at=expires_at)
    )
    connection.execute(
        update(calendar)
        .where(calendar.c.id == row.id)
        .values(push_text=None, push_failures=0, push_not_before=None)
    )


def note_refused(connection: Connection, row: Row[Any], *, text: str, failures: int, until: datetime) -> None:
    connection.execute(
        update(calendar)
        .where(calendar.c.id == row.id)
        .values(push_text=text, push_failures=failures, push_not_before=until)
    )


def note_unwanted(connection: Connection, row: Row[Any], *, text: str) -> None:
    """No channel is asked for, and nothing will be refused."""
    connection.execute(
        update(calendar)
        .where(calendar.c.id == row.id)
        .values(push_text=text, push_failures=0, push_not_before=None)
    )


def forget(connection: Connection, channel_ids: Collection[str]) -> None:
    """Of channels that are stopped, that ran out, or that the remote refused to open."""
    connection.execute(delete(channel).where(channel.c.id.in_(list(channel_ids))))


def retire(connection: Connection, channel_ids: Collection[str], *, now: datetime) -> None:
    """Have live channels stopped; from now on their messages count no longer."""
    connection.execute(
        update(channel)
        .where(channel.c.id.in_(list(channel_ids)), channel.c.state == ChannelState.LIVE.value)
        .values(state=ChannelState.RETIRING.value, due_at=now)
    )


def retire_account(connection: Connection, account_id: str, *, now: datetime) -> int:
    """Have every live channel of the account stopped, removed or not, and say how many are to be stopped in all.

    A pass over the account stops them, as long as it has credentials. Call it after what is written to the account.
    """
    of_account = select(channel.c.id).where(channel.c.account_id == account_id)
    retire(connection, list(connection.execute(of_account).scalars()), now=now)
    return len(to_stop(connection, account_id, now=None))


def to_stop(connection: Connection, account_id: str, *, now: datetime | None) -> Sequence[Row[Any]]:
    """Retiring channels whose next try is due; all of them without ``now``."""
    statement = select(channel).where(
        channel.c.account_id == account_id, channel.c.state == ChannelState.RETIRING.value
    )
    if now is not None:
        statement = statement.where(channel.c.due_at <= now)
    return connection.execute(statement.order_by(channel.c.opened_at, channel.c.id)).all()


def put_off_stop(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    wait = min(_LONGEST_WAIT, timedelta(minutes=1) * (1 << min(row.failures, 9)))
    connection.execute(
        update(channel)
        .where(channel.c.id == row.id)
        .values(failures=row.failures + 1, due_at=min(now + wait, row.expires_at))
    )


def wind_up(connection: Connection, account_id: str, *, now: datetime, useless: bool) -> None:
    """Erase a removed account's secret if it is useless, once its channels are stopped or over, or after a day."""
    forget_over(connection, account_id, now=now)
    removed = connection.execute(select(account.c.removed_at).where(account.c.id == account_id)).scalar_one()
    waits = to_stop(connection, account_id, now=None) and now < removed + _SECRET_KEPT
    if useless or not waits:
        connection.execute(update(account).where(account.c.id == account_id).values(secret_enc=None))


def forget_over(connection: Connection, account_id: str, *, now: datetime) -> None:
    connection.execute(delete(channel).where(channel.c.account_id == account_id, channel.c.expires_at <= now))


class Heard(StrEnum):
    """What became of a message."""

    IGNORED = "ignored"
    KNOWN = "known"
    """The calendar is to be read already, by a reading that has not begun."""
    NEW = "new"
    """The calendar has to be marked: ``mark_changed``."""


def hear(connection: Connection, message: Message, *, now: datetime) -> Heard:
    """Judge a message. Reads only, and no more for a channel nobody knows than it takes to miss it."""
    row = connection.execute(_heard(message.channel_id)).one_or_none()
    expected = None
    if row is not None:
        expected = Expected(
            ChannelState(row.channel_state), row.token_hash, row.resource_id, row.expires_at, row.last_number
        )
    if not counts(message, expected, now=now) or row is None or not _is_read(row):
        return Heard.IGNORED
    # A reading under way may be past the change: only one that has not begun is sure to see it.
    reading = row.lease_until is not None and row.lease_until >= database_now(connection)
    marked = row.dirty_at is not None and not reading and row.due_at == _read_at(row, now)
    return Heard.KNOWN if marked else Heard.NEW


def mark_changed(connection: Connection, message: Message, *, now: datetime) -> datetime | None:
    """Have the calendar read because of a message heard as new; when that is due, None if the channel is gone."""
    # The channel is locked before the calendar, as where a channel is opened.
    connection.execute(
        update(channel)
        .where(channel.c.id == message.channel_id, channel.c.last_number < message.number)
        .values(last_number=message.number)
    )
    row = connection.execute(_heard(message.channel_id).with_for_update(of=calendar)).one_or_none()
    if row is None:
        return None
    due_at = _read_at(row, now)
    connection.execute(
        update(calendar).where(calendar.c.id == row.calendar_id).values(dirty_at=now, due_at=due_at)
    )
    return due_at


def _heard(channel_id: str) -> Any:
    return (
        select(
            channel.c.calendar_id,
            channel.c.state.label("channel_state"),
            channel.c.token_hash,
            channel.c.resource_id,
            channel.c.expires_at,
            channel.c.last_number,
            calendar.c.role,
            calendar.c.due_at,
            calendar.c.dirty_at,
            calendar.c.checked_at,
            calendar.c.failures,
            account.c.removed_at,
            account.c.lease_until,
        )
        .join(calendar, calendar.c.id == channel.c.calendar_id)
        .join(account, account.c.id == channel.c.account_id)
        .where(channel.c.id == channel_id)
    )


def _is_read(row: Row[Any]) -> bool:
    return row.removed_at is None and row.role != "ignore"


def _read_at(row: Row[Any], now: datetime) -> datetime | None:
    return read_at(due_at=row.due_at, checked_at=row.checked_at, failing=row.failures > 0, now=now)
