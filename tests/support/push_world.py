"""Google of our own, an engine that asks it for push messages, and the web application it really posts them to."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.fernet import Fernet
from sqlalchemy import insert, select
from werkzeug.serving import make_server

from service.app import create_app
from service.runtime import Runtime
from service.settings import load_settings
from sync.channels import token_hash
from sync.engine import AccountReport, Engine
from sync.store.due import due_accounts
from sync.store.tables import calendar, channel
from tests.support.google_server import GoogleServer
from tests.support.google_world import GoogleWorld

PATH = "/hooks/google"
TOKEN = "a-token-that-the-tests-know"


class PushWorld(GoogleWorld):
    """Server and program agree on what time it is. A block, for what listens has to be ended."""

    def __init__(
        self, url: str, google: GoogleServer, folder: Path, *, roles: dict[str, str] | None = None
    ) -> None:
        super().__init__(url, google, roles=roles)
        settings = load_settings(
            {
                "FREEHOLD_DATABASE_URL": url,
                "FREEHOLD_DATA_DIR": str(folder),
                "FREEHOLD_SECRET_KEY": "not-secret-for-it-is-the-key-of-a-test-only",
                "FREEHOLD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            },
            None,
        )
        self.runtime = Runtime.build(settings, clock=lambda: self.now)
        self.app = create_app(self.runtime)
        self._web = make_server("127.0.0.1", 0, self.app, threaded=True)
        self._thread = threading.Thread(target=self._web.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._web.server_port}{PATH}"
        self.push_to(self.address)
        self.pass_time()

    def push_to(self, address: str | None) -> None:
        """As after a start with other settings."""
        self.engine = Engine(
            database=self.database,
            cipher=self.cipher,
            open_backend=self._open,
            views=self.views,
            jitter=random.Random(7),
            push_address=address,
        )

    def pass_time(self, **length: float) -> None:
        super().pass_time(**length)
        self.google.advance((self.now - self.google.now()).total_seconds())

    def drain(self, *, most: int = 20) -> list[AccountReport]:
        """What a worker does now: passes, as long as something is due."""
        done: list[AccountReport] = []
        while len(done) < most and self.due():
            done.append(self.engine.sync_account("account", owner="worker", now=self.now))
        return done

    def due(self) -> bool:
        with self.database.read() as connection:
            return bool(due_accounts(connection, now=self.now))

    def channels(self) -> Sequence[Any]:
        with self.database.read() as connection:
            return connection.execute(select(channel).order_by(channel.c.opened_at, channel.c.id)).all()

    def states(self) -> list[str]:
        return [row.state for row in self.channels()]

    def plant_channel(self, **values: Any) -> dict[str, str]:
        """A live channel on the calendar ``Work``, and the headers of a good message by it."""
        row = self.calendar_row()
        stated = {
            "id": "channel-of-the-tests", "practice_id": row.practice_id, "account_id": row.account_id,
            "calendar_id": row.id, "token_hash": token_hash(TOKEN), "address": self.address, "resource_id": "work",
            "state": "live", "opened_at": self.now, "expires_at": self.now.replace(year=self.now.year + 1), **values,
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(insert(channel).values(**stated))
        return {
            "X-Goog-Channel-ID": str(stated["id"]),
            "X-Goog-Channel-Token": TOKEN,
            "X-Goog-Resource-ID": "work",
            "X-Goog-Resource-State": "exists",
            "X-Goog-Message-Number": "2",
        }

    def put_off(self) -> None:
        """Nothing is due for a day."""
        with self.database.write() as connection:
            connection.execute(
                calendar.update().values(due_at=self.now.replace(day=self.now.day + 1), dirty_at=None)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._web.shutdown()
        self._thread.join(timeout=10)
        self._web.server_close()
        self.runtime.close()
        self.database.close()
