"""Regulars: proposed from the provider's calendars, protected by a hold, freed date by date as they are cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count

from sqlalchemy import Connection

from booking.desk import finding
from booking.desk.means import Means
from booking.ladder import N_
from booking.ports import OutsideSeries
from booking.practice import WEEKDAYS, Client
from booking.refusals import FieldError, Problem, Refused
from booking.regulars import Pattern, called_off, is_offered, pattern_of, same_time
from booking.roles import Action, Actor
from booking.store import audit, claims, regulars
from booking.store.claims import provider_resource
from booking.store.day import clients_seen
from booking.store.finding import KnownProvider
from booking.store.offers import hold_rows, own_hours
from sync.model.moments import instant_to_wall

_LOOK_AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A series that looks like a regular client's. ``title`` None: not for the asker to see."""

    calendar_id: str
    calendar: str
    uid: str
    title: str | None
    pattern: Pattern


class Regulars:
    """Raises ``Refused``: what belongs to others looks as if there were none."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def proposals(self, actor: Actor, provider: str, *, now: datetime) -> tuple[Proposal, ...]:
        """Series that keep an online time and were neither protected nor dismissed; by weekday and time."""
        with self._means.books.read() as connection:
            known = finding.provider_for(connection, actor, provider, Action.RELEASE_HOLDS)
            found = list(self._proposed(connection, known, now))
        titles = actor.may(Action.EVENT_TITLES)
        told = [
            Proposal(each.calendar_id, each.calendar, each.uid, _title(each) if titles else None, pattern)
            for each, pattern in found
        ]
        return tuple(sorted(told, key=lambda each: (sorted(each.pattern.days), each.pattern.start, each.uid)))

    def clients(self, actor: Actor, provider: str) -> tuple[Client, ...]:
        """Of whom one can be chosen."""
        with self._means.books.read() as connection:
            known = finding.provider_for(connection, actor, provider, Action.RELEASE_HOLDS)
            return tuple(clients_seen(connection, actor, [known.slug]))

    def protect(
        self, actor: Actor, provider: str, calendar_id: str, uid: str, client_id: str, *, now: datetime
    ) -> str:
        """Keeps the series' time for the client from now on; the id of the hold."""

        def work(connection: Connection) -> str:
            known = finding.provider_for(connection, actor, provider, Action.RELEASE_HOLDS)
            claims.lock(connection, [provider_resource(known.id)])
            if all(each.id != client_id for each in clients_seen(connection, actor, [known.slug])):
                error = FieldError("client", N_("Please choose the client whose time this is."))
                raise Refused(Problem.INVALID, errors=[error])
            pattern = self._pattern(connection, known, calendar_id, uid, now)
            names = {row.hold.name for row in hold_rows(connection, known.id)}
            made = pattern.hold(_name(pattern, names), client_id)
            hold_id = regulars.add_hold(connection, known.practice.id, known.id, made)
            _judge(connection, known, calendar_id, uid, hold_id, actor, now)
            return hold_id

        hold_id = self._means.write(work)
        self.free_cancelled(now=now)
        return hold_id

    def dismiss(self, actor: Actor, provider: str, calendar_id: str, uid: str, *, now: datetime) -> None:
        """Proposes it no more."""

        def work(connection: Connection) -> None:
            known = finding.provider_for(connection, actor, provider, Action.RELEASE_HOLDS)
            claims.lock(connection, [provider_resource(known.id)])
            self._pattern(connection, known, calendar_id, uid, now)
            _judge(connection, known, calendar_id, uid, None, actor, now)

        self._means.write(work)

    def free_cancelled(self, *, now: datetime) -> int:
        """Opens the dates whose occurrence was cancelled, and holds again those that came back; how many of both.

        A series that has ended, is gone or cannot be read changes nothing: its time stays protected.
        """
        with self._means.books.read() as connection:
            waiting = [
                row
                for row in regulars.protected(connection)
                if (print_ := self._means.mirror.print_of(connection, row.calendar_id, row.uid)) is not None
                and (row.seen_print != print_ or row.seen_at is None or row.seen_at + _LOOK_AGAIN <= now)
            ]

        def one(regular_id: str, zone: str) -> int:
            return self._means.write(lambda connection: self._free(connection, regular_id, zone, now))

        return sum(one(row.id, row.timezone) for row in waiting)

    def _free(self, connection: Connection, regular_id: str, zone: str, now: datetime) -> int:
        found = regulars.find(connection, regular_id)
        if found is None:
            return 0
        row, held = found
        claims.lock(connection, [provider_resource(row.provider_id)])
        outside = self._means.mirror.outside_one(connection, row.calendar_id, row.uid)
        if outside is None:
            return 0
        today = instant_to_wall(now, zone).date()
        off = called_off(outside.series, held.hold, read_in=outside.zone, zone=zone, now=now)
        open_ones = regulars.opened_dates(connection, held.id, since=today)
        here = (connection, row.practice_id, held.id)
        done = sum(regulars.open_date(*here, day, now=now) for day in sorted(off - open_ones))
        for day in sorted(open_ones - off):
            regulars.close_date(*here, day, now=now)
            done += 1
        regulars.seen(connection, regular_id, outside.print, now=now)
        return done

    def _proposed(
        self, connection: Connection, known: KnownProvider, now: datetime
    ) -> Iterator[tuple[OutsideSeries, Pattern]]:
        judged = regulars.judged(connection, known.id)
        holds = [row.hold for row in hold_rows(connection, known.id)]
        blocks, overrides = own_hours(connection, known, now=now)
        today = instant_to_wall(now, known.timezone).date()
        for each in self._means.mirror.outside_series(connection, known.id):
            if (each.calendar_id, each.uid) in judged:
                continue
            pattern = pattern_of(each.series, read_in=each.zone, zone=known.timezone, now=now)
            if pattern is None or same_time(pattern, holds):
                continue
            if is_offered(pattern, blocks, overrides, today=today):
                yield each, pattern

    def _pattern(
        self, connection: Connection, known: KnownProvider, calendar_id: str, uid: str, now: datetime
    ) -> Pattern:
        for each, pattern in self._proposed(connection, known, now):
            if (each.calendar_id, each.uid) == (calendar_id, uid):
                return pattern
        raise Refused(
            Problem.WRONG_STATE, N_("This series is no longer proposed: it was changed, or decided on.")
        )


def _judge(
    connection: Connection,
    known: KnownProvider,
    calendar_id: str,
    uid: str,
    hold_id: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    regulars.add(
        connection,
        practice_id=known.practice.id,
        provider_id=known.id,
        calendar_id=calendar_id,
        uid=uid,
        hold_id=hold_id,
        by=actor.id,
        now=now,
    )
    audit.note(
        connection,
        practice_id=known.practice.id,
        at=now,
        actor=actor.id,
        action="regular dismissed" if hold_id is None else "regular protected",
        about=f"calendar:{calendar_id}",
    )


def _name(pattern: Pattern, taken: set[str]) -> str:
    """Never a client's: those who watch the system read names of holds."""
    days = ", ".join(WEEKDAYS[day] for day in sorted(pattern.days))
    name = f"Regular {days} {pattern.start:%H:%M}"
    others = (f"{name} ({number})" for number in count(2))
    return next(told for told in chain([name], others) if told not in taken)


def _title(each: OutsideSeries) -> str:
    return each.series.master.summary if each.series.master else ""
