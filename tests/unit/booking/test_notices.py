"""Who is told what, once it is settled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.notices import Audience, Kind, Notice, of_asking, of_change, of_undo, recipients, wanted
from booking.plain.document import NOTICES
from booking.practice import Client, Contact
from booking.requests import Action, By, Seat, Standing, Status
from sync.model.timespan import TimeSpan

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPAN = TimeSpan(NOW, NOW + timedelta(hours=1))
OTHER = TimeSpan(NOW + timedelta(hours=1), NOW + timedelta(hours=2))
SEAT = Seat("p1", "s1", "session", "r1", None, "America/New_York")


def state(status: Status, by: By | None = None, span: TimeSpan = SPAN) -> Standing:
    return Standing(status, span, NOW, SEAT, decided_by=by)


def kinds(notices: list[Notice], audience: Audience) -> list[str]:
    return [notice.kind.value for notice in notices if notice.audience is audience]


@pytest.mark.parametrize(
    "told,present,expected",
    [
        (state(Status.PENDING), state(Status.ACCEPTED, By.STAFF), ["confirmed"]),
        (state(Status.PENDING), state(Status.DECLINED, By.STAFF), ["declined"]),
        (state(Status.PENDING), state(Status.DECLINED, By.CALENDAR), ["declined"]),
        (state(Status.PENDING), state(Status.EXPIRED, By.TIMER), ["expired"]),
        (state(Status.PENDING), state(Status.CANCELLED, By.STAFF), ["cancelled"]),
        (state(Status.ACCEPTED), state(Status.CANCELLED, By.STAFF), ["cancelled"]),
        (state(Status.ACCEPTED), state(Status.CANCELLED, By.CALENDAR), ["deleted"]),
        (state(Status.ACCEPTED), state(Status.ACCEPTED, By.CALENDAR, OTHER), ["rescheduled"]),
        (state(Status.EXPIRED), state(Status.ACCEPTED, By.CALENDAR), ["confirmed"]),
        (state(Status.PENDING), state(Status.PENDING), []),
        (state(Status.ACCEPTED), state(Status.ACCEPTED), []),
    ],
)
def test_what_the_client_is_told(told: Standing, present: Standing, expected: list[str]) -> None:
    assert kinds(of_change(told, present), Audience.CLIENT) == expected


def test_the_provider_is_told_when_the_client_withdraws() -> None:
    notices = of_change(state(Status.ACCEPTED), state(Status.CANCELLED, By.CLIENT))
    assert kinds(notices, Audience.PROVIDER) == ["withdrawn"]


@pytest.mark.parametrize("action,kind", [(Action.MOVE, "moved"), (Action.CHOOSE, "chosen")])
def test_the_provider_is_told_when_the_client_takes_another_time(action: Action, kind: str) -> None:
    moved = replace(state(Status.ACCEPTED, By.CLIENT, OTHER), last_action=action)
    assert kinds(of_change(state(Status.ACCEPTED), moved), Audience.PROVIDER) == [kind]


def test_the_client_is_told_of_another_provider_and_that_one_of_the_appointment() -> None:
    other = replace(state(Status.ACCEPTED, By.STAFF), seat=replace(SEAT, provider_id="p2"))
    notices = of_change(state(Status.ACCEPTED), other)
    assert kinds(notices, Audience.CLIENT) == ["provider_changed"]
    assert kinds(notices, Audience.PROVIDER) == ["new_appointment"]


def test_a_new_request_is_told_to_both() -> None:
    notices = of_asking(state(Status.PENDING))
    assert kinds(notices, Audience.CLIENT) == ["created"]
    assert kinds(notices, Audience.PROVIDER) == ["new_request"]


def test_a_request_that_was_accepted_by_itself_is_confirmed_at_once() -> None:
    assert kinds(of_asking(state(Status.ACCEPTED, By.AUTO)), Audience.CLIENT) == ["confirmed"]


def test_an_undo_is_told_where_the_decision_was() -> None:
    assert kinds(of_undo(state(Status.DECLINED), state(Status.PENDING)), Audience.CLIENT) == ["undone"]


def test_an_undo_that_leads_to_what_was_told_is_not() -> None:
    assert of_undo(state(Status.PENDING), replace(state(Status.PENDING), message="x")) == []


def test_a_practice_switches_off_mails_to_clients_only() -> None:
    off = {"created": False, "new_request": False}
    assert not wanted(Notice(Kind.CREATED, Audience.CLIENT), off)
    assert wanted(Notice(Kind.NEW_REQUEST, Audience.PROVIDER), off)
    assert wanted(Notice(Kind.CONFIRMED, Audience.CLIENT), off)


def test_every_kind_for_clients_has_its_switch_in_the_practice_file() -> None:
    for_clients = {
        "created",
        "confirmed",
        "declined",
        "rescheduled",
        "cancelled",
        "deleted",
        "undone",
        "expired",
    }
    assert for_clients <= set(NOTICES)


def test_a_clients_own_switch_goes_before_the_practices() -> None:
    reminder = Notice(Kind.REMINDER, Audience.CLIENT)
    assert wanted(reminder, {"reminder": False}, {"reminder": True})
    assert not wanted(reminder, {}, {"reminder": False})
    assert not wanted(reminder, {"reminder": False}, {"created": True})


TIM = Client("c-1", "Tim Lee", "tim@example.com")
ANN = Contact("Ann Lee", "ann@example.com", "mother")
BOB = Contact("Bob Lee", "bob@example.com", "father", notices=False)


def test_a_stranger_alone_is_told() -> None:
    assert recipients("ann@example.com", None) == ["ann@example.com"]


def test_contacts_are_told_as_chosen_and_each_person_once() -> None:
    client = replace(TIM, contacts=(ANN, BOB))
    assert recipients("Ann@Example.com", client) == ["Ann@Example.com", "tim@example.com"]
    assert recipients("tim@example.com", client) == ["tim@example.com", "ann@example.com"]


def test_a_contact_who_asked_is_told_even_without_the_clients_mails() -> None:
    client = replace(TIM, contacts=(BOB,))
    assert recipients("bob@example.com", client) == ["bob@example.com", "tim@example.com"]
