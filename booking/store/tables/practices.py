"""Practices, their providers and what is on record about who works there."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from booking.store.columns import Instant, Span
from booking.store.tables.common import ID, metadata, of_practice, of_provider

practice = Table(
    "practice",
    metadata,
    Column("id", ID, primary_key=True),
    Column("slug", String(80), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("phone", String(60), nullable=False, default=""),
    Column("email", Text, nullable=False, default=""),
    Column("self_scheduling", Boolean, nullable=False, default=False),
    # Rules, notices and page hold what the practice states itself, in the forms of the practice file.
    Column("rules", JSON, nullable=False, default=dict),
    Column("notices", JSON, nullable=False, default=dict),
    Column("page", JSON, nullable=False, default=dict),
    Column("created_at", Instant, nullable=False),
)

provider = Table(
    "provider",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("position", Integer, nullable=False),
    Column("slug", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("self_scheduling", Boolean, nullable=False, default=False),
    Column("active", Boolean, nullable=False, default=True),
    # NULL: the practice's whole set; own services are rows of service with this provider.
    Column("services", JSON(none_as_null=True)),
    Column("addresses", JSON, nullable=False, default=list),
    Column("rules", JSON, nullable=False, default=dict),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("practice_id", "slug"),
)

service = Table(
    "service",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(nullable=True),
    Column("position", Integer, nullable=False),
    Column("code", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("length", Span, nullable=False),
    Column("buffer_before", Span, nullable=False),
    Column("buffer_after", Span, nullable=False),
    Column("modes", JSON, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("online", Boolean, nullable=False, default=True),
    Column("new_clients", Boolean, nullable=False, default=True),
    Column("capacity", Integer, nullable=False, default=1),
    Column("room", Text),
    Column("telehealth_url", Text),
    Column("rules", JSON, nullable=False, default=dict),
    Index("ix_service_practice_id_code", "practice_id", "code"),
)

location = Table(
    "location",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("position", Integer, nullable=False),
    Column("slug", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, default=""),
    Column("hide_address", Boolean, nullable=False, default=False),
    Column("rooms", JSON, nullable=False, default=list),
    UniqueConstraint("practice_id", "slug"),
)

user = Table(
    "staff_user",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("role", String(10), nullable=False),
    of_provider(nullable=True),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("role IN ('owner','manager','provider','ops')", name="role"),
    UniqueConstraint("practice_id", "email_key"),
)

# What a change on a page replaced, for a day: rows by table and id, before and after, and how each list then stood.
former_terms = Table(
    "former_terms",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("provider_id", ID, ForeignKey("provider.id", ondelete="CASCADE")),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("what", String(20), nullable=False),
    Column("rows", JSON, nullable=False),
    Column("prints", JSON, nullable=False),
    Index("ix_former_terms_made_at", "made_at"),
)
