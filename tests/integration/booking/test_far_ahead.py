"""Time far ahead: what repeats in the calendar counts as far as anybody can ask or enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from booking.desk import SlotQuery
from booking.ladder import Rule
from booking.refusals import Refused
from booking.store.tables import practice
from service.views import StoredViews
from sync.engine.expansion import last_instant, materialise, note_expansion, reading_of
from sync.model.event import Event, Recurrence, Series
from sync.model.identity import new_id
from sync.model.moments import Length, WallTime
from sync.store.entries import print_of, sealed_in
from sync.store.tables import calendar, entry
from tests.support.desk_world import HOUR, MONDAY, SESSION, TEN, DeskWorld, elm_street

OpenDesk = Callable[..., DeskWorld]
ZONE = "America/New_York"
# Still winter time in New York.
FAR = TEN + timedelta(weeks=14)
FARTHER = TEN + timedelta(weeks=15)
FOREVER = Series(
    "weekly",
    Event(WallTime(datetime(2026, 10, 7, 10), ZONE), Length(exact=HOUR)),
    Recurrence(("FREQ=WEEKLY",)),
)
COURSE = Series(
    "course",
    Event(WallTime(datetime(2027, 3, 3, 10), ZONE), Length(exact=HOUR)),
    Recurrence(("FREQ=WEEKLY;COUNT=2",)),
)


def read(world: DeskWorld, series: Series) -> None:
    """It stands in Ada's calendar, which was read just now."""
    entry_id = new_id()
    with world.database.write() as connection:
        row = connection.execute(select(calendar).where(calendar.c.id == world.calendars["ada"])).one()
        reading = reading_of(row, StoredViews().view(connection, world.providers["ada"]), world.now)
        connection.execute(
            insert(entry).values(
                id=entry_id, practice_id=world.practice_id, calendar_id=row.id, origin="remote", uid=series.uid,
                recurring=True, created_at=world.now, agreed_print=print_of(series),
                last_instant=last_instant(series, reading), agreed_enc=sealed_in(entry_id, series, world.cipher),
            )
        )  # fmt: skip
        materialise(connection, row, entry_id, series, reading)
        note_expansion(connection, row.id, reading)


def offered(world: DeskWorld, start: datetime) -> bool:
    day = start.date()
    query = SlotQuery(
        practice="elm-street", provider="ada", service="90834", start=day, end=day + timedelta(days=1)
    )
    answer = world.desk.slots(query, now=world.now)
    assert answer.slots, "the day is within reach"
    return start in {slot.start for slot in answer.slots}


@pytest.mark.parametrize("series", [FOREVER, COURSE], ids=["without an end", "a course to come"])
def test_a_service_that_is_asked_for_further_ahead_than_others_meets_what_repeats(
    open_desk: OpenDesk, series: Series
) -> None:
    world = open_desk(elm_street(services=(replace(SESSION, rules={"horizon_days": 150}),)))
    read(world, series)
    assert not offered(world, FAR)
    assert not offered(world, FARTHER)
    assert offered(world, FAR + HOUR)


@pytest.mark.parametrize("series", [FOREVER, COURSE], ids=["without an end", "a course to come"])
def test_a_longer_horizon_offers_nothing_taken_before_the_calendar_is_read_again(
    open_desk: OpenDesk, series: Series
) -> None:
    world = open_desk()
    read(world, series)
    with world.database.write() as connection:
        connection.execute(update(practice).values(rules={"horizon": "150d"}))
    assert not offered(world, FAR)
    assert not offered(world, FARTHER)


def test_staff_are_told_of_what_repeats_wherever_they_put_an_appointment(world: DeskWorld) -> None:
    read(world, FOREVER)
    made = world.accepted(start=TEN + 3 * HOUR)
    far = FAR + timedelta(weeks=40)
    assert far > MONDAY + timedelta(days=365)
    with pytest.raises(Refused) as refused:
        world.desk.reschedule(world.owner, made, far, despite=frozenset(), now=world.now)
    (caution,) = refused.value.cautions
    assert caution.rule is Rule.CALENDAR
