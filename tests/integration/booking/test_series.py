"""A series: every date is held when it is asked for, decided together or one by one, and one event in the calendar."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from booking.desk import CalendarChange, Recurring, bookings
from booking.desk.views import Requested
from booking.refusals import Problem, Refused
from booking.series import Scope
from booking.store.tables import mail
from sync.model.event import Override, Series
from sync.model.event import Status as EventStatus
from sync.model.moments import WallTime
from tests.support.desk_world import GRACE, HOUR, TEN, DeskWorld, ada, elm_street

OpenDesk = Callable[..., DeskWorld]
ZONE = "America/New_York"
WEEK = timedelta(weeks=1)
FOUR = Recurring(rule="FREQ=WEEKLY;COUNT=4")
STARTS = [TEN + n * WEEK for n in range(4)]


def asked(world: DeskWorld, recurring: Recurring = FOUR) -> Requested:
    return world.ask(recurring=recurring)


def settle(world: DeskWorld) -> None:
    world.later(GRACE)
    world.desk.settle_graces(now=world.now)


def ref(world: DeskWorld, made: Requested) -> str:
    found = world.desk.request_of(world.owner, made.id).series
    assert found is not None
    return found.id


def series_of(world: DeskWorld, made: Requested) -> Series:
    with world.database.read() as connection:
        found = world.mirror.event(connection, ref(world, made))
    assert found is not None
    assert found.series is not None
    return found.series


def statuses(world: DeskWorld, made: Requested) -> list[str]:
    found = world.desk.request_of(world.owner, made.id).series
    assert found is not None
    return [each.status for each in found.dates]


def change(world: DeskWorld, made: Requested, after: Series) -> str:
    """The provider changes the event, and the change is read."""
    before = series_of(world, made)
    with world.database.write() as connection:
        known = world.mirror.event(connection, ref(world, made))
        assert known is not None
        world.mirror.put(
            connection,
            booking_ref=ref(world, made),
            calendar_id=known.calendar_id,
            series=after,
            now=world.now,
        )
        return world.desk.settle(
            connection, CalendarChange(ref(world, made), "edited", before, after), now=world.now
        )


def left_out(series: Series, wall: datetime) -> Series:
    excluded = (*series.recurrence.excluded, WallTime(wall, ZONE))
    return replace(series, recurrence=replace(series.recurrence, excluded=excluded))


def test_every_date_is_held_and_they_are_one_event_by_one_rule(world: DeskWorld) -> None:
    made = asked(world)
    assert [start for _, start in made.dates] == STARTS
    assert [span.start for span in world.held()] == STARTS
    series = series_of(world, made)
    assert series.recurrence.rules == ("FREQ=WEEKLY;INTERVAL=1;COUNT=4",)
    assert world.count("request") == 4


def test_it_counts_as_one_open_request_and_is_told_once(world: DeskWorld) -> None:
    asked(world)
    world.ask(start=TEN + HOUR)
    assert world.mails() == ["created", "created"]


def test_dates_that_cannot_be_had_are_named_with_others_near_them(world: DeskWorld) -> None:
    world.ask(start=STARTS[2], email="other@example.com")
    with pytest.raises(Refused) as caught:
        asked(world)
    (clash,) = caught.value.clashes
    assert clash.start == STARTS[2]
    assert len(clash.alternatives) == 3
    assert world.count("request") == 1


def test_such_a_date_is_left_out_or_put_elsewhere(world: DeskWorld) -> None:
    world.ask(start=STARTS[2], email="other@example.com")
    world.busy(STARTS[3], STARTS[3] + HOUR)
    chosen = replace(FOUR, skip=(date(2026, 12, 9),), instead={date(2026, 12, 16): STARTS[3] + 2 * HOUR})
    made = asked(world, chosen)
    assert [start for _, start in made.dates] == [*STARTS[:2], STARTS[3] + 2 * HOUR]
    series = series_of(world, made)
    assert series.recurrence.excluded == (WallTime(datetime(2026, 12, 9, 10), ZONE),)
    assert len(series.overrides) == 1


def test_dates_of_choice_are_one_event_too(world: DeskWorld) -> None:
    made = asked(world, Recurring(dates=(date(2026, 11, 30), date(2026, 12, 4))))
    assert [start.day for _, start in made.dates] == [25, 30, 4]
    assert len(series_of(world, made).recurrence.dates) == 2


def test_accepted_it_is_accepted_as_a_whole_and_told_once(world: DeskWorld) -> None:
    made = asked(world)
    world.desk.accept(world.owner, made.id, now=world.now)
    assert statuses(world, made) == ["accepted"] * 4
    master = series_of(world, made).master
    assert master is not None
    assert (master.status, master.summary) == (EventStatus.CONFIRMED, "GH")
    settle(world)
    assert world.mails() == ["created", "confirmed"]


def test_undone_it_waits_again_as_a_whole(world: DeskWorld) -> None:
    made = asked(world)
    world.desk.accept(world.owner, made.id, now=world.now)
    world.desk.undo(world.owner, made.dates[2][0], now=world.now)
    assert statuses(world, made) == ["pending"] * 4


@pytest.mark.parametrize(
    "scope,expected",
    [
        (Scope.THIS, ["accepted", "cancelled", "accepted", "accepted"]),
        (Scope.FOLLOWING, ["accepted", "cancelled", "cancelled", "cancelled"]),
        (Scope.ALL, ["cancelled"] * 4),
    ],
)
def test_a_client_cancels_this_one_the_following_or_all(
    world: DeskWorld, scope: Scope, expected: list[str]
) -> None:
    made = asked(world)
    world.desk.accept(world.owner, made.id, now=world.now)
    settle(world)
    page = world.desk.client_page(made.token, now=world.now)
    world.desk.client_cancel(page.dates[1].token, scope=scope, now=world.now)
    assert statuses(world, made) == expected
    settle(world)
    assert world.mails().count("cancelled") == 1
    assert len(world.held()) == expected.count("accepted")


def test_it_is_moved_from_a_date_on_by_as_much(world: DeskWorld) -> None:
    made = asked(world)
    world.desk.reschedule(
        world.owner, made.dates[1][0], STARTS[1] + 2 * HOUR, scope=Scope.FOLLOWING, now=world.now
    )
    settle(world)
    assert [span.start for span in world.held()] == [STARTS[0], *(start + 2 * HOUR for start in STARTS[1:])]
    assert len(series_of(world, made).overrides) == 3


def test_a_move_that_one_date_cannot_make_moves_none(world: DeskWorld) -> None:
    made = asked(world)
    world.ask(start=STARTS[2] + 2 * HOUR, email="other@example.com")
    with pytest.raises(Refused) as caught:
        world.desk.reschedule(world.owner, made.id, TEN + 2 * HOUR, scope=Scope.ALL, now=world.now)
    assert caught.value.problem is Problem.SLOT_UNAVAILABLE
    assert [clash.start for clash in caught.value.clashes] == [STARTS[2] + 2 * HOUR]
    assert world.desk.request_of(world.owner, made.id).span.start == TEN


def test_an_occurrence_deleted_in_the_calendar_is_that_one_cancelled(world: DeskWorld) -> None:
    made = asked(world)
    world.desk.accept(world.owner, made.id, now=world.now)
    settle(world)
    assert change(world, made, left_out(series_of(world, made), datetime(2026, 12, 2, 10))) == "cancelled"
    assert statuses(world, made) == ["accepted", "cancelled", "accepted", "accepted"]
    settle(world)
    assert world.mails()[-1] == "deleted"


def test_put_in_again_within_the_grace_it_stands(world: DeskWorld) -> None:
    made = asked(world)
    before = series_of(world, made)
    change(world, made, left_out(before, datetime(2026, 12, 2, 10)))
    assert change(world, made, before) == "undone"
    assert statuses(world, made) == ["pending"] * 4


def test_an_occurrence_moved_in_the_calendar_is_a_proposal_for_that_one(world: DeskWorld) -> None:
    made = asked(world)
    series = series_of(world, made)
    assert series.master is not None
    event = replace(series.master, start=WallTime(datetime(2026, 12, 2, 14), ZONE))
    moved = replace(series, overrides=(Override(WallTime(datetime(2026, 12, 2, 10), ZONE), event),))
    assert change(world, made, moved) == "proposed"
    page = world.desk.client_page(made.token, now=world.now)
    other = world.desk.client_page(page.dates[1].token, now=world.now)
    assert other.proposal is not None
    assert other.proposal.starts == (STARTS[1] + 4 * HOUR,)
    world.desk.client_choose(page.dates[1].token, STARTS[1] + 4 * HOUR, now=world.now)
    assert statuses(world, made) == ["pending", "accepted", "pending", "pending"]


def test_confirmed_in_the_calendar_it_is_accepted_as_a_whole(world: DeskWorld) -> None:
    made = asked(world)
    series = series_of(world, made)
    assert series.master is not None
    confirmed = replace(series, master=replace(series.master, status=EventStatus.CONFIRMED))
    assert change(world, made, confirmed) == "accepted"
    assert statuses(world, made) == ["accepted"] * 4
    settle(world)
    assert world.mails() == ["created", "confirmed"]


def test_deleted_as_a_whole_it_is_declined_as_a_whole(world: DeskWorld) -> None:
    made = asked(world)
    assert world.delete(ref(world, made)) == "declined"
    assert statuses(world, made) == ["declined"] * 4
    settle(world)
    assert world.mails() == ["created", "declined"]


def test_unanswered_it_runs_out_as_a_whole(world: DeskWorld) -> None:
    made = asked(world)
    assert made.expires_at is not None
    world.now = made.expires_at
    world.desk.expire(now=world.now)
    assert statuses(world, made) == ["expired"] * 4
    assert world.held() == []
    assert world.mails() == ["created", "expired"]
    with world.database.read() as connection:
        told = connection.execute(select(mail.c.facts).where(mail.c.kind == "expired")).scalar_one()
    assert [told["start"], *told["more"]] == [start.isoformat() for start in STARTS]


def test_a_whole_series_deleted_there_does_not_come_back_for_the_dates_that_are_over(
    world: DeskWorld,
) -> None:
    made = asked(world)
    world.desk.accept(world.owner, made.id, now=world.now)
    settle(world)
    world.now = STARTS[1]
    world.delete(ref(world, made))
    assert statuses(world, made) == ["accepted", "cancelled", "cancelled", "cancelled"]
    with world.database.read() as connection:
        known = world.mirror.event(connection, ref(world, made))
    assert known is None or known.series is None


def test_undone_later_one_mail_tells_of_all_its_dates(world: DeskWorld) -> None:
    made = asked(world)
    world.desk.decline(world.owner, made.id, now=world.now)
    settle(world)
    world.desk.undo(world.owner, made.id, now=world.now)
    with world.database.read() as connection:
        told = connection.execute(select(mail.c.facts).where(mail.c.kind == "undone")).scalar_one()
    assert [told["start"], *told["more"]] == [start.isoformat() for start in STARTS]


def test_cancelled_as_a_whole_a_date_that_another_provider_has_leaves_her_calendar(
    open_desk: OpenDesk,
) -> None:
    bob = replace(ada(), slug="bob", name="Bob Moog", email="bob@example.com")
    world = open_desk(elm_street(providers=(ada(), bob)))
    made = asked(world)
    third = made.dates[2][0]
    world.desk.accept(world.owner, made.id, now=world.now)
    world.desk.reassign(world.owner, third, "bob", now=world.now)
    with world.database.read() as connection:
        bobs = bookings.look(connection, third).seat.event
    assert world.event(bobs) is not None
    world.desk.cancel(world.owner, made.id, scope=Scope.ALL, now=world.now)
    assert world.event(bobs) is None


def test_a_provider_decides_nothing_about_a_date_that_another_has(open_desk: OpenDesk) -> None:
    bob = replace(ada(), slug="bob", name="Bob Moog", email="bob@example.com")
    world = open_desk(elm_street(providers=(ada(), bob)))
    made = asked(world)
    world.desk.accept(world.owner, made.id, now=world.now)
    world.desk.reassign(world.owner, made.dates[2][0], "bob", now=world.now)
    world.desk.cancel(world.provider_actor("ada"), made.id, scope=Scope.ALL, now=world.now)
    assert statuses(world, made) == ["cancelled", "cancelled", "accepted", "cancelled"]
