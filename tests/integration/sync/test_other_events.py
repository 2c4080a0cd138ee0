"""Events of a provider's own, made here: written at each kind of server, edited there, and kept by our next write."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import pytest

from booking.events import Wanted, new_series, rewritten
from sync.model.event import Series, Status, Transparency
from sync.model.moments import Length, WallTime
from sync.model.timespan import TimeSpan
from sync.store.outbox import EntryState
from tests.support.engine_world import ZONE, EngineWorld
from tests.support.google_account import ADA, timed
from tests.support.google_server import GoogleServer
from tests.support.google_world import GoogleWorld
from tests.support.hosted_world import HostedWorld

TUESDAY_10 = datetime(2026, 11, 24, 15, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
SUPERVISION = Wanted(
    "Supervision", WallTime(datetime(2026, 11, 24, 10), ZONE), Length(exact=HOUR), Transparency.OPAQUE
)
WEEKLY = replace(SUPERVISION, rule="FREQ=WEEKLY;COUNT=4")


class Program(Protocol):
    """What the provider does in her own program to the one event there is; an occurrence by its number from 0."""

    world: EngineWorld

    def set_free(self) -> None: ...
    def rename(self, title: str) -> None: ...
    def move_to_noon(self) -> None: ...
    def delete(self) -> None: ...
    def move_second_to_noon(self) -> None: ...
    def delete_third(self) -> None: ...
    def count(self) -> int: ...


class DavProgram:
    def __init__(self, world: HostedWorld) -> None:
        self.world = world

    def set_free(self) -> None:
        self.world.edit("TRANSP:OPAQUE", "TRANSP:TRANSPARENT")

    def rename(self, title: str) -> None:
        self.world.edit("SUMMARY:Supervision", f"SUMMARY:{title}")

    def move_to_noon(self) -> None:
        self.world.edit("T110000", "T130000")
        self.world.edit("T100000", "T120000")

    def delete(self) -> None:
        self.world.delete()

    def move_second_to_noon(self) -> None:
        (text,) = self.world.texts().values()
        uid = next(line for line in text.splitlines() if line.startswith("UID:"))
        occurrence = [
            "BEGIN:VEVENT", uid, "DTSTAMP:20261123T120000Z", "SUMMARY:Supervision",
            f"RECURRENCE-ID;TZID={ZONE}:20261201T100000",
            f"DTSTART;TZID={ZONE}:20261201T120000", f"DTEND;TZID={ZONE}:20261201T130000", "END:VEVENT",
        ]  # fmt: skip
        self.world.edit("END:VCALENDAR", "\r\n".join([*occurrence, "END:VCALENDAR"]))

    def delete_third(self) -> None:
        (text,) = self.world.texts().values()
        rule = next(line for line in text.splitlines() if line.startswith("RRULE:FREQ=WEEKLY"))
        self.world.edit(rule, f"{rule}\r\nEXDATE;TZID={ZONE}:20261208T100000")

    def count(self) -> int:
        return len(self.world.texts())


class GoogleProgram:
    def __init__(self, world: GoogleWorld) -> None:
        self.world = world

    @property
    def _id(self) -> str:
        found = self.world.event("own")
        assert found is not None
        return found.uid.partition("@")[0]

    def set_free(self) -> None:
        self.world.google.change(ADA, self._id, {"transparency": "transparent"})

    def rename(self, title: str) -> None:
        self.world.google.change(ADA, self._id, {"summary": title})

    def move_to_noon(self) -> None:
        noon = timed("2026-11-24T12:00:00", "2026-11-24T13:00:00")
        self.world.google.change(ADA, self._id, {name: noon[name] for name in ("start", "end")})

    def delete(self) -> None:
        self.world.google.cancel(ADA, self._id)

    def move_second_to_noon(self) -> None:
        noon = timed("2026-12-01T12:00:00", "2026-12-01T13:00:00")
        changes = {name: noon[name] for name in ("start", "end")}
        self.world.google.change(ADA, f"{self._id}_20261201T150000Z", changes)

    def delete_third(self) -> None:
        self.world.google.cancel(ADA, f"{self._id}_20261208T150000Z")

    def count(self) -> int:
        return sum("recurringEventId" not in event for event in self.world.google.events(ADA))


@pytest.fixture(params=["radicale", "xandikos", "google"])
def hers(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[Program]:
    if request.param == "google":
        with GoogleServer() as google:
            world = GoogleWorld(sqlite_url, google)
            world.sync()
            yield GoogleProgram(world)
            world.database.engine.dispose()
        return
    hosted = HostedWorld(sqlite_url, request.getfixturevalue(request.param))
    hosted.settle()
    yield DavProgram(hosted)
    hosted.database.engine.dispose()


def write(hers: Program, wanted: Wanted) -> None:
    hers.world.put_own(new_series("own", wanted))
    assert hers.world.sync().ok


def read(hers: Program) -> Series:
    """What the event means once her changes were read."""
    hers.world.pass_time(minutes=6)
    assert hers.world.sync().ok
    found = hers.world.event("own")
    assert found is not None
    assert found.series is not None
    return found.series


def change(hers: Program, wanted: Wanted) -> Series:
    found = hers.world.event("own")
    assert found is not None
    assert found.series is not None
    hers.world.put_own(rewritten(found.series, wanted))
    assert hers.world.sync().ok
    return read(hers)


def hour(start: datetime) -> TimeSpan:
    return TimeSpan(start, start + HOUR)


def test_it_blocks_before_it_is_written_and_once_after(hers: Program) -> None:
    hers.world.put_own(new_series("own", SUPERVISION))
    assert hers.world.busy() == [hour(TUESDAY_10)]
    assert hers.world.sync().ok
    assert hers.world.busy() == [hour(TUESDAY_10)]
    found = hers.world.event("own")
    assert found is not None
    assert found.state is EntryState.WRITTEN
    assert hers.count() == 1


def test_at_rest_it_is_not_written_again(hers: Program) -> None:
    write(hers, WEEKLY)
    before = hers.world.writes()
    for _ in range(3):
        read(hers)
    assert hers.world.writes() == before


def test_set_free_there_it_no_longer_blocks(hers: Program) -> None:
    write(hers, SUPERVISION)
    hers.set_free()
    series = read(hers)
    assert series.master is not None
    assert series.master.transparency is Transparency.TRANSPARENT
    assert hers.world.busy() == []


def test_renamed_and_moved_there_it_is_so_here(hers: Program) -> None:
    write(hers, SUPERVISION)
    hers.rename("Team")
    hers.move_to_noon()
    series = read(hers)
    assert series.master is not None
    assert series.master.summary == "Team"
    assert hers.world.busy() == [hour(TUESDAY_10 + 2 * HOUR)]


def test_deleted_there_it_blocks_no_longer(hers: Program) -> None:
    write(hers, SUPERVISION)
    hers.delete()
    hers.world.pass_time(minutes=6)
    assert hers.world.sync().ok
    assert hers.world.busy() == []
    assert [change.kind.value for change in hers.world.changes()] == ["deleted"]


def test_taken_out_here_it_is_gone_there_and_its_time_is_free_at_once(hers: Program) -> None:
    write(hers, SUPERVISION)
    hers.world.take_out("own")
    assert hers.world.busy() == []
    assert hers.world.sync().ok
    assert hers.count() == 0


def test_put_again_after_its_removal_it_blocks_under_another_name(hers: Program) -> None:
    write(hers, SUPERVISION)
    first = hers.world.event("own")
    hers.world.take_out("own")
    hers.world.sync()
    hers.world.put_own(new_series("own", SUPERVISION))
    assert hers.world.busy() == [hour(TUESDAY_10)]
    assert hers.world.sync().ok
    second = hers.world.event("own")
    assert first is not None
    assert second is not None
    assert second.uid != first.uid
    assert hers.count() == 1


def test_a_series_is_one_event_there_and_blocks_every_week(hers: Program) -> None:
    write(hers, WEEKLY)
    assert hers.world.busy() == [hour(TUESDAY_10 + number * WEEK) for number in range(4)]
    assert hers.count() == 1


def test_all_day_it_blocks_the_local_day(hers: Program) -> None:
    write(hers, replace(SUPERVISION, start=date(2026, 11, 24), length=Length(days=2)))
    midnight = datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert hers.world.busy() == [TimeSpan(midnight, midnight + timedelta(days=2))]


def test_occurrences_changed_there_come_back_and_survive_our_next_write(hers: Program) -> None:
    write(hers, WEEKLY)
    hers.move_second_to_noon()
    hers.delete_third()
    read(hers)
    left = [TUESDAY_10, TUESDAY_10 + WEEK + 2 * HOUR, TUESDAY_10 + 3 * WEEK]
    assert hers.world.busy() == [hour(start) for start in left]
    series = change(hers, replace(WEEKLY, title="Team"))
    assert series.master is not None
    assert series.master.summary == "Team"
    assert [o.event.summary for o in series.overrides if o.event.status is not Status.CANCELLED] == ["Team"]
    assert hers.world.busy() == [hour(start) for start in left]


def test_a_series_moved_here_takes_its_changed_occurrences_along(hers: Program) -> None:
    write(hers, WEEKLY)
    hers.move_second_to_noon()
    hers.delete_third()
    read(hers)
    change(hers, replace(WEEKLY, start=WallTime(datetime(2026, 11, 24, 9), ZONE)))
    assert hers.world.busy() == [
        hour(TUESDAY_10 - HOUR), hour(TUESDAY_10 + WEEK + 2 * HOUR), hour(TUESDAY_10 + 3 * WEEK - HOUR),
    ]  # fmt: skip


def test_a_series_set_free_here_frees_every_occurrence(hers: Program) -> None:
    write(hers, WEEKLY)
    hers.move_second_to_noon()
    read(hers)
    change(hers, replace(WEEKLY, transparency=Transparency.TRANSPARENT))
    assert hers.world.busy() == []


def test_changed_on_both_sides_both_changes_hold(hers: Program) -> None:
    write(hers, SUPERVISION)
    found = hers.world.event("own")
    assert found is not None
    assert found.series is not None
    hers.rename("Team")
    hers.world.put_own(rewritten(found.series, replace(SUPERVISION, transparency=Transparency.TRANSPARENT)))
    series = read(hers)
    assert series.master is not None
    assert (series.master.summary, series.master.transparency) == ("Team", Transparency.TRANSPARENT)
    assert hers.world.busy() == []
    assert read(hers) == series


def test_time_that_slides_into_sight_is_blocked_as_well(hers: Program) -> None:
    write(hers, replace(SUPERVISION, rule="FREQ=WEEKLY"))
    last = max(span.start for span in hers.world.busy())
    hers.world.pass_time(days=40)
    assert hers.world.sync().ok
    assert max(span.start for span in hers.world.busy()) > last
