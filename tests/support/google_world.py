"""An engine over a Google of our own: Ada's account with her primary calendar ``Work``, and what she does there."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from sync.backends import open_backend
from sync.backends.access import AccountAccess
from sync.backends.protocol import CalendarBackend
from sync.engine import Engine
from sync.store.tables import account
from tests.support.engine_world import ZONE, EngineWorld
from tests.support.google_account import ADA
from tests.support.google_server import Call, GoogleServer

_WRITES = ("events.insert", "events.patch", "events.update", "events.delete", "events.move", "events.import")


class GoogleWorld(EngineWorld):
    """``google`` keeps every request; ``take_calls`` leaves the token endpoint out."""

    def __init__(self, url: str, google: GoogleServer, *, roles: dict[str, str] | None = None) -> None:
        super().__init__(url, roles=roles)
        self.google = google
        self.calendar_id = google.add_person(ADA, zone=ZONE, name="Work")
        self.engine = Engine(
            database=self.database,
            cipher=self.cipher,
            open_backend=self._open,
            views=self.views,
            jitter=random.Random(7),
        )
        self.connect()

    def connect(self) -> None:
        """As when Ada agrees, for the first time or again."""
        secret = self.cipher.seal(json.dumps(self.google.authorized_user(ADA)).encode(), row="account")
        with self.database.write() as connection:
            connection.execute(update(account).values(kind="google", secret_enc=secret))

    def hers(self, body: Mapping[str, Any]) -> str:
        """Ada makes or replaces an event in her own program; returns its id."""
        return str(self.google.put(self.calendar_id, dict(body))["id"])

    def event_of(self, booking: str = "booking") -> dict[str, Any]:
        """Our event for a booking as Google has it."""
        found = self.event(booking)
        assert found is not None
        return self.google.event(self.calendar_id, found.uid.partition("@")[0])

    def take_calls(self) -> list[str]:
        return [call.method for call in self.taken()]

    def taken(self) -> list[Call]:
        return [call for call in self.google.take_calls() if not call.method.startswith("oauth.")]

    def writes(self) -> int:
        return sum(call.method in _WRITES for call in self.google.calls)

    def _open(self, access: AccountAccess) -> CalendarBackend:
        return open_backend(replace(access, api_endpoint=self.google.url, timeout_seconds=20))
