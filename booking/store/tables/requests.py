"""Requests for a time, what takes time because of them, and events that were made here."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from booking.store.columns import Instant, Span
from booking.store.tables.common import ID, metadata, of_practice, of_provider

# Requests that were made together and repeat; each of their dates is a request of its own.
series = Table(
    "series",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    # Wall clocks of the zone, ISO 8601, ascending, as they were asked for; the rule is NULL for dates of choice.
    Column("zone", String(64), nullable=False),
    Column("walls", JSON, nullable=False),
    Column("rule", Text),
    Column("created_at", Instant, nullable=False),
)

request = Table(
    "request",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("service_id", ID, ForeignKey("service.id"), nullable=False),
    Column("service_code", String(80), nullable=False),
    Column("mode", String(20), nullable=False),
    # Seats of one group share a session; room is the resource name of the room it sits in.
    Column("session", ID, nullable=False),
    Column("room", String(140)),
    # What the mirror knows the written event by: the request's own, or that of its session or series.
    Column("event_ref", ID, nullable=False),
    # The series it is a date of, and which: the wall clock it was planned for.
    Column("series_id", ID, ForeignKey("series.id")),
    Column("series_wall", String(19)),
    Column("status", String(10), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("buffer_before", Span, nullable=False),
    Column("buffer_after", Span, nullable=False),
    # The provider's zone when the request was made: the wall clock of the written event.
    Column("timezone", String(64), nullable=False),
    Column("client_id", ID),
    Column("client_name", Text, nullable=False),
    Column("client_email", Text, nullable=False),
    Column("client_email_key", Text, nullable=False),
    Column("client_phone", Text, nullable=False, default=""),
    Column("client_timezone", String(64)),
    Column("locale", String(20), nullable=False, default="en"),
    Column("note", Text, nullable=False, default=""),
    # The contact who asked in the client's name, as known here; empty: the client, or a stranger.
    Column("booked_by", Text, nullable=False, default=""),
    # The hash of the privacy text that was accepted, and when; NULL: none was asked for.
    Column("privacy_print", String(64)),
    Column("privacy_accepted_at", Instant),
    # What the calendar entry says after its prefix, as it was when it was first written.
    Column("title", Text, nullable=False, default=""),
    Column("sender_key", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(10)),
    Column("message", Text, nullable=False, default=""),
    Column("refer_to", ID),
    # The action that led to the present state; repeating it changes nothing.
    Column("last_action", String(10), nullable=False),
    # Grace: until settles_at nobody is told; former is the state that undo goes back to, also later.
    Column("settles_at", Instant),
    Column("former", JSON(none_as_null=True)),
    Column("proposal", JSON(none_as_null=True)),
    Column("proposal_due_at", Instant),
    Column("unverified", Boolean, nullable=False, default=False),
    # What a person has to look at: late_acceptance, moved_onto_booking. NULL: nothing.
    Column("conflict", String(30)),
    Column("version", Integer, nullable=False, default=1),
    CheckConstraint("status IN ('pending','accepted','declined','cancelled','expired')", name="status"),
    CheckConstraint("starts_at < ends_at", name="not_empty"),
    Index("ix_request_provider_id_starts_at", "provider_id", "starts_at"),
    Index("ix_request_event_ref", "event_ref"),
    Index("ix_request_series_id", "series_id"),
    Index("ix_request_practice_id_created_at", "practice_id", "created_at"),
    Index("ix_request_practice_id_client_id", "practice_id", "client_id"),
    Index("ix_request_practice_id_client_email_key", "practice_id", "client_email_key"),
    Index("ix_request_practice_id_sender_key", "practice_id", "sender_key"),
    Index("ix_request_status_expires_at", "status", "expires_at"),
    Index(
        "ix_request_proposal_due_at",
        "proposal_due_at",
        sqlite_where=text("proposal_due_at IS NOT NULL"),
        postgresql_where=text("proposal_due_at IS NOT NULL"),
    ),
    Index(
        "ix_request_settles_at",
        "settles_at",
        sqlite_where=text("settles_at IS NOT NULL"),
        postgresql_where=text("settles_at IS NOT NULL"),
    ),
)

# Two claims of one resource with different sessions never overlap: an exclusion constraint in PostgreSQL,
# a trigger in SQLite. Both are made by the migrations.
claim = Table(
    "claim",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("resource", String(140), nullable=False),
    Column("session", ID, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("buffer_before", Span, nullable=False),
    Column("buffer_after", Span, nullable=False),
    # When the claim lapses by itself; NULL: it stands until it is given up.
    Column("until", Instant),
    # Staff put it beside what holds the time already, on purpose: alone it may overlap other sessions.
    Column("beside", Boolean, nullable=False, default=False),
    # Whose it is: a request's, or an offer's to somebody on the waitlist.
    Column("request_id", ID, ForeignKey("request.id")),
    Column("offer_id", ID, ForeignKey("waiting_offer.id")),
    CheckConstraint("starts_at < ends_at", name="not_empty"),
    CheckConstraint("(request_id IS NULL) <> (offer_id IS NULL)", name="one_holder"),
    Index("ix_claim_resource_starts_at", "resource", "starts_at"),
    Index("ix_claim_request_id", "request_id"),
    Index("ix_claim_offer_id", "offer_id"),
)

# An event of the provider's own that was made here. What it means, its title too, stands encrypted in the mirror only.
other_event = Table(
    "other_event",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(100), nullable=False),
    # The Idempotency-Key it was made with, and the hash of the form.
    Column("key", String(200)),
    Column("form_hash", String(64)),
    Column("removed_at", Instant),
    Column("removed_by", String(100)),
    Column("version", Integer, nullable=False, default=1),
    UniqueConstraint("provider_id", "key"),
    Index("ix_other_event_provider_id_created_at", "provider_id", "created_at"),
)

# Written in the transaction of the request it answers for: a row is a kept answer, there is no other state.
idempotency = Table(
    "idempotency",
    metadata,
    Column("practice_id", ID, ForeignKey("practice.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    # The kept answer holds the client's link, so it is encrypted like a credential.
    Column("answer_enc", LargeBinary, nullable=False),
    Index("ix_idempotency_created_at", "created_at"),
)
