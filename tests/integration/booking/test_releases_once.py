"""Each release happens once and none early, however workers start, stop, meet and tell the time.

Random schedules at a real database. ``FREEHOLD_LONG=20000`` plays a thousand of them at each, else a few.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from booking.desk import Desk
from booking.holds import HoldRow
from booking.practice import Hold, ReleaseStage, WeeklyRelease
from booking.releasing import held_time
from booking.store import releases, tables
from booking.store.offers import release_from
from booking.store.practice_rows import hold_values
from service.database import Database
from service.secrecy import TokenMaker
from sync.model.identity import new_id
from tests.support.desk_world import DeskWorld, Looked
from tests.support.slot_oracle import wall, wall_end

SCHEDULES = int(os.environ.get("FREEHOLD_LONG", "500")) // 20
DAY = timedelta(days=1)
# Each with its clock changes, in both directions and at odd hours; Lord Howe moves by half an hour.
ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
    "Asia/Kathmandu",
)
CHANGES = [date(2026, month, day) for month, day in ((3, 6), (3, 27), (4, 3), (10, 2), (10, 23), (10, 30))]


class Crash(Exception):
    """A worker is killed before it commits."""


@dataclass
class Schedule:
    """One hold, one clock, and everything that happens to the workers that release it."""

    world: DeskWorld
    random: random.Random

    def __post_init__(self) -> None:
        self.zone = self.random.choice(ZONES)
        self.hold = self._hold()
        self.hold_id = new_id()
        owner = {"practice_id": self.world.practice_id, "provider_id": self.world.providers["ada"]}
        with self.world.database.write() as connection:
            connection.execute(delete(tables.hold))
            connection.execute(update(tables.provider).values(timezone=self.zone))
            connection.execute(
                insert(tables.hold).values(id=self.hold_id, **owner, **hold_values(self.hold, 0))
            )
        first = self.random.choice(CHANGES) - self.random.randint(0, 9) * DAY
        self.clock = datetime.combine(first, time(self.random.randint(0, 23), 7), tzinfo=UTC)
        self.rows: dict[tuple[str, date, int], Any] = {}
        self.latest = self.clock

    def _hold(self) -> Hold:
        start = self.random.randint(0, 22)
        days = frozenset(day for day in range(7) if self.random.random() < 0.4) or frozenset({0})
        clock = time(self.random.randint(0, 23), self.random.choice([0, 15, 30]))
        weekly = WeeklyRelease(self.random.randint(0, 6), clock, self.random.choice([1, 1, 2]))
        stages = (
            ReleaseStage(days=self.random.randint(3, 7), to=("tag:regulars",)),
            ReleaseStage(exact=timedelta(minutes=self.random.randint(30, 60 * 60))),
        )
        release = self.random.choice([weekly, stages, stages[1:]])
        marker = self.random.random() < 0.5
        return Hold(
            "evening", time(start, 30), time(start + 1, 15), days=days, release=release, marker=marker
        )

    def play(self) -> None:
        for _ in range(self.random.randint(6, 14)):
            step = self.random.choice(["run", "run", "double", "crash", "restart", "on", "on", "back"])
            getattr(self, step)()

    def run(self) -> None:
        self.world.desk.release_holds(now=self.clock)
        self.check(self.clock)
        self.check_shown()

    def double(self) -> None:
        """Two workers at once, whose clocks differ a little."""
        clocks = [self.clock, self.clock + timedelta(seconds=self.random.randint(-90, 90))]
        with ThreadPoolExecutor(2) as workers:
            list(workers.map(lambda now: self.world.desk.release_holds(now=now), clocks))
        self.check(max(clocks))

    def crash(self) -> None:
        before = self.stored()
        try:
            with self.world.database.write() as connection:
                releases.release_due(connection, self.world.providers["ada"], now=self.clock)
                raise Crash
        except Crash:
            assert self.stored() == before

    def restart(self) -> None:
        url = self.world.database.engine.url
        self.world.database.close()
        self.world.database = Database(url)
        tokens = TokenMaker("x" * 40)
        self.world.desk = Desk(
            self.world.database, self.world.mirror, tokens, Looked(), base_url="https://book.example"
        )

    def on(self) -> None:
        """Time goes on: mostly a little, sometimes past whole weeks in which no worker ran."""
        most = self.random.choice([60, 24 * 60, 24 * 60, 16 * 24 * 60])
        self.clock += timedelta(minutes=self.random.randint(1, most))

    def back(self) -> None:
        """The machine's clock is set back."""
        self.clock -= timedelta(minutes=self.random.randint(1, 2 * 24 * 60))

    def stored(self) -> dict[tuple[str, date, int], Any]:
        table = tables.hold_release
        with self.world.database.read() as connection:
            rows = connection.execute(select(table).where(table.c.hold_id == self.hold_id)).all()
        return {(row.unit, row.day, row.stage): row for row in rows}

    def acts(self) -> Counter[str]:
        """How often each release was done, by the log."""
        with self.world.database.read() as connection:
            return Counter(line.after for line in releases.log(connection, self.hold_id, most=10_000))

    def check(self, now: datetime) -> None:
        """After a run that ended well at ``now``."""
        found = self.stored()
        assert {key: found[key] for key in self.rows} == self.rows, "what was recorded was changed"
        assert set(self.acts().values()) <= {1}, "a release was done twice"
        assert len(self.acts()) == len(found)
        for key, row in found.items():
            meant = self.meant(*key)
            assert meant is not None
            due, end = meant
            assert row.due_at == due
            if row.state == "released":
                assert due <= row.released_at < end, "released early, or when it was over"
        self.latest = max(self.latest, now)
        for due_key in self.expected(now):
            meant = self.meant(*due_key)
            # A clock too far ahead may have seen the time as over: the log keeps that, and it is open all the same.
            too_late = meant is not None and meant[1] <= self.latest
            assert found[due_key].state == "released" or too_late
            assert self.is_open(due_key, list(found.values()), now)
        self.rows = found

    def check_shown(self) -> None:
        """The calendar shows time of a hold that asks for it, once each, and none that is open to everyone."""
        table, found = tables.hold_marker, self.stored()
        with self.world.database.read() as connection:
            rows = connection.execute(select(table).where(table.c.removed_at.is_(None))).all()
        ahead = [row for row in rows if row.ends_at > self.clock]
        assert {row.hold_id for row in ahead} <= ({self.hold_id} if self.hold.marker else set())
        assert len({row.day for row in ahead}) == len(ahead)
        weekly = isinstance(self.hold.release, WeeklyRelease)
        last = 0 if weekly else len(self.hold.release) - 1  # type: ignore[arg-type]
        for row in ahead:
            unit, day = ("week", row.day - row.day.weekday() * DAY) if weekly else ("date", row.day)
            release = found.get((unit, day, last))
            assert release is None or release.state != "released", "time that is open is shown as held"

    def is_open(self, key: tuple[str, date, int], rows: list[Any], now: datetime) -> bool:
        """What the stage opens is open to whom it says."""
        done = [release_from(row) for row in rows]
        day = key[1] + min(self.hold.days) * DAY if key[0] == "week" else key[1]
        time = held_time(HoldRow(self.hold_id, self.hold), done, day=day, zone=self.zone, now=now)
        to = self.hold.release[key[2]].to if isinstance(self.hold.release, tuple) else ()
        return time is not None and (time.kept_for is None or bool(to and time.kept_for >= set(to)))

    def meant(self, unit: str, day: date, stage: int) -> tuple[datetime, datetime] | None:
        """When a release is due and its time over, by a plain reading of the hold; None if a gap left no time."""
        days = [day + n * DAY for n in range(7)] if unit == "week" else [day]
        held = [each for each in days if each.weekday() in self.hold.days]
        starts = [wall(each, self.hold.start, self.zone) for each in held]
        ends = [wall_end(each, self.hold.end, self.zone) for each in held]
        ends = [end for start, end in zip(starts, ends, strict=True) if start < end]
        if not ends:
            return None
        rule = self.hold.release
        if isinstance(rule, WeeklyRelease):
            due = wall(day - 7 * rule.weeks_ahead * DAY + rule.day * DAY, rule.time, self.zone)
        else:
            assert rule is not None
            due = wall(day - rule[stage].days * DAY, self.hold.start, self.zone) - rule[stage].exact
        return due, max(ends)

    def expected(self, now: datetime) -> Iterator[tuple[str, date, int]]:
        """What is due at ``now`` with time of it still ahead."""
        weekly = isinstance(self.hold.release, WeeklyRelease)
        today = now.date() - now.weekday() * DAY - 7 * DAY
        for number in range(40):
            day = today + number * DAY
            if weekly and day.weekday() != 0:
                continue
            if not weekly and day.weekday() not in self.hold.days:
                continue
            for stage in range(1 if weekly else len(self.hold.release)):  # type: ignore[arg-type]
                key = ("week" if weekly else "date", day, stage)
                meant = self.meant(*key)
                if meant is not None and meant[0] <= now < meant[1]:
                    yield key


def test_each_release_happens_once_and_none_early(world: DeskWorld) -> None:
    for seed in range(SCHEDULES):
        schedule = Schedule(world, random.Random(seed))
        try:
            schedule.play()
        except AssertionError as error:
            error.add_note(f"schedule {seed}: {schedule.hold} in {schedule.zone} at {schedule.clock}")
            raise
