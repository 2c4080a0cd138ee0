"""Desk and engine together, over one calendar: what is written there, and what is done there."""

from __future__ import annotations

import random
from collections.abc import Callable

from sqlalchemy import insert

from booking.desk import CalendarChange
from sync.backends.protocol import CalendarBackend
from sync.engine import Engine
from sync.engine.engine import Wish
from sync.store import tables as sync_tables
from sync.store.changes import close_change, open_changes
from tests.support.desk_world import MONDAY, DeskWorld
from tests.support.engine_world import FixedViews
from tests.support.remotes import MemoryRemote, Remote


class ConnectedDesk:
    """Ada's account with its calendar ``Work`` at ``remote``, read and written by the real engine.

    ``world`` is a desk without calendars. ``open_backend`` makes a way in for each pass; left out: the remote's own.
    """

    def __init__(
        self,
        world: DeskWorld,
        remote: Remote | None = None,
        open_backend: Callable[[], CalendarBackend] | None = None,
    ) -> None:
        self.world = world
        self.remote: Remote = remote or MemoryRemote()
        opened = open_backend or (lambda: self.remote.opened("secret"))
        self.engine = Engine(
            database=world.database,
            cipher=world.cipher,
            open_backend=lambda _access: opened(),
            views=FixedViews(),
            jitter=random.Random(7),
        )
        owner = {"practice_id": world.practice_id, "id": "account"}
        with world.database.write() as connection:
            connection.execute(
                insert(sync_tables.account).values(
                    provider_id=world.providers["ada"], name="home", kind="memory", created_at=MONDAY,
                    secret_enc=world.cipher.seal(b"secret", row="account"), **owner,
                )
            )  # fmt: skip
            connection.execute(
                insert(sync_tables.calendar_rule).values(
                    id="rule", practice_id=world.practice_id, account_id="account", position=0, match="Work",
                    role="write",
                )
            )  # fmt: skip
        self.sync()

    def sync(self) -> list[str]:
        """A whole pass, what it showed is settled, and what that decided is written; the outcomes."""
        self._pass()
        outcomes = []
        with self.world.database.read() as connection:
            found = open_changes(connection, self.world.cipher)
        for change in found:
            told = CalendarChange(change.booking_ref, change.kind.value, change.before, change.after)
            with self.world.database.write() as connection:
                outcomes.append(self.world.desk.settle(connection, told, now=self.world.now))
                close_change(connection, change.id, outcome=outcomes[-1], now=self.world.now)
        self._pass()
        return outcomes

    def _pass(self) -> None:
        report = self.engine.sync_account(
            "account", owner="test", now=self.world.now, wish=Wish(everything=True, full=False)
        )
        assert report.ok

    @property
    def texts(self) -> list[str]:
        return [self.remote.text(href) for href in self.remote.hrefs()]

    def only(self) -> tuple[str, str]:
        """Place and text of the one object there is."""
        (href,) = self.remote.hrefs()
        return href, self.remote.text(href)

    def change(self, old: str, new: str) -> None:
        href, text = self.only()
        assert old in text
        self.put(href, text.replace(old, new))

    def put(self, href: str, text: str) -> None:
        """The provider's program stores an object at this place."""
        name = href.rpartition("/")[2].removesuffix(".ics")
        assert self.remote.put(name, text) == href

    def remove(self) -> None:
        self.remote.remove(self.only()[0])
