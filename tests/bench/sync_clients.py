"""Who reads the calendars: our engine, two raw downloads that keep nothing, python-caldav's own calls, and vdirsyncer.

``prepare`` empties the store, ``first`` reads everything into it, ``again`` reads what changed since. Both give the
number of requests, None where that is not known.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import requests
from cryptography.fernet import Fernet
from lxml import etree
from sqlalchemy import delete, func, insert, select

from service.database import Database
from service.secrecy import Sealer
from sync.backends.access import AccountAccess
from sync.backends.caldav.backend import CalDavBackend
from sync.backends.protocol import CalendarBackend
from sync.engine import Engine
from sync.http import AddressPolicy, GuardedSession
from sync.store.tables import account, calendar, entry, metadata
from tests.bench.sync_events import TODAY
from tests.support.caldav_server import Calendar
from tests.support.engine_world import FixedViews

_DAV, _CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_NAMES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'


_EVERYTHING = (
    f"<C:calendar-query {_NAMES}><D:prop><D:getetag/><C:calendar-data/></D:prop>"
    '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>'
    "</C:calendar-query>"
)


class Refused(Exception):
    """The server did not answer with a multistatus."""


class Client(Protocol):
    def prepare(self) -> None: ...

    def first(self) -> int | None: ...

    def again(self) -> int | None: ...


@dataclass(frozen=True)
class Target:
    """A calendar, its account's principal, a folder to keep things in, and how many events must be found."""

    calendar: Calendar
    principal: str
    folder: Path
    count: int


class Ours:
    """Read, parsed, expanded over the horizon and stored in a SQLite file, encrypted as always."""

    kind = "caldav"

    def __init__(self, target: Target) -> None:
        self._target = target
        self._requests = 0
        self._now = datetime.combine(TODAY, time(12), UTC)
        self._cipher = Sealer([Fernet.generate_key().decode()])
        self._database = Database(f"sqlite:///{target.folder}/ours.sqlite3")
        metadata.create_all(self._database.engine)
        self._engine = Engine(
            database=self._database,
            cipher=self._cipher,
            open_backend=self._backend,
            views=FixedViews(),
            jitter=random.Random(1),
        )

    def prepare(self) -> None:
        self._now = datetime.combine(TODAY, time(12), UTC)
        with self._database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
        self._add_account(self._database)

    def first(self) -> int:
        found = self._pass()
        while not self._is_whole():
            # On a slow machine a long reading gives way after twenty seconds, and goes on in the next pass.
            found += self._pass()
        with self._database.read() as connection:
            stored = connection.execute(select(func.count()).select_from(entry)).scalar_one()
        if stored != self._target.count:
            raise SystemExit(f"{stored} events were stored of {self._target.count}")
        return found

    def _is_whole(self) -> bool:
        with self._database.read() as connection:
            return connection.execute(select(calendar.c.checked_at)).scalar_one() is not None

    def again(self) -> int:
        self._now += timedelta(minutes=6)
        return self._pass()

    def _pass(self) -> int:
        before = self._requests
        report = self._engine.sync_account("account", owner="bench", now=self._now)
        if not report.ok:
            raise SystemExit(f"the pass failed: {report}")
        return self._requests - before

    def _add_account(self, database: Database) -> None:
        with database.write() as connection:
            connection.execute(
                insert(account).values(
                    id="account",
                    practice_id="practice",
                    provider_id="ada",
                    name="home",
                    kind=self.kind,
                    url=self._target.principal,
                    username=self._target.calendar.username,
                    secret_enc=self._cipher.seal(self._target.calendar.password.encode(), row="account"),
                    created_at=self._now,
                )
            )

    def _backend(self, access: AccountAccess) -> CalendarBackend:
        session = CountingSession(
            access.url, policy=AddressPolicy(allow_private=True), auth=(access.username, access.secret)
        )
        session.counted = self._count
        return CalDavBackend(access, session=session)

    def _count(self) -> None:
        self._requests += 1


class CountingSession(GuardedSession):
    counted: Callable[[], None]

    def request(self, *args: Any, **rest: Any) -> requests.Response:
        self.counted()
        return super().request(*args, **rest)


