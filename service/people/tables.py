"""Tables of signing in: sessions, one-time links and API tokens. Only hashes of what opens a door are kept."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, MetaData, String, Table, Text

from booking.store.columns import Instant

metadata = MetaData()

ID = String(64)

session = Table(
    "staff_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("user_id", ID, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_staff_session_user_id", "user_id"),
)

login_link = Table(
    "login_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("user_id", ID, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_login_link_user_id", "user_id"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", ID, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("practice_id", ID, nullable=False),
    Column("role", String(10), nullable=False),
    Column("provider_id", ID),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    CheckConstraint("role IN ('owner','manager','provider','ops')", name="role"),
    Index("ix_api_token_practice_id", "practice_id"),
)
