"""The composition root: the one place that knows every part, reads the clock and puts the parts together."""

from __future__ import annotations

import os
import random
import socket
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from booking.desk import Desk
from service import failpoints
from service.books import Books
from service.clock import Clock, shifted_clock
from service.database import LONGEST_PAUSE, Database
from service.live import LiveLook
from service.mirror import StoredMirror
from service.secrecy import Sealer, TokenMaker
from service.setting_values import is_loopback
from service.settings import Settings
from service.views import StoredViews
from sync.backends import AccountAccess, open_backend
from sync.backends.protocol import CalendarBackend
from sync.engine import Engine
from sync.engine.leasing import LEASE_LENGTH
from sync.failpoints import set_trigger

if TYPE_CHECKING:
    from service.doorbell import Doorbell
    from service.google_quota import GoogleQuota
from service.google_client import GoogleClient, read_client, token_uri_in


@dataclass(frozen=True)
class Runtime:
    """The running program's parts, built once per process. ``clock`` is the only source of the present instant."""

    settings: Settings
    clock: Clock

    @classmethod
    def build(cls, settings: Settings, *, clock: Clock | None = None) -> Runtime:
        """All parts of a process. Nothing is opened yet: the database connects at its first transaction."""
        if settings.testing and settings.failpoints:
            failpoints.arm(settings.failpoints)
            set_trigger(failpoints.failpoint)
        return cls(settings, clock or shifted_clock(settings.clock))

    def now(self) -> datetime:
        return self.clock()

    @cached_property
    def database(self) -> Database:
        # Where tests have a shorter lease, a halted process keeps the others waiting for as much less.
        lease = self.settings.lease
        pause = LONGEST_PAUSE if lease is None else min(LONGEST_PAUSE, 5 * lease)
        return Database(self.settings.database_url, longest_pause=pause)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer([key.get_secret_value() for key in self.settings.encryption_keys])

    @cached_property
    def tokens(self) -> TokenMaker:
        return TokenMaker(self.settings.secret_key.get_secret_value())

    @cached_property
    def mirror(self) -> StoredMirror:
        return StoredMirror(self.sealer)

    @cached_property
    def desk(self) -> Desk:
        return Desk(
            books=Books(self.database),
            mirror=self.mirror,
            tokens=self.tokens,
            live=self.live,
            base_url=self.settings.base_url,
        )

    @cached_property
    def live(self) -> LiveLook:
        return LiveLook(
            database=self.database, engine=self.engine, clock=self.clock, owner=lambda: self.worker_name
        )

    @cached_property
    def engine(self) -> Engine:
        return Engine(
            database=self.database,
            cipher=self.sealer,
            open_backend=self.open_backend,
            views=StoredViews(),
            jitter=self._chance,
            lease=self.settings.lease or LEASE_LENGTH,
            push_address=self.settings.google_push_address,
        )

    @cached_property
    def google_token_uri(self) -> str | None:
        """Of client_secrets.json if one is set; None leaves it to each account's own document."""
        path = self.settings.google_client_secrets
        return None if path is None else token_uri_in(path)

    @cached_property
    def google_client(self) -> GoogleClient | None:
        """Of client_secrets.json; None if none is set, or the file describes no client: ``doctor`` says which."""
        path = self.settings.google_client_secrets
        try:
            return None if path is None else read_client(path)
        except (OSError, ValueError):
            return None

    @property
    def _client(self) -> tuple[str, str] | None:
        client = self.google_client
        return None if client is None else (client.client_id, client.client_secret)

    @cached_property
    def doorbell(self) -> Doorbell:
        from service.doorbell import Doorbell  # brings the queue's client, which most commands never need

        return Doorbell(self.settings)

    @cached_property
    def _google_quota(self) -> GoogleQuota | None:
        """None where a server on this machine stands in for Google: it has no quota to share."""
        from service.google_quota import GoogleQuota  # brings the queue's client too

        endpoint = self.settings.google_api_endpoint
        if endpoint is not None and is_loopback(urlsplit(endpoint).hostname or ""):
            return None
        return GoogleQuota(self.doorbell.client, per_minute=self.settings.google_requests_per_minute)

    @cached_property
    def worker_name(self) -> str:
        """Who holds a lease: this process on this host."""
        return f"{socket.gethostname()}:{os.getpid()}:{self.tokens.fresh()[:8]}"

    def shuffle(self, items: list[str]) -> None:
        """Puts them in an order of chance, another one in each process."""
        self._chance.shuffle(items)

    @cached_property
    def _chance(self) -> random.Random:
        return random.Random()  # noqa: S311 - spreads load, guards nothing

    def open_backend(self, access: AccountAccess) -> CalendarBackend:
        """The way to an account under this installation's settings. Raises errors of ``sync.backends.errors``."""
        return open_backend(
            replace(
                access,
                allow_private=self.settings.allow_private_hosts,
                api_endpoint=self.settings.google_api_endpoint,
                token_uri=self.google_token_uri,
                client=self._client,
                quota=self._google_quota,
            )
        )

    def close(self) -> None:
        if "live" in self.__dict__:
            self.live.close()
        if "database" in self.__dict__:
            self.database.close()
