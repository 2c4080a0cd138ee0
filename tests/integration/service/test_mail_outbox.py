"""Mail leaves its outbox once: by the server that is set up, or kept where there is none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from booking.notices import Kind
from booking.store import mail as outbox
from booking.store.tables import mail, practice
from service.mailing import send_due
from service.mailing.letters import LETTERS
from service.runtime import Runtime
from sync.failpoints import set_trigger
from tests.support.runtimes import HandClock, runtime_on
from tests.support.smtp import SmtpServer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def runtime(database_url: str, tmp_path: Path, clock: HandClock, smtp: SmtpServer) -> Iterator[Runtime]:
    with runtime_on(database_url, tmp_path, clock, SMTP_URL=smtp.url) as built:
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
    assert {kind.value for kind in Kind} <= set(LETTERS)


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


def test_an_address_that_is_several_is_never_sent_to(runtime: Runtime, smtp: SmtpServer) -> None:
    queued(runtime, recipient="ada@example.com, all@example.com")
    assert send_due(runtime) == (0, 1)
    assert smtp.mails == []


def test_without_a_mail_server_mail_is_kept(database_url: str, tmp_path: Path, clock: HandClock) -> None:
    with runtime_on(database_url, tmp_path, clock) as runtime:
        with runtime.database.write() as connection:
            connection.execute(
                insert(practice).values(
                    id="practice", slug="elm", name="Elm", timezone="UTC", created_at=NOON
                )
            )
        queued(runtime)
        assert send_due(runtime) == (1, 0)
        assert the_row(runtime).sent_by == "kept"
