"""``POST /hooks/google``: Google says that a calendar changed. It is a hint of when to read, and nothing more.

Every answer is the same and empty, whatever was sent: who guesses learns nothing. Neither body, cookies nor addresses
in headers count; the one effect there is, a calendar that is read soon, may be had any number of times.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Headers

from booking.policy import public
from service.http.frame import ProgramFrame, frame
from service.logs import get_logger
from sync.channels import Message
from sync.store.channels import Heard, hear, mark_changed

log = get_logger(__name__)

blueprint = Blueprint("hooks", __name__)

_LONGEST = 256
_DIGITS = 18  # fits every database's integer


@blueprint.post("/hooks/google")
@public
def google() -> Response:
    message = _message(request.headers)
    try:
        if message is not None:
            _take(frame(), message)
    except SQLAlchemyError as error:
        log.warning("a push message could not be kept", error=error)
        return Response(status=503)  # Google sends it again
    return Response(status=204)


def _take(program: ProgramFrame, message: Message) -> None:
    now = program.now()
    with program.runtime.database.read() as connection:
        heard = hear(connection, message, now=now)
    # Beyond the limit a message is as good as lost: reading by the clock finds what it meant.
    if heard is not Heard.NEW or program.limiter.spend("messages", message.channel_id) is not None:
        return
    with program.runtime.database.write() as connection:
        due_at = mark_changed(connection, message, now=now)
    if due_at is not None and due_at <= now:
        program.ring("sync")


def _message(headers: Headers) -> Message | None:
    """None if a header is missing or longer than any of Google's."""
    names = ("Channel-ID", "Channel-Token", "Resource-ID", "Resource-State", "Message-Number")
    values = [headers.get(f"X-Goog-{name}", "") for name in names]
    if not all(0 < len(value) <= _LONGEST for value in values):
        return None
    channel_id, token, resource_id, resource_state, number = values
    if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
        return None
    return Message(channel_id, token, resource_id, resource_state, int(number))
