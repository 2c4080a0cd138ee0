from dataclasses import replace
from datetime import date, datetime, timedelta

from booking.events import Wanted, new_series, rewritten
from sync.model.event import Event, Override, Recurrence, Series, Status, Transparency
from sync.model.moments import Length, WallTime

ZONE = "America/New_York"
HOUR = Length(exact=timedelta(hours=1))


def at(day: int, hour: int, minute: int = 0) -> WallTime:
    return WallTime(datetime(2026, 3, day, hour, minute), ZONE)


TUESDAYS = Wanted("Supervision", at(3, 10), HOUR, Transparency.OPAQUE, "FREQ=WEEKLY;COUNT=4")


def changed(day: int, start: WallTime, **fields: object) -> Override:
    event = Event(start, HOUR, "Supervision", private=True)
    return Override(at(day, 10), replace(event, **fields))  # type: ignore[arg-type]


def series(*overrides: Override, excluded: tuple[WallTime, ...] = ()) -> Series:
    made = new_series("one", TUESDAYS)
    return replace(made, overrides=overrides, recurrence=replace(made.recurrence, excluded=excluded))


def test_what_is_made_here_is_private_and_says_nothing_but_its_title() -> None:
    event = new_series("one", TUESDAYS).master
    assert event is not None
    assert (event.summary, event.private, event.description) == ("Supervision", True, "")
    assert event.status is Status.CONFIRMED


def test_texts_flags_and_places_of_the_calendar_stay() -> None:
    made = new_series("one", replace(TUESDAYS, rule=None))
    assert made.master is not None
    there = replace(
        made, master=replace(made.master, location="Room 3", description="Bring tea", categories=("a",))
    )
    after = rewritten(there, replace(TUESDAYS, title="Team", rule=None)).master
    assert after is not None
    assert (after.summary, after.location, after.description, after.categories) == (
        "Team", "Room 3", "Bring tea", ("a",),
    )  # fmt: skip


def test_a_new_title_keeps_changed_and_deleted_occurrences() -> None:
    there = series(changed(10, at(11, 15)), excluded=(at(17, 10),))
    after = rewritten(there, replace(TUESDAYS, title="Team"))
    assert after.recurrence.excluded == (at(17, 10),)
    (moved,) = after.overrides
    assert (moved.recurrence_id, moved.event.start, moved.event.summary) == (at(10, 10), at(11, 15), "Team")


def test_an_occurrence_with_a_title_of_its_own_keeps_it() -> None:
    there = series(changed(10, at(10, 10), summary="With Ann"))
    (kept,) = rewritten(there, replace(TUESDAYS, title="Team")).overrides
    assert kept.event.summary == "With Ann"


def test_a_flag_reaches_the_occurrences_that_had_the_flag_of_the_series() -> None:
    there = series(changed(10, at(10, 12)))
    (kept,) = rewritten(there, replace(TUESDAYS, transparency=Transparency.TRANSPARENT)).overrides
    assert kept.event.transparency is Transparency.TRANSPARENT


def test_occurrences_move_along_with_the_series() -> None:
    there = series(
        changed(10, at(10, 10), summary="With Ann"), changed(17, at(18, 15)), excluded=(at(24, 10),)
    )
    after = rewritten(there, replace(TUESDAYS, start=at(3, 11)))
    assert after.recurrence.excluded == (at(24, 11),)
    titled, moved = after.overrides
    assert (titled.recurrence_id, titled.event.start) == (at(10, 11), at(10, 11))
    assert (moved.recurrence_id, moved.event.start) == (at(17, 11), at(18, 15))


def test_a_deleted_occurrence_of_google_moves_along_and_stays_deleted() -> None:
    there = series(changed(10, at(10, 10), status=Status.CANCELLED))
    (gone,) = rewritten(there, replace(TUESDAYS, start=at(3, 11))).overrides
    assert (gone.recurrence_id, gone.event.status) == (at(10, 11), Status.CANCELLED)


def test_what_is_no_occurrence_of_the_new_rule_is_left_out() -> None:
    there = series(changed(10, at(10, 12)), changed(17, at(17, 12)), excluded=(at(24, 10),))
    after = rewritten(there, replace(TUESDAYS, rule="FREQ=WEEKLY;INTERVAL=2;COUNT=4"))
    assert [override.recurrence_id for override in after.overrides] == [at(17, 10)]
    assert after.recurrence == Recurrence(("FREQ=WEEKLY;INTERVAL=2;COUNT=4",))


def test_a_series_that_ends_earlier_forgets_what_comes_after_its_end() -> None:
    there = series(changed(10, at(10, 12)), changed(17, at(17, 12)))
    after = rewritten(there, replace(TUESDAYS, rule="FREQ=WEEKLY;UNTIL=20260311T035959Z"))
    assert [override.recurrence_id for override in after.overrides] == [at(10, 10)]


def test_the_same_rule_in_other_words_keeps_its_spelling_and_added_dates() -> None:
    there = series()
    recurrence = Recurrence(("FREQ=WEEKLY;COUNT=4;BYDAY=TU",), dates=((at(5, 9), None),))
    there = replace(there, recurrence=recurrence)
    assert rewritten(there, replace(TUESDAYS, title="Team")).recurrence == recurrence


def test_without_a_rule_it_is_one_event_again() -> None:
    there = series(changed(10, at(11, 15)), excluded=(at(17, 10),))
    after = rewritten(there, replace(TUESDAYS, rule=None))
    assert (after.recurrence, after.overrides) == (Recurrence(), ())


def test_a_series_that_becomes_all_day_starts_without_exceptions() -> None:
    there = series(changed(10, at(11, 15)))
    after = rewritten(there, replace(TUESDAYS, start=date(2026, 3, 3), length=Length(days=1)))
    assert after.overrides == ()


def test_occurrences_written_in_utc_are_those_of_the_local_time() -> None:
    utc = WallTime(datetime(2026, 3, 17, 14, 0), "UTC")
    after = rewritten(series(excluded=(utc,)), replace(TUESDAYS, start=at(3, 11)))
    assert after.recurrence.excluded == (at(17, 11),)
