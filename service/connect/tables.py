"""What connecting an account and letting it go have to remember between two steps."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from booking.store.columns import Instant
from sync.store.columns import SEALED

metadata = MetaData()

ID = String(64)

# A visit to Google's consent page. Only hashes: the state itself is in the browser, the session in its cookie.
attempt = Table(
    "connect_attempt",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("session_hash", String(64), nullable=False),
    Column("practice_id", ID, nullable=False),
    Column("provider_id", ID, nullable=False),
    # The account that is to be connected again; NULL: another one.
    Column("account_id", ID),
    Column("expires_at", Instant, nullable=False),
)

# Access that is to be given back to Google after its account was disconnected.
farewell = Table(
    "connect_farewell",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("provider_id", ID, nullable=False),
    Column("account_id", ID, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret_enc", LargeBinary, nullable=False, info=SEALED),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Index("ix_connect_farewell_due_at", "due_at"),
)
