"""Tables of the mirror. Names start with ``sync_``; every one carries ``practice_id``.

References to a provider or a booking are ids without a foreign key: those rows belong to other packages.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from sync.store.columns import SEALED, Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

ID = String(64)

account = Table(
    "sync_account",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("provider_id", ID, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("url", Text),
    Column("username", Text),
    # Whose failures and requests count together; NULL: nobody's.
    Column("host", String(300)),
    # Where the practice file takes the secret from ({"password_env": NAME}); the secret itself is only in secret_enc.
    Column("secret_source", JSON, nullable=False, default=dict),
    Column("secret_enc", LargeBinary, info=SEALED),
    # Made on a page: a practice file that does not name it leaves it alone.
    Column("by_page", Boolean, nullable=False, default=False),
    # When its secret was last given on a page; NULL: it came from the practice file.
    Column("connected_at", Instant),
    Column("state", String(20), nullable=False, default="new"),
    Column("text", Text, nullable=False, default=""),
    Column("state_since", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("principal", Text),
    Column("own_addresses", JSON, nullable=False, default=list),
    Column("capabilities", JSON, nullable=False, default=dict),
    Column("discovered_at", Instant),
    Column("discover_due_at", Instant),
    # After a failure nothing is tried before this.
    Column("not_before", Instant),
    # The remote has ended our access: it is not asked again until a person has acted.
    Column("stopped", Boolean, nullable=False, default=False),
    # When people were told that it needs to be connected again; NULL: all is well, as far as they know.
    Column("alerted_at", Instant),
    Column("removed_at", Instant),
    # Lease: taken by the database's clock, fenced by a number that only grows.
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    Column("fence", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("state IN ('new','ok','needs_reauth','unreachable','refused','failing')", name="state"),
    Index("ix_sync_account_practice", "practice_id", "provider_id"),
    Index("ix_sync_account_discover", "discover_due_at"),
    Index(
        "ix_sync_account_at_work",
        "host",
        "lease_until",
        sqlite_where=text("lease_until IS NOT NULL"),
        postgresql_where=text("lease_until IS NOT NULL"),
    ),
    Index(
        "uq_sync_account_live_name",
        "provider_id",
        "name",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
)

# Servers that fail to answer, each under the name its accounts have in ``host``. The one table without a practice: a
# server is the same for all.
host = Table(
    "sync_host",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("failures", Integer, nullable=False, default=0),
    Column("since", Instant, nullable=False),
    Column("closed_until", Instant),
)

calendar_rule = Table(
    "sync_calendar_rule",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("account_id", ID, ForeignKey("sync_account.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("match", Text, nullable=False),
    Column("role", String(10), nullable=False),
    Column("title", String(20)),
    Column("advisory", Boolean, nullable=False, default=False),
    UniqueConstraint("account_id", "position"),
)

calendar = Table(
    "sync_calendar",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("account_id", ID, ForeignKey("sync_account.id"), nullable=False),
    Column("provider_id", ID, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("zone", String(64)),
    Column("writable", Boolean, nullable=False, default=True),
    Column("role", String(10), nullable=False),
    Column("title", String(20)),
    Column("advisory", Boolean, nullable=False, default=False),
    Column("state", String(10), nullable=False, default="new"),
    Column("error", Text),
    Column("error_since", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("missing_since", Instant),
    Column("alerted_at", Instant),
    Column("hold_reason", Text),
    # The cursor is written in the transaction of the data it covers, together with the parameters it is bound to.
    Column("cursor_kind", String(20)),
    Column("cursor_value", Text),
    Column("cursor_params", Text),
    Column("generation", Integer, nullable=False, default=0),
    # A whole reading that is under way, or broke off: since when, how many members it named, and of how many.
    Column("reading_since", Instant),
    Column("reading_named", Integer, nullable=False, default=0),
    Column("reading_total", Integer),
    Column("checked_at", Instant),
    # When a reading last brought something new: what is quiet is read more seldom.
    Column("changed_at", Instant),
    Column("full_at", Instant),
    Column("full_due_at", Instant),
    Column("empty_seen_at", Instant),
    Column("due_at", Instant),
    # When a push message last said that something changed, or a person asked; NULL once a reading that began later
    # is stored.
    Column("dirty_at", Instant),
    # How often in a row a reading was broken off so that others got their turn; each next one may take longer.
    Column("broken_off", Integer, nullable=False, default=0),
    # Why there is no push channel, and when one is next asked for. NULL: nothing stands against it.
    Column("push_text", Text),
    Column("push_failures", Integer, nullable=False, default=0),
    Column("push_not_before", Instant),
    # Under which reading (zone, policy, horizon) and how far the busy rows were made.
    Column("expanded_key", String(64)),
    Column("expanded_until", Instant),
    # As whose invitations its events were read: the owner's addresses, hashed.
    Column("read_as", String(32)),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("role IN ('write','busy','ignore')", name="role"),
    CheckConstraint("state IN ('new','ok','failing','held','missing')", name="state"),
    UniqueConstraint("account_id", "remote_id"),
    Index("ix_sync_calendar_due", "due_at"),
    Index("ix_sync_calendar_provider", "provider_id"),
)

# Push channels. The id is random and is sent to the remote; of the token only its hash is kept.
channel = Table(
    "sync_channel",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("account_id", ID, ForeignKey("sync_account.id"), nullable=False),
    Column("calendar_id", ID, ForeignKey("sync_calendar.id"), nullable=False),
    Column("token_hash", String(64), nullable=False),
    Column("address", Text, nullable=False),
    Column("resource_id", Text),
    Column("state", String(10), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("last_number", BigInteger, nullable=False, default=0),
    # When stopping it is next tried.
    Column("due_at", Instant),
    Column("failures", Integer, nullable=False, default=0),
    CheckConstraint("state IN ('opening','live','retiring')", name="state"),
    Index("ix_sync_channel_calendar", "calendar_id"),
    Index("ix_sync_channel_account", "account_id"),
    Index(
        "ix_sync_channel_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

entry = Table(
    "sync_entry",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("calendar_id", ID, ForeignKey("sync_calendar.id"), nullable=False),
    Column("origin", String(6), nullable=False),
    # Ours: which booking (or other event) this is, and how often it had to be created anew.
    Column("booking_ref", ID),
    Column("incarnation", Integer, nullable=False, default=0),
    # Ours: its busy rows are kept here. A booking's are not: its time is held by claims, unless its event was put back
    # after a deletion and what it stands for is not known yet.
    Column("takes_time", Boolean, nullable=False, default=False),
    Column("uid", Text, nullable=False),
    Column("href", Text),
    Column("etag", Text),
    # agreed and ours: fingerprints of meaning (NULL: absent) and, encrypted, the series they stand for.
    # What was last seen is agreed as soon as it is stored; raw is its text, kept for what we write back.
    Column("agreed_print", String(80)),
    Column("agreed_enc", LargeBinary, info=SEALED),
    Column("raw_enc", LargeBinary, info=SEALED),
    Column("ours_print", String(80)),
    Column("ours_enc", LargeBinary, info=SEALED),
    Column("ours_version", Integer, nullable=False, default=0),
    # What we were about to send when the outcome was last unknown: the base of the merge if it did arrive.
    Column("sent_enc", LargeBinary, info=SEALED),
    # What could not be read as written, in plain words: the entry blocks what can be known of it. Where nothing new
    # could be read it is quarantined and blocks what it did.
    Column("problem", Text),
    Column("quarantined", Boolean, nullable=False, default=False),
    # The last instant the series takes; NULL: it has no end, or none that is known.
    Column("last_instant", Instant),
    Column("recurring", Boolean, nullable=False, default=False),
    Column("generation", Integer, nullable=False, default=0),
    Column("held_at", Instant),
    Column("gone_at", Instant),
    Column("closed_at", Instant),
    Column("closed_by", String(6)),
    # The outbox: a row is due for writing while ours differs from agreed.
    Column("due_at", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("blocked", Boolean, nullable=False, default=False),
    Column("written_at", Instant),
    # Set by a write of ours, or a look that found something new, until a reading that began after it has named the
    # event, or it was looked for once more.
    Column("awaits_echo", Boolean, nullable=False, default=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("origin IN ('remote','ours')", name="origin"),
    CheckConstraint("(origin = 'ours') = (booking_ref IS NOT NULL)", name="ours_has_booking"),
    UniqueConstraint("booking_ref", "calendar_id", "incarnation"),
    Index(
        "uq_sync_entry_live_href",
        "calendar_id",
        "href",
        unique=True,
        sqlite_where=text("href IS NOT NULL AND gone_at IS NULL AND closed_at IS NULL"),
        postgresql_where=text("href IS NOT NULL AND gone_at IS NULL AND closed_at IS NULL"),
    ),
    # Beside the unique one, which a question that means closed rows too cannot use.
    Index("ix_sync_entry_href", "calendar_id", "href"),
    Index("ix_sync_entry_uid", "calendar_id", "uid"),
    Index("ix_sync_entry_booking", "booking_ref"),
    # This one and the next two: an idle pass asks for no more, however much the calendar holds.
    Index(
        "ix_sync_entry_due",
        "calendar_id",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    # Across all calendars: what is to be written anywhere.
    Index(
        "ix_sync_entry_due_at",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_sync_entry_held",
        "calendar_id",
        "held_at",
        sqlite_where=text("held_at IS NOT NULL"),
        postgresql_where=text("held_at IS NOT NULL"),
    ),
    Index(
        "ix_sync_entry_echo",
        "calendar_id",
        sqlite_where=text("awaits_echo = 1"),
        postgresql_where=text("awaits_echo"),
    ),
    Index("ix_sync_entry_last", "calendar_id", "last_instant"),
)

busy = Table(
    "sync_busy",
    metadata,
    Column("entry_id", ID, ForeignKey("sync_entry.id"), primary_key=True),
    Column("starts_at", Instant, primary_key=True),
    Column("ends_at", Instant, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("provider_id", ID, nullable=False),
    Column("calendar_id", ID, nullable=False),
    Column("soft", Boolean, nullable=False, default=False),
    Column("all_day", Boolean, nullable=False, default=False),
    CheckConstraint("starts_at < ends_at", name="not_empty"),
    Index("ix_sync_busy_provider", "provider_id", "starts_at", "ends_at"),
    Index("ix_sync_busy_calendar", "calendar_id", "starts_at"),
)

change = Table(
    "sync_change",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("calendar_id", ID, nullable=False),
    Column("entry_id", ID, ForeignKey("sync_entry.id"), nullable=False),
    Column("booking_ref", ID, nullable=False),
    Column("version", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("before_enc", LargeBinary),
    Column("after_enc", LargeBinary),
    Column("at", Instant, nullable=False),
    # One that could not be settled waits, so that it neither spins nor holds up the others.
    Column("due_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("outcome", Text),
    CheckConstraint("kind IN ('edited','deleted','restored')", name="kind"),
    UniqueConstraint("entry_id", "version", "kind"),
    Index(
        "ix_sync_change_open",
        "due_at",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
)

history = Table(
    "sync_history",
    metadata,
    Column("id", ID, primary_key=True),
    Column("practice_id", ID, nullable=False),
    Column("calendar_id", ID, nullable=False),
    Column("entry_id", ID, ForeignKey("sync_entry.id"), nullable=False),
    Column("uid", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("direction", String(3), nullable=False),
    Column("remote_version", Text),
    Column("before_enc", LargeBinary),
    Column("after_enc", LargeBinary),
    Column("decision", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    # Lines of one pass have one time; among themselves they stand in this order.
    Column("position", Integer, nullable=False, default=1),
    # What was in hand when it was decided, to decide it again; and the remote's own text, of events of ours only.
    Column("recorded_enc", LargeBinary),
    Column("raw_enc", LargeBinary),
    CheckConstraint("direction IN ('in','out')", name="direction"),
    Index("ix_sync_history_uid", "calendar_id", "uid", "at"),
    Index("ix_sync_history_at", "at"),
)
