"""Everything the dashboard shows of one practice, read in one transaction. No client's name and no event's title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select

from booking.plain.rules import rules_from_plain
from booking.rules import effective
from booking.store.tables import mail, practice, provider
from service.ops.status import Document, account_documents
from service.ops.verdict import CalendarFacts, Harm, Need, Truth, needs, tally, truth
from sync.store.entries import not_read_whole
from sync.store.tables import account, calendar, change, entry, host


@dataclass(frozen=True, slots=True)
class Work:
    """What waits to be done: rows in the database, and since when the oldest of them is due."""

    writes: int
    oldest_write: datetime | None
    changes: int
    oldest_change: datetime | None
    mails: int
    oldest_mail: datetime | None

    @property
    def oldest(self) -> datetime | None:
        known = [at for at in (self.oldest_write, self.oldest_change, self.oldest_mail) if at is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Mails:
    """``kept``: written where no mail server is set up. ``failing``: tried, and to be tried again or given up."""

    waiting: int
    sent: int
    kept: int
    failing: int


@dataclass(frozen=True, slots=True)
class Silence:
    """A server that does not answer and is left alone; ``waiting`` counts this practice's accounts there."""

    host: str
    since: datetime
    again_at: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Status:
    """``truths`` (of calendars that are read) and ``checked`` by calendar id, ``providers`` (names) and ``next_at`` by
    account id."""

    at: datetime
    tally: Mapping[Truth, int]
    truths: Mapping[str, Truth]
    needs: Sequence[Need]
    accounts: Sequence[Document]
    checked: Mapping[str, datetime | None]
    providers: Mapping[str, str]
    next_at: Mapping[str, datetime | None]
    work: Work
    mails: Mails
    silences: Sequence[Silence]

    @property
    def all_true(self) -> bool:
        return not self.needs and not self.tally[Truth.LATE] and not self.tally[Truth.BROKEN]


def watch(connection: Connection, *, practice_id: str, now: datetime) -> Status:
    """How everything stands now."""
    facts = _facts(connection, practice_id)
    truths = {item.id: found for item in facts if (found := truth(item, now=now)) is not None}
    documents = account_documents(connection, practice_id=practice_id, now=now)
    return Status(
        at=now,
        tally=tally(truths.values()),
        truths=truths,
        needs=[*needs(facts, now=now), *_failing_mails(connection, practice_id)],
        accounts=documents,
        checked={item.id: item.checked_at for item in facts},
        providers={item.account_id: item.provider for item in facts},
        next_at={item["id"]: _instant(item["next_at"]) for item in documents},
        work=_work(connection, practice_id, now),
        mails=_mails(connection, practice_id),
        silences=_silences(connection, practice_id),
    )


def _facts(connection: Connection, practice_id: str) -> list[CalendarFacts]:
    """One for each calendar; an account whose calendars are not known yet stands for itself."""
    statement = (
        select(
            calendar,
            account.c.id.label("account"),
            account.c.discovered_at,
            account.c.created_at.label("account_created"),
            account.c.name.label("account_name"),
            account.c.state.label("account_state"),
            account.c.text.label("account_text"),
            account.c.state_since.label("account_since"),
            provider.c.name.label("provider_name"),
            provider.c.rules.label("provider_rules"),
            practice.c.rules.label("practice_rules"),
        )
        .select_from(account)
        .outerjoin(calendar, calendar.c.account_id == account.c.id)
        .join(provider, provider.c.id == account.c.provider_id)
        .join(practice, practice.c.id == provider.c.practice_id)
        .where(account.c.practice_id == practice_id, account.c.removed_at.is_(None))
        .order_by(provider.c.position, account.c.name, calendar.c.name)
    )
    rows = connection.execute(statement).all()
    counts = _counts(connection, practice_id)
    return [_fact(row, counts.get(row.id)) for row in rows]


