"""What is sent, to whom not, and in whose words."""

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
    text,
)

from booking.store.columns import Instant, Span
from booking.store.tables.common import ID, metadata, of_practice

mail = Table(
    "mail",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("dedupe", String(200), nullable=False, unique=True),
    Column("kind", String(30), nullable=False),
    Column("audience", String(10), nullable=False),
    Column("request_id", ID),
    Column("recipient", Text, nullable=False),
    # Equal for addresses that are one person's: what limits and returned mail are counted by.
    Column("recipient_key", Text, nullable=False, default=""),
    # The way it goes, if not by mail.
    Column("channel_id", ID),
    # What it does to the recipient's calendar (REQUEST, CANCEL), and the SEQUENCE it does it with; NULL: nothing.
    Column("method", String(10)),
    Column("sequence", Integer),
    # From then on it would tell nothing any more.
    Column("useless_at", Instant),
    # Facts the text is made of, frozen when the notice was decided.
    Column("facts", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("taken_until", Instant),
    Column("sent_at", Instant),
    # How it left: smtp, or kept where no mail server is set up.
    Column("sent_by", String(10)),
    Column("error", Text),
    # Why it is not sent and never will be: over, untrue, returned, limited, off.
    Column("dropped", String(20)),
    Index(
        "ix_mail_due_at",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index("ix_mail_practice_id_created_at", "practice_id", "created_at"),
    Index("ix_mail_recipient_key_created_at", "recipient_key", "created_at"),
    Index("ix_mail_request_id", "request_id"),
)

# Addresses whose mail came back: nothing more is sent to them until a person says so.
returned_mail = Table(
    "returned_mail",
    metadata,
    Column("practice_id", ID, ForeignKey("practice.id"), primary_key=True),
    Column("email_key", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("code", String(20), nullable=False),
    Column("returned_at", Instant, nullable=False),
)

# One row for each reminder of an appointment at this start, written when it is accepted and done once. Rows of a start
# that was moved or cancelled stay and come to nothing.
reminder = Table(
    "reminder",
    metadata,
    Column("request_id", ID, ForeignKey("request.id"), primary_key=True),
    Column("starts_at", Instant, primary_key=True),
    Column("before", Span, primary_key=True),
    of_practice(),
    Column("due_at", Instant, nullable=False),
    Column("done_at", Instant),
    # sent, or why not: moved, over, overtaken, dropped.
    Column("outcome", String(10)),
    Index(
        "ix_reminder_due_at",
        "due_at",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)

# A practice's own words for a kind of notice in a language; without a row they are the program's.
notice_text = Table(
    "notice_text",
    metadata,
    Column("practice_id", ID, ForeignKey("practice.id"), primary_key=True),
    Column("kind", String(30), primary_key=True),
    Column("locale", String(20), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# Ways besides mail by which notices go. The address holds the secrets of the service it leads to.
notice_channel = Table(
    "notice_channel",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("name", Text, nullable=False),
    Column("address_enc", LargeBinary, nullable=False, info={"sealed": True}),
    # client: to the telephone of each client; provider: to the practice itself.
    Column("audience", String(10), nullable=False),
    Column("kinds", JSON, nullable=False, default=list),
    Column("names", Boolean, nullable=False, default=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("audience IN ('client','provider')", name="audience"),
    Index("ix_notice_channel_practice_id", "practice_id"),
)
