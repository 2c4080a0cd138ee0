"""Tables of offering and booking. Every one carries ``practice_id``; what it scopes is unique within the practice."""

from booking.store.tables.clients import client, identity_code, privacy_text, waiting, waiting_offer, wish
from booking.store.tables.common import metadata
from booking.store.tables.notices import mail, notice_channel, notice_text, reminder, returned_mail
from booking.store.tables.offers import (
    block,
    date_override,
    door,
    hold,
    hold_marker,
    hold_release,
    regular,
    stamp,
)
from booking.store.tables.practices import former_terms, location, practice, provider, service, user
from booking.store.tables.records import audit, capability
from booking.store.tables.requests import claim, idempotency, other_event, request, series

__all__ = [
    "audit",
    "block",
    "capability",
    "claim",
    "client",
    "date_override",
    "door",
    "former_terms",
    "hold",
    "hold_marker",
    "hold_release",
    "idempotency",
    "identity_code",
    "location",
    "mail",
    "metadata",
    "notice_channel",
    "notice_text",
    "other_event",
    "practice",
    "privacy_text",
    "provider",
    "regular",
    "reminder",
    "request",
    "returned_mail",
    "series",
    "service",
    "stamp",
    "user",
    "waiting",
    "waiting_offer",
    "wish",
]
