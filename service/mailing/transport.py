"""How a mail leaves: by the SMTP server the settings name."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

_TIMEOUT_SECONDS = 20
_ENHANCED = re.compile(r"5\.(\d{1,3}\.\d{1,3})\b")


class MailRefused(Exception):
    """The server will never take this mail; ``code`` is its SMTP reply code.

    ``address``: it is the mailbox that is refused, so that no other mail will get there either.
    """

    def __init__(self, code: int, *, address: bool = False) -> None:
        super().__init__(f"the mail server refused it for good (code {code})")
        self.code = code
        self.address = address


class MailDelayed(Exception):
    """The mail could not be handed over now; it is tried again."""


def send(smtp_url: str, message: EmailMessage) -> None:
    """Hand one mail over. Raises ``MailRefused`` or ``MailDelayed``; their texts hold no address."""
    parts = urlsplit(smtp_url)
    try:
        with _connection(parts.scheme, parts.hostname or "", parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = max(error.recipients.values(), key=lambda answer: answer[0])
        raise _cut(code, text, of_recipient=True) from error
    except smtplib.SMTPResponseException as error:
        raise _cut(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailDelayed("the mail server cannot be reached") from error


def _cut(code: int, text: bytes | str, *, of_recipient: bool = False) -> Exception:
    # 5xx to a recipient or a message is final; a refused login (535) is a matter of set-up and mends itself later.
    if 500 <= code < 600 and code not in (530, 534, 535, 538):
        return MailRefused(code, address=_is_about_mailbox(code, text, of_recipient=of_recipient))
    return MailDelayed(f"the mail server put it off (code {code})")


def _is_about_mailbox(code: int, text: bytes | str, *, of_recipient: bool) -> bool:
    """By the enhanced code where there is one (RFC 3463: X.1.x address, X.2.1 mailbox), else by the step refused."""
    told = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    enhanced = _ENHANCED.match(told)
    if enhanced is not None:
        return enhanced[1].startswith("1.") or enhanced[1] == "2.1"
    return of_recipient and code in (550, 551, 553, 556)


def _connection(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=_TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port or 25, timeout=_TIMEOUT_SECONDS)
    server.ehlo_or_helo_if_needed()
    if server.has_extn("starttls"):
        server.starttls(context=context)
    return server


def check(smtp_url: str) -> None:
    """Connect, sign in and leave. Raises ``MailDelayed`` with plain words."""
    parts = urlsplit(smtp_url)
    try:
        with _connection(parts.scheme, parts.hostname or "", parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            with suppress(smtplib.SMTPException):
                server.noop()
    except (smtplib.SMTPException, OSError) as error:
        raise MailDelayed(f"the mail server cannot be used ({type(error).__name__})") from error
