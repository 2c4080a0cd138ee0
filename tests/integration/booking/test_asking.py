"""A request for a time: what is checked, in which order, and what is stored with it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from booking.desk import Asking, Desk, Receipt
from booking.desk.views import Replayed, Requested
from booking.practice import Client, ClientStatus, Mode, Page, Privilege
from booking.refusals import Problem, Refused
from booking.rules import TitleMode
from booking.store import requests, tables
from booking.store.practices import save_practice
from service.secrecy import TokenMaker
from sync.codecs.google_write import new_event
from sync.codecs.ical import write_object
from sync.model.event import Series
from sync.model.event import Status as EventStatus
from sync.model.timespan import TimeSpan
from tests.support.desk_world import (
    GRACE_HOPPER,
    HOUR,
    MINUTE,
    SESSION,
    TEN,
    DeskWorld,
    Looked,
    a_group,
    ada,
    elm_street,
)

OpenDesk = Callable[..., DeskWorld]
SPAN = TimeSpan(TEN, TEN + 45 * MINUTE)


def refused(world: DeskWorld, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        world.ask(**changes)
    return caught.value


def test_a_request_is_pending_and_holds_its_time(world: DeskWorld) -> None:
    asked = world.ask()
    assert asked.status == "pending"
    assert world.held() == [SPAN]
    assert TEN not in world.starts()


def test_the_answer_names_the_time_in_the_provider_s_zone(world: DeskWorld) -> None:
    asked = world.ask()
    assert asked.start.isoformat() == "2026-11-25T10:00:00-05:00"
    assert asked.end.isoformat() == "2026-11-25T10:45:00-05:00"


def test_the_event_is_put_into_the_calendar_at_once(world: DeskWorld) -> None:
    event = world.event(world.ask().id)
    assert event is not None
    assert (event.summary, event.status, event.private) == ("Request: GH", EventStatus.TENTATIVE, True)


def test_the_event_is_still_to_be_written(world: DeskWorld) -> None:
    view = world.desk.request_of(world.owner, world.ask().id)
    assert view.event is not None
    assert (view.event.calendar, view.event.state) == ("Work", "queued")


def test_client_and_provider_are_told_at_once(world: DeskWorld) -> None:
    world.ask()
    assert world.mails("client") == ["created"]
    assert world.mails("provider") == ["new_request"]


def test_no_word_of_the_client_s_is_frozen_into_a_mail(world: DeskWorld) -> None:
    world.ask(name="Zqx Marker", note="Zqx marker", phone="+1 555 0100")
    with world.database.read() as connection:
        facts = connection.execute(select(tables.mail.c.facts)).scalars().all()
    assert "zqx" not in str(facts).casefold()


@pytest.mark.parametrize(
    "mode,told",
    [
        (TitleMode.ID, set()),
        (TitleMode.INITIALS, set()),
        (TitleMode.FIRST_NAME, {"zqxfirst"}),
        (TitleMode.FULL_NAME, {"zqxfirst", "zqxlast"}),
        (TitleMode.GENERIC, set()),
    ],
)
def test_a_calendar_is_told_of_the_client_what_its_title_mode_says_and_no_more(
    open_desk: OpenDesk, mode: TitleMode, told: set[str]
) -> None:
    world = open_desk(elm_street(rules={"title": mode}))
    asked = world.ask(
        name="Zqxfirst Zqxlast", email="zqxmail@example.com", note="Zqxnote", phone="+1 555 7777 777"
    )
    written = ""
    for decide in (lambda: None, lambda: world.desk.accept(world.owner, asked.id, now=world.now)):
        decide()
        event = world.event(asked.id)
        assert event is not None
        series = Series("u", event)
        google = json.dumps(new_event("name", series, "America/New_York"))
        written += write_object(series, stamp=world.now).replace("\r\n ", "") + google
    marks = (
        "zqxfirst",
        "zqxlast",
        "zqxmail",
        "zqxnote",
        "7777",
        asked.token.lower(),
        "attendee",
        "organizer",
    )
    assert {mark for mark in marks if mark in written.lower()} == told


def test_the_client_s_link_opens_her_page(world: DeskWorld) -> None:
    asked = world.ask()
    page = world.desk.client_page(asked.token, now=world.now)
    assert (page.id, page.status, page.may_cancel) == (asked.id, "pending", True)


def test_the_asking_is_in_the_audit(world: DeskWorld) -> None:
    assert world.audit(world.ask().id) == [("client", "ask")]


def test_a_request_expires_after_its_time_to_answer(world: DeskWorld) -> None:
    assert world.ask().expires_at == world.now + 24 * HOUR


def test_a_provider_without_a_calendar_takes_requests_too(open_desk: OpenDesk) -> None:
    world = open_desk(calendar=False)
    view = world.desk.request_of(world.owner, world.ask().id)
    assert view.event is None


# The order of checks


def test_everything_wrong_with_a_form_is_told_at_once(world: DeskWorld) -> None:
    problem = refused(
        world, name=" ", email="x@y", phone="?", note="n" * 1001, service="none", mode="by_letter"
    )
    assert problem.problem is Problem.INVALID
    assert {error.field for error in problem.errors} == {
        "client.name", "client.email", "client.phone", "note", "service", "mode",
    }  # fmt: skip


def test_a_naive_time_is_invalid(world: DeskWorld) -> None:
    problem = refused(world, start=TEN.replace(tzinfo=None))
    assert [error.field for error in problem.errors] == ["start"]


@pytest.mark.parametrize("place", [{"practice": "oak"}, {"provider": "bob"}])
def test_a_place_that_does_not_exist_is_not_found(world: DeskWorld, place: dict[str, str]) -> None:
    assert refused(world, **place).problem is Problem.NOT_FOUND


def test_a_closed_practice_is_refused_before_the_time_is_looked_at(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(self_scheduling=False))
    assert refused(world, start=TEN + 5 * MINUTE).problem is Problem.NOT_BOOKABLE


def test_the_limit_is_asked_before_the_time(world: DeskWorld) -> None:
    world.ask()
    world.ask(start=TEN + HOUR)
    assert refused(world, start=TEN).problem is Problem.TOO_MANY_OPEN_REQUESTS


def test_the_limit_counts_a_mail_address_from_one_sender_whatever_its_case(world: DeskWorld) -> None:
    world.ask(sender="198.51.100.7")
    world.ask(start=TEN + HOUR, email="GRACE@Example.com", sender="198.51.100.7")
    limit = refused(world, start=TEN + 2 * HOUR, sender="198.51.100.7")
    assert limit.problem is Problem.TOO_MANY_OPEN_REQUESTS
    assert world.ask(start=TEN + 2 * HOUR, sender="198.51.100.8").status == "pending"


def test_the_limit_of_a_client_with_a_link_is_her_own(world: DeskWorld) -> None:
    asking = world.token()
    world.ask()
    world.ask(start=TEN + HOUR)
    world.ask(start=TEN + 2 * HOUR, asking=asking)
    world.ask(start=TEN + 3 * HOUR, asking=asking)
    assert refused(world, start=TEN + 4 * HOUR, asking=asking).problem is Problem.TOO_MANY_OPEN_REQUESTS


def test_what_was_decided_no_longer_counts(world: DeskWorld) -> None:
    first = world.ask()
    world.ask(start=TEN + HOUR)
    world.desk.decline(world.owner, first.id, now=world.now)
    assert world.ask(start=TEN + 2 * HOUR).status == "pending"


@pytest.mark.parametrize(
    "start",
    [
        TEN + 5 * MINUTE,  # off the grid
        TEN - 24 * HOUR * 2,  # too soon
        TEN + timedelta(days=100),  # beyond the horizon
        TEN + timedelta(days=3),  # a Saturday
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(1, 1, 2, tzinfo=UTC),
    ],
)
def test_a_time_that_slots_do_not_offer_is_refused(world: DeskWorld, start: datetime) -> None:
    assert refused(world, start=start).problem is Problem.SLOT_UNAVAILABLE


def test_a_taken_time_comes_with_up_to_three_nearest_ones(world: DeskWorld) -> None:
    world.ask()
    problem = refused(world, email="other@example.com")
    assert problem.problem is Problem.SLOT_UNAVAILABLE
    offered = world.starts()
    assert len(problem.alternatives) == 3
    assert {alternative.start.astimezone(UTC) for alternative in problem.alternatives} <= offered


def test_a_mode_the_service_does_not_have_is_not_on_offer(world: DeskWorld) -> None:
    assert refused(world, mode="telehealth").problem is Problem.SLOT_UNAVAILABLE


def test_a_mode_has_to_be_chosen_where_there_are_two(open_desk: OpenDesk) -> None:
    both = replace(SESSION, modes=(Mode.IN_PERSON, Mode.TELEHEALTH))
    world = open_desk(elm_street(services=(both,)))
    assert [error.field for error in refused(world).errors] == ["mode"]
    assert world.ask(mode="telehealth").status == "pending"


# Freshness


def test_a_late_reading_marks_the_request_to_be_checked(world: DeskWorld) -> None:
    world.later(16 * MINUTE)
    asked = world.ask()
    assert asked.unverified
    assert world.desk.request_of(world.owner, asked.id).unverified


def test_an_unreadable_calendar_takes_no_requests(world: DeskWorld) -> None:
    world.later(61 * MINUTE)
    assert refused(world).problem is Problem.CALENDAR_UNREADABLE
    answer = world.slots()
    assert (answer.freshness, answer.slots) == ("closed", ())


# Known clients


def test_a_link_stands_for_its_client(world: DeskWorld) -> None:
    asked = world.ask(asking=world.token())
    assert world.desk.request_of(world.owner, asked.id).client_id == "c-1"


def test_a_known_address_alone_stands_for_nobody(world: DeskWorld) -> None:
    assert world.desk.request_of(world.owner, world.ask().id).client_id is None


def test_a_dead_link_is_told(world: DeskWorld) -> None:
    asking = world.token()
    world.later(timedelta(days=1))
    world.read_at(world.now)
    assert [error.field for error in refused(world, asking=asking).errors] == ["client_token"]


def test_a_client_who_should_call_is_not_bookable(open_desk: OpenDesk) -> None:
    caller = replace(GRACE_HOPPER, privilege=Privilege.CALL_US)
    world = open_desk(elm_street(clients=(caller,)))
    assert refused(world, asking=Asking(client_id="c-1")).problem is Problem.NOT_BOOKABLE


def by_itself(**client: Any) -> Any:
    return elm_street(rules={"auto_accept": "active"}, clients=(replace(GRACE_HOPPER, **client),))


def test_an_active_client_with_a_link_is_accepted_at_once(open_desk: OpenDesk) -> None:
    world = open_desk(by_itself())
    asked = world.ask(asking=world.token())
    assert asked.status == "accepted"
    assert world.desk.request_of(world.owner, asked.id).decided_by == "auto"
    assert world.mails("client") == ["confirmed"]
    event = world.event(asked.id)
    assert event is not None
    assert (event.summary, event.status) == ("GH", EventStatus.CONFIRMED)


@pytest.mark.parametrize(
    "client", [{"status": ClientStatus.NEW}, {"privilege": Privilege.REQUEST_ONLY}], ids=["new", "request"]
)
def test_other_clients_are_not_accepted_by_themselves(open_desk: OpenDesk, client: dict[str, Any]) -> None:
    world = open_desk(by_itself(**client))
    assert world.ask(asking=world.token()).status == "pending"


def test_nobody_is_accepted_on_a_late_reading(open_desk: OpenDesk) -> None:
    world = open_desk(by_itself())
    world.later(16 * MINUTE)
    assert world.ask(asking=world.token()).status == "pending"


# Buffers, groups, rooms


def test_two_bookings_keep_the_larger_of_their_buffers_apart(open_desk: OpenDesk) -> None:
    first = replace(SESSION, buffer_before=30 * MINUTE)
    world = open_desk(elm_street(services=(first,)))
    world.ask(start=TEN)
    # 45 minutes, then max(10 after, 30 before): the sum would push it to 11:30.
    offered = world.starts()
    assert TEN + 60 * MINUTE not in offered
    assert TEN + 75 * MINUTE in offered
    assert world.ask(start=TEN + 75 * MINUTE).status == "pending"


def test_a_group_takes_as_many_as_it_has_seats(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(services=(a_group(2),)))
    for number in range(2):
        world.ask(service="group", email=f"c{number}@example.com")
    assert refused(world, service="group", email="late@example.com").problem is Problem.SLOT_UNAVAILABLE
    assert world.held() == [TimeSpan(TEN, TEN + HOUR)] * 2


def test_a_room_is_claimed_with_the_provider_s_time(open_desk: OpenDesk) -> None:
    in_blue = replace(SESSION, room="Blue")
    bob = replace(ada(), slug="bob", name="Bob", email="bob@example.com")
    world = open_desk(elm_street(services=(in_blue,), providers=(ada(), bob)))
    world.ask()
    problem = refused(world, provider="bob", email="other@example.com")
    assert problem.problem is Problem.SLOT_UNAVAILABLE


def test_any_room_will_do_while_one_is_free(open_desk: OpenDesk) -> None:
    somewhere = replace(SESSION, room="any")
    people = [replace(ada(), slug=slug, email=f"{slug}@example.com") for slug in ("ada", "bob", "cyd")]
    world = open_desk(elm_street(services=(somewhere,), providers=tuple(people)))
    world.ask(provider="ada")
    world.ask(provider="bob", email="b@example.com")
    problem = refused(world, provider="cyd", email="c@example.com")
    assert problem.problem is Problem.SLOT_UNAVAILABLE


# Idempotency


def receipt(body: str = "body", key: str = "key-1") -> Receipt:
    return Receipt(key, body, lambda done: f"sealed {done.id}".encode())


def test_the_same_key_and_body_get_the_same_answer_and_one_request(world: DeskWorld) -> None:
    first = world.desk.request_once(world.form(), receipt(), now=world.now)
    again = world.desk.request_once(world.form(), receipt(), now=world.now)
    assert isinstance(first, Requested)
    assert again == Replayed(f"sealed {first.id}".encode())
    assert world.count("request") == 1


def test_a_key_is_for_one_body_only(world: DeskWorld) -> None:
    world.desk.request_once(world.form(), receipt(), now=world.now)
    with pytest.raises(Refused) as caught:
        world.desk.request_once(world.form(start=TEN + HOUR), receipt("other"), now=world.now)
    assert caught.value.problem is Problem.IDEMPOTENCY_KEY_REUSED


def test_a_refusal_is_not_kept(world: DeskWorld) -> None:
    taken = world.ask(email="first@example.com")
    with pytest.raises(Refused):
        world.desk.request_once(world.form(), receipt(), now=world.now)
    world.desk.decline(world.owner, taken.id, now=world.now)
    world.later(2 * MINUTE)
    done = world.desk.request_once(world.form(), receipt(), now=world.now)
    assert isinstance(done, Requested)


def test_clients_of_other_practices_are_unknown_here(world: DeskWorld) -> None:
    with pytest.raises(Refused):
        world.ask(asking=Asking(client_id="c-99"))


def test_a_client_may_be_assigned_to_others(open_desk: OpenDesk) -> None:
    theirs = Client("c-2", "Ann", "ann@example.com", providers=("bob",))
    world = open_desk(elm_street(clients=(theirs,)))
    assert refused(world, asking=Asking(client_id="c-2")).problem is Problem.NOT_BOOKABLE


@pytest.mark.parametrize("given,kept", [("", "de"), ("en", "en"), ("no language!", "de")])
def test_who_names_no_language_is_written_to_in_the_practice_s_first(
    open_desk: OpenDesk, given: str, kept: str
) -> None:
    world = open_desk(elm_street(page=Page(locales=("de", "en"))))
    asked = world.ask(locale=given)
    with world.database.read() as connection:
        stored = requests.find(connection, asked.id)
    assert stored is not None
    assert stored.asked.locale == kept


def test_what_is_closed_while_the_calendar_is_looked_at_is_closed(world: DeskWorld) -> None:
    class ClosesMeanwhile(Looked):
        def look(self, provider_id: str) -> bool:
            with world.database.write() as connection:
                save_practice(connection, elm_street(self_scheduling=False), now=world.now)
            return True

    desk = Desk(
        world.database, world.mirror, TokenMaker("x" * 40), ClosesMeanwhile(), base_url="https://book.example"
    )
    with pytest.raises(Refused) as caught:
        desk.request(world.form(), now=world.now)
    assert caught.value.problem is Problem.NOT_BOOKABLE
    assert world.held() == []
