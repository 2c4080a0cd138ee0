"""What decides which time is offered, and how it stood at the last look."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from booking.store.columns import Instant
from booking.store.tables.common import CLOCK, ID, metadata, of_practice, of_provider

block = Table(
    "availability_block",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("position", Integer, nullable=False),
    Column("days", JSON, nullable=False),
    Column("starts", CLOCK, nullable=False),
    Column("ends", CLOCK, nullable=False),
    Column("online", Boolean, nullable=False, default=True),
    Column("modes", JSON, nullable=False),
    Column("services", JSON(none_as_null=True)),
    Column("location", String(80)),
    Column("from_date", Date),
    Column("until", Date),
    Column("every_weeks", Integer, nullable=False, default=1),
    Index("ix_availability_block_provider_id", "provider_id"),
)

date_override = Table(
    "date_override",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("position", Integer, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("windows", JSON, nullable=False, default=list),
    Index("ix_date_override_provider_id", "provider_id"),
)

hold = Table(
    "hold",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("starts", CLOCK, nullable=False),
    Column("ends", CLOCK, nullable=False),
    Column("days", JSON, nullable=False, default=list),
    Column("date", Date),
    Column("kept_for", JSON, nullable=False),
    Column("release", JSON(none_as_null=True)),
    Column("from_date", Date),
    Column("until", Date),
    Column("every_weeks", Integer, nullable=False, default=1),
    Column("marker", Boolean, nullable=False, default=False),
    # Made on a page: a practice file that does not name it leaves it alone.
    Column("by_page", Boolean, nullable=False, default=False),
    UniqueConstraint("provider_id", "name"),
)

hold_release = Table(
    "hold_release",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    Column("hold_id", ID, ForeignKey("hold.id", ondelete="CASCADE"), nullable=False),
    # What this release opens: a week, by its Monday, or one date.
    Column("unit", String(4), nullable=False),
    Column("day", Date, nullable=False),
    Column("stage", Integer, nullable=False, default=0),
    Column("due_at", Instant),
    Column("released_at", Instant),
    Column("by", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("to", JSON, nullable=False, default=list),
    CheckConstraint("state IN ('released','reheld','missed')", name="state"),
    CheckConstraint("unit IN ('week','date')", name="unit"),
    UniqueConstraint("hold_id", "unit", "day", "stage"),
)

# How a load-aware door stood at the last look; ``rule`` is the rule it stands for, as booking.store.doors writes it.
door = Table(
    "door",
    metadata,
    Column("provider_id", ID, ForeignKey("provider.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", String(60), primary_key=True),
    of_practice(),
    Column("is_open", Boolean, nullable=False),
    Column("share", Float, nullable=False),
    Column("looked_at", Instant, nullable=False),
    # Since when it stands as it does.
    Column("since", Instant, nullable=False),
)

# Held time shown in the provider's calendar. The id is what the mirror knows the event by; the hold may be gone.
hold_marker = Table(
    "hold_marker",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("hold_id", ID, nullable=False),
    Column("day", Date, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("title", Text, nullable=False),
    Column("removed_at", Instant),
    Column("removed_by", String(10)),
    UniqueConstraint("hold_id", "day"),
    Index("ix_hold_marker_provider_id_ends_at", "provider_id", "ends_at"),
)

# Series of outside calendars that keep the time of a regular client, or were said not to. One whose hold is removed is
# forgotten with it, and so is proposed again.
regular = Table(
    "regular",
    metadata,
    Column("id", ID, primary_key=True),
    of_practice(),
    of_provider(),
    Column("calendar_id", ID, nullable=False),
    Column("uid", Text, nullable=False),
    # The hold that protects it; NULL: it is no regular.
    Column("hold_id", ID, ForeignKey("hold.id", ondelete="CASCADE")),
    # What the series meant when its cancelled occurrences were last released, and when that was.
    Column("seen_print", String(80)),
    Column("seen_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(100), nullable=False),
    UniqueConstraint("calendar_id", "uid"),
    Index("ix_regular_provider_id", "provider_id"),
)

# Triggers of the migrations raise the version in the transaction of every change that decides offered time. A scope is
# the id of a provider or a practice, or "rooms:" and the id of the practice whose rooms it stands for.
stamp = Table(
    "offer_stamp",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("ix_offer_stamp_practice_id", "practice_id"),
)
