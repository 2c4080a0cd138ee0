"""Busy rows: the time each series takes, materialised when it is read and again when the horizon slides."""

from __future__ import annotations

import hashlib
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import tzdata  # type: ignore[import-untyped]
from sqlalchemy import Connection, Row, and_, or_, select, update

from sync.model.event import Series
from sync.model.freebusy import BusyInterval
from sync.model.lasting import goes_on_after
from sync.model.occurrences import DEFAULT, busy_in, busy_intervals, busy_plainly, occurrences
from sync.model.plain import plain_spans
from sync.model.timespan import TimeSpan
from sync.store.entries import Entry, add_busy, by_id, change, live, replace_busy
from sync.store.ports import Cipher, ProviderView
from sync.store.tables import busy, calendar, entry

_BEHIND = timedelta(days=2)
_AHEAD = timedelta(days=40)
_SLIDE_EARLY = timedelta(days=10)
_FOREVER = datetime(9990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """Under which zone, policy and window a calendar's series are turned into busy time."""

    zone: str
    view: ProviderView
    now: datetime

    @property
    def window(self) -> TimeSpan:
        return TimeSpan(self.now - _BEHIND, self.now + self.view.horizon + _AHEAD)

    @property
    def key(self) -> str:
        policy = self.view.policy
        parts = (
            zone_data(),
            self.zone,
            policy.tentative,
            policy.unanswered,
            *sorted(policy.soft),
            self.view.horizon,
        )
        return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


@cache
def zone_data() -> str:
    """The release of the time zone data that ``zoneinfo`` reads: the system's where it has any, else tzdata's.

    With another release offsets may be others, so that what was expanded has to be expanded again.
    """
    for folder in map(Path, zoneinfo.TZPATH):
        for name in ("tzdata.zi", "+VERSION"):
            try:
                with (folder / name).open(encoding="ascii", errors="replace") as file:
                    return file.readline().strip()
            except OSError:
                continue
    return str(tzdata.IANA_VERSION)


def reading_of(row: Row[Any], view: ProviderView, now: datetime) -> Reading:
    return Reading(zone=row.zone or view.zone, view=view, now=now)


@dataclass(frozen=True, slots=True)
class Taken:
    """The time a series takes; ``problem`` says why that may be more than is meant, None if it is not."""

    intervals: list[BusyInterval]
    problem: str | None


def expanded(series: Series, reading: Reading) -> Taken:
    """A single event is kept however far ahead it is; a series within the window, which slides."""
    window = reading.window
    if not is_recurring(series):
        window = TimeSpan(window.start, _FOREVER)
    plain = busy_plainly(series, window=window, zone=reading.zone, policy=reading.view.policy)
    if plain is not None:
        return Taken(plain, "; ".join(dict.fromkeys(series.problems)) or None)
    expansion = occurrences(series, window=window, zone=reading.zone)
    problems = dict.fromkeys([*series.problems, *expansion.problems])
    return Taken(busy_in(expansion, series, reading.view.policy), "; ".join(problems) or None)


def is_recurring(series: Series) -> bool:
    return bool(series.recurrence) or len(series.overrides) > 1


def last_instant(series: Series, reading: Reading) -> datetime | None:
    """The last instant the series takes, None if it goes on beyond the window."""
    rules = series.recurrence.rules
    if any("UNTIL=" not in rule.upper() and "COUNT=" not in rule.upper() for rule in rules):
        return None
    window = reading.window if is_recurring(series) else TimeSpan(datetime(1, 1, 3, tzinfo=UTC), _FOREVER)
    if is_recurring(series) and goes_on_after(series, window.end, zone=reading.zone, budget=DEFAULT):
        return None
    plain = plain_spans(series, window=window, zone=reading.zone, budget=DEFAULT)
    if plain is None:
        plain = [item.span for item in occurrences(series, window=window, zone=reading.zone).items]
    ends = [span.end for span in plain]
    if not ends:
        return reading.window.start
    if is_recurring(series) and max(ends) >= window.end:
        return None
    return max(ends)


def materialise(
    connection: Connection, row: Row[Any], entry_id: str, series: Series | None, reading: Reading
) -> None:
    """Set the busy rows of one entry of calendar ``row``; None: it takes no time.

    A series that cannot be followed blocks more than is meant, and why is noted with its entry.
    """
    taken = Taken([], None) if series is None else expanded(series, reading)
    if taken.problem is not None:
        change(connection, entry_id, problem=taken.problem)
    replace_busy(connection, busy_names(row), entry_id, taken.intervals)


def block_besides(
    connection: Connection, row: Row[Any], entry_id: str, series: Series, reading: Reading
) -> None:
    """Add what ``series`` takes to the busy rows that an entry of calendar ``row`` has; none of them goes."""
    known = connection.execute(select(busy.c.starts_at, busy.c.ends_at).where(busy.c.entry_id == entry_id))
    has = {(line.starts_at, line.ends_at) for line in known}
    found = expanded(series, reading).intervals
    more = [item for item in found if (item.span.start, item.span.end) not in has]
    add_busy(connection, busy_names(row), {entry_id: more})


def keep_time(
    connection: Connection, cipher: Cipher, entry_id: str, view: ProviderView, now: datetime
) -> None:
    """Let an entry of ours that takes time by itself take that of what it means now; any other is left as it is.

    So it blocks before it is written, and a flag or a time changed in the calendar counts once it is read.
    """
    found = by_id(connection, cipher, entry_id)
    if found is None or not found.row.takes_time:
        return
    row = connection.execute(select(calendar).where(calendar.c.id == found.row.calendar_id)).one()
    reading, ours = reading_of(row, view, now), found.ours
    materialise(connection, row, found.id, ours, reading)
    if ours is not None:
        last = last_instant(ours, reading)
        change(connection, found.id, recurring=is_recurring(ours), last_instant=last)


def busy_names(row: Row[Any]) -> dict[str, str]:
    """Whose time the busy rows of calendar ``row`` are."""
    return {"practice_id": row.practice_id, "provider_id": row.provider_id, "calendar_id": row.id}


def needs_expansion(row: Row[Any], reading: Reading) -> bool:
    """True when the policy changed or the window has nearly slid past what was expanded."""
    if row.expanded_key is None:
        return False
    far_enough = reading.now + reading.view.horizon + _SLIDE_EARLY
    return bool(row.expanded_key != reading.key or row.expanded_until < far_enough)


def expand_again(connection: Connection, cipher: Cipher, row: Row[Any], reading: Reading) -> None:
    """Make the busy rows of a calendar anew from what is stored; no network."""
    everything = row.expanded_key != reading.key
    start = reading.window.start
    # Locked before any time is touched, as whoever moves an event of hers does: it is expanded as it is by then.
    for found in _to_expand(connection, cipher, row.id, start, everything=everything, lock=True):
        series = found.ours if found.is_ours else found.agreed
        if found.row.quarantined and series is not None:
            # Some of what it has may be of a text of which no more could be saved than that.
            block_besides(connection, row, found.id, series, reading)
        else:
            materialise(connection, row, found.id, series, reading)
        if found.row.last_instant is None and series is not None:
            change(connection, found.id, last_instant=last_instant(series, reading))
    note_expansion(connection, row.id, reading)


def time_behind(
    connection: Connection, cipher: Cipher, row: Row[Any], view: ProviderView, span: TimeSpan
) -> Iterator[tuple[str, BusyInterval]]:
    """What series of calendar ``row`` take of ``span`` behind what was expanded, with the ids of their entries.

    It is worked out anew each time and stored nowhere; single events are stored however far ahead they are.
    """
    begin = row.expanded_until
    if begin is None or begin >= span.end:
        return
    window, zone = TimeSpan(max(begin, span.start), span.end), row.zone or view.zone
    for found in _to_expand(connection, cipher, row.id, begin, everything=False):
        series = found.ours if found.is_ours else found.agreed
        if series is not None:
            for item in busy_intervals(series, window=window, zone=zone, policy=view.policy):
                if item.span.start >= begin:  # what began before is stored
                    yield found.id, item


def note_expansion(connection: Connection, calendar_id: str, reading: Reading) -> None:
    connection.execute(
        update(calendar)
        .where(calendar.c.id == calendar_id)
        .values(expanded_key=reading.key, expanded_until=reading.window.end)
    )


def _to_expand(
    connection: Connection,
    cipher: Cipher,
    calendar_id: str,
    after: datetime,
    *,
    everything: bool,
    lock: bool = False,
) -> Iterator[Entry]:
    """Entries that may take time after an instant; those that do not repeat only with ``everything``."""
    outside = and_(entry.c.origin == "remote", entry.c.agreed_enc.is_not(None))
    ours = and_(entry.c.takes_time, entry.c.ours_enc.is_not(None))
    statement = select(entry).where(live(calendar_id), or_(outside, ours))
    if not everything:
        statement = statement.where(entry.c.recurring)
    statement = statement.where(or_(entry.c.last_instant.is_(None), entry.c.last_instant > after))
    if lock:
        statement = statement.order_by(entry.c.id).with_for_update()
    for found in connection.execute(statement).all():
        yield Entry(found, cipher)
