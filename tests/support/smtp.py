"""A mail server that keeps what it is given."""

import threading
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.process import LOOPBACK, free_port


@dataclass(frozen=True)
class Mail:
    """One delivered message with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain part, decoded; empty if there is none."""
        part = self.message.get_body(("plain",))
        return "" if part is None else part.get_content()


class SmtpServer:
    """Takes mail on a loopback port; ``refusal`` ("451 later"), while set, answers every message."""

    def __init__(self) -> None:
        self.port = free_port()
        self.refusal: str | None = None
        self._mails: list[Mail] = []
        self._arrived = threading.Condition()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"

    @property
    def mails(self) -> list[Mail]:
        """Everything taken so far, in order of arrival."""
        with self._arrived:
            return list(self._mails)

    def wait_for(self, count: int, *, timeout_seconds: float = 20) -> list[Mail]:
        """All mails as soon as there are ``count``; raises TimeoutError if they do not come."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self._mails) >= count, timeout_seconds):
                raise TimeoutError(f"{len(self._mails)} of {count} mails within {timeout_seconds} s")
            return list(self._mails)

    def clear(self) -> None:
        with self._arrived:
            self._mails.clear()
        self.refusal = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd with each message."""
        if self.refusal is not None:
            return self.refusal
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, policy=default)
        with self._arrived:
            self._mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
            self._arrived.notify_all()
        return "250 taken"

    def start(self) -> None:
        if self._controller is None:
            self._controller = Controller(self, hostname=LOOPBACK, port=self.port)
            self._controller.start()

    def stop(self) -> None:
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
