"""The calendars as booking sees them: its ports, answered from the mirror's tables on the caller's connection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    null,
    or_,
    select,
    union_all,
)

from booking.ports import BusyRow, BusySource, OutsideSeries, WriteCalendar, WrittenEvent
from service.views import StoredViews
from sync.engine.expansion import keep_time, time_behind
from sync.engine.handing_over import hand_over
from sync.model.event import Series
from sync.model.freebusy import Freshness, Weight
from sync.model.timespan import TimeSpan
from sync.store import outbox
from sync.store.entries import Entry, by_id
from sync.store.ports import Cipher
from sync.store.tables import account, busy, calendar, entry


class StoredMirror:
    """Answers ``booking.ports.Mirror``."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._views = StoredViews()

    def write_calendar(self, connection: Connection, provider_id: str) -> WriteCalendar | None:
        found = outbox.write_calendar(connection, provider_id)
        if found is None:
            return None
        row = connection.execute(
            select(calendar.c.name, calendar.c.title, account.c.removed_at)
            .join(account, account.c.id == calendar.c.account_id)
            .where(calendar.c.id == found)
        ).one()
        return WriteCalendar(id=found, name=row.name, title=row.title, connected=row.removed_at is None)

    def put(
        self,
        connection: Connection,
        *,
        booking_ref: str,
        calendar_id: str,
        series: Series,
        now: datetime,
        takes_time: bool = False,
    ) -> None:
        entry_id = outbox.put(
            connection,
            self._cipher,
            booking_ref=booking_ref,
            calendar_id=calendar_id,
            series=series,
            now=now,
            takes_time=takes_time,
        )
        if takes_time:
            view = self._views.view(connection, outbox.provider_of(connection, calendar_id))
            keep_time(connection, self._cipher, entry_id, view, now)

    def taken_out(self, connection: Connection, booking_ref: str) -> Series | None:
        return outbox.taken_out(connection, self._cipher, booking_ref)

    def taken_by(self, connection: Connection, booking_ref: str) -> Sequence[TimeSpan]:
        rows = connection.execute(
            select(busy.c.starts_at, busy.c.ends_at)
            .join(entry, entry.c.id == busy.c.entry_id)
            .where(entry.c.booking_ref == booking_ref)
            .order_by(busy.c.starts_at, busy.c.ends_at)
        )
        return [TimeSpan(row.starts_at, row.ends_at) for row in rows]

    def take_out(self, connection: Connection, *, booking_ref: str, now: datetime) -> None:
        outbox.take_out(connection, self._cipher, booking_ref=booking_ref, now=now)

    def give_up(self, connection: Connection, *, booking_ref: str, now: datetime) -> None:
        hand_over(connection, self._cipher, self._views, booking_ref=booking_ref, now=now)

    def event(self, connection: Connection, booking_ref: str) -> WrittenEvent | None:
        found = outbox.our_event(connection, self._cipher, booking_ref)
        if found is None:
            return None
        return WrittenEvent(
            calendar_id=found.calendar_id,
            calendar=found.calendar_name,
            uid=found.uid,
            remote_id=found.href,
            state=found.state.value,
            written_at=found.written_at,
            series=found.series,
        )

    def busy(self, connection: Connection, provider_id: str, span: TimeSpan) -> Sequence[BusyRow]:
        statement = (
            select(busy)
            .join(calendar, calendar.c.id == busy.c.calendar_id)
            .join(account, account.c.id == calendar.c.account_id)
            .where(
                busy.c.provider_id == provider_id, busy.c.starts_at < span.end, busy.c.ends_at > span.start
            )
            .where(calendar.c.role != "ignore", account.c.removed_at.is_(None))
            .order_by(busy.c.starts_at, busy.c.ends_at)
        )
        known = [
            BusyRow(
                span=TimeSpan(row.starts_at, row.ends_at),
                soft=row.soft,
                all_day=row.all_day,
                calendar_id=row.calendar_id,
                entry_id=row.entry_id,
            )
            for row in connection.execute(statement)
        ]
        behind = self._behind(connection, provider_id, span)
        return sorted([*known, *behind], key=lambda row: row.span) if behind else known

    def _behind(self, connection: Connection, provider_id: str, span: TimeSpan) -> list[BusyRow]:
        """What repeats further ahead than it was expanded: staff may ask for any time, and rules have just changed."""
        rows: Sequence[Row[Any]] = connection.execute(
            _NOT_SO_FAR, {"provider": provider_id, "until": span.end}
        ).all()
        if not rows:
            return []
        view = self._views.view(connection, provider_id)
        return [
            BusyRow(
                span=item.span,
                soft=item.weight is Weight.SOFT,
                all_day=item.all_day,
                calendar_id=row.id,
                entry_id=entry_id,
            )
            for row in rows
            for entry_id, item in time_behind(connection, self._cipher, row, view, span)
        ]

    def source(self, connection: Connection, entry_id: str) -> BusySource:
        found = by_id(connection, self._cipher, entry_id)
        if found is None:
            return BusySource(calendar="", title=None, checked_at=None)
        row = connection.execute(
            select(calendar.c.name, calendar.c.checked_at).where(calendar.c.id == found.row.calendar_id)
        ).one()
        # One of ours that takes time does so before it is written.
        series = found.ours if found.is_ours else found.agreed
        event = None if series is None else (series.master or series.overrides[0].event)
        return BusySource(
            calendar=row.name, title=None if event is None else event.summary, checked_at=row.checked_at
        )

    def outside_series(self, connection: Connection, provider_id: str) -> Sequence[OutsideSeries]:
        statement = (
            _OUTSIDE.where(calendar.c.provider_id == provider_id, entry.c.recurring.is_(True))
            .add_columns(entry.c.id, entry.c.agreed_enc, calendar.c.zone)
            .order_by(calendar.c.created_at, entry.c.uid)
        )
        own = self._views.view(connection, provider_id).zone
        return [self._outside(row, own) for row in connection.execute(statement)]

    def print_of(self, connection: Connection, calendar_id: str, uid: str) -> str | None:
        found = connection.execute(_OUTSIDE.where(calendar.c.id == calendar_id, entry.c.uid == uid)).first()
        return None if found is None else str(found.agreed_print)

    def outside_one(self, connection: Connection, calendar_id: str, uid: str) -> OutsideSeries | None:
        statement = _OUTSIDE.add_columns(
            entry.c.id, entry.c.agreed_enc, calendar.c.zone, calendar.c.provider_id
        )
        row = connection.execute(statement.where(calendar.c.id == calendar_id, entry.c.uid == uid)).first()
        if row is None:
            return None
        return self._outside(row, self._views.view(connection, row.provider_id).zone)

    def _outside(self, row: Row[Any], zone: str) -> OutsideSeries:
        series = Entry(row, self._cipher).agreed
        if series is None:
            raise ValueError("an outside series was read without its text")
        return OutsideSeries(row.calendar_id, row.name, row.uid, row.agreed_print, series, row.zone or zone)

    def freshness(self, connection: Connection, provider_id: str) -> Freshness:
        found = connection.execute(_READINGS_OF_ONE, {"provider": provider_id})
        return _freshness([checked_at for _, checked_at in found])

    def freshnesses(self, connection: Connection, provider_ids: Collection[str]) -> Mapping[str, Freshness]:
        """The oldest good reading of each. An account whose calendars are not known yet counts as never read."""
        readings: dict[str, list[datetime | None]] = {provider_id: [] for provider_id in provider_ids}
        wanted = list(provider_ids)
        for start in range(0, len(wanted), _MANY):
            for row in connection.execute(_READINGS, {"providers": wanted[start : start + _MANY]}):
                readings[row.provider_id].append(row.checked_at)
        return {provider_id: _freshness(found) for provider_id, found in readings.items()}


