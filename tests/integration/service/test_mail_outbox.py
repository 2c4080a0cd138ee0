"""Mail leaves its outbox once: by the server that is set up, or kept where there is none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from booking.mail_limits import ANYBODY_AN_HOUR
from booking.notices import Kind
from booking.store import mail as outbox
from booking.store.tables import mail, practice
from service.mailing import send_due
from service.mailing.letters import is_known
from service.runtime import Runtime
from sync.failpoints import set_trigger
from tests.support.runtimes import HandClock, runtime_on
from tests.support.smtp import SmtpServer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def runtime(upgraded_url: str, tmp_path: Path, clock: HandClock, smtp: SmtpServer) -> Iterator[Runtime]:
    with runtime_on(upgraded_url, tmp_path, clock, SMTP_URL=smtp.url) as built:
        with built.database.write() as connection:
            connection.execute(
                insert(practice).values(
                    id="practice", slug="elm", name="Elm Street", timezone="America/New_York", created_at=NOON
                )
            )
        yield built


def queued(
    runtime: Runtime, *, kind: str = "wish", recipient: str = "ada@example.com", key: str = "once"
) -> None:
    with runtime.database.write() as connection:
        outbox.queue(
            connection,
            practice_id="practice",
            dedupe=key,
            kind=kind,
            audience="provider",
            recipient=recipient,
            facts={"provider": "Ada"},
            request_id=None,
            now=runtime.now(),
        )


def the_row(runtime: Runtime) -> Any:
    with runtime.database.read() as connection:
        return connection.execute(select(mail)).one()


def test_every_kind_of_notice_has_its_letter() -> None:
    assert all(is_known(kind.value) for kind in Kind)


def test_a_queued_mail_leaves_once(runtime: Runtime, smtp: SmtpServer) -> None:
    queued(runtime)
    assert send_due(runtime) == (1, 0)
    assert send_due(runtime) == (0, 0)
    (arrived,) = smtp.mails
    assert arrived.recipients == ("ada@example.com",)
    assert arrived.subject == "A client looks for a time"
    assert "http://localhost:8000/provider" in arrived.text


def test_a_mail_queued_twice_under_one_key_is_one(runtime: Runtime, smtp: SmtpServer) -> None:
    queued(runtime)
    queued(runtime)
    send_due(runtime)
    assert len(smtp.mails) == 1


def test_a_mail_put_off_is_tried_again_later(runtime: Runtime, smtp: SmtpServer, clock: HandClock) -> None:
    queued(runtime)
    smtp.refusal = "451 later"
    assert send_due(runtime) == (0, 1)
    smtp.refusal = None
    assert send_due(runtime) == (0, 0)
    clock.advance(minutes=1)
    assert send_due(runtime) == (1, 0)
    assert the_row(runtime).sent_by == "smtp"


def test_a_mail_refused_for_good_is_not_tried_again_and_says_why(
    runtime: Runtime, smtp: SmtpServer, clock: HandClock
) -> None:
    queued(runtime)
    smtp.refusal = "550 no such user"
    send_due(runtime)
    smtp.refusal = None
    clock.advance(hours=2)
    assert send_due(runtime) == (0, 0)
    assert the_row(runtime).error == "the mail server refused it for good (code 550)"


def test_a_server_that_is_down_loses_no_mail(runtime: Runtime, smtp: SmtpServer, clock: HandClock) -> None:
    queued(runtime)
    smtp.stop()
    assert send_due(runtime) == (0, 1)
    smtp.start()
    clock.advance(minutes=1)
    assert send_due(runtime) == (1, 0)


def test_a_mail_taken_by_a_worker_that_died_leaves_after_its_lease(
    runtime: Runtime, smtp: SmtpServer, clock: HandClock
) -> None:
    queued(runtime)

    def die(name: str) -> None:
        if name == "mail.before_send":
            raise KeyboardInterrupt

    set_trigger(die)
    try:
        with pytest.raises(KeyboardInterrupt):
            send_due(runtime)
    finally:
        set_trigger(None)
    assert send_due(runtime) == (0, 0)
    clock.advance(minutes=6)
    assert send_due(runtime) == (1, 0)
    assert len(smtp.mails) == 1


def test_mail_stops_for_an_address_that_does_not_exist(
    runtime: Runtime, smtp: SmtpServer, clock: HandClock
) -> None:
    queued(runtime)
    smtp.refusal = "550 5.1.1 no such user"
    send_due(runtime)
    smtp.refusal = None
    clock.advance(hours=2)
    queued(runtime, key="another", recipient="Ada@example.com")
    assert send_due(runtime) == (0, 0)
    assert smtp.mails == []
    with runtime.database.read() as connection:
        assert [row[0] for row in outbox.returned(connection, "practice").values()] == ["ada@example.com"]
        assert connection.execute(select(mail.c.dropped).where(mail.c.dedupe == "another")).scalar() == (
            "returned"
        )


def test_mail_that_came_back_is_tried_again_when_a_person_says_so(runtime: Runtime, smtp: SmtpServer) -> None:
    with runtime.database.write() as connection:
        outbox.note_returned(
            connection, practice_id="practice", address="ada@example.com", code="550", now=NOON
        )
        assert outbox.forget_returned(connection, practice_id="practice", email_key="ada@example.com")
    queued(runtime)
    assert send_due(runtime) == (1, 0)


def test_a_link_to_sign_in_goes_out_whatever_came_back_before(runtime: Runtime, smtp: SmtpServer) -> None:
    with runtime.database.write() as connection:
        outbox.note_returned(
            connection, practice_id="practice", address="ada@example.com", code="550", now=NOON
        )
        connection.execute(
            insert(mail).values(
                id="m", practice_id="practice", dedupe="s", kind="sign_in", audience="staff",
                recipient="ada@example.com", recipient_key="ada@example.com", facts={"link": "x"},
                created_at=NOON, due_at=NOON,
            )
        )  # fmt: skip
    assert send_due(runtime) == (1, 0)


def test_one_address_is_not_flooded_by_what_anybody_can_cause(runtime: Runtime, smtp: SmtpServer) -> None:
    for number in range(ANYBODY_AN_HOUR + 3):
        with runtime.database.write() as connection:
            outbox.queue(
                connection, practice_id="practice", dedupe=f"n{number}", kind="created", audience="client",
                recipient="Ann@example.com", facts={"provider": "Ada"}, request_id=None, now=NOON,
            )  # fmt: skip
    assert send_due(runtime) == (ANYBODY_AN_HOUR, 0)
    assert len(smtp.mails) == ANYBODY_AN_HOUR


def test_a_mail_that_would_come_too_late_is_not_sent(
    runtime: Runtime, smtp: SmtpServer, clock: HandClock
) -> None:
    with runtime.database.write() as connection:
        outbox.queue(
            connection, practice_id="practice", dedupe="late", kind="confirmed", audience="client",
            recipient="ann@example.com", facts={}, request_id=None, now=NOON, useless_at=NOON,
        )  # fmt: skip
    assert send_due(runtime) == (0, 0)
    assert smtp.mails == []
    assert the_row(runtime).dropped == "over"


def test_an_address_that_is_several_is_never_sent_to(runtime: Runtime, smtp: SmtpServer) -> None:
    queued(runtime, recipient="ada@example.com, all@example.com")
    assert send_due(runtime) == (0, 1)
    assert smtp.mails == []


def test_without_a_mail_server_mail_is_kept(upgraded_url: str, tmp_path: Path, clock: HandClock) -> None:
    with runtime_on(upgraded_url, tmp_path, clock) as runtime:
        with runtime.database.write() as connection:
            connection.execute(
                insert(practice).values(
                    id="practice", slug="elm", name="Elm", timezone="UTC", created_at=NOON
                )
            )
        queued(runtime)
        assert send_due(runtime) == (1, 0)
        assert the_row(runtime).sent_by == "kept"


def test_mails_about_a_request_arrive_in_the_order_of_what_happened(
    runtime: Runtime, smtp: SmtpServer, clock: HandClock
) -> None:
    def tell(kind: str) -> None:
        with runtime.database.write() as connection:
            outbox.queue(
                connection, practice_id="practice", dedupe=kind, kind=kind, audience="client",
                recipient="ann@example.com", facts={"provider": "Ada"}, request_id="r", now=clock(),
            )  # fmt: skip

    tell("confirmed")
    smtp.refusal = "451 later"
    for _ in range(5):
        send_due(runtime)
        clock.advance(minutes=3)
    tell("cancelled")
    smtp.refusal = None
    assert send_due(runtime) == (0, 0)
    clock.advance(minutes=3)
    assert send_due(runtime) == (2, 0)
    assert [each.subject for each in smtp.mails] == [
        "Your appointment is confirmed",
        "Your appointment was cancelled",
    ]
