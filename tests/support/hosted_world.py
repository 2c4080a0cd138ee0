"""An engine over a real CalDAV server, played as a hosted one or as it is: the account, its calendar, other clients."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import update

from sync.backends.access import AccountAccess
from sync.backends.caldav.backend import CalDavBackend, open_session
from sync.engine import AccountReport, Engine
from sync.engine.engine import Wish
from sync.store.tables import account, calendar
from tests.support.caldav_server import CalDavServer
from tests.support.engine_world import ZONE, EngineWorld
from tests.support.quirks.server import QuirkServer


class HostedWorld(EngineWorld):
    """The calendar ``Work`` lies at ``server``; what other clients do goes to its store."""

    def __init__(self, url: str, server: CalDavServer) -> None:
        super().__init__(url)
        self.host = server
        self.sent: Counter[str] = Counter()
        owner = server.fresh_account()
        self.client = server.make_calendar(owner, zone=ZONE).client()
        if isinstance(server, QuirkServer):
            server.play.reports.today = self.now.date()
        self.engine = Engine(
            database=self.database,
            cipher=self.cipher,
            open_backend=self._open,
            views=self.views,
            jitter=random.Random(7),
        )
        with self.database.write() as connection:
            secret = self.cipher.seal(owner.password.encode(), row="account")
            connection.execute(
                update(account).values(
                    kind="caldav", url=owner.url, username=owner.username, secret_enc=secret
                )
            )

    def _open(self, access: AccountAccess) -> CalDavBackend:
        access = replace(access, allow_private=True, timeout_seconds=2)
        host = self.host
        session = host.session(access) if isinstance(host, QuirkServer) else open_session(access)
        session.hooks["response"].append(self._note)
        return CalDavBackend(access, session=session)

    def _note(self, response: Any, *args: object, **kwargs: object) -> None:
        self.sent[str(response.request.method)] += 1

    def sync_told(self, told: list[int]) -> AccountReport:
        """A pass; ``told`` is how many events it said it had read after each page."""
        return self.engine.sync_account(
            "account",
            owner="worker",
            now=self.now,
            wish=Wish(everything=True),
            progress=lambda _name, count, _total: told.append(count),
        )

    def forget_token(self) -> None:
        """The server no longer knows how far it was read."""
        with self.database.write() as connection:
            connection.execute(
                update(calendar).values(cursor_value="http://radicale.org/ns/sync/" + "0" * 64)
            )

    def settle(self, passes: int = 3) -> AccountReport:
        """Some passes at their usual distance; the report of the last."""
        report = self.sync()
        for _ in range(passes - 1):
            self.pass_time(minutes=6)
            report = self.sync()
        return report

    def next_day(self) -> AccountReport:
        """Passes on the day after, among them the daily listing."""
        self.pass_time(hours=27)
        return self.settle()

    def put_by_other(self, name: str, text: str) -> str:
        path = f"{urlsplit(self.client.url).path}{name}.ics"
        self.client.put_event(path, text)
        return path

    def texts(self) -> dict[str, str]:
        found = {href: self.client.get_event(href) for href in self.client.list_hrefs()}
        return {href: text.replace("\r\n ", "") for href, text in found.items()}

    def edit(self, old: str, new: str) -> None:
        """The provider changes the one event in her own program."""
        ((href, text),) = self.texts().items()
        assert old in text
        self.client.put_event(href, text.replace(old, new))

    def delete(self) -> None:
        """The provider deletes the one event."""
        (href,) = self.texts()
        self.client.delete_event(href)

    def writes(self) -> int:
        return self.sent["PUT"] + self.sent["DELETE"]
