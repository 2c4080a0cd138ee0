"""The form of a hold: every part of one is read, told where it cannot be, and written back."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from booking.practice import Client, Hold, ReleaseStage, WeeklyRelease
from booking.web.availability_fields import rules_of
from booking.web.hold_fields import audiences, hold_fields, hold_of

ANNE = Client(id="c-1", name="Anne", email="anne@example.com", tags=("regulars",))
FORM = {"name": "late", "days": ["1"], "start": "15:00", "end": "17:00", "release": "manual"}
DAY = date(2026, 3, 20)
WEEKLY = WeeklyRelease(4, time(18), 2)
STAGES = (ReleaseStage(7, to=("tag:regulars", "client:c-1")), ReleaseStage(3, to=("status:active",)),
          ReleaseStage(exact=timedelta(hours=24)))  # fmt: skip


def read(form: dict[str, object], old: Hold | None = None) -> tuple[Hold | None, list[str]]:
    hold, errors = hold_of(MultiDict(form), old, audiences([ANNE], old))
    return hold, [error.field for error in errors]


@pytest.mark.parametrize(
    "hold",
    [
        Hold("late", time(15), time(17), frozenset({1, 3}), release=WEEKLY, by_page=True),
        Hold("late", time(15), time(0), frozenset({1}), kept_for=("status:active", "tag:regulars", "client:c-1")),
        Hold("late", time(15), time(17), date=DAY, release=(ReleaseStage(exact=timedelta(hours=48)),)),
        Hold("late", time(15), time(17), frozenset({1}), kept_for=("client:c-9",), release=STAGES, marker=True),
        Hold("late", time(15), time(17), frozenset({1}), None, ("status:new",), None, DAY, DAY, 2),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_hold_and_sent_back_is_the_hold(hold: Hold) -> None:
    fields = hold_fields(hold)
    form = {name: sorted(value) if isinstance(value, set) else value for name, value in fields.items()}
    found, wrong = read(form, hold)
    assert wrong == []
    assert found is not None
    assert sorted(found.kept_for) == sorted(hold.kept_for)
    assert hold_fields(found) == fields
    assert found.by_page == hold.by_page


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"name": ""}, "name"),
        ({"days": []}, "days"),
        ({"date": "2026-03-20"}, "date"),
        ({"start": "9"}, "start"),
        ({"client": "c-9"}, "client"),
        ({"every_weeks": "99"}, "every_weeks"),
        ({"release": "before", "before": "soon"}, "before"),
        ({"release": "weekly", "release_day": "fr", "release_time": ""}, "release_time"),
        ({"release": "stages", "before0": "12h", "to0": '["status:active"]', "before1": "24h"}, "before0"),
        ({"release": "stages", "before0": "7d", "to0": "", "before1": "24h"}, "before0"),
        ({"release": "stages"}, "before0"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(changes: dict[str, object], field: str) -> None:
    assert read({**FORM, **changes}) == (None, [field])


def test_nobody_chosen_is_a_hold_for_nobody() -> None:
    found, _ = read(FORM)
    assert found is not None
    assert found.kept_for == ("nobody",)


def test_whom_the_asker_may_not_name_is_not_added_by_a_made_up_field() -> None:
    found, _ = read({**FORM, "kept_for": ["client:c-9", "tag:regulars"]})
    assert found is not None
    assert found.kept_for == ("tag:regulars",)


def test_a_number_of_any_length_is_refused_in_words() -> None:
    endless = "9" * 5000
    weekly = {**FORM, "release": "weekly", "release_day": "fri", "release_time": "18:00"}
    assert read({**weekly, "weeks_ahead": endless}) == (None, ["release_time"])
    for name in ("max_per_day", "notice_days"):
        _, errors = rules_of(MultiDict({name: endless, "notice_until": "21:00"}))
        assert errors
