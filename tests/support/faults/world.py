"""One small practice on a database, a queue and a calendar of its own, with its parts running as processes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from booking.roles import Role
from booking.store import tables as books
from booking.store.finding import practice_by_slug
from booking.store.standings import from_columns
from service.people.tokens import create_api_token
from service.practice_file.commands import Place, apply_command
from service.runtime import Runtime
from service.schedule import due_kinds
from service.settings import load_settings
from sync.store import tables as mirror
from sync.store.leases import database_now
from tests.support.faults.history import Booked, Claimed, Rows, Span, Written
from tests.support.faults.parts import Parts, Start
from tests.support.faults.practice import practice_text
from tests.support.faults.remotes import FarSide
from tests.support.process import LOOPBACK, free_port, wait_until

FORKED = ("web", "worker", "worker2", "scheduler")
_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


@dataclass
class World:
    """``armed``: the file of the failpoints. ``account``: the id of the provider's one account."""

    folder: Path
    far: FarSide
    runtime: Runtime
    parts: Parts
    token: str
    account: str
    armed: Path

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One call of the API by staff. Raises ``OSError`` or ``HTTPException`` when no answer comes."""
        connection = http.client.HTTPConnection(
            LOOPBACK, self.runtime.settings.port, timeout=_PATIENCE_SECONDS
        )
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"/api/v1{path}", content, sent)
            answer = connection.getresponse()
            return Answer(answer.status, json.loads(answer.read() or b"null"))
        finally:
            connection.close()

    def unrest(self) -> list[str]:
        """What is not done yet, in words; empty when all is at rest."""
        with self.runtime.database.read() as connection:
            found = list(_unrest(connection))
        return found + [f"{kind} are due" for kind in due_kinds(self.runtime)]

    def at_rest(self) -> bool:
        """Whether ``unrest`` has nothing to say, found out at the least cost."""
        with self.runtime.database.read() as connection:
            restless = next(_unrest(connection), None)
        return restless is None and not due_kinds(self.runtime)

    def owner(self) -> int | None:
        """The process that has the account's lease."""
        with self.runtime.database.read() as connection:
            name = connection.execute(select(mirror.account.c.lease_owner)).scalar()
        return None if name is None else int(name.split(":")[1])

    def event_of(self, request_id: str) -> str | None:
        """The UID of the event of a request, as the mirror has it now."""
        with self.runtime.database.read() as connection:
            return connection.execute(
                select(mirror.entry.c.uid)
                .where(mirror.entry.c.booking_ref == request_id, mirror.entry.c.closed_at.is_(None))
                .where(mirror.entry.c.agreed_print.is_not(None))
            ).scalar()

    def rows(self) -> Rows:
        unrest = tuple(self.unrest())
        with self.runtime.database.read() as connection:
            return Rows(
                requests=tuple(_requests(connection)),
                claims=tuple(_claims(connection, self.runtime)),
                entries=tuple(_entries(connection)),
                busy=frozenset(_busy(connection)),
                unrest=unrest,
            )


def _unrest(connection: Connection) -> Iterator[str]:
    entry, calendar, account = mirror.entry, mirror.calendar, mirror.account
    writes = connection.execute(
        select(func.count()).select_from(entry).where(entry.c.due_at.is_not(None) | entry.c.blocked)
    ).scalar_one()
    if writes:
        yield f"{writes} writes are not done"
    opened = connection.execute(
        select(func.count()).select_from(mirror.change).where(mirror.change.c.settled_at.is_(None))
    ).scalar_one()
    if opened:
        yield f"{opened} changes are not settled"
    for row in connection.execute(select(calendar.c.state, calendar.c.error, calendar.c.dirty_at)):
        if row.dirty_at is not None:
            yield "a calendar that was asked for is not read"
        if row.state != "ok" or row.error is not None:
            yield f"the calendar is {row.state}: {row.error}"
    for row in connection.execute(select(account.c.state, account.c.text, account.c.lease_until)):
        if row.state != "ok":
            yield f"the account is {row.state}: {row.text}"
        if row.lease_until is not None and row.lease_until >= database_now(connection):
            yield "a worker has the account"
    mails = connection.execute(
        select(func.count()).select_from(books.mail).where(books.mail.c.due_at.is_not(None))
    ).scalar_one()
    if mails:
        yield f"{mails} mails are not sent"


