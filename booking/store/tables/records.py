"""Who may do what by a link, and what was done."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from booking.store.columns import Instant
from booking.store.tables.common import ID, metadata, of_practice

capability = Table(
    "capability",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    of_practice(),
    Column("kind", String(20), nullable=False),
    Column("request_id", ID, ForeignKey("request.id")),
    Column("client_id", ID),
    # Whose mailbox it was sent to, if that is known; a contact's differs from the client's.
    Column("email_key", Text),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    CheckConstraint("kind IN ('manage','sign_in','new_appointment','invitation','decide')", name="kind"),
    Index("ix_capability_request_id", "request_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(100), nullable=False),
    Column("before", String(60)),
    Column("after", String(60)),
    Index("ix_audit_practice_id_at", "practice_id", "at"),
    Index("ix_audit_object", "object"),
)