def _freshness(readings: Sequence[datetime | None]) -> Freshness:
    known = [reading for reading in readings if reading is not None]
    oldest = min(known) if known and len(known) == len(readings) else None
    return Freshness(checked_at=oldest, counted=len(readings))


_OUTSIDE = (
    select(entry.c.calendar_id, calendar.c.name, entry.c.uid, entry.c.agreed_print)
    .join(calendar, calendar.c.id == entry.c.calendar_id)
    .join(account, account.c.id == calendar.c.account_id)
    .where(entry.c.origin == "remote", entry.c.agreed_enc.is_not(None))
    .where(entry.c.gone_at.is_(None), entry.c.closed_at.is_(None))
    .where(calendar.c.role != "ignore", account.c.removed_at.is_(None))
)
_NOT_SO_FAR: Select[Any] = (
    select(calendar.c.id, calendar.c.zone, calendar.c.expanded_until)
    .join(account, account.c.id == calendar.c.account_id)
    .where(calendar.c.provider_id == bindparam("provider"), calendar.c.expanded_until < bindparam("until"))
    .where(calendar.c.role != "ignore", account.c.removed_at.is_(None))
)
_MANY = 500


def _readings(whose: ColumnElement[bool]) -> CompoundSelect[Any]:
    live = and_(whose, account.c.removed_at.is_(None))
    return union_all(
        select(account.c.provider_id, calendar.c.checked_at)
        .join(calendar, calendar.c.account_id == account.c.id)
        .where(
            live, or_(calendar.c.role == "write", calendar.c.role == "busy"), calendar.c.advisory.is_(False)
        ),
        select(account.c.provider_id, null()).where(live, account.c.discovered_at.is_(None)),
    )


_READINGS = _readings(account.c.provider_id.in_(bindparam("providers", expanding=True)))
# Asked before every answer: without a list that would be expanded, and compiled, anew each time.
_READINGS_OF_ONE = _readings(account.c.provider_id == bindparam("provider"))
