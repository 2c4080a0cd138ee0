"""Rows of the mirror: one per series and calendar, both sides of it, and the busy time it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, or_, select, update

from sync.codecs.stored import dump_series, load_series
from sync.model.event import Series
from sync.model.fingerprint import Fingerprint, fingerprint
from sync.model.freebusy import BusyInterval, Weight
from sync.store.bulk import insert_many
from sync.store.ports import Cipher
from sync.store.tables import busy, entry

_REMOVAL = b""


@dataclass(frozen=True, slots=True)
class Entry:
    """One series in one calendar. ``agreed`` and ``ours`` are read lazily, for they are encrypted."""

    row: Row[Any]
    cipher: Cipher

    @property
    def id(self) -> str:
        return str(self.row.id)

    @property
    def is_ours(self) -> bool:
        return bool(self.row.origin == "ours")

    @property
    def agreed_print(self) -> Fingerprint | None:
        return None if self.row.agreed_print is None else Fingerprint(self.row.agreed_print)

    @property
    def ours_print(self) -> Fingerprint | None:
        return None if self.row.ours_print is None else Fingerprint(self.row.ours_print)

    @property
    def agreed(self) -> Series | None:
        return self._series(self.row.agreed_enc)

    @property
    def ours(self) -> Series | None:
        return self._series(self.row.ours_enc)

    @property
    def sent(self) -> Series | None:
        """What was sent without an answer; None also if that was a removal."""
        return None if self.removal_sent else self._series(self.row.sent_enc)

    @property
    def removal_sent(self) -> bool:
        """True while it is not known whether a removal of ours arrived."""
        return self.row.sent_enc is not None and self._opened(self.row.sent_enc) == _REMOVAL

    @property
    def raw(self) -> bytes:
        return b"" if self.row.raw_enc is None else self._opened(self.row.raw_enc)

    def _series(self, secret: bytes | None) -> Series | None:
        return None if secret is None else load_series(self._opened(secret))

    def _opened(self, secret: bytes) -> bytes:
        return self.cipher.unseal(secret, row=self.id)


def sealed(series: Series | None, cipher: Cipher) -> bytes | None:
    """A series as changes and history store it: JSON, encrypted."""
    return None if series is None else cipher.encrypt(dump_series(series))


def sealed_in(row: str, series: Series | None, cipher: Cipher) -> bytes | None:
    """A series as the entry with the id ``row`` stores it: it opens there and nowhere else."""
    return None if series is None else cipher.seal(dump_series(series), row=row)


def sealed_write(series: Series | None, cipher: Cipher, row: str) -> bytes:
    """What is about to be sent, for ``sent_enc``; None stands for a removal."""
    return cipher.seal(_REMOVAL if series is None else dump_series(series), row=row)


def print_of(series: Series | None) -> Fingerprint | None:
    return None if series is None else fingerprint(series)


def by_id(connection: Connection, cipher: Cipher, entry_id: str, *, lock: bool = False) -> Entry | None:
    """``lock``, here and below: whoever will change the row waits for others who do, and then sees what they wrote."""
    row = connection.execute(_locked(select(entry).where(entry.c.id == entry_id), lock)).one_or_none()
    return None if row is None else Entry(row, cipher)


def _locked(statement: Select[Any], lock: bool) -> Select[Any]:
    # SQLite has one writer at a time and leaves the clause out.
    return statement.with_for_update() if lock else statement


def at_hrefs(
    connection: Connection, cipher: Cipher, calendar_id: str, hrefs: Iterable[str], *, lock: bool = False
) -> dict[str, Entry]:
    """The newest entry at each href, closed ones of ours included: they recognise late and restored objects."""
    wanted = list(hrefs)
    found: dict[str, Entry] = {}
    for start in range(0, len(wanted), 500):
        statement = (
            select(entry)
            .where(entry.c.calendar_id == calendar_id, entry.c.href.in_(wanted[start : start + 500]))
            .where(or_(entry.c.gone_at.is_(None), entry.c.origin == "ours"), _not_given_up())
            .order_by(entry.c.created_at)
        )
        for row in connection.execute(_locked(statement, lock)):
            known = found.get(row.href)
            if known is None or known.row.closed_at is not None or row.closed_at is None:
                found[row.href] = Entry(row, cipher)
    return found


def ours_by_uid(
    connection: Connection, cipher: Cipher, calendar_id: str, uid: str, *, lock: bool = False
) -> Entry | None:
    """The entry of ours with this UID, whatever href it has or had."""
    statement = (
        select(entry)
        .where(
            entry.c.calendar_id == calendar_id, entry.c.uid == uid, entry.c.origin == "ours", _not_given_up()
        )
        .order_by(entry.c.incarnation.desc())
        .limit(1)
    )
    row = connection.execute(_locked(statement, lock)).one_or_none()
    return None if row is None else Entry(row, cipher)


def latest_of_booking(
    connection: Connection, cipher: Cipher, booking_ref: str, *, lock: bool = False
) -> Entry | None:
    """The newest incarnation that stands for a booking, in whichever calendar."""
    statement = (
        select(entry)
        .where(entry.c.booking_ref == booking_ref)
        .order_by(entry.c.closed_at.is_not(None), entry.c.created_at.desc(), entry.c.incarnation.desc())
        .limit(1)
    )
    row = connection.execute(_locked(statement, lock)).one_or_none()
    return None if row is None else Entry(row, cipher)


def _not_given_up() -> ColumnElement[bool]:
    return or_(entry.c.closed_by.is_(None), entry.c.closed_by != "given")


def not_read_whole() -> ColumnElement[bool]:
    """Entries a person should look at, for more may be blocked than is meant."""
    return or_(entry.c.quarantined.is_(True), entry.c.problem.is_not(None))


def live(calendar_id: str) -> ColumnElement[bool]:
    """Entries that stand at the remote as far as we know."""
    return and_(entry.c.calendar_id == calendar_id, entry.c.gone_at.is_(None), entry.c.closed_at.is_(None))


def known_etags(connection: Connection, calendar_id: str) -> dict[str, str | None]:
    rows = connection.execute(
        select(entry.c.href, entry.c.etag).where(live(calendar_id), entry.c.href.is_not(None))
    )
    return {row.href: row.etag for row in rows}


def forget_etags(connection: Connection, calendar_id: str) -> None:
    """Let the next listing load every event of others anew, changed or not; until then each blocks what it did."""
    connection.execute(update(entry).where(live(calendar_id), entry.c.origin == "remote").values(etag=None))


def heard_of(
    connection: Connection, calendar_id: str, hrefs: Iterable[str], uids: Iterable[str]
) -> tuple[set[str], set[str]]:
    """Which of these hrefs any entry has or had, and which of these UIDs are those of entries of ours."""
    at = select(entry.c.href).where(entry.c.calendar_id == calendar_id, entry.c.href.in_(list(hrefs)))
    ours = select(entry.c.uid).where(
        entry.c.calendar_id == calendar_id, entry.c.uid.in_(list(uids)), entry.c.origin == "ours"
    )
    return set(connection.execute(at).scalars()), set(connection.execute(ours).scalars())


def add_remote(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> None:
    """Entries of outside events, all with the same columns and each with an ``id`` of its own."""
    insert_many(connection, entry, [{"origin": "remote", **values} for values in entries])


def change(connection: Connection, entry_id: str, **values: Any) -> None:
    connection.execute(update(entry).where(entry.c.id == entry_id).values(**values))


def close(connection: Connection, found: Entry, *, by: str, now: datetime) -> None:
    """An event of ours is gone there and not wanted here. ``by``: who removed it, "us" or "remote".

    The row is kept: its UID and href recognise a late or restored object.
    """
    if found.row.takes_time:
        replace_busy(connection, {}, found.id, [])
    change(
        connection, found.id, agreed_print=None, agreed_enc=None, raw_enc=None, ours_print=None, ours_enc=None,
        sent_enc=None, etag=None, ours_version=found.row.ours_version + 1, due_at=None, attempts=0, error=None,
        blocked=False, held_at=None, closed_at=now, closed_by=by,
    )  # fmt: skip


def mark_seen(connection: Connection, calendar_id: str, hrefs: Iterable[str], *, generation: int) -> None:
    """These were named by the enumeration of this generation, and unchanged."""
    wanted = list(hrefs)
    for start in range(0, len(wanted), 500):
        connection.execute(
            update(entry)
            .where(live(calendar_id), entry.c.href.in_(wanted[start : start + 500]))
            .values(generation=generation)
        )


def unseen(connection: Connection, cipher: Cipher, calendar_id: str, *, generation: int) -> list[Entry]:
    """Live entries that an enumeration of this generation did not name; never ours that are not yet written."""
    statement = select(entry).where(
        live(calendar_id),
        entry.c.href.is_not(None),
        or_(entry.c.agreed_print.is_not(None), entry.c.origin == "remote"),
        entry.c.generation < generation,
    )
    return [Entry(row, cipher) for row in connection.execute(statement)]


def coming(connection: Connection, calendar_id: str, *, now: datetime) -> tuple[int, int]:
    """How many live events of the calendar are not over yet, and how many of these are bookings of ours."""
    statement = select(func.count(), func.count(entry.c.booking_ref)).where(
        live(calendar_id), entry.c.agreed_print.is_not(None), is_coming(now)
    )
    events, bookings = connection.execute(statement).one()
    return int(events), int(bookings)


def is_coming(now: datetime) -> ColumnElement[bool]:
    return or_(entry.c.last_instant.is_(None), entry.c.last_instant > now)


def replace_busy(
    connection: Connection, row: Mapping[str, str], entry_id: str, intervals: Iterable[BusyInterval]
) -> None:
    """Set the busy rows of one entry. ``row`` names practice_id, provider_id and calendar_id."""
    connection.execute(delete(busy).where(busy.c.entry_id == entry_id))
    add_busy(connection, row, {entry_id: intervals})


def add_busy(
    connection: Connection, row: Mapping[str, str], intervals: Mapping[str, Iterable[BusyInterval]]
) -> None:
    """The busy rows of entries that have none yet, by the id of the entry."""
    values = [
        {
            "entry_id": entry_id,
            "starts_at": item.span.start,
            "ends_at": item.span.end,
            "soft": item.weight is Weight.SOFT,
            "all_day": item.all_day,
            **row,
        }
        for entry_id, found in intervals.items()
        for item in _heaviest(found)
    ]
    insert_many(connection, busy, values)


def _heaviest(intervals: Iterable[BusyInterval]) -> Iterable[BusyInterval]:
    """One interval a span, a busy one before a soft one."""
    intervals = list(intervals)
    if len(intervals) < 2:
        return intervals
    by_span = {
        (item.span.start, item.span.end): item
        for item in sorted(intervals, key=lambda item: item.weight is Weight.BUSY)
    }
    return by_span.values()
