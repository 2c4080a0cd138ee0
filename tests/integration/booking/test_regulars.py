"""Regulars: proposed from the mirror, protected for a client, freed one date at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from booking.desk import Asking
from booking.edits import handle, put_hold
from booking.refusals import Problem, Refused
from service.views import StoredViews
from sync.engine.expansion import materialise, reading_of
from sync.model.event import Event, Recurrence, Series
from sync.model.identity import new_id
from sync.model.moments import Length, WallTime
from sync.store.entries import print_of, sealed_in
from sync.store.tables import busy, calendar, entry
from tests.support.desk_world import HOUR, TEN, DeskWorld, elm_street

OpenDesk = Callable[..., DeskWorld]
WEDNESDAY = TEN.date()
ZONE = "America/New_York"
WEEKLY = Series(
    "regular-1",
    Event(WallTime(datetime(2026, 10, 7, 10), ZONE), Length(exact=HOUR), "Grace"),
    Recurrence(rules=("FREQ=WEEKLY",)),
)


def read(world: DeskWorld, series: Series) -> None:
    """The series stands in Ada's calendar and was read just so."""
    calendar_id = world.calendars["ada"]
    with world.database.write() as connection:
        found = connection.execute(select(entry.c.id).where(entry.c.uid == series.uid)).scalar()
        entry_id = found or new_id()
        sealed = sealed_in(entry_id, series, world.cipher)
        values = {"agreed_enc": sealed, "agreed_print": print_of(series)}
        if found is None:
            connection.execute(
                insert(entry).values(
                    id=entry_id, practice_id=world.practice_id, calendar_id=calendar_id, origin="remote",
                    uid=series.uid, recurring=True, created_at=world.now, **values,
                )
            )  # fmt: skip
        else:
            connection.execute(update(entry).where(entry.c.id == entry_id).values(**values))
        row = connection.execute(select(calendar).where(calendar.c.id == calendar_id)).one()
        view = StoredViews().view(connection, world.providers["ada"])
        materialise(connection, row, entry_id, series, reading_of(row, view, world.now))


def without(*days: date) -> Series:
    excluded = tuple(WallTime(datetime(day.year, day.month, day.day, 10), ZONE) for day in days)
    return replace(WEEKLY, recurrence=replace(WEEKLY.recurrence, excluded=excluded))


def protected(world: DeskWorld) -> str:
    (found,) = world.desk.regulars.proposals(world.owner, "ada", now=world.now)
    return world.desk.regulars.protect(world.owner, "ada", found.calendar_id, found.uid, "c-1", now=world.now)


@pytest.fixture
def world(open_desk: OpenDesk) -> DeskWorld:
    world = open_desk(elm_street(rules={"minimum_notice": HOUR}))
    read(world, WEEKLY)
    return world


def test_a_weekly_series_is_proposed_until_it_is_decided_on(world: DeskWorld) -> None:
    (found,) = world.desk.regulars.proposals(world.provider_actor(), "ada", now=world.now)
    assert (found.title, found.calendar, found.pattern.days) == ("Grace", "Work", {2})
    world.desk.regulars.dismiss(world.owner, "ada", found.calendar_id, found.uid, now=world.now)
    assert world.desk.regulars.proposals(world.owner, "ada", now=world.now) == ()


def test_a_cancelled_occurrence_frees_that_occurrence_only_and_once(world: DeskWorld) -> None:
    hold_id = protected(world)
    read(world, without(WEDNESDAY))
    assert TEN not in world.starts(), "held for Grace still"
    assert world.desk.release_holds(now=world.now) == 1
    assert TEN in world.starts()
    assert world.desk.release_holds(now=world.later(HOUR)) == 0
    (time, *later) = world.desk.prime_time.coming(world.owner, hold_id, now=world.now)
    assert (time.time.key, time.time.open) == (WEDNESDAY, True)
    assert not any(each.time.open for each in later)
    (line,) = world.desk.prime_time.log(world.owner, hold_id)
    assert (line.by, line.done, line.key) == ("calendar", "released", WEDNESDAY)


def test_an_occurrence_that_comes_back_is_held_again_but_not_against_a_hand(world: DeskWorld) -> None:
    hold_id = protected(world)
    read(world, without(WEDNESDAY))
    world.desk.release_holds(now=world.now)
    read(world, WEEKLY)
    assert world.desk.release_holds(now=world.later(HOUR)) == 1
    assert not world.desk.prime_time.coming(world.owner, hold_id, now=world.now)[0].time.open
    read(world, without(WEDNESDAY))
    assert world.desk.release_holds(now=world.later(HOUR)) == 1
    world.desk.prime_time.rehold(world.owner, hold_id, WEDNESDAY, now=world.now)
    read(world, without(WEDNESDAY, WEDNESDAY + timedelta(days=7)))
    assert world.desk.release_holds(now=world.later(HOUR)) == 1
    first, second, *_ = world.desk.prime_time.coming(world.owner, hold_id, now=world.now)
    assert (first.time.reheld, second.time.open) == (True, True)


def test_a_series_that_is_lost_leaves_the_time_to_its_client(world: DeskWorld) -> None:
    protected(world)
    with world.database.write() as connection:
        connection.execute(delete(busy))
        connection.execute(update(entry).values(gone_at=world.now))
    world.desk.release_holds(now=world.now)
    assert TEN not in world.starts()
    assert TEN in world.starts(asking=Asking(client_id="c-1"))


def taken_away(world: DeskWorld, hold_id: str) -> str:
    """Returns by which name that can be taken back."""
    known = handle(world.desk.prime_time.hold(world.owner, hold_id).hold)
    change = world.desk.change(world.owner, put_hold("ada", known, None), now=world.now)
    assert change is not None
    return change


def test_a_regular_that_was_taken_away_comes_back_with_its_series_and_its_log(world: DeskWorld) -> None:
    hold_id = protected(world)
    read(world, without(WEDNESDAY))
    world.desk.release_holds(now=world.later(HOUR))
    before = world.desk.prime_time.coming(world.owner, hold_id, now=world.now)
    change = taken_away(world, hold_id)
    world.desk.undo_change(world.owner, change, now=world.now)
    assert world.desk.prime_time.coming(world.owner, hold_id, now=world.now) == before
    assert world.desk.regulars.proposals(world.owner, "ada", now=world.now) == ()


def test_a_hold_of_a_page_can_be_taken_away_and_is_proposed_again(world: DeskWorld) -> None:
    hold_id = protected(world)
    taken_away(world, hold_id)
    assert len(world.desk.regulars.proposals(world.owner, "ada", now=world.now)) == 1
    with pytest.raises(Refused) as refused:
        world.desk.regulars.protect(
            world.owner, "ada", world.calendars["ada"], WEEKLY.uid, "nobody", now=world.now
        )
    assert refused.value.problem is Problem.INVALID
