"""Random worlds for offered time: odd minutes, buffers, limits, groups, rooms and holds around clock changes.

A world is made of one number, so that a failing one can be made again: ``random_case(number)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from operator import itemgetter
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from booking.epoch import micros, ticks
from booking.holds import HoldRow, ReleaseRow, release_key, stage_count, unit_of
from booking.practice import (
    Block,
    ClientStatus,
    DateOverride,
    Hold,
    Mode,
    Privilege,
    Release,
    ReleaseStage,
    Service,
    WeeklyRelease,
    Window,
)
from booking.rules import Door, NoticeByClock, Rules
from booking.world import Asker, DoorState, Offer, Room, RoomUse, Taken, World
from sync.model.freebusy import Freshness
from sync.model.timespan import TimeSpan

ZONES = (
    "America/New_York", "America/St_Johns", "America/Havana", "America/Santiago", "America/Nuuk",
    "America/Asuncion", "Atlantic/Azores", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut",
    "Asia/Jerusalem", "Asia/Gaza", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe",
    "Australia/Adelaide", "Europe/Berlin", "Europe/Dublin", "Pacific/Auckland", "Pacific/Chatham",
)  # fmt: skip
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
NONE = timedelta(0)
DOOR = Door(0.7, 0.8, 14 * DAY)
MODES = ((Mode.IN_PERSON,), (Mode.TELEHEALTH,), (Mode.IN_PERSON, Mode.TELEHEALTH))
AUDIENCES: tuple[tuple[str, ...], ...] = (
    ("nobody",), ("client:c-1",), ("client:c-2",), ("tag:regulars",), ("status:active",), ("tag:early", "client:c-3"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    world: World
    client: Asker
    window: TimeSpan
    now: datetime
    mode: Mode | None


def cases() -> st.SearchStrategy[Case]:
    return st.integers(0, 2**64 - 1).map(random_case)


def random_case(number: int) -> Case:
    return _Maker(Random(number)).case()


@cache
def clock_changes(zone: str) -> tuple[date, ...]:
    """The local dates from 2024 to 2030 on which the offset changes."""
    found, day, info = [], date(2024, 1, 1), ZoneInfo(zone)
    while day.year < 2031:
        today, tomorrow = (datetime.combine(d, time(0), tzinfo=info).utcoffset() for d in (day, day + DAY))
        if today != tomorrow:
            found.append(day)
        day += DAY
    return tuple(found)


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.zone = random.choice(ZONES)
        # The world lies around this day, most often one on which the clock changes.
        changes = clock_changes(self.zone)
        self.day = random.choice(changes) if changes and self.one_in(1.3) else date(2026, 1, 7)
        self.day += random.randint(-1, 1) * DAY
        self.noon = datetime.combine(self.day, time(12), tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def one_in(self, times: float) -> bool:
        return self.random.random() < 1 / times

    def minutes(self, low: int, high: int) -> timedelta:
        return self.random.randint(low, high) * MINUTE

    def clock(self) -> time:
        return time(self.random.randint(0, 23), self.random.choice([0, 30, self.random.randint(0, 59)]))

    def clocks(self) -> tuple[time, time]:
        first, second = sorted((self.clock(), self.clock()))
        return first, time(0) if self.one_in(5) else second

    def case(self) -> Case:
        start = self.noon - self.minutes(0, 16 * 60)
        window = TimeSpan(start, start + self.minutes(12 * 60, 72 * 60))
        now = self.noon - self.minutes(-12 * 60, 72 * 60) - self.random.choice([NONE, TICK, MINUTE - TICK])
        mode = self.random.choice([None, None, *Mode])
        return Case(self.world(now), self.client(), window, now, mode)

    def world(self, now: datetime) -> World:
        service, rules = self.service(), self.rules()
        blocks = [self.block() for _ in range(self.random.randint(1, 4))]
        held = [HoldRow(f"h-{number}", self.hold()) for number in range(self.random.choice([0, 0, 1, 2]))]
        bookings = self.bookings(service, rules, blocks, now)
        read = self.random.choice(
            [*([now - 15 * MINUTE] * 12), now - 60 * MINUTE, now - 60 * MINUTE - TICK, None]
        )
        return World(
            provider="ada",
            zone=self.zone,
            practice_open=not self.one_in(40),
            opted_in=not self.one_in(40),
            offers={"s": Offer(service, rules)},
            blocks=blocks,
            overrides=[self.override() for _ in range(self.random.choice([0, 0, 0, 0, 1, 2]))],
            busy=self.spans(self.random.randint(0, 5)),
            soft=self.spans(self.random.choice([0, 0, 2])),
            bookings=bookings,
            rooms=self.rooms(bookings),
            holds=held,
            releases=self.releases(held),
            doors={DOOR: DoorState(self.one_in(2), 0.75)},
            freshness=Freshness(read, self.random.choice([0, 1, 1, 2])),
        )

    def spans(self, count: int) -> list[tuple[int, int]]:
        """Ascending by start; of equal starts in any order."""
        return sorted((self.span(300) for _ in range(count)), key=itemgetter(0))

    def service(self) -> Service:
        def buffer() -> timedelta:
            return NONE if self.one_in(2) else self.minutes(1, 45)

        return Service(
            code="s",
            name="Session",
            length=self.minutes(5, 120),
            buffer_before=buffer(),
            buffer_after=buffer(),
            modes=self.random.choice(MODES),
            active=not self.one_in(40),
            online=not self.one_in(40),
            new_clients=not self.one_in(20),
            capacity=self.random.choice([1, 2, 3]),
            room=self.random.choice([None, None, None, None, "any", "Blue"]),
        )

    def rules(self) -> Rules:
        by_clock = NoticeByClock(self.random.randint(0, 1), self.clock())
        return Rules(
            minimum_notice=by_clock if self.one_in(3) else self.minutes(0, 30 * 60),
            horizon_days=self.random.choice([1, 2, 3, *([60] * 6)]),
            increment=self.random.choice([self.minutes(10, 75), 15 * MINUTE, 60 * MINUTE]),
            max_per_day=self.random.choice([0, 1, 2, 3, 3, 8, 8]),
            max_per_week=self.random.choice([0, 0, 0, 2, 4]),
            mode_gap=self.random.choice([NONE, NONE, self.minutes(1, 90)]),
            open_requests_per_client=self.random.choice([0, 1, 2, 2]),
            client_statuses=self.random.choice([frozenset({"new", "active"})] * 8 + [frozenset({"active"})]),
            new_clients=self.random.choice(["open"] * 12 + ["closed", DOOR]),
            longer_notice=self.minutes(0, 60 * 60),
        )

    def client(self) -> Asker:
        if self.one_in(2):
            return Asker(open_requests=int(self.one_in(12)))
        return Asker(
            id="c-1",
            status=self.random.choice(
                [*([ClientStatus.ACTIVE] * 9), ClientStatus.NEW, ClientStatus.INACTIVE]
            ),
            privilege=self.random.choice([*([Privilege.FULL] * 6), *Privilege]),
            providers=self.random.choice([(), (), (), (), ("ada",), ("eve",), ("eve", "ada")]),
            tags=frozenset(tag for tag in ("regulars", "early") if self.one_in(2)),
            open_requests=int(self.one_in(12)),
        )

    def block(self) -> Block:
        start, end = self.clocks()
        return Block(
            days=frozenset(day for day in range(7) if not self.one_in(4)),
            start=start,
            end=end,
            online=not self.one_in(6),
            modes=self.random.choice([*MODES, MODES[2], MODES[2]]),
            services=self.random.choice([*([None] * 6), ("s",), ("other",)]),
            location=self.random.choice([None, None, "east", "west"]),
            from_date=self.random.choice([*([None] * 6), self.day, self.day + DAY]),
            until=self.random.choice([*([None] * 6), self.day, self.day + 2 * DAY]),
            every_weeks=self.random.choice([1, 1, 1, 1, 1, 2, 3]),
        )

    def override(self) -> DateOverride:
        first = self.day + self.random.randint(-1, 3) * DAY
        pairs = [sorted((self.clock(), self.clock())) for _ in range(self.random.choice([0, 1, 2]))]
        windows = tuple(Window(*pair) for pair in pairs)
        return DateOverride(first, first + self.random.randint(0, 2) * DAY, windows)

    def hold(self) -> Hold:
        start, end = self.clocks()
        return Hold(
            name="prime",
            start=start,
            end=end,
            days=frozenset(day for day in range(7) if self.one_in(2)),
            date=self.random.choice([None, None, self.day, self.day + DAY]),
            kept_for=self.random.choice(AUDIENCES),
            release=self.release(),
            from_date=self.random.choice([*([None] * 6), self.day]),
            until=self.random.choice([*([None] * 6), self.day + DAY]),
            every_weeks=self.random.choice([1, 1, 1, 2, 3]),
        )

    def release(self) -> Release:
        if self.one_in(3):
            return None
        if self.one_in(2):
            return WeeklyRelease(self.random.randint(0, 6), self.clock(), self.random.choice([1, 1, 2]))
        return tuple(self.stage() for _ in range(self.random.randint(1, 3)))

    def stage(self) -> ReleaseStage:
        to = self.random.choice([(), *AUDIENCES])
        if self.one_in(2):
            return ReleaseStage(days=self.random.randint(1, 5), to=to)
        return ReleaseStage(exact=self.minutes(30, 90 * 60), to=to)

    def releases(self, rows: list[HoldRow]) -> tuple[ReleaseRow, ...]:
        found = {}
        for row in rows:
            for _ in range(self.random.randint(0, 2)):
                key = release_key(row.hold, self.day + self.random.randint(-1, 3) * DAY)
                stage = self.random.randrange(stage_count(row.hold))
                state = self.random.choice(["released", "reheld", "missed"])
                to = self.random.choice([(), *AUDIENCES])
                unit = unit_of(row.hold) if self.random.random() < 0.9 else "week"
                found[row.id, unit, key, stage] = ReleaseRow(row.id, key, stage, state, to, unit)
        return tuple(found.values())

    def span(self, most: int) -> tuple[int, int]:
        start = self.noon + self.minutes(-36 * 60, 60 * 60)
        return micros(start), micros(start + self.minutes(1, most))

    def bookings(self, service: Service, rules: Rules, blocks: list[Block], now: datetime) -> list[Taken]:
        """Some lie on the grid of a block, as our own bookings do, and some of those are sittings of the service."""
        rows: list[Taken] = []
        for number in range(self.random.choice([0, 1, 2, 3, 5, 7])):
            start, end = self.span(120)
            if self.one_in(1.5):
                day = self.day + self.random.randint(-1, 2) * DAY
                begin = datetime.combine(day, self.random.choice(blocks).start, tzinfo=ZoneInfo(self.zone))
                start = micros(begin.astimezone(UTC) + self.random.randint(0, 4) * rules.increment)
                end = start + ticks(service.length)
            until = self.random.choice([None, None, None, micros(now), micros(now) - 1, micros(now) + 1])
            row = Taken(
                start,
                end,
                ticks(self.minutes(0, 40)),
                ticks(self.minutes(0, 40)),
                f"sitting-{number}",
                self.random.choice(["s", "s", "s", "other"]),
                self.random.choice([*Mode, *service.modes]),
                self.random.choice([None, "Blue", "Green"]),
                until,
            )
            rows += [row] * self.random.choice([1, 1, 2])
        return rows

    def rooms(self, bookings: list[Taken]) -> tuple[Room, ...]:
        found = []
        for name, place in (("Blue", "east"), ("Green", "east"), ("Blue", "west")):
            uses = [
                RoomUse(row.start, row.end, row.session, row.until)
                for row in bookings
                if row.room == name and place == "east"
            ]
            strangers = [self.span(600) for _ in range(self.random.choice([0, 1, 2]))]
            uses += [RoomUse(low, high, f"stranger-{low}") for low, high in strangers]
            found.append(Room(f"{place}/{name}", name, place, tuple(uses)))
        return tuple(found[: self.random.choice([0, 1, 2, 3, 3])])