class Raw:
    """sync-collection and multiget with requests and lxml; nothing is parsed beyond the XML, nothing is kept."""

    chunk = 100

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = requests.Session()
        self._session.auth = (target.calendar.username, target.calendar.password)
        self._token = ""

    def prepare(self) -> None:
        self._token = ""

    def first(self) -> int:
        return self._read("")

    def again(self) -> int:
        return self._read(self._token)

    def _read(self, token: str) -> int:
        body = (
            f"<D:sync-collection {_NAMES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>"
            "<D:prop><D:getetag/></D:prop></D:sync-collection>"
        )
        root = self.report(body, "0")
        self._token = root.findtext(f"{_DAV}sync-token") or ""
        names = [
            response.findtext(f"{_DAV}href") or ""
            for response in root.iter(f"{_DAV}response")
            if response.find(f"{_DAV}propstat") is not None
        ]
        if not token and len(names) < self._target.count:
            raise SystemExit(f"the raw download found {len(names)} events of {self._target.count}")
        sent = 1
        for part in _parts(names, self.chunk):
            hrefs = "".join(f"<D:href>{name}</D:href>" for name in part)
            props = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
            texts(self.report(f"<C:calendar-multiget {_NAMES}>{props}{hrefs}</C:calendar-multiget>", "1"))
            sent += 1
        return sent

    def report(self, body: str, depth: str) -> etree._Element:
        headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}
        answer = self._session.request(
            "REPORT", self._target.calendar.url, data=body.encode(), headers=headers
        )
        if answer.status_code != 207:
            raise Refused(f"the raw download was answered {answer.status_code}: {answer.text[:300]}")
        return etree.fromstring(answer.content, etree.XMLParser(huge_tree=True))


class RawQuery(Raw):
    """One query for everything; as ``Raw`` where the server refuses that (Radicale: more than 10,000 VEVENTs)."""

    def first(self) -> int:
        try:
            found = texts(self.report(_EVERYTHING, "1"))
        except Refused:
            return super().first()
        if len(found) < self._target.count:
            raise SystemExit(f"the raw query found {len(found)} events of {self._target.count}")
        return 1


class PythonCaldav:
    """python-caldav's calls as its manual has them: sync-collection and multiget. Only its objects are kept."""

    chunk = 100

    def __init__(self, target: Target) -> None:
        # Its asynchronous half needs a library that would replace urllib3; of that only the class is asked for.
        absent = ModuleType("caldav.async_davclient")
        absent.AsyncDAVClient = type("AsyncDAVClient", (), {})  # type: ignore[attr-defined]
        sys.modules.setdefault(absent.__name__, absent)
        from caldav import DAVClient

        client = DAVClient(
            url=target.principal, username=target.calendar.username, password=target.calendar.password
        )
        self._calendar = client.calendar(url=target.calendar.url)
        self._count = target.count
        self._token: str | None = None

    def prepare(self) -> None:
        self._token = None

    def first(self) -> None:
        found = self._read()
        if found < self._count:
            raise SystemExit(f"python-caldav found {found} events of {self._count}")

    def again(self) -> None:
        self._read()

    def _read(self) -> int:
        named: Any = self._calendar.get_objects_by_sync_token(sync_token=self._token, disable_fallback=True)
        self._token = named.sync_token
        gone = {str(url) for url in named.deleted_urls or ()}
        urls = [item.url for item in named if str(item.url) not in gone]
        return sum(len(list(self._calendar.multiget(part))) for part in _parts(urls, self.chunk))


class Vdirsyncer:
    """Its own command, without the time of its start, into a folder of files."""

    def __init__(self, target: Target) -> None:
        self._folder = target.folder / "vdirsyncer"
        self._folder.mkdir()
        url = target.calendar.url
        self._config = self._folder / "config"
        self._config.write_text(
            f'[general]\nstatus_path = "{self._folder}/status/"\n'
            '[pair bench]\na = "local"\nb = "remote"\ncollections = null\nconflict_resolution = "b wins"\n'
            f'[storage local]\ntype = "filesystem"\npath = "{self._folder}/events"\nfileext = ".ics"\n'
            f'[storage remote]\ntype = "caldav"\nurl = "{url}"\n'
            f'username = "{target.calendar.username}"\npassword = "{target.calendar.password}"\n'
        )
        self._count = target.count

    def prepare(self) -> None:
        for name in ("status", "events"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
        (self._folder / "events").mkdir()
        self._run("discover")

    def first(self) -> None:
        self.again()
        if sum(1 for _ in (self._folder / "events").iterdir()) != self._count:
            raise SystemExit("vdirsyncer did not fetch every event")

    def again(self) -> None:
        self._run("sync")

    def _run(self, command: str) -> None:
        from vdirsyncer.cli import app

        app(["--config", str(self._config), "--verbosity", "ERROR", command], standalone_mode=False)


CLIENTS: dict[str, Callable[[Target], Client]] = {
    "ours": Ours,
    "raw": Raw,
    "raw query": RawQuery,
    "python-caldav": PythonCaldav,
    "vdirsyncer": Vdirsyncer,
}


def texts(root: etree._Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{_CALDAV}calendar-data")]


def _parts(names: Sequence[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(names)
    while part := list(islice(rest, size)):
        yield part
