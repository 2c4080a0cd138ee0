"""Clients and those who would like to be: who they are and what they wait for."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from booking.store.columns import Instant
from booking.store.tables.common import ID, metadata, of_practice, of_provider

client = Table(
    "client",
    metadata,
    Column("practice_id", ID, ForeignKey("practice.id"), primary_key=True),
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("phone", Text, nullable=False, default=""),
    Column("status", String(10), nullable=False),
    Column("privilege", String(20), nullable=False),
    Column("providers", JSON, nullable=False, default=list),
    Column("tags", JSON, nullable=False, default=list),
    Column("contacts", JSON, nullable=False, default=list),
    # The client's own switches; kinds left out are as the practice has them.
    Column("notices", JSON, nullable=False, default=dict),
    Column("created_at", Instant, nullable=False),
    Index("ix_client_practice_id_email_key", "practice_id", "email_key"),
)

# Codes that recognise a client or a contact by their mailbox. There is a row for every address that was typed, known
# or not. The code itself is derived from the id.
identity_code = Table(
    "identity_code",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("email_key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("used_at", Instant),
    Index("ix_identity_code_practice_id_email_key", "practice_id", "email_key"),
)

# Every privacy text that was ever shown, so that an acceptance names what was accepted.
privacy_text = Table(
    "privacy_text",
    metadata,
    Column("practice_id", ID, ForeignKey("practice.id"), primary_key=True),
    Column("print", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("shown_at", Instant, nullable=False),
)

wish = Table(
    "wish",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("text", Text, nullable=False),
    Column("client_name", Text, nullable=False),
    Column("client_email", Text, nullable=False),
    Column("client_phone", Text, nullable=False, default=""),
    Column("client_id", ID),
    Column("created_at", Instant, nullable=False),
    Column("answered_at", Instant),
    # As for a request.
    Column("privacy_print", String(64)),
    Column("privacy_accepted_at", Instant),
    Index("ix_wish_practice_id_created_at", "practice_id", "created_at"),
)

# Clients who wait for a time with a provider; they are offered one after the other what becomes free.
waiting = Table(
    "waiting",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("service_code", String(80), nullable=False),
    Column("mode", String(20)),
    Column("client_id", ID),
    Column("client_name", Text, nullable=False),
    Column("client_email", Text, nullable=False),
    Column("client_phone", Text, nullable=False, default=""),
    Column("timezone", String(64), nullable=False),
    Column("locale", String(20), nullable=False, default="en"),
    Column("days", JSON, nullable=False, default=list),
    Column("part", String(10), nullable=False),
    Column("first", Date),
    Column("last", Date),
    Column("state", String(10), nullable=False),
    Column("joined_at", Instant, nullable=False),
    # As for a request.
    Column("privacy_print", String(64)),
    Column("privacy_accepted_at", Instant),
    # The hash of the token that opens the client's page.
    Column("token_hash", String(64), unique=True),
    CheckConstraint("state IN ('waiting','served','removed','lapsed')", name="state"),
    Index("ix_waiting_provider_id_state", "provider_id", "state"),
)

# A time offered to one of them, held by a claim until it is answered or runs out; the same time is offered once.
waiting_offer = Table(
    "waiting_offer",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("waiting_id", ID, ForeignKey("waiting.id"), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("service_code", String(80), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    CheckConstraint("state IN ('open','taken','passed','lapsed')", name="state"),
    UniqueConstraint("waiting_id", "starts_at"),
    Index("ix_waiting_offer_state_until", "state", "until"),
)
