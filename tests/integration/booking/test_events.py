"""A provider's own events at the desk, on each database: time, undo, and what the calendar says of them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from booking.desk.event_views import OtherEventView
from booking.event_forms import EventForm
from booking.refusals import Problem, Refused
from sync.model.event import Transparency
from sync.store import tables as sync_tables
from tests.support.desk_world import HOUR, MINUTE, TEN, DeskWorld, elm_street

DENTIST = EventForm(title="Dentist", start=TEN, end=TEN + HOUR)
OpenDesk = Callable[..., DeskWorld]


def make(world: DeskWorld, key: str | None = None, **changes: Any) -> OtherEventView:
    form = replace(DENTIST, **changes)
    return world.desk.make_event(world.provider_actor(), "ada", form, key=key, now=world.now).event


def change(world: DeskWorld, event_id: str, **changes: Any) -> OtherEventView:
    return world.desk.change_event(world.provider_actor(), "ada", event_id, changes, now=world.now)


def remove(world: DeskWorld, event_id: str) -> OtherEventView:
    return world.desk.remove_event(world.provider_actor(), "ada", event_id, now=world.now)


def listed(world: DeskWorld) -> list[str]:
    return [item.title for item in world.desk.events(world.provider_actor(), "ada", now=world.now).items]


def refusal(work: Callable[[], object]) -> Problem:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.problem


def test_a_busy_event_takes_its_time_before_it_is_written(world: DeskWorld) -> None:
    assert TEN in world.starts()
    made = make(world)
    assert made.state == "queued"
    assert TEN not in world.starts()
    assert refusal(world.ask) is Problem.SLOT_UNAVAILABLE


def test_a_free_event_takes_none(world: DeskWorld) -> None:
    make(world, transparency="transparent")
    assert TEN in world.starts()


def test_its_flag_changed_here_gives_the_time_back(world: DeskWorld) -> None:
    made = make(world)
    assert change(world, made.id, transparency="transparent").transparency == "transparent"
    assert TEN in world.starts()


def test_moved_it_takes_its_new_time_and_keeps_its_length(world: DeskWorld) -> None:
    made = make(world)
    moved = change(world, made.id, start=TEN + 3 * HOUR)
    assert moved.end == TEN + 4 * HOUR
    assert TEN in world.starts()
    assert TEN + 3 * HOUR not in world.starts()


def test_an_all_day_event_takes_the_local_day(world: DeskWorld) -> None:
    made = make(world, start=date(2026, 11, 25), end=date(2026, 11, 26))
    assert (made.all_day, made.start, made.end) == (True, date(2026, 11, 25), date(2026, 11, 26))
    assert world.starts() == set()


def test_a_series_takes_the_time_of_every_occurrence(world: DeskWorld) -> None:
    monday = TEN - timedelta(days=2)
    made = make(world, start=monday, end=monday + HOUR, rrule="FREQ=DAILY;COUNT=3")
    assert made.rrule == "FREQ=DAILY;COUNT=3"
    assert TEN not in world.starts()


def test_a_request_and_an_event_at_the_same_moment_never_both_get_the_time_unseen(world: DeskWorld) -> None:
    """Whoever comes second knows: the request is refused, or the event says which booking it lies over."""
    barrier = threading.Barrier(2)
    outcome: dict[str, Any] = {}

    def ask() -> None:
        barrier.wait()
        try:
            outcome["asked"] = world.ask().id
        except Refused as refused:
            outcome["refused"] = refused.problem

    def put() -> None:
        barrier.wait()
        outcome["overlaps"] = [overlap.id for overlap in make(world).overlaps]

    threads = [threading.Thread(target=work) for work in (ask, put)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if "asked" in outcome:
        assert outcome["overlaps"] == [outcome["asked"]]
    else:
        assert outcome["refused"] is Problem.SLOT_UNAVAILABLE
        assert outcome["overlaps"] == []


def test_an_event_over_an_appointment_is_made_and_names_it(world: DeskWorld) -> None:
    booked = world.accepted()
    made = make(world, start=TEN + 30 * MINUTE, end=TEN + HOUR)
    (overlap,) = made.overlaps
    assert (overlap.id, overlap.client, overlap.status) == (booked, "Grace Hopper", "accepted")
    assert overlap.start == TEN


def test_a_free_event_over_an_appointment_warns_of_nothing(world: DeskWorld) -> None:
    world.accepted()
    assert make(world, transparency="transparent").overlaps == ()


def test_removed_it_frees_its_time_at_once_and_is_no_longer_listed(world: DeskWorld) -> None:
    made = make(world)
    remove(world, made.id)
    assert TEN in world.starts()
    assert listed(world) == []
    gone = refusal(lambda: world.desk.event(world.provider_actor(), "ada", made.id, now=world.now))
    assert gone is Problem.NOT_FOUND


def test_removed_twice_is_removed_once(world: DeskWorld) -> None:
    made = make(world)
    assert remove(world, made.id).version == remove(world, made.id).version


def test_a_removal_is_taken_back_within_half_an_hour(world: DeskWorld) -> None:
    made = make(world)
    remove(world, made.id)
    world.later(29 * MINUTE)
    (removed,) = world.desk.events_removed(world.provider_actor(), "ada", now=world.now)
    assert (removed.id, removed.title) == (made.id, "Dentist")
    back = world.desk.undo_event(world.provider_actor(), "ada", made.id, now=world.now)
    assert (back.title, back.start) == ("Dentist", TEN)
    assert TEN not in world.starts()
    assert listed(world) == ["Dentist"]


def test_later_it_cannot_be_taken_back(world: DeskWorld) -> None:
    made = make(world)
    remove(world, made.id)
    world.later(31 * MINUTE)
    problem = refusal(lambda: world.desk.undo_event(world.provider_actor(), "ada", made.id, now=world.now))
    assert problem is Problem.WRONG_STATE


def test_deleted_in_the_calendar_it_is_gone_here(world: DeskWorld) -> None:
    made = make(world)
    assert world.delete(made.id) == "event deleted"
    assert listed(world) == []


def test_put_back_in_the_calendar_it_is_back_here(world: DeskWorld) -> None:
    made = make(world)
    event = world.event(made.id)
    assert event is not None
    world.delete(made.id)
    assert world.restore(made.id, event) == "event restored"
    assert len(listed(world)) == 1


def test_edited_in_the_calendar_it_is_shown_as_it_is_there(world: DeskWorld) -> None:
    made = make(world)
    world.edit(made.id, summary="Dentist, again", transparency=Transparency.TRANSPARENT)
    shown = world.desk.event(world.provider_actor(), "ada", made.id, now=world.now)
    assert (shown.title, shown.transparency) == ("Dentist, again", "transparent")


def test_a_change_of_the_title_leaves_times_alone_that_we_would_not_take(world: DeskWorld) -> None:
    made = make(world)
    event = world.event(made.id)
    assert event is not None
    world.edit(made.id, length=replace(event.length, days=400))
    assert change(world, made.id, title="Sabbatical").title == "Sabbatical"


def test_the_same_key_makes_one_event(world: DeskWorld) -> None:
    assert make(world, key="k1").id == make(world, key="k1").id
    assert listed(world) == ["Dentist"]
    assert refusal(lambda: make(world, key="k1", title="Other")) is Problem.IDEMPOTENCY_KEY_REUSED


def test_what_would_block_nothing_is_not_made_where_the_account_is_disconnected(world: DeskWorld) -> None:
    made = make(world)
    world.desk.remove_event(world.owner, "ada", made.id, now=world.now)
    with world.database.write() as connection:
        connection.execute(sync_tables.account.update().values(removed_at=world.now))
    assert refusal(lambda: make(world, title="Other")) is Problem.NO_WRITE_CALENDAR
    assert refusal(lambda: world.desk.undo_event(world.owner, "ada", made.id, now=world.now)) is (
        Problem.NO_WRITE_CALENDAR
    )


def test_without_a_calendar_to_write_to_nothing_is_made(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(), calendar=False)
    assert refusal(lambda: make(world)) is Problem.NO_WRITE_CALENDAR
    assert world.count("other_event") == 0


def test_pages_follow_one_another_in_order_of_making(world: DeskWorld) -> None:
    for number in range(5):
        make(world, title=f"Number {number}")
    first = world.desk.events(world.provider_actor(), "ada", limit=2, now=world.now)
    second = world.desk.events(world.provider_actor(), "ada", limit=2, cursor=first.next, now=world.now)
    third = world.desk.events(world.provider_actor(), "ada", limit=2, cursor=second.next, now=world.now)
    ids = [item.id for part in (first, second, third) for item in part.items]
    assert len(ids) == len(set(ids)) == 5
    assert third.next is None


def test_whoever_explains_a_time_reads_the_event_before_it_is_written(world: DeskWorld) -> None:
    make(world)
    answer = world.desk.explain(world.owner, "ada", service="90834", start=TEN, now=world.now)
    sources = [reason.source for reason in answer.explanation.reasons if reason.source is not None]
    assert [source.title for source in sources] == ["Dentist"]


def test_busy_time_has_the_event_in_it(world: DeskWorld) -> None:
    make(world)
    answer = world.desk.busy(
        world.owner, "ada", start=date(2026, 11, 25), end=date(2026, 11, 26), now=world.now
    )
    assert [(item.start.astimezone(UTC), item.calendars) for item in answer.busy] == [(TEN, ("Work",))]


def test_every_step_is_in_the_audit(world: DeskWorld) -> None:
    made = make(world)
    change(world, made.id, title="Other")
    remove(world, made.id)
    assert world.count("audit") == 3


def test_a_time_in_the_hour_that_comes_twice_is_the_instant_that_was_given(world: DeskWorld) -> None:
    second = datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    made = make(world, start=second, end=second + HOUR)
    assert isinstance(made.start, datetime)
    assert made.start.astimezone(UTC) == second
