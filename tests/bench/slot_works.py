"""The works of offered time, made of one number: who offers when, and the busy rows as the database gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from booking.epoch import micros, ticks
from booking.practice import Block, Service
from booking.rules import Rules
from booking.world import Offer, World
from sync.model.timespan import TimeSpan

SEED = 20_260_308
ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo",
)  # fmt: skip
HOURS = ((time(9), time(12)), (time(13), time(18)))
WEEKDAYS = frozenset(range(5))
SERVICE = Service(
    code="s",
    name="Session",
    length=timedelta(minutes=50),
    buffer_before=timedelta(minutes=10),
    buffer_after=timedelta(minutes=10),
)
RULES = Rules(minimum_notice=timedelta(0), horizon_days=400)
LENGTH, BUFFER, STEP = ticks(SERVICE.length), ticks(SERVICE.buffer_before), ticks(RULES.increment)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """One provider's local days from ``first`` up to but without ``end``, and the busy rows, ascending by start."""

    zone: str
    first: date
    end: date
    busy: list[tuple[int, int]]

    @property
    def window(self) -> TimeSpan:
        return TimeSpan(local(self.first, time(0), self.zone), local(self.end, time(0), self.zone))

    def world(self) -> World:
        return World(
            provider="ada",
            zone=self.zone,
            practice_open=True,
            opted_in=True,
            offers={SERVICE.code: Offer(SERVICE, RULES)},
            blocks=[Block(WEEKDAYS, start, end) for start, end in HOURS],
            busy=self.busy,
        )


@dataclass(frozen=True)
class Work:
    name: str
    calendars: list[Calendar]

    @property
    def rows(self) -> int:
        return sum(len(calendar.busy) for calendar in self.calendars)


def works() -> Mapping[str, Work]:
    random = Random(SEED)
    return {
        work.name: work
        for work in (
            Work("W1", [a_calendar(random, ZONES[0], date(2026, 2, 9), 60, 500)]),
            Work("W2", [a_calendar(random, ZONES[0], date(2026, 1, 5), 365, 10_000)]),
            Work("W3", [a_calendar(random, ZONES[n % 6], date(2026, 3, 2), 14, 100) for n in range(300)]),
        )
    }


def local(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def a_calendar(random: Random, zone: str, first: date, days: int, rows: int) -> Calendar:
    """Events of 15-90 minutes between 06:00 and 22:00, at odd minutes, overlapping."""
    busy = []
    for _ in range(rows):
        length = random.randint(15, 90)
        midnight = datetime.combine(first + random.randrange(days) * DAY, time(0))
        begin = midnight + timedelta(minutes=random.randint(6 * 60, 22 * 60 - length))
        start = local(begin.date(), begin.time(), zone)
        busy.append((micros(start), micros(start + timedelta(minutes=length))))
    # New objects in their order, as a cursor lays them down: rows that lie about in memory are waited for.
    return Calendar(zone, first, first + days * DAY, [(start + 0, end + 0) for start, end in sorted(busy)])
