"""Mail that was taken and came back later stops the mails that would follow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.store import mail as outbox
from booking.store.tables import mail
from service.mailing.reports import Report, note_report, read_report
from tests.support.visits import booked
from tests.support.web_app import Web

ID = "abcdefghijklmnopqrstuvwx"


def report(*, action: str = "failed", status: str = "5.1.1", mail_id: str = ID, whole: bool = True) -> bytes:
    returned = f"Message-ID: <{mail_id}@book.example>\r\nSubject: Your appointment request\r\n"
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return (
        f"""\
From: MAILER-DAEMON@mx.example
To: no-reply@book.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ann@example.com
Action: {action}
Status: {status}

--b
Content-Type: {kind}

{returned}
{"Hello" if whole else ""}
--b--
""".replace("\r\n", "\n")
        .replace("\n", "\r\n")
        .encode()
    )


@pytest.mark.parametrize("whole", [True, False])
def test_a_report_names_the_mail_and_the_status(whole: bool) -> None:
    assert read_report(report(whole=whole)) == Report(ID, "5.1.1")


@pytest.mark.parametrize(
    "content",
    [
        report(action="delayed", status="4.4.1"),
        report(action="delivered", status="2.0.0"),
        report(mail_id="somebody-elses"),
        b"Subject: Out of office\r\n\r\nI am away.",
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_report_of_a_final_failure_is_none(content: bytes) -> None:
    assert read_report(content) is None


def test_further_mail_to_the_address_is_stopped(web: Web) -> None:
    booked(web.browser())
    with web.runtime.database.write() as connection:
        connection.execute(mail.update().values(sent_at=web.clock()))
        sent = connection.execute(select(mail.c.id).where(mail.c.audience == "client")).scalar_one()
        assert note_report(connection, Report(sent, "5.1.1"), now=web.clock() + timedelta(minutes=1))
        found = outbox.returned(connection, web.practice_id())
    assert list(found) == ["ann@example.com"]


def test_a_report_of_a_mail_that_was_never_sent_stops_nothing(web: Web) -> None:
    with web.runtime.database.write() as connection:
        assert not note_report(connection, Report(ID, "5.1.1"), now=web.clock())
