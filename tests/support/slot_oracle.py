"""The rules of offered time read slowly, one start at a time, with datetimes only. Shares no code with the engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.practice import Block, ClientStatus, Hold, Mode, Privilege, WeeklyRelease
from booking.rules import NoticeByClock
from booking.world import Asker, Offer, Taken, World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def at(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def wall(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def wall_end(day: date, clock: time, zone: str) -> datetime:
    return wall(day + DAY, time(0, 0), zone) if clock == time(0, 0) else wall(day, clock, zone)


def local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


class Oracle:
    def __init__(self, world: World, service: str, client: Asker, now: datetime) -> None:
        self.world, self.client, self.now, self.zone = world, client, now, world.zone
        self.offer: Offer = world.offers[service]
        self.service, self.rules = self.offer.service, self.offer.rules
        self.bookings = [b for b in world.bookings if b.until is None or at(b.until) > now]

    def slots(
        self, window: tuple[datetime, datetime], mode: Mode | None = None
    ) -> list[tuple[datetime, tuple[Mode, ...]]]:
        found = []
        for start in sorted(set(self.grid(window))):
            modes = self.modes_at(start, mode)
            if modes:
                found.append((start, modes))
        return found

    def modes_at(self, start: datetime, mode: Mode | None = None) -> tuple[Mode, ...]:
        return tuple(m for m in self.service.modes if mode in (None, m) and self.offered(start, m))

    def grid(self, window: tuple[datetime, datetime]) -> Iterator[datetime]:
        """Every start on a grid inside the window, whether or not it is free."""
        day = local_day(window[0], self.zone) - 2 * DAY
        while day <= local_day(window[1], self.zone) + DAY:
            for _, begin, end in self.blocks_of(day):
                start = begin
                while start + self.service.length <= end:
                    if window[0] <= start < window[1]:
                        yield start
                    start += self.rules.increment
            day += DAY

    def blocks_of(self, day: date) -> Iterator[tuple[Block, datetime, datetime]]:
        overrides = [o for o in self.world.overrides if o.first <= day <= o.last]
        if overrides:
            shortest = min((o.last - o.first).days for o in overrides)
            ruling = [o for o in overrides if (o.last - o.first).days == shortest][-1]
            blocks = [Block(frozenset(range(7)), w.start, w.end) for w in ruling.windows]
        else:
            blocks = [b for b in self.world.blocks if self.stands(b, day)]
        for block in blocks:
            begin, end = wall(day, block.start, self.zone), wall_end(day, block.end, self.zone)
            if begin < end:
                yield block, begin, end

    def stands(self, block: Block, day: date) -> bool:
        if day.weekday() not in block.days:
            return False
        if block.from_date is not None and day < block.from_date:
            return False
        if block.until is not None and day > block.until:
            return False
        anchor = block.from_date or date(1970, 1, 5)
        weeks = (day.toordinal() - day.weekday() - (anchor.toordinal() - anchor.weekday())) // 7
        return weeks % block.every_weeks == 0

    def offered(self, start: datetime, mode: Mode) -> bool:
        return (
            self.may_ask()
            and self.known()
            and self.early_enough(start)
            and local_day(start, self.zone) <= local_day(self.now, self.zone) + self.rules.horizon_days * DAY
            and self.below_limits(start, mode)
            and self.calendar_free(start)
            and self.apart(start, mode)
            and not self.held(start)
            and any(self.roomy(block, start, mode) for block in self.serving(start, mode))
        )

    def may_ask(self) -> bool:
        client, known = self.client, self.client.id is not None
        status = client.status if known else ClientStatus.NEW
        new = status is ClientStatus.NEW
        door = self.rules.new_clients
        door_open = door == "open" if isinstance(door, str) else self.world.doors[door].open
        limit = self.rules.open_requests_per_client
        return (
            self.world.practice_open
            and self.world.opted_in
            and status.value in self.rules.client_statuses
            and not (known and client.privilege is Privilege.CALL_US)
            and not (known and client.providers and self.world.provider not in client.providers)
            and self.service.active
            and self.service.online
            and (self.service.new_clients or not new)
            and (limit == 0 or client.open_requests < limit)
            and (door_open or not new)
        )

    def known(self) -> bool:
        fresh = self.world.freshness
        if fresh.counted == 0:
            return True
        return fresh.checked_at is not None and self.now - fresh.checked_at <= self.rules.closed_after

    def early_enough(self, start: datetime) -> bool:
        rule = self.rules.minimum_notice
        if isinstance(rule, NoticeByClock):
            day = local_day(start, self.zone) - rule.days * DAY
            early = self.now <= start and self.now <= wall(day, rule.until, self.zone)
        else:
            early = start - self.now >= rule
        if self.client.id is not None and self.client.privilege is Privilege.LONGER_NOTICE:
            early = early and start - self.now >= self.rules.longer_notice
        return early

    def group(self, start: datetime, mode: Mode) -> str | None:
        """The session at this very time that still has a seat."""
        if self.service.capacity == 1:
            return None
        rows = [b for b in self.bookings if self.same_sitting(b, start, mode)]
        for row in rows:
            if sum(1 for other in rows if other.session == row.session) < self.service.capacity:
                return row.session
        return None

    def same_sitting(self, row: Taken, start: datetime, mode: Mode) -> bool:
        span = (at(row.start), at(row.end))
        return (
            row.service == self.service.code
            and row.mode == mode
            and span == (start, start + self.service.length)
        )

    def below_limits(self, start: datetime, mode: Mode) -> bool:
        day = local_day(start, self.zone)
        joined = self.group(start, mode)
        sessions = {(local_day(at(b.start), self.zone), b.session) for b in self.bookings}
        on_day = {s for d, s in sessions if d == day}
        in_week = {s for d, s in sessions if d.isocalendar()[:2] == day.isocalendar()[:2]}
        if joined is not None:
            return True
        day_limit, week_limit = self.rules.max_per_day, self.rules.max_per_week
        return (day_limit == 0 or len(on_day) < day_limit) and (week_limit == 0 or len(in_week) < week_limit)

    def calendar_free(self, start: datetime) -> bool:
        spans = list(self.world.busy)
        if not any(self.belongs(row.hold.kept_for) for row in self.world.holds):
            spans += self.world.soft
        begin = start - self.service.buffer_before
        end = start + self.service.length + self.service.buffer_after
        return not any(begin < at(high) and at(low) < end for low, high in spans)

    def apart(self, start: datetime, mode: Mode) -> bool:
        end = start + self.service.length
        joined = self.group(start, mode)
        for row in self.bookings:
            between = self.rules.mode_gap if row.mode != mode else timedelta(0)
            if row.session != joined or at(row.start) != start:
                first_gap = max(timedelta(microseconds=row.after), self.service.buffer_before, between)
                second_gap = max(self.service.buffer_after, timedelta(microseconds=row.before), between)
                if start < at(row.end) + first_gap and at(row.start) < end + second_gap:
                    return False
        return True

    def belongs(self, audience: tuple[str, ...]) -> bool:
        client = self.client
        if client.id is None:
            return False
        words = {
            f"client:{client.id}",
            f"status:{client.status.value}",
            *(f"tag:{tag}" for tag in client.tags),
        }
        return not words.isdisjoint(audience)

    def held(self, start: datetime) -> bool:
        for row in self.world.holds:
            day = local_day(start, self.zone) - 2 * DAY
            while day <= local_day(start + self.service.length, self.zone) + DAY:
                if self.hold_stands(row.hold, day) and self.keeps_out(row.id, row.hold, day):
                    begin = wall(day, row.hold.start, self.zone)
                    end = wall_end(day, row.hold.end, self.zone)
                    if begin < end and start < end and begin < start + self.service.length:
                        return True
                day += DAY
        return False

    def hold_stands(self, hold: Hold, day: date) -> bool:
        if hold.from_date is not None and day < hold.from_date:
            return False
        if hold.until is not None and day > hold.until:
            return False
        monday = day - day.weekday() * DAY
        first = hold.from_date or date(1970, 1, 5)
        weeks = (monday - (first - first.weekday() * DAY)).days // 7
        return hold.date == day or (day.weekday() in hold.days and weeks % hold.every_weeks == 0)

    def keeps_out(self, hold_id: str, hold: Hold, day: date) -> bool:
        if self.belongs(hold.kept_for):
            return False
        monday = day - day.weekday() * DAY
        weekly = isinstance(hold.release, WeeklyRelease)
        stages: list[tuple[datetime | None, tuple[str, ...]]] = []
        if hold.release is None:
            stages = [(None, ())]
        elif isinstance(hold.release, WeeklyRelease):
            due_day = monday - 7 * hold.release.weeks_ahead * DAY + hold.release.day * DAY
            stages = [(wall(due_day, hold.release.time, self.zone), ())]
        else:
            for stage in hold.release:
                due = wall(day - stage.days * DAY, hold.start, self.zone) - stage.exact
                stages.append((due, stage.to))
        for number, (moment, to) in enumerate(stages):
            unit, key = ("week", monday) if weekly else ("date", day)
            told = (hold_id, unit, key, number)
            row = next((r for r in self.world.releases if (r.hold_id, r.unit, r.key, r.stage) == told), None)
            if row is not None and row.state == "reheld":
                continue
            if row is not None and row.state == "released" and (not row.to or self.belongs(row.to)):
                return False
            if moment is not None and moment <= self.now and (not to or self.belongs(to)):
                return False
        return True

    def serving(self, start: datetime, mode: Mode) -> Iterator[Block]:
        for back in (0, 1):
            for block, begin, end in self.blocks_of(local_day(start, self.zone) - back * DAY):
                on_grid = (start - begin) % self.rules.increment == timedelta(0)
                inside = begin <= start and start + self.service.length <= end
                served = block.services is None or self.service.code in block.services
                if on_grid and inside and served and block.online and mode in block.modes:
                    yield block

    def roomy(self, block: Block, start: datetime, mode: Mode) -> bool:
        if self.service.room is None or mode is not Mode.IN_PERSON:
            return True
        joined = self.group(start, mode)
        end = start + self.service.length
        for room in self.world.rooms:
            if block.location is not None and room.location != block.location:
                continue
            if self.service.room not in ("any", room.name):
                continue
            if joined is not None and any(u.session == joined and at(u.start) == start for u in room.uses):
                return True
            uses = [u for u in room.uses if u.until is None or at(u.until) > self.now]
            if not any(start < at(u.end) and at(u.start) < end for u in uses):
                return True
        return False
