"""Looks at everything the program needs, and says of each what is wrong and how it is mended."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import redis
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from booking.store.tables import practice, provider
from service.google_setup import FAIL, OK, WARN, google_findings
from service.kept_secrets import private_folder
from service.key_rotation import outdated
from service.mailing.transport import MailDelayed, check
from service.queue.embedded import QueueHandle, connect, running_queue_url
from service.runtime import Runtime
from service.schema import is_current
from service.settings import Settings
from service.stored_secrets import unopened, unopened_events
from sync.store.leases import database_now
from sync.store.tables import account, calendar

_LITTLE_SPACE: Final = 1024**3
_NO_SPACE: Final = 100 * 1024**2
_CLOCK_TOLERANCE: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """``state`` is ok, warn or fail; ``mend`` is what to do, empty where there is nothing."""

    name: str
    state: str
    text: str
    mend: str = ""

    def document(self) -> dict[str, str]:
        return asdict(self)


def examine(runtime: Runtime) -> list[Finding]:
    """All findings, in the order in which one would mend them. What depends on the database is left out without it."""
    settings = runtime.settings
    found = [*_configuration(settings), *_python(), *_data_dir(settings)]
    reachable = _database(runtime)
    found += reachable
    if all(finding.state != FAIL for finding in reachable):
        found += _guarded("stored data", lambda: _stored(runtime))
    found += [
        *_queue(settings),
        *_mail(settings),
        *_google(settings),
        *_push(settings),
        *_time_zones(runtime),
    ]
    return found


def _guarded(name: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except SQLAlchemyError as error:
        return [Finding(name, FAIL, f"cannot be read ({type(error).__name__})", "see the database's own log")]


def _configuration(settings: Settings) -> Iterator[Finding]:
    for variable, nearest in settings.unknown:
        mend = f"did you mean {nearest}?" if nearest else "remove it"
        yield Finding("configuration", WARN, f"nobody reads {variable}", mend)
    if not settings.unknown:
        yield Finding("configuration", OK, "every variable is known and can be read")
    if not settings.base_url.startswith("https://"):
        yield Finding(
            "address",
            WARN,
            f"clients reach this program at {settings.base_url}, unencrypted",
            "put a server with TLS before it and set FREEHOLD_BASE_URL to its https:// address",
        )
    else:
        yield Finding("address", OK, settings.base_url)
    if settings.allow_private_hosts:
        yield Finding(
            "private hosts",
            WARN,
            "calendar servers on private addresses may be asked",
            "unset FREEHOLD_ALLOW_PRIVATE_HOSTS unless a calendar server is on your own network",
        )


def _python() -> Iterator[Finding]:
    # Under -O the iCalendar parser loses checks of its input.
    if sys.flags.optimize:
        yield Finding(
            "python", FAIL, "runs with -O, which removes checks", "run without -O and PYTHONOPTIMIZE"
        )
    else:
        yield Finding("python", OK, sys.version.split()[0])


def _data_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    try:
        private_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        mend = "give this user the folder, or name another as FREEHOLD_DATA_DIR"
        yield Finding("data folder", FAIL, f"{folder} cannot be written: {error.strerror}", mend)
        return
    yield Finding("data folder", OK, str(folder))
    if folder.stat().st_mode & 0o077:
        mend = f"chmod 700 {folder}"
        yield Finding("data folder", WARN, "other users of this machine can look into it", mend)
    state = FAIL if free < _NO_SPACE else WARN if free < _LITTLE_SPACE else OK
    mend = "" if state == OK else "make room on this disk, or move the data folder"
    yield Finding("disk", state, f"{free // 1024**2} MiB free", mend)


def _database(runtime: Runtime) -> list[Finding]:
    name = runtime.settings.database_url.render_as_string(hide_password=True)
    try:
        with runtime.database.read() as connection:
            connection.execute(text("SELECT 1"))
        current = is_current(runtime.database)
    except SQLAlchemyError as error:
        lines = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()
        mend = "start the database, or correct FREEHOLD_DATABASE_URL"
        return [Finding("database", FAIL, f"{name} does not answer: {lines[0]}", mend)]
    schema = (
        Finding("schema", OK, "up to date")
        if current
        else Finding("schema", FAIL, "not that of this release", "run: freehold db upgrade")
    )
    return [Finding("database", OK, name), schema]


def _stored(runtime: Runtime) -> Iterator[Finding]:
    with runtime.database.read() as connection:
        yield from _extension(connection)
        yield _clock(connection, runtime)
        yield _secrets(connection, runtime)
        yield from _practices(connection)


def _extension(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "postgresql":
        return
    there = connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")).scalar()
    mend = 'have an administrator run "CREATE EXTENSION btree_gist;" in this database'
    yield (
        Finding("extension", OK, "btree_gist is there")
        if there
        else Finding("extension", FAIL, "btree_gist is missing", mend)
    )


def _clock(connection: Connection, runtime: Runtime) -> Finding:
    if runtime.settings.clock is not None:
        now = runtime.now().isoformat(timespec="seconds")
        return Finding("clock", WARN, f"shifted for tests: it is {now}", "unset FREEHOLD_CLOCK")
    apart = abs(database_now(connection) - runtime.now())
    if apart > _CLOCK_TOLERANCE:
        mend = "let both machines take their time from NTP"
        return Finding("clock", WARN, f"the database's clock is {apart.total_seconds():.0f} s off", mend)
    return Finding("clock", OK, "the database's clock agrees with this machine's")


def _secrets(connection: Connection, runtime: Runtime) -> Finding:
    accounts, events = unopened(connection, runtime.sealer), unopened_events(connection, runtime.sealer)
    if accounts or events:
        told = f"no key opens the secrets of {accounts} accounts and the texts of {events} events"
        return Finding("secrets", FAIL, told, "add the key of before to the end of FREEHOLD_ENCRYPTION_KEYS")
    if len(runtime.settings.encryption_keys) > 1:
        return _older_keys(outdated(connection, runtime.sealer))
    return Finding("secrets", OK, "the keys open what is stored")


def _older_keys(texts: int) -> Finding:
    if texts:
        told = f"{texts} stored texts still need an older key than the first of FREEHOLD_ENCRYPTION_KEYS"
        return Finding("secrets", WARN, told, "freehold keys rotate")
    told = "the first key opens all that is stored: the others can be taken out of FREEHOLD_ENCRYPTION_KEYS"
    return Finding("secrets", OK, told)


def _practices(connection: Connection) -> Iterator[Finding]:
    if connection.execute(select(practice.c.id).limit(1)).scalar() is None:
        yield Finding("practice", WARN, "there is none yet", "freehold apply FILE.toml makes one")
        return
    where = provider.c.slug + "/" + account.c.name
    troubled = connection.execute(
        select(where.label("name"), account.c.state, account.c.text)
        .join(provider, provider.c.id == account.c.provider_id)
        .where(account.c.removed_at.is_(None), account.c.state.not_in(("ok", "new")))
        .order_by(where)
    ).all()
    for row in troubled:
        mend = f"then freehold sync --account {row.name}"
        yield Finding("account", WARN, f"{row.name} is {row.state}: {row.text}", mend)
    held = connection.execute(
        select(where.label("name"), calendar.c.id, calendar.c.name.label("calendar"), calendar.c.state)
        .join(account, account.c.id == calendar.c.account_id)
        .join(provider, provider.c.id == account.c.provider_id)
        .where(account.c.removed_at.is_(None), calendar.c.role != "ignore")
        .where(calendar.c.state.in_(("held", "missing", "failing")))
        .order_by(where, calendar.c.name)
    ).all()
    for item in held:
        answer = f"freehold deletions {item.id} confirm|restore"
        mend = answer if item.state == "held" else f"freehold sync --account {item.name} says why"
        yield Finding("calendar", WARN, f"{item.calendar} of {item.name} is {item.state}", mend)
    if not troubled and not held:
        yield Finding("accounts", OK, "no account or calendar is in trouble")


def _queue(settings: Settings) -> Iterator[Finding]:
    url = running_queue_url(settings)
    if url is None:
        yield Finding("queue", OK, "the embedded one; it is started with the program, which does not run now")
        return
    client = connect(QueueHandle(url))
    try:
        version = client.info("server").get("redis_version", "?")
    except (redis.RedisError, OSError) as error:
        mend = "start the queue server, or correct FREEHOLD_REDIS_URL"
        yield Finding("queue", FAIL, f"does not answer ({type(error).__name__})", mend)
        return
    finally:
        client.close()
    yield Finding("queue", OK, f"answers, version {version}")


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is None:
        mend = "set FREEHOLD_SMTP_URL, as smtp://USER:PASSWORD@mail.example:587"
        yield Finding("mail", WARN, "is kept and shown in the dashboard, and sent to nobody", mend)
        return
    try:
        check(settings.smtp_url.get_secret_value())
    except MailDelayed as error:
        yield Finding("mail", FAIL, str(error), "correct FREEHOLD_SMTP_URL, or see why the server refuses")
        return
    yield Finding("mail", OK, f"the server takes mail from {settings.mail_from}")


def _google(settings: Settings) -> Iterator[Finding]:
    found = google_findings(settings)
    yield from (Finding("google", each.state, each.text, each.mend) for each in found)


def _push(settings: Settings) -> Iterator[Finding]:
    address = settings.google_push_address
    if address is None:
        yield Finding(
            "google push", OK, f"off ({settings.google_push}); Google calendars are read by the clock"
        )
    elif address.startswith("https://") or settings.google_api_endpoint is not None:
        yield Finding("google push", OK, f"on; Google is asked to post to {address}")
    else:
        mend = "make FREEHOLD_BASE_URL the https address that clients use, or set FREEHOLD_GOOGLE_PUSH=auto"
        yield Finding("google push", WARN, "on, but Google posts to https addresses only", mend)


def _time_zones(runtime: Runtime) -> Iterator[Finding]:
    """Rules of summer time change: data of two years ago may tell a wrong hour."""
    version = importlib.metadata.version("tzdata")
    source = f"the system's below {zoneinfo.TZPATH[0]}, else " if zoneinfo.TZPATH else ""
    known: dict[str, Any] = {"name": "time zones", "text": f"{source}tzdata {version}"}
    old = int(version.partition(".")[0]) < runtime.now().year - 1
    yield (
        Finding(state=WARN, mend="update the package tzdata", **known) if old else Finding(state=OK, **known)
    )
