"""Tables of offering and booking. Every one carries ``practice_id``; what it scopes is unique within the practice."""

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
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from booking.store.columns import Instant, Span

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(64)
CLOCK = String(5)


def _practice() -> Column[str]:
    return Column("practice_id", ID, ForeignKey("practice.id"), nullable=False)


def _provider(*, nullable: bool = False) -> Column[str]:
    return Column("provider_id", ID, ForeignKey("provider.id"), nullable=nullable)


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
    _practice(),
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
    _practice(),
    _provider(nullable=True),
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
    _practice(),
    Column("position", Integer, nullable=False),
    Column("slug", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, default=""),
    Column("hide_address", Boolean, nullable=False, default=False),
    Column("rooms", JSON, nullable=False, default=list),
    UniqueConstraint("practice_id", "slug"),
)

block = Table(
    "availability_block",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
    _provider(),
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
    _practice(),
    _provider(),
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
    _practice(),
    _provider(),
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
    _practice(),
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
    _practice(),
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
    _practice(),
    _provider(),
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
    _practice(),
    _provider(),
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

# What a change on a page replaced, for a day: rows by table and id, before and after, and how each list then stood.
former_terms = Table(
    "former_terms",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
    Column("provider_id", ID, ForeignKey("provider.id", ondelete="CASCADE")),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("what", String(20), nullable=False),
    Column("rows", JSON, nullable=False),
    Column("prints", JSON, nullable=False),
    Index("ix_former_terms_made_at", "made_at"),
)

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

user = Table(
    "staff_user",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("role", String(10), nullable=False),
    _provider(nullable=True),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("role IN ('owner','manager','provider','ops')", name="role"),
    UniqueConstraint("practice_id", "email_key"),
)

# Requests that were made together and repeat; each of their dates is a request of its own.
series = Table(
    "series",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
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
    _practice(),
    _provider(),
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

# Clients who wait for a time with a provider; they are offered one after the other what becomes free.
waiting = Table(
    "waiting",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
    _provider(),
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
    # The hash of the token that opens the client's page.
    Column("token_hash", String(64), unique=True),
    CheckConstraint("state IN ('waiting','served','removed')", name="state"),
    Index("ix_waiting_provider_id_state", "provider_id", "state"),
)

# A time offered to one of them, held by a claim until it is answered or runs out; the same time is offered once.
waiting_offer = Table(
    "waiting_offer",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
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

# Two claims of one resource with different sessions never overlap: an exclusion constraint in PostgreSQL,
# a trigger in SQLite. Both are made by the migrations.
claim = Table(
    "claim",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
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
    _practice(),
    _provider(),
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

capability = Table(
    "capability",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _practice(),
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

wish = Table(
    "wish",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
    _provider(),
    Column("text", Text, nullable=False),
    Column("client_name", Text, nullable=False),
    Column("client_email", Text, nullable=False),
    Column("client_phone", Text, nullable=False, default=""),
    Column("client_id", ID),
    Column("created_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Index("ix_wish_practice_id_created_at", "practice_id", "created_at"),
)

mail = Table(
    "mail",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
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
    _practice(),
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
    _practice(),
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

# Codes that recognise a client or a contact by their mailbox. There is a row for every address that was typed, known
# or not. The code itself is derived from the id.
identity_code = Table(
    "identity_code",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
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

audit = Table(
    "audit",
    metadata,
    Column("id", ID, primary_key=True),
    _practice(),
    Column("at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(100), nullable=False),
    Column("before", String(60)),
    Column("after", String(60)),
    Index("ix_audit_practice_id_at", "practice_id", "at"),
    Index("ix_audit_object", "object"),
)