def _requests(connection: Connection) -> Iterator[Booked]:
    for row in connection.execute(select(books.request)).mappings():
        standing = from_columns(row)
        proposed = () if standing.proposal is None else standing.proposal.spans
        yield Booked(
            id=row["id"],
            client=row["client_email"],
            session=row["session"],
            status=row["status"],
            span=(row["starts_at"], row["ends_at"]),
            proposed=tuple((span.start, span.end) for span in proposed),
        )


def _claims(connection: Connection, runtime: Runtime) -> Iterator[Claimed]:
    claim = books.claim
    in_force = claim.c.until.is_(None) | (claim.c.until > runtime.now())
    for row in connection.execute(select(claim).where(in_force)):
        yield Claimed(row.resource, row.session, (row.starts_at, row.ends_at))


def _entries(connection: Connection) -> Iterator[Written]:
    entry = mirror.entry
    for row in connection.execute(select(entry).where(entry.c.origin == "ours")):
        yield Written(row.booking_ref, row.uid, row.closed_at is not None, row.etag)


def _busy(connection: Connection) -> Iterator[Span]:
    """Of the provider's own events; those of bookings are held by claims."""
    statement = (
        select(mirror.busy.c.starts_at, mirror.busy.c.ends_at)
        .join(mirror.entry, mirror.entry.c.id == mirror.busy.c.entry_id)
        .where(mirror.entry.c.origin == "remote")
    )
    for row in connection.execute(statement):
        yield row.starts_at, row.ends_at


@contextmanager
def world(
    folder: Path, far: FarSide, *, database_url: str, redis_url: str, lease: float | None, commands: bool = False,
    without: str = "",
) -> Iterator[World]:  # fmt: skip
    """The practice, read once. ``lease``: its length in seconds, None for the program's own; ``commands``: the parts
    are the real commands; ``without``: a guard that is taken out of every part. ``database_url`` has the schema."""
    port = free_port()
    environ = {
        "FREEHOLD_DATABASE_URL": database_url,
        "FREEHOLD_REDIS_URL": redis_url,
        "FREEHOLD_DATA_DIR": str(folder / "data"),
        "FREEHOLD_SECRET_KEY": "the-key-of-a-test-is-no-secret-at-all-0123456789",
        "FREEHOLD_ENCRYPTION_KEYS": "5Wh2aTIH3vZ0q0v8m8CkL5x2v9g9b0a8mJm1l2k3j4U=",
        "FREEHOLD_PORT": str(port),
        "FREEHOLD_ALLOW_PRIVATE_HOSTS": "1",
        "FREEHOLD_RATE_LIMITS": "off",
        "FREEHOLD_WEB_CONCURRENCY": "1",
        "FREEHOLD_GOOGLE_PUSH": "off",
        "FREEHOLD_LOG_LEVEL": "warning",
        "FREEHOLD_TESTING": "1",
        **far.environ,
    }
    armed = folder / "armed"
    struck = {"FREEHOLD_FAILPOINTS": f"@{armed}", **({} if lease is None else {"FREEHOLD_LEASE": str(lease)})}
    runtime = Runtime.build(load_settings(environ, dotenv=None))
    start = {
        name: Start(
            name.rstrip("2"), environ | struck, folder / f"{name}.log", command=commands, without=without
        )
        for name in FORKED
    }
    parts = Parts(start)
    try:
        token = _fill(runtime, far, folder)
        parts.start()
        with runtime.database.read() as connection:
            account = connection.execute(select(mirror.account.c.id)).scalar_one()
        made = World(folder, far, runtime, parts, token, account, armed)
        wait_until(lambda: _is_ready(made), timeout_seconds=_PATIENCE_SECONDS, what="the first reading")
        yield made
    finally:
        parts.stop()
        far.close()
        runtime.close()


def _is_ready(made: World) -> bool:
    try:
        return made.at_rest() and made.call("GET", "/accounts").status == 200
    except OSError:
        return False


def _fill(runtime: Runtime, far: FarSide, folder: Path) -> str:
    lines, environ = far.account(folder)
    code, _, told = apply_command(
        "-", stdin=practice_text(lines).encode, place=Place(environ, folder, True), database=runtime.database,
        cipher=runtime.sealer, now=runtime.now(),
    )  # fmt: skip
    assert code == 0, told
    with runtime.database.write() as connection:
        found = practice_by_slug(connection, "elm-street")
        assert found is not None
        return create_api_token(
            connection, runtime.tokens, practice_id=found.id, role=Role.OWNER, name="tests", now=runtime.now()
        )
