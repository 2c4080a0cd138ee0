"""What clients get by mail: once each, to whom it concerns, with a calendar object that other programs follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from booking import edits
from booking.desk import Asking, Recurring, RequestForm
from booking.desk.forms import WaitForm
from booking.practice import Client, ClientStatus, Contact, Location, Mode, Practice
from booking.roles import Actor, Role
from booking.rules import TitleMode
from booking.store.finding import practice_by_slug
from booking.store.practices import save_practice
from booking.store.tables import mail, reminder
from service.mailing import send_due
from service.runtime import Runtime
from tests.support.desk_world import HOUR, MONDAY, SESSION, TEN, elm_street
from tests.support.expanders.rules import ICAL_JS
from tests.support.runtimes import HandClock, runtime_on
from tests.support.smtp import Mail, SmtpServer

DAY = timedelta(days=1)
NEEDS_JS = pytest.mark.skipif(bool(ICAL_JS.missing), reason=ICAL_JS.missing)
TIM = Client(
    "c-1",
    "Tim Zqxname",
    "tim@example.com",
    ClientStatus.ACTIVE,
    contacts=(Contact("Ann Zqxname", "ann@example.com", "mother"),),
)


@dataclass
class Office:
    """The whole program without its pages; ``smtp`` keeps what it sends."""

    runtime: Runtime
    clock: HandClock
    smtp: SmtpServer
    practice_id: str

    @property
    def owner(self) -> Actor:
        return Actor(Role.OWNER, self.practice_id, "user:owner")

    def ask(self, **changes: Any) -> str:
        base = RequestForm(
            practice="elm-street", provider="ada", service="90834", start=TEN, name="Grace Hopper",
            email="grace@example.com",
        )  # fmt: skip
        return self.runtime.desk.request(replace(base, **changes), now=self.clock()).id

    def as_client(self) -> Asking:
        link = self.runtime.desk.client_link(self.practice_id, "c-1", now=self.clock())
        return Asking(client_token=link.token)

    def accepted(self, **changes: Any) -> str:
        request_id = self.ask(**changes)
        self.runtime.desk.accept(self.owner, request_id, now=self.clock())
        self.settle()
        return request_id

    def settle(self) -> None:
        self.clock.advance(minutes=3)
        self.runtime.desk.settle_graces(now=self.clock())

    def remind(self) -> int:
        return self.runtime.desk.remind(now=self.clock())

    def sent(self) -> list[Mail]:
        """What has left since this was last asked."""
        send_due(self.runtime)
        found = self.smtp.mails
        self.smtp.clear()
        return found

    def rows(self, *columns: str) -> list[Any]:
        with self.runtime.database.read() as connection:
            chosen = [mail.c[name] for name in columns]
            return list(connection.execute(select(*chosen).order_by(mail.c.created_at, mail.c.dedupe)))


OpenOffice = Callable[..., Office]


@pytest.fixture
def open_office(upgraded_url: str, tmp_path: Path, smtp: SmtpServer) -> Iterator[OpenOffice]:
    with ExitStack() as stack:

        def opened(practice: Practice | None = None) -> Office:
            clock = HandClock(MONDAY)
            runtime = stack.enter_context(
                runtime_on(
                    upgraded_url,
                    tmp_path,
                    clock,
                    SMTP_URL=smtp.url,
                    MAIL_FROM="Freehold <no-reply@book.example>",
                )
            )
            home = practice or elm_street()
            with runtime.database.write() as connection:
                save_practice(connection, home, now=MONDAY)
                found = practice_by_slug(connection, home.slug)
            assert found is not None
            return Office(runtime, clock, smtp, found.id)

        yield opened


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    return open_office()


def to(mails: list[Mail]) -> list[str]:
    return [each.recipients[0] for each in mails]


def calendar_parts(message: EmailMessage) -> list[EmailMessage]:
    return [
        part
        for part in message.walk()
        if isinstance(part, EmailMessage) and part.get_content_type() in ("text/calendar", "application/ics")
    ]


def invitation(found: Mail) -> dict[str, Any]:
    text = calendar_parts(found.message)[0].get_payload(decode=True)
    assert isinstance(text, bytes)
    read: dict[str, Any] = ICAL_JS.process.ask(op="invitation", text=text.decode())
    return read


# The calendar object


def test_a_request_that_waits_leaves_the_clients_calendar_alone(office: Office) -> None:
    office.ask()
    (created, told) = sorted(office.sent(), key=to_first)
    assert to([created, told]) == ["ada@example.com", "grace@example.com"]
    assert not calendar_parts(told.message)


def to_first(found: Mail) -> str:
    return found.recipients[0]


def test_an_invitation_is_an_alternative_and_a_file(office: Office) -> None:
    office.accepted()
    confirmed = office.sent()[-1].message
    assert confirmed.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in confirmed.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    alternative, file = calendar_parts(confirmed)
    assert alternative.get_param("method") == "REQUEST"
    assert alternative.get_content_disposition() is None
    assert file.get_filename() == "appointment.ics"
    assert file.get_payload(decode=True) == alternative.get_payload(decode=True)


@NEEDS_JS
def test_the_same_event_is_invited_to_cancelled_and_invited_to_again(office: Office) -> None:
    request_id = office.accepted()
    desk, clock = office.runtime.desk, office.clock
    first = invitation(office.sent()[-1])
    desk.cancel(office.owner, request_id, now=clock())
    office.settle()
    second = invitation(office.sent()[-1])
    desk.undo(office.owner, request_id, now=clock())
    third = invitation(office.sent()[-1])
    told = [first, second, third]
    assert [each["method"] for each in told] == ["REQUEST", "CANCEL", "REQUEST"]
    assert {each["uid"] for each in told} == {f"freehold-{request_id}"}
    sequences = [each["sequence"] for each in told]
    assert sequences == sorted(set(sequences))
    assert {each["start"] for each in told} == {TEN.timestamp()}


@NEEDS_JS
def test_the_practice_invites_and_the_client_is_the_one_guest(open_office: OpenOffice) -> None:
    office = open_office(elm_street(email="office@elm.example"))
    office.accepted()
    confirmed = office.sent()[-1]
    read = invitation(confirmed)
    assert (read["organizer"], read["attendees"]) == (
        "mailto:office@elm.example",
        ["mailto:grace@example.com"],
    )
    assert read["sent_by"] == "mailto:no-reply@book.example"
    assert confirmed.message["Reply-To"] == "office@elm.example"


def test_a_decision_that_was_never_an_appointment_takes_nothing_out_of_a_calendar(office: Office) -> None:
    request_id = office.ask()
    office.runtime.desk.decline(office.owner, request_id, now=office.clock())
    office.settle()
    assert not any(calendar_parts(each.message) for each in office.sent())


@pytest.mark.parametrize("mode", TitleMode)
def test_no_calendar_object_tells_what_the_client_typed(open_office: OpenOffice, mode: TitleMode) -> None:
    office = open_office(elm_street(rules={"title": mode}))
    office.accepted(name="Zqxname Marker", note="Zqxnote", phone="+1 555 0199 77")
    (text,) = {
        part.get_payload(decode=True) for each in office.sent() for part in calendar_parts(each.message)
    }
    assert isinstance(text, bytes)
    unfolded = text.replace(b"\r\n ", b"").lower()
    assert not any(mark in unfolded for mark in (b"zqx", b"marker", b"0199", b"/r/"))


@NEEDS_JS
def test_the_dates_of_a_series_are_in_one_mail_and_each_is_an_event_of_its_own(office: Office) -> None:
    desk, clock = office.runtime.desk, office.clock
    request_id = office.ask(recurring=Recurring(rule="FREQ=WEEKLY;COUNT=3"))
    desk.accept(office.owner, request_id, now=clock())
    office.settle()
    confirmed = office.sent()[-1]
    first, further = invitation(confirmed), further_dates(confirmed)
    weeks = [(TEN + timedelta(weeks=week)).timestamp() for week in range(3)]
    assert [first["start"], *(start for _, _, start, _ in further)] == weeks
    assert len({first["uid"], *(uid for uid, *_ in further)}) == 3
    last = further[-1][0].removeprefix("freehold-")
    desk.cancel(office.owner, last, now=clock())
    office.settle()
    gone = invitation(office.sent()[-1])
    assert (gone["method"], gone["uid"], gone["start"]) == ("CANCEL", further[-1][0], weeks[-1])
    assert gone["sequence"] > further[-1][1]


def further_dates(found: Mail) -> list[Any]:
    (text,) = [
        part.get_payload(decode=True)
        for part in calendar_parts(found.message)
        if part.get_filename() == "further-dates.ics"
    ]
    assert isinstance(text, bytes)
    read: list[Any] = ICAL_JS.process.ask(op="events", text=text.decode())
    return read


# To whom


def test_a_clients_contacts_are_told_and_each_gets_an_invitation(open_office: OpenOffice) -> None:
    office = open_office(elm_street(clients=(TIM,)))
    office.accepted(asking=office.as_client(), email="tim@example.com")
    office.sent()
    confirmed = [
        (row.recipient, row.method)
        for row in office.rows("recipient", "kind", "method")
        if row.kind == "confirmed"
    ]
    assert sorted(confirmed) == [("ann@example.com", "REQUEST"), ("tim@example.com", "REQUEST")]


def test_a_clients_own_switch_keeps_a_mail_back(open_office: OpenOffice) -> None:
    office = open_office(elm_street(clients=(replace(TIM, notices={"confirmed": False}),)))
    office.accepted(asking=office.as_client(), email="tim@example.com")
    assert {row.kind for row in office.rows("kind", "audience") if row.audience == "client"} == {"created"}


# Place and video


def test_the_video_address_is_told_once_the_appointment_is_certain(open_office: OpenOffice) -> None:
    video = replace(SESSION, modes=(Mode.TELEHEALTH,), telehealth_url="https://video.example/ada")
    office = open_office(elm_street(services=(video,)))
    request_id = office.ask()
    assert not any("video.example" in each.text for each in office.sent())
    office.runtime.desk.accept(office.owner, request_id, now=office.clock())
    office.settle()
    confirmed = office.sent()[-1]
    assert "https://video.example/ada" in confirmed.text
    html = confirmed.message.get_body(("html",))
    assert html is not None
    assert '<a href="https://video.example/ada">' in html.get_content()


def test_a_hidden_address_is_told_once_the_appointment_is_certain(open_office: OpenOffice) -> None:
    place = Location("main", "Main office", "12 Elm Street", hide_address=True)
    office = open_office(elm_street(locations=(place,)))
    office.accepted()
    created, *_, confirmed = [each for each in office.sent() if each.recipients == ("grace@example.com",)]
    assert "12 Elm Street" not in created.text
    assert "Main office, 12 Elm Street" in confirmed.text


# Reminders


def test_an_appointment_is_reminded_of_at_each_chosen_time_once(open_office: OpenOffice) -> None:
    office = open_office(elm_street(rules={"reminders": (DAY, 2 * HOUR)}))
    office.accepted()
    office.sent()
    for moment in (TEN - DAY, TEN - 2 * HOUR):
        office.clock.instant = moment - timedelta(seconds=1)
        assert office.remind() == 0
        office.clock.instant = moment
        assert (office.remind(), office.remind()) == (1, 0)
        (told,) = office.sent()
        assert told.recipients == ("grace@example.com",)
        assert "10:00" in told.text
        assert not calendar_parts(told.message)


def test_a_late_worker_sends_the_last_reminder_only(open_office: OpenOffice) -> None:
    office = open_office(elm_street(rules={"reminders": (DAY, 2 * HOUR)}))
    office.accepted()
    office.sent()
    office.clock.instant = TEN - HOUR
    assert office.remind() == 2
    assert len(office.sent()) == 1


def test_nobody_is_reminded_of_what_has_begun(open_office: OpenOffice) -> None:
    office = open_office(elm_street(rules={"reminders": (2 * HOUR,)}))
    office.accepted()
    office.sent()
    office.clock.instant = TEN
    office.remind()
    assert office.sent() == []


def test_nobody_is_reminded_of_what_was_cancelled(open_office: OpenOffice) -> None:
    office = open_office(elm_street(rules={"reminders": (2 * HOUR,)}))
    request_id = office.accepted()
    office.runtime.desk.cancel(office.owner, request_id, now=office.clock())
    office.settle()
    office.sent()
    office.clock.instant = TEN - 2 * HOUR
    office.remind()
    assert office.sent() == []


def test_a_reminder_waits_for_a_decision_that_can_still_be_undone(open_office: OpenOffice) -> None:
    office = open_office(elm_street(rules={"reminders": (2 * HOUR,)}))
    request_id = office.accepted()
    office.sent()
    office.clock.instant = TEN - 2 * HOUR - timedelta(minutes=1)
    office.runtime.desk.cancel(office.owner, request_id, now=office.clock())
    office.clock.advance(minutes=1)
    assert office.remind() == 0
    office.runtime.desk.undo(office.owner, request_id, now=office.clock())
    assert office.remind() == 1
    assert len(office.sent()) == 1


def test_a_reminder_that_waits_for_the_mail_server_is_not_sent_of_what_was_cancelled_meanwhile(
    open_office: OpenOffice,
) -> None:
    office = open_office(elm_street(rules={"reminders": (2 * HOUR,)}))
    request_id = office.accepted()
    office.sent()
    office.clock.instant = TEN - 2 * HOUR
    office.remind()
    office.runtime.desk.cancel(office.owner, request_id, now=office.clock())
    assert office.sent() == []


def withdrawn(office: Office, request_id: str) -> None:
    office.runtime.desk.decline(office.owner, request_id, now=office.clock())
    office.settle()


def lapsed(office: Office, _request_id: str) -> None:
    office.clock.advance(hours=23)


@pytest.mark.parametrize("ended", [withdrawn, lapsed])
def test_times_that_can_no_longer_be_chosen_are_not_put_forward(
    office: Office, ended: Callable[[Office, str], None]
) -> None:
    request_id = office.ask()
    office.sent()
    office.smtp.refusal = "451 later"
    starts = [TEN + HOUR, TEN + 2 * HOUR]
    office.runtime.desk.propose(office.owner, request_id, starts, now=office.clock())
    office.sent()
    ended(office, request_id)
    office.clock.advance(hours=2)
    office.smtp.refusal = None
    assert "Choose a time" not in " ".join(each.text for each in office.sent())
    assert ("proposed", "untrue") in office.rows("kind", "dropped")


def test_a_time_that_was_let_pass_is_not_offered_by_a_mail_that_waited(office: Office) -> None:
    desk = office.runtime.desk
    form = WaitForm(
        practice="elm-street", provider="ada", service="90834", name="Ann", email="ann@example.com"
    )
    token = desk.waitlist.join(form, now=office.clock())
    office.sent()
    office.smtp.refusal = "451 later"
    assert desk.waitlist.offer(now=office.clock()) == 1
    office.sent()
    desk.waitlist.let_pass(token, now=office.clock())
    office.clock.advance(minutes=10)
    office.smtp.refusal = None
    assert office.sent() == []


def test_an_appointment_gets_the_reminders_of_a_rule_that_is_changed_after_it(
    open_office: OpenOffice,
) -> None:
    office = open_office(elm_street(rules={"reminders": (DAY,)}))
    office.accepted()
    office.sent()
    office.runtime.desk.change(
        office.owner, edits.put_rules(None, {"reminders": (3 * HOUR,)}), now=office.clock()
    )
    office.clock.instant = TEN - DAY
    office.remind()
    assert office.sent() == []
    office.clock.instant = TEN - 3 * HOUR
    office.remind()
    assert len(office.sent()) == 1


def test_a_reminder_that_was_sent_is_not_planned_again(open_office: OpenOffice) -> None:
    office = open_office(elm_street(rules={"reminders": (DAY,)}))
    request_id = office.accepted()
    office.clock.instant = TEN - DAY
    office.remind()
    office.runtime.desk.cancel(office.owner, request_id, now=office.clock())
    office.runtime.desk.undo(office.owner, request_id, now=office.clock())
    assert office.remind() == 0
    with office.runtime.database.read() as connection:
        assert connection.execute(select(reminder.c.outcome)).scalars().all() == ["sent"]