def _fact(row: Row[Any], counts: Row[Any] | None) -> CalendarFacts:
    rules = effective(rules_from_plain(row.practice_rules), rules_from_plain(row.provider_rules))
    return CalendarFacts(
        id=row.id or row.account,
        account_id=row.account,
        provider=row.provider_name,
        account=row.account_name,
        name=row.name or "",
        role=row.role or "busy",
        state=row.state or "new",
        account_state=row.account_state,
        account_text=row.account_text,
        account_since=row.account_since,
        created_at=row.created_at or row.account_created,
        # Which calendars are meant is not known before discovery, so none of them counts as read.
        checked_at=None if row.discovered_at is None else row.checked_at,
        error=row.error,
        error_since=row.error_since,
        held=0 if counts is None else counts.held,
        held_since=None if counts is None else counts.held_since,
        parked=0 if counts is None else counts.parked,
        parked_since=None if counts is None else counts.parked_since,
        parked_text=None if counts is None else counts.parked_text,
        quarantined=0 if counts is None else counts.quarantined,
        quarantined_text=None if counts is None else counts.quarantined_text,
        request_only_after=rules.request_only_after,
        closed_after=rules.closed_after,
    )


def _counts(connection: Connection, practice_id: str) -> dict[str, Row[Any]]:
    held, parked = entry.c.held_at.is_not(None), entry.c.blocked.is_(True)
    statement = (
        select(
            entry.c.calendar_id,
            func.count(case((held, 1))).label("held"),
            func.min(entry.c.held_at).label("held_since"),
            func.count(case((parked, 1))).label("parked"),
            func.min(case((parked, entry.c.created_at))).label("parked_since"),
            func.min(case((parked, entry.c.error))).label("parked_text"),
            func.count(case((not_read_whole(), 1))).label("quarantined"),
            func.min(case((not_read_whole(), entry.c.problem))).label("quarantined_text"),
        )
        .where(
            and_(entry.c.practice_id == practice_id, entry.c.gone_at.is_(None), entry.c.closed_at.is_(None))
        )
        .group_by(entry.c.calendar_id)
    )
    rows: list[Row[Any]] = [*connection.execute(statement)]
    return {row.calendar_id: row for row in rows}


def _work(connection: Connection, practice_id: str, now: datetime) -> Work:
    writes, oldest_write = _oldest(
        connection, entry, entry.c.due_at, practice_id, entry.c.due_at.is_not(None)
    )
    changes, oldest_change = _oldest(
        connection, change, change.c.at, practice_id, change.c.settled_at.is_(None)
    )
    mails, oldest_mail = _oldest(connection, mail, mail.c.due_at, practice_id, mail.c.due_at <= now)
    return Work(writes, oldest_write, changes, oldest_change, mails, oldest_mail)


def _oldest(
    connection: Connection, table: Any, at: Any, practice_id: str, condition: Any
) -> tuple[int, datetime | None]:
    row = connection.execute(
        select(func.count(), func.min(at)).where(table.c.practice_id == practice_id, condition)
    ).one()
    return int(row[0]), row[1]


def _failing_mails(connection: Connection, practice_id: str) -> list[Need]:
    """Mails that were tried in vain. What the mail server said stays in the log: it may name the recipient."""
    row = connection.execute(
        select(func.count().label("failed"), func.min(mail.c.created_at).label("since")).where(
            mail.c.practice_id == practice_id, mail.c.sent_at.is_(None), mail.c.error.is_not(None)
        )
    ).one()
    if not row.failed:
        return []
    return [
        Need(
            harm=Harm.MAIL, kind="mail", provider="", account="", calendar="", since=row.since, why="",
            count=row.failed, account_id="", calendar_id="",
        )
    ]  # fmt: skip


def _mails(connection: Connection, practice_id: str) -> Mails:
    row = connection.execute(
        select(
            func.count(case((and_(mail.c.sent_at.is_(None), mail.c.due_at.is_not(None)), 1))),
            func.count(case((mail.c.sent_by == "smtp", 1))),
            func.count(case((mail.c.sent_by == "kept", 1))),
            func.count(case((and_(mail.c.sent_at.is_(None), mail.c.error.is_not(None)), 1))),
        ).where(mail.c.practice_id == practice_id)
    ).one()
    return Mails(*(int(count) for count in row))


def _silences(connection: Connection, practice_id: str) -> list[Silence]:
    rows = connection.execute(
        select(host.c.name, host.c.since, host.c.closed_until, func.count().label("waiting"))
        .join(account, account.c.host == host.c.name)
        .where(account.c.practice_id == practice_id, account.c.removed_at.is_(None))
        .where(host.c.closed_until.is_not(None))
        .group_by(host.c.name, host.c.since, host.c.closed_until)
        .order_by(host.c.since)
    )
    return [Silence(row.name, row.since, row.closed_until, row.waiting) for row in rows]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
