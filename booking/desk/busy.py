"""A provider's taken time, merged: outside events and our own bookings, for staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from booking.desk import finding
from booking.desk.means import Means
from booking.desk.views import BusyAnswer, BusyView
from booking.ladder import N_
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action, Actor
from booking.store.claims import held_spans
from booking.store.finding import KnownProvider
from sync.model.moments import start_of_day
from sync.model.timespan import TimeSpan

LONGEST_QUERY = 366
Piece = tuple[TimeSpan, frozenset[str]]


def busy(
    means: Means, actor: Actor, provider: str, *, start: date | datetime, end: date | datetime, now: datetime
) -> BusyAnswer:
    with means.books.read() as connection:
        known = finding.provider_for(connection, actor, provider, Action.BUSY)
        window = _window(start, end, known.timezone)
        pieces = [*_outside(connection, means, known, window), *_own(connection, means, known, window, now)]
        checked_at = means.mirror.freshness(connection, known.id).checked_at
    zone = ZoneInfo(known.timezone)
    return BusyAnswer(
        timezone=known.timezone,
        checked_at=checked_at,
        busy=tuple(
            BusyView(span.start.astimezone(zone), span.end.astimezone(zone), tuple(sorted(calendars)))
            for span, calendars in _united(pieces)
        ),
    )


def _outside(
    connection: Connection, means: Means, provider: KnownProvider, window: TimeSpan
) -> Iterable[Piece]:
    names: dict[str, str] = {}
    for row in means.mirror.busy(connection, provider.id, window):
        if row.calendar_id not in names:
            names[row.calendar_id] = means.mirror.source(connection, row.entry_id).calendar
        clipped = row.span.clipped(window)
        if clipped is not None:
            yield clipped, frozenset({names[row.calendar_id]})


def _own(
    connection: Connection, means: Means, provider: KnownProvider, window: TimeSpan, now: datetime
) -> Iterable[Piece]:
    calendar = means.mirror.write_calendar(connection, provider.id)
    names = frozenset() if calendar is None else frozenset({calendar.name})
    for span in held_spans(connection, provider.id, window, now=now):
        clipped = span.clipped(window)
        if clipped is not None:
            yield clipped, names


def _united(pieces: Iterable[Piece]) -> list[Piece]:
    """Sorted and disjoint; adjacent pieces are one, with the calendars of all."""
    found: list[Piece] = []
    for span, calendars in sorted(pieces, key=lambda piece: piece[0]):
        if found and span.start <= found[-1][0].end:
            last, names = found[-1]
            found[-1] = (TimeSpan(last.start, max(last.end, span.end)), names | calendars)
        else:
            found.append((span, calendars))
    return found


def _window(start: date | datetime, end: date | datetime, zone: str) -> TimeSpan:
    """Dates are local days of the provider, the end exclusive; instants are taken as they are."""
    first, last = _instant(start, zone), _instant(end, zone)
    if not first < last:
        raise Refused(Problem.INVALID, errors=[FieldError("end", N_("The end must lie after the start."))])
    if (last - first).days > LONGEST_QUERY:
        raise Refused(Problem.INVALID, errors=[FieldError("end", N_("At most 366 days can be asked for."))])
    return TimeSpan(first, last)


def _instant(moment: date | datetime, zone: str) -> datetime:
    return moment if isinstance(moment, datetime) else start_of_day(moment, zone)
