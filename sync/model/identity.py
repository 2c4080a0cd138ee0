"""Names of what we create: random ids for rows, derived ids for events, so that a repeated push finds its own event."""

from __future__ import annotations

import base64
import hashlib
import secrets

_DERIVED_LENGTH = 40


def new_id() -> str:
    """A random row id: 120 bits as 24 lower-case base32 characters."""
    return base64.b32encode(secrets.token_bytes(15)).decode().lower()


def event_name(booking: str, calendar: str, incarnation: int) -> str:
    """The name of our event for a booking in a calendar: 200 bits as base32hex, a legal Google event id and path part.

    A deleted event keeps its id for ever (Google answers 409), so each recreation counts ``incarnation`` up.
    """
    digest = hashlib.sha256(f"{booking}|{calendar}|{incarnation}".encode()).digest()
    return base64.b32hexencode(digest).decode().lower()[:_DERIVED_LENGTH]


def event_uid(name: str) -> str:
    """The iCalendar UID that goes with an event name (RFC 7986 5.3)."""
    return f"{name}@freehold"
